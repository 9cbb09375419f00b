import fc from 'fast-check'
import { RE2JS } from 're2js'

const pieces = ['a', 'b', '.', '[ab]', '[^]a]', '[[:alpha:]b]', '\\.', '\\w', '\\b', '\\A', '\\x61', '\\Q', '\\E']
const marks = ['(', '(?:', ')', '*', '+', '?', '{0}', '{0,2}', '{2}', '*?', '|', '^', '$', '(?i)', '\\pL', '\\p{Greek}']
const others = ['\\|', '{', '}', '-', '2', '(?-s:', '\\d', 'é', '😀']

/** Expressions that compile, made of whatever notation there is. */
export const randomRegex = fc
  .array(fc.constantFrom(...pieces, ...marks, ...others), { maxLength: 8 })
  .map(parts => parts.join(''))
  .filter(regex => {
    try {
      RE2JS.compile(regex)
      return true
    } catch {
      return false
    }
  })

/** All that an expression matches in some texts. */
export function matchesOf(regex: string): readonly string[] {
  return ['', 'a', 'ab', 'b.a', '{a}', '||', 'a\nb', 'aab2-ba', 'AB', 'é-😀a', 'bb}{22'].flatMap(text => {
    const matcher = RE2JS.compile(regex).matcher(text)
    const found: string[] = []
    while (matcher.find()) found.push(matcher.group()!)
    return found
  })
}
