import { RE2JS } from 're2js'
import type { Diagnostic, Span } from '../diagnostics/diagnostic.js'
import { endOfClass } from '../plan/regex-class.js'

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

/**
 * Checks a regular expression of a query. Logs Insights matches without backtracking (Hyperscan and RE2, says the User
 * Guide), so that look-around and back references are errors, here as there.
 */
export function checkRegex(source: string, span: Span): CheckedRegex | Diagnostic {
  const regex = portable(source)
  try {
    RE2JS.compile(regex)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const isLook = /\(\?<?[=!]/.test(source)
    const problem = {
      code: 'insights/bad-regex',
      severity: 'error',
      span,
      message: `bad regular expression: ${reason}`,
    } as const
    return isLook ? { ...problem, hint: 'there is no look-around; add a second condition instead' } : problem
  }
  return { regex, groups: groupsOf(regex) }
}

/** Named groups as every RE2 reads them; `$` also before a line break that ends the text, as in Hyperscan. */
function portable(source: string): string {
  let regex = ''
  for (let at = 0; at < source.length; at++) {
    const char = source[at]!
    if (char === '\\') {
      regex += source.slice(at, at + 2)
      at++
    } else if (char === '[') {
      const end = endOfClass(source, at)
      regex += source.slice(at, end + 1)
      at = end
    } else if (char === '$') regex += '(?:\\n?$)'
    else if (source.startsWith('(?<', at) && /[A-Za-z_]/.test(source[at + 3] ?? '')) {
      regex += '(?P<'
      at += 2
    } else regex += char
  }
  return regex
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
      const name = /^\(\?P<([^>]*)>/.exec(regex.slice(at, at + 100))?.[1] ?? null
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
      const quoted = piece.replace(/[^A-Za-z0-9_\u0080-\uffff]/g, '\\$&')
      if (index === last) return quoted
      return index === last - 1 && pieces[last] === '' ? `${quoted}(.*)` : `${quoted}(.*?)`
    })
    .join('')
  return { regex: `(?s)${regex}`, stars: last }
}
