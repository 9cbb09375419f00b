/**
 * Recognises the patterns that the native engine matches in linear time, and translates them so that they mean there what
 * they mean in RE2: literal characters, classes, `.`, `\b`, groups with alternatives that are not repeated, `(?i)` in
 * front, and counts. A count that varies is paid for by backtracking, except at the very end of the pattern, where nothing
 * can fail after it; the number of ways to match at one place, times their length, is kept under a bound.
 */
export function compileSimplePattern(pattern: string): RegExp | undefined {
  const ignoreCase = pattern.startsWith('(?i)')
  // Without regard to case, the native `\b` takes the Kelvin sign for a letter.
  if (ignoreCase && pattern.includes('\\b')) return undefined
  const reader: Reader = { text: pattern, at: ignoreCase ? 4 : 0 }
  const parsed = readAlternatives(reader, true)
  if (parsed === undefined || reader.at < pattern.length) return undefined
  if (parsed.ways * parsed.length > maxStepsPerPlace) return undefined
  return new RegExp(parsed.source, ignoreCase ? 'giu' : 'gu')
}

const maxStepsPerPlace = 1024

interface Reader {
  readonly text: string
  at: number
}

interface Part {
  readonly source: string
  /** How many ways there are to match at one place. */
  readonly ways: number
  /** Characters of the longest match; what follows an open end does not count. */
  readonly length: number
}

function readAlternatives(reader: Reader, isTop: boolean): Part | undefined {
  const parts: Part[] = []
  do {
    const isOnly = isTop && parts.length === 0
    const part = readSequence(reader, isOnly)
    if (part === undefined) return undefined
    parts.push(part)
  } while (take(reader, '|'))
  if (parts.length === 1) return parts[0]
  return {
    source: parts.map(part => part.source).join('|'),
    ways: parts.reduce((sum, part) => sum + part.ways, 0),
    length: Math.max(...parts.map(part => part.length)),
  }
}

/** An open end is allowed to the first alternative of the whole pattern, and only when no other follows. */
function readSequence(reader: Reader, mayEndOpen: boolean): Part | undefined {
  let source = ''
  let ways = 1
  let length = 0
  while (reader.at < reader.text.length && !'|)'.includes(reader.text[reader.at]!)) {
    if (take(reader, '\\b')) {
      source += '\\b'
      continue
    }
    if (reader.text[reader.at] === '(') {
      const group = readGroup(reader)
      if (group === undefined || readCount(reader) !== null) return undefined
      source += group.source
      ways *= group.ways
      length += group.length
      continue
    }
    const atom = readAtom(reader)
    if (atom === undefined) return undefined
    const count = readCount(reader)
    if (count === undefined) return undefined
    source += atom + (count?.source ?? '')
    const isLast = mayEndOpen && reader.at === reader.text.length
    if (count !== null && count.max === Number.POSITIVE_INFINITY && !isLast) return undefined
    if (count !== null && !isLast) ways *= count.max - count.min + 1
    length += isLast ? 1 + (count?.min ?? 0) : (count?.max ?? 1)
  }
  return source === '' ? undefined : { source, ways, length }
}

function readGroup(reader: Reader): Part | undefined {
  if (!take(reader, '(?:') && (reader.text.startsWith('(?', reader.at) || !take(reader, '('))) return undefined
  const inner = readAlternatives(reader, false)
  if (inner === undefined || !take(reader, ')')) return undefined
  return { ...inner, source: `(?:${inner.source})` }
}

/** Undefined for a count that is not simple, null where there is none. */
function readCount(reader: Reader): { source: string; min: number; max: number } | null | undefined {
  const written = stickyMatch(reader, /[*+?]|\{[0-9]{1,3}(?:,[0-9]{0,3})?\}/y)
  if (written === undefined) return reader.text[reader.at] === '{' ? undefined : null
  // Lazy, possessive and repeated counts are left to the engine that defines them.
  if (/[*+?{]/.test(reader.text[reader.at] ?? '')) return undefined
  if (written === '*') return { source: '*', min: 0, max: Number.POSITIVE_INFINITY }
  if (written === '+') return { source: '+', min: 1, max: Number.POSITIVE_INFINITY }
  if (written === '?') return { source: '?', min: 0, max: 1 }
  const [min = '', max] = written.slice(1, -1).split(',')
  const most = max === undefined ? Number(min) : max === '' ? Number.POSITIVE_INFINITY : Number(max)
  return most < Number(min) ? undefined : { source: written, min: Number(min), max: most }
}

const perlClasses: Readonly<Record<string, string>> = { d: '0-9', w: '0-9A-Za-z_', s: '\\t\\n\\f\\r ' }
const controls: Readonly<Record<string, string>> = { t: '\\t', n: '\\n', r: '\\r', f: '\\f' }

/** One character or class, in the syntax of the native engine's `u` mode. */
function readAtom(reader: Reader): string | undefined {
  if (take(reader, '.')) return '[^\\n]'
  if (reader.text[reader.at] === '[') return readClass(reader)
  const perl = stickyMatch(reader, /\\[dwsDWS]/y)?.[1]
  if (perl !== undefined) return `[${perl < 'a' ? '^' : ''}${perlClasses[perl.toLowerCase()]}]`
  if ('*+?{^$)]}'.includes(reader.text[reader.at]!)) return undefined
  return readCharacter(reader)
}

function readClass(reader: Reader): string | undefined {
  let source = stickyMatch(reader, /\[\^?/y)!
  do {
    const perl = stickyMatch(reader, /\\[dws]/y)?.[1]
    if (perl !== undefined) {
      source += perlClasses[perl]
      continue
    }
    if ('[]-&~'.includes(reader.text[reader.at] ?? ']')) return undefined
    const first = readCharacter(reader)
    if (first === undefined) return undefined
    source += first
    const dash = stickyMatch(reader, /-(?!\])/y)
    if (dash === undefined) {
      if (take(reader, '-]')) return `${source}\\-]`
      continue
    }
    if ('[]-'.includes(reader.text[reader.at] ?? ']')) return undefined
    const last = readCharacter(reader)
    if (last === undefined || codePoint(last) < codePoint(first)) return undefined
    source += `-${last}`
  } while (!take(reader, ']'))
  return `${source}]`
}

/** A literal character, written by its code, or an escaped sign or control; anything else is not simple. */
function readCharacter(reader: Reader): string | undefined {
  const written = stickyMatch(reader, /\\[^0-9A-Za-z\u0080-\u{10ffff}]|\\[tnrf]|[^\\]/uy)
  if (written === undefined || /^[\ud800-\udfff]$/.test(written)) return undefined
  const control = written.length === 2 ? controls[written[1]!] : undefined
  if (control !== undefined) return control
  const character = written[0] === '\\' ? written.slice(1) : written
  return `\\u{${character.codePointAt(0)!.toString(16)}}`
}

function codePoint(written: string): number {
  return written.startsWith('\\u') ? Number.parseInt(written.slice(3), 16) : '\\t\\n\\f\\r'.indexOf(written) / 2 + 9
}

function take(reader: Reader, expected: string): boolean {
  if (!reader.text.startsWith(expected, reader.at)) return false
  reader.at += expected.length
  return true
}

function stickyMatch(reader: Reader, pattern: RegExp): string | undefined {
  pattern.lastIndex = reader.at
  const match = pattern.exec(reader.text)?.[0]
  if (match !== undefined) reader.at += match.length
  return match
}
