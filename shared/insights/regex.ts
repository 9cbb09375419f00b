import { RE2JS } from 're2js'
import type { Diagnostic, Span } from '../diagnostics/diagnostic.js'
import { endOfClass } from '../plan/regex-class.js'
import { sizeOfRegex } from './regex-size.js'

export interface CheckedRegex {
  /** In the notation that all of RE2's descendants read: `(?P<name>…)`. */
  readonly regex: string
  /** In the order of their opening parentheses. */
  readonly groups: readonly RegexGroup[]
}

export interface RegexGroup {
  readonly name: string | null
  /** A match may leave the group out: it or a group around it is repeated zero times, or stands among alternatives. */
  readonly isOptional: boolean
}

/** See `sizeOfRegex`; with Unicode's classes it is not known as exactly. */
const [maxSize, maxSizeWithClasses] = [690_000, 600_000]

/** Classes of RE2JS that DuckDB's RE2 has not: Unicode's own, and scripts of Unicode 16 and 17. */
const unknownClasses = new Set([
  ...['Alphabetic', 'Ascii', 'Assigned', 'Cn', 'Emoji', 'LC', 'Lc', 'Lowercase', 'Unknown', 'Uppercase', 'White_Space'],
  ...['Beria_Erfe', 'Garay', 'Gurung_Khema', 'Kirat_Rai', 'Ol_Onal', 'Sidetic', 'Sunuwar', 'Tai_Yo', 'Todhri'],
  ...['Tolong_Siki', 'Tulu_Tigalari'],
])

/** What other engines have, and how it is said here. */
const hints: readonly (readonly [RegExp, string])[] = [
  [/\(\?<?[=!]/, 'there is no look-around; add a second condition instead'],
  [/\\(?:[1-9]|k<)|\(\?P=/, 'there are no back references; parse both parts as fields and compare them'],
  [/[*+?}]\+|\(\?>/, 'nothing is possessive or atomic: matching does not backtrack'],
  [/\(\?[a-zA-Z-]*x/, 'blanks and comments count: there is no flag x'],
  [/\(\?#/, 'there are no comments in a regular expression'],
  [/\\Z/, '$ stands before a line break that ends the text, \\z at the very end'],
  [/\\h/, 'blanks and tabs are [ \\t], white space is \\s'],
  [/\\R/, 'a line break is \\r?\\n'],
  [/\\u[0-9a-fA-F]/, 'a character by its code is \\x{e9}'],
]

/**
 * Checks a regular expression of a query. Logs Insights matches without backtracking (Hyperscan and RE2, says the User
 * Guide), so that look-around and back references are errors, here as there.
 * @param use `replace` where what is matched is taken away: a `$` takes no line break with it then
 */
export function checkRegex(source: string, span: Span, use: 'find' | 'replace' = 'find'): CheckedRegex | Diagnostic {
  const regex = portable(source, use)
  const problem = (message: string, hint: string | undefined): Diagnostic => {
    const found = { code: 'insights/bad-regex', severity: 'error', span, message } as const
    return hint === undefined ? found : { ...found, hint }
  }
  let compiled: RE2JS
  try {
    compiled = RE2JS.compile(regex)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const hint = hints.find(([sign]) => sign.test(source))?.[1]
    return problem(`bad regular expression: ${reason}`, hint)
  }
  // One escape after the other, since a backslash that is escaped begins none.
  const escapes = Array.from(regex.matchAll(/\\(?:[pP]\{\^?([^}]*)\}|.)/gs))
  const unknown = escapes.map(([, name]) => name).find(name => name !== undefined && unknownClasses.has(name))
  if (unknown !== undefined) {
    const hint = 'classes are general categories such as \\p{Lu}, and scripts such as \\p{Greek}'
    return problem(`bad regular expression: there is no class \\p{${unknown}}`, hint)
  }
  const hasClasses = escapes.some(([text]) => /^\\[pP]/.test(text))
  if (sizeOfRegex(compiled) > (hasClasses ? maxSizeWithClasses : maxSize))
    return problem(
      'this regular expression is too large when its repetitions are written out',
      'use * or + in place of {…}',
    )
  return { regex, groups: groupsOf(regex) }
}

/**
 * Named groups as every RE2 reads them, `\Q…\E` written out; where texts are found, `$` also before a line break that ends
 * the text, as in Hyperscan.
 */
function portable(source: string, use: 'find' | 'replace'): string {
  let regex = ''
  for (let at = 0; at < source.length; at++) {
    const char = source[at]!
    if (source.startsWith('\\Q', at)) {
      const end = source.indexOf('\\E', at + 2)
      regex += quoteRegex(source.slice(at + 2, end < 0 ? undefined : end))
      at = end < 0 ? source.length : end + 1
    } else if (char === '\\') {
      regex += source.slice(at, at + 2)
      at++
    } else if (char === '[') {
      const end = endOfClass(source, at)
      regex += source.slice(at, end + 1)
      at = end
    } else if (char === '$' && use === 'find') regex += '(?:\\n?$)'
    else if (source.startsWith('(?<', at) && /[^=!]/.test(source[at + 3] ?? '')) {
      regex += '(?P<'
      at += 2
    } else regex += char
  }
  return regex
}

/** A text as a regular expression that it alone matches. */
function quoteRegex(text: string): string {
  return text.replace(/[^A-Za-z0-9_\u0080-\uffff]/g, '\\$&')
}

interface OpenGroup {
  /** Index into the groups; null for one that does not capture. */
  readonly index: number | null
  /** Groups from here on stand within it. */
  readonly from: number
  hasAlternatives: boolean
}

/** @param regex one that compiles */
function groupsOf(regex: string): readonly RegexGroup[] {
  const groups: { name: string | null; isOptional: boolean }[] = []
  const open: OpenGroup[] = [{ index: null, from: 0, hasAlternatives: false }]
  const forgo = (from: number) => {
    for (const group of groups.slice(from)) group.isOptional = true
  }
  for (let at = 0; at < regex.length; at++) {
    const char = regex[at]
    if (char === '\\') at++
    else if (char === '[') at = endOfClass(regex, at)
    else if (char === '|') open.at(-1)!.hasAlternatives = true
    else if (char === '(') {
      const name = regex.startsWith('(?P<', at) ? regex.slice(at + 4, regex.indexOf('>', at)) : null
      const captures = name !== null || regex[at + 1] !== '?'
      open.push({ index: captures ? groups.length : null, from: groups.length, hasAlternatives: false })
      if (captures) groups.push({ name, isOptional: false })
    } else if (char === ')') {
      const { index, from, hasAlternatives } = open.pop()!
      if (hasAlternatives) forgo(index === null ? from : from + 1)
      if (/^(?:[?*]|\{0*,|\{0+\})/.test(regex.slice(at + 1, at + 10))) forgo(from)
    }
  }
  if (open[0]!.hasAlternatives) forgo(0)
  return groups
}

/** A wildcard pattern of `parse`: every `*` as little as it can be, the last character, if a `*`, as much. */
export function globRegex(glob: string): { readonly regex: string; readonly stars: number } {
  const pieces = glob.split('*')
  const last = pieces.length - 1
  const regex = pieces
    .map((piece, index) => {
      const quoted = quoteRegex(piece)
      if (index === last) return quoted
      return index === last - 1 && pieces[last] === '' ? `${quoted}(.*)` : `${quoted}(.*?)`
    })
    .join('')
  return { regex: `(?s)${regex}`, stars: last }
}
