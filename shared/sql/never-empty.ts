import { endOfClass } from '../plan/regex-class.js'

/**
 * Whether no match of a regular expression is an empty text, as far as one look along it tells: some character that stands
 * outside of all groups has to be there. False where that is not sure.
 *
 * @param regex one that compiles
 */
export function isNeverEmpty(regex: string): boolean {
  // A quantifier after flags is one of what stands before them.
  if (/.\(\?[a-zA-Z-]+\)/s.test(regex)) return false
  // Half of a character would pass for one that is there.
  if (/[\ud800-\udfff]/.test(regex)) return false
  let depth = 0
  let hasCharacter = false
  for (let at = 0; at < regex.length; at++) {
    const char = regex[at]!
    const isEscape = char === '\\'
    if (isEscape) at++
    // Of what letters and digits mean after a backslash, some takes no character and some the rest of the expression.
    if (isEscape && /[A-Za-z0-9]/.test(regex[at]!)) {
      if (!'dDsSwW'.includes(regex[at]!)) return false
    } else if (!isEscape && char === '[') at = endOfClass(regex, at)
    else if (!isEscape && char === '(') depth++
    else if (!isEscape && char === ')') depth--
    else if (!isEscape && char === '|' && depth === 0) return false
    const takesOne = isEscape || !'()|^$*+?{}'.includes(char)
    // A quantifier may say zero times.
    if (depth === 0 && takesOne && !/[?*{]/.test(regex[at + 1] ?? '')) hasCharacter = true
    if (!isEscape && char === '{') at += (/^\{\d+(?:,\d*)?\}/.exec(regex.slice(at, at + 20))?.[0].length ?? 1) - 1
  }
  return hasCharacter
}
