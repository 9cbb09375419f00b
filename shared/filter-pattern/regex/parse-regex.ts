import type { Diagnostic, Span } from '../../diagnostics/diagnostic.js'
import { type CharSet, classSet, negate, setOf, setOfRange, union } from './char-set.js'

/**
 * Reads the regular expressions of filter patterns. The language has no groups, so an expression is a list of
 * alternatives, each a list of items; that is what lets `program.ts` run it as one row of bits. Where CloudWatch's
 * guide is silent the reading is RE2's: `]` first in a class is itself, a brace that opens no repetition is itself,
 * a lazy quantifier finds what the greedy one finds.
 */
export interface RegexTree {
  readonly alternatives: readonly (readonly RegexItem[])[]
}

export interface RegexItem {
  /** Characters, or an end of the text (always once). */
  readonly atom: CharSet | 'start' | 'end'
  readonly min: number
  /** Infinity where there is no bound. */
  readonly max: number
}

/** More of one item than this is refused, as RE2 does. */
const maxRepetition = 1000

/** All repetitions written out: what one step of the search costs grows with it. */
const maxItems = 2000

const symbols = ' :_#=@/;,-^$?[]{}|*+.'

export function parseRegex(source: string, offset = 0): RegexTree | { readonly diagnostics: readonly Diagnostic[] } {
  const reader: Reader = { source, offset, at: 0, problem: null }
  const tree =
    source === ''
      ? fail(reader, 0, 0, 'empty', 'a regular expression needs at least one character')
      : alternatives(reader)
  if (reader.problem !== null || tree === null) return { diagnostics: [reader.problem!] }
  return tree
}

interface Reader {
  readonly source: string
  /** Where the source begins in the whole pattern, for spans. */
  readonly offset: number
  at: number
  problem: Diagnostic | null
}

function alternatives(reader: Reader): RegexTree | null {
  const found: RegexItem[][] = [[]]
  let size = 0
  while (reader.at < reader.source.length) {
    if (reader.source[reader.at] === '|') {
      found.push([])
      reader.at++
      continue
    }
    const start = reader.at
    const atom = readAtom(reader)
    const item = atom === null ? null : readQuantifier(reader, atom, start)
    if (item === null) return null
    if (typeof item.atom === 'string') {
      // An end of the text is there however often it is asked for; asked for zero times or more it asks nothing.
      if (item.min > 0) found.at(-1)!.push({ atom: item.atom, min: 1, max: 1 })
      continue
    }
    size += item.max === Number.POSITIVE_INFINITY ? item.min + 1 : item.max
    if (size > maxItems)
      return fail(reader, start, reader.at, 'too-large', `the repetitions come to more than ${maxItems} characters`)
    found.at(-1)!.push(item)
  }
  return { alternatives: found }
}

function readAtom(reader: Reader): CharSet | 'start' | 'end' | null {
  const start = reader.at
  const char = reader.source[reader.at++]!
  if (char === '^') return 'start'
  if (char === '$') return 'end'
  if (char === '.') return negate(setOf('\n'))
  if (char === '[') return readClass(reader, start)
  if (char === '\\') return readEscape(reader, start)
  if (char === '*' || char === '+' || char === '?' || (char === '{' && repetitionAt(reader.source, start) !== null))
    return fail(reader, start, reader.at, 'nothing-to-repeat', `expected something to repeat before "${char}"`)
  return isAllowed(char) ? setOf(char) : failCharacter(reader, start)
}

function readQuantifier(reader: Reader, atom: CharSet | 'start' | 'end', start: number): RegexItem | null {
  const char = reader.source[reader.at]
  let min = 1
  let max = 1
  const repetition = char === '{' ? repetitionAt(reader.source, reader.at) : null
  if (char === '*' || char === '+' || char === '?') {
    reader.at++
    min = char === '+' ? 1 : 0
    max = char === '?' ? 1 : Number.POSITIVE_INFINITY
  } else if (repetition !== null) {
    reader.at = repetition.end
    min = repetition.min
    max = repetition.max
    if (min > max) return fail(reader, start, reader.at, 'bad-repetition', `the bounds ${min} and ${max} are reversed`)
    if (Math.max(min, max === Number.POSITIVE_INFINITY ? 0 : max) > maxRepetition)
      return fail(reader, start, reader.at, 'bad-repetition', `a repetition can be at most ${maxRepetition}`)
  } else return { atom, min, max }
  if (reader.source[reader.at] === '?') reader.at++
  const next = reader.source[reader.at]
  if (next === '*' || next === '+' || next === '?' || (next === '{' && repetitionAt(reader.source, reader.at) !== null))
    return fail(reader, start, reader.at + 1, 'nothing-to-repeat', `a repetition cannot be repeated by "${next}"`)
  return { atom, min, max }
}

/** `{m}`, `{m,}`, `{,n}` or `{m,n}` at an offset; null where the brace stands for itself. */
function repetitionAt(source: string, at: number): { min: number; max: number; end: number } | null {
  const found = /^\{(\d{0,9})(,?)(\d{0,9})\}/.exec(source.slice(at, at + 22))
  if (found === null) return null
  const [all, low = '', comma = '', high = ''] = found
  if (low === '' && high === '') return null
  const min = low === '' ? 0 : Number(low)
  const max = comma === '' ? min : high === '' ? Number.POSITIVE_INFINITY : Number(high)
  return { min, max, end: at + all.length }
}

function readClass(reader: Reader, start: number): CharSet | null {
  const { source } = reader
  const negated = source[reader.at] === '^'
  if (negated) reader.at++
  const first = reader.at
  let set: CharSet | null = null
  while (reader.at < source.length && (source[reader.at] !== ']' || reader.at === first)) {
    if (source.startsWith('[:', reader.at) && source.indexOf(':]', reader.at + 2) !== -1)
      return fail(reader, reader.at, reader.at + 2, 'unsupported', 'named classes such as [:digit:] are not supported')
    const part = readClassPart(reader)
    if (part === null) return null
    set = set === null ? part : union(set, part)
  }
  if (reader.at >= source.length || set === null)
    return fail(reader, start, source.length, 'unclosed-class', 'expected "]" to close the character class')
  reader.at++
  return negated ? negate(set) : set
}

function readClassPart(reader: Reader): CharSet | null {
  const start = reader.at
  const low = readClassAtom(reader)
  const next = reader.source[reader.at + 1]
  if (low === null || low.code === null || reader.source[reader.at] !== '-' || next === undefined || next === ']')
    return low?.set ?? null
  reader.at++
  const high = readClassAtom(reader)
  if (high === null) return null
  if (high.code === null || high.code < low.code)
    return fail(
      reader,
      start,
      reader.at,
      'bad-range',
      `the range ${reader.source.slice(start, reader.at)} is not ascending`,
    )
  return setOfRange(low.code, high.code)
}

/** One member of a class; `code` is null for a whole class such as `\d`, which cannot bound a range. */
function readClassAtom(reader: Reader): { readonly set: CharSet; readonly code: number | null } | null {
  const start = reader.at
  const char = reader.source[reader.at++]!
  if (char === '\\') {
    const set = readEscape(reader, start)
    if (set === null) return null
    const escaped = reader.source[start + 1]!
    if ('dDsSwW'.includes(escaped)) return { set, code: null }
    const code =
      escaped === 'x' ? Number.parseInt(reader.source.slice(start + 2, start + 4), 16) : escaped.charCodeAt(0)
    return { set, code }
  }
  return isAllowed(char) ? { set: setOf(char), code: char.charCodeAt(0) } : failCharacter(reader, start)
}

function readEscape(reader: Reader, start: number): CharSet | null {
  const char = reader.source[reader.at++]
  if (char === undefined)
    return fail(reader, start, reader.at - 1, 'bad-escape', 'expected a character after the backslash')
  const named = classSet(char)
  if (named !== null) return named
  if (char === 'x') {
    const hex = reader.source.slice(reader.at, reader.at + 2)
    if (!/^[0-9A-Fa-f]{2}$/.test(hex))
      return fail(reader, start, reader.at + hex.length, 'bad-escape', 'expected two hexadecimal digits after \\x')
    reader.at += 2
    return setOf(String.fromCharCode(Number.parseInt(hex, 16)))
  }
  if (char === '\\' || symbols.includes(char)) return setOf(char)
  return fail(reader, start, reader.at, 'bad-escape', `\\${char} is not an escape of filter patterns`, escapeHint(char))
}

function isAllowed(char: string): boolean {
  return /^[A-Za-z0-9]$/.test(char) || symbols.includes(char)
}

function escapeHint(char: string): string {
  const code = char.charCodeAt(0)
  if (code > 0xff || /[A-Za-z0-9]/.test(char))
    return 'the escapes are \\d \\D \\s \\S \\w \\W, \\xhh and a backslash before a symbol'
  return `write \\x${code.toString(16).toUpperCase().padStart(2, '0')} for the character itself`
}

function failCharacter(reader: Reader, at: number): null {
  const char = String.fromCodePoint(reader.source.codePointAt(at)!)
  const hint =
    char === '(' || char === ')'
      ? 'groups are not supported; \\x28 and \\x29 stand for the parentheses'
      : escapeHint(char)
  return fail(reader, at, at + char.length, 'bad-character', `"${char}" cannot stand in a regular expression`, hint)
}

function fail(reader: Reader, start: number, end: number, code: string, message: string, hint?: string): null {
  const span: Span = { start: reader.offset + start, end: reader.offset + Math.max(end, start) }
  const problem: Diagnostic = { code: `filter-pattern/regex-${code}`, severity: 'error', span, message }
  reader.problem ??= hint === undefined ? problem : { ...problem, hint }
  return null
}
