/**
 * Patterns of `parseDate`, in the notation of Java's DateTimeFormatter, as a regular expression that takes a text apart.
 * Widths count as they do there: `HH` is two digits, `H` one or two. Names are English, in any case. A pattern that says
 * too little to be a time is refused: a year at least; what comes after it begins where it is left out.
 */
export type DateField =
  | 'year'
  | 'shortYear'
  | 'month'
  | 'monthName'
  | 'day'
  | 'dayOfYear'
  | 'hour'
  | 'halfDayHour'
  | 'half'
  | 'minute'
  | 'second'
  | 'fraction'
  | 'offset'

export type DatePatternRead =
  /**
   * A field for each group of the expression, which matches whole texts only; and what such texts consist of where that can be
   * read from left to right, as far as it goes: null where a part may be missing, or digits follow as many as there are.
   */
  | { readonly regex: string; readonly fields: readonly DateField[]; readonly pieces: readonly DatePiece[] | null }
  /** What cannot be read, and where it stands in the pattern. */
  | { readonly unknown: string; readonly at: number; readonly hint: string }

const names = (list: string, length?: number) =>
  list
    .split(' ')
    .map(name => [...name.slice(0, length)].map(letter => `[${letter.toUpperCase()}${letter}]`).join(''))
    .join('|')
const months = 'january february march april may june july august september october november december'
const days = 'monday tuesday wednesday thursday friday saturday sunday'

const hours = '(?:0[0-9]|1[0-8])'
const offsets = {
  short: `[+-]${hours}(?:[0-5][0-9])?`,
  plain: `[+-]${hours}[0-5][0-9]`,
  colon: `[+-]${hours}:[0-5][0-9]`,
}

/** Letters such as `yyyy`, or a text that stands for itself. */
export type DatePiece = { readonly letters: string } | { readonly text: string }

/** By letters: the field, and its text as an expression without groups. */
const letters: Readonly<Record<string, readonly [DateField | null, string]>> = {
  y: ['year', '[0-9]{1,4}'],
  yy: ['shortYear', '[0-9]{2}'],
  yyyy: ['year', '[0-9]{4}'],
  u: ['year', '[0-9]{1,4}'],
  uu: ['shortYear', '[0-9]{2}'],
  uuuu: ['year', '[0-9]{4}'],
  M: ['month', '(?:0?[1-9]|1[0-2])'],
  MM: ['month', '(?:0[1-9]|1[0-2])'],
  MMM: ['monthName', names(months, 3)],
  MMMM: ['monthName', names(months)],
  L: ['month', '(?:0?[1-9]|1[0-2])'],
  LL: ['month', '(?:0[1-9]|1[0-2])'],
  LLL: ['monthName', names(months, 3)],
  LLLL: ['monthName', names(months)],
  d: ['day', '(?:0?[1-9]|[12][0-9]|3[01])'],
  dd: ['day', '(?:0[1-9]|[12][0-9]|3[01])'],
  D: ['dayOfYear', '[0-9]{1,3}'],
  DD: ['dayOfYear', '[0-9]{2,3}'],
  DDD: ['dayOfYear', '[0-9]{3}'],
  E: [null, names(days, 3)],
  EE: [null, names(days, 3)],
  EEE: [null, names(days, 3)],
  EEEE: [null, names(days)],
  H: ['hour', '(?:[01]?[0-9]|2[0-3])'],
  HH: ['hour', '(?:[01][0-9]|2[0-3])'],
  h: ['halfDayHour', '(?:0?[1-9]|1[0-2])'],
  hh: ['halfDayHour', '(?:0[1-9]|1[0-2])'],
  a: ['half', '[AaPp][Mm]'],
  m: ['minute', '[0-5]?[0-9]'],
  mm: ['minute', '[0-5][0-9]'],
  s: ['second', '[0-5]?[0-9]'],
  ss: ['second', '[0-5][0-9]'],
  ...Object.fromEntries(
    Array.from({ length: 9 }, (_, index) => ['S'.repeat(index + 1), ['fraction', `[0-9]{${index + 1}}`]] as const),
  ),
  X: ['offset', `Z|${offsets.short}`],
  XX: ['offset', `Z|${offsets.plain}`],
  XXX: ['offset', `Z|${offsets.colon}`],
  x: ['offset', offsets.short],
  xx: ['offset', offsets.plain],
  xxx: ['offset', offsets.colon],
  Z: ['offset', offsets.plain],
  ZZ: ['offset', offsets.plain],
  ZZZ: ['offset', offsets.plain],
  ZZZZZ: ['offset', `Z|${offsets.colon}`],
}

const usual = "such as yyyy-MM-dd'T'HH:mm:ss.SSSXXX"
const hints: Readonly<Record<string, string>> = {
  Y: 'the year is yyyy; Y is the year of an ISO week',
  D: 'the day of the month is dd; D is that of the year',
  T: "letters that stand for themselves are quoted: 'T'",
  z: 'names of zones are not read: an offset is Z, xxx or X, and a zone is the third argument',
  V: 'names of zones are not read: an offset is Z, xxx or X, and a zone is the third argument',
  O: 'an offset is Z, xxx or X',
  n: 'fractions of a second are S, one for each digit',
  N: 'fractions of a second are S, one for each digit',
  A: 'fractions of a second are S, one for each digit',
  k: 'hours are HH, 00 to 23, or hh with a',
  K: 'hours are HH, 00 to 23, or hh with a',
  e: 'names of days are EEE and EEEE',
  c: 'names of days are EEE and EEEE',
}

export function readDatePattern(pattern: string): DatePatternRead {
  const fields: DateField[] = []
  const pieces: DatePiece[] = []
  let regex = ''
  let open = 0
  for (let at = 0; at < pattern.length; ) {
    const char = pattern[at]!
    let end = at + 1
    if (char === "'") {
      const quoted = /'((?:[^']|'')*)'/y
      quoted.lastIndex = at
      const text = quoted.exec(pattern)?.[1]
      if (text === undefined)
        return { unknown: "'", at, hint: "a quote is closed by another one, and written '' for itself" }
      const plain = text === '' ? "'" : text.replaceAll("''", "'")
      regex += escapeRegex(plain)
      pieces.push({ text: plain })
      end = quoted.lastIndex
    } else if (/[A-Za-z]/.test(char)) {
      while (pattern[end] === char) end++
      const unknown = pattern.slice(at, end)
      const [field, text] = letters[unknown] ?? []
      if (text === undefined) return { unknown, at, hint: hintFor(pattern, at) }
      regex += field === null ? `(?:${text})` : `(${text})`
      if (field != null) fields.push(field)
      pieces.push({ letters: unknown })
    } else if (char === '[' || char === ']') {
      open += char === '[' ? 1 : -1
      if (open < 0) return { unknown: char, at, hint: 'what may be missing stands in [ and ]' }
      regex += char === '[' ? '(?:' : ')?'
    } else if (/[{}#]/.test(char)) {
      return { unknown: char, at, hint: `letters and signs that stand for themselves are quoted: '${char}'` }
    } else {
      regex += escapeRegex(char)
      pieces.push({ text: char })
    }
    at = end
  }
  if (open > 0) return { unknown: '[', at: pattern.indexOf('['), hint: 'what may be missing stands in [ and ]' }
  const missing = missingFrom(fields)
  if (missing !== null) return { unknown: pattern, at: 0, hint: missing }
  const isSure = !/[[\]]/.test(pattern.replace(/'[^']*'/g, '')) && !overlap(pieces)
  return { regex: `\\A${regex}\\z`, fields, pieces: isSure ? pieces : null }
}

/** Whether something that may be shorter or longer has a digit, or may have, next to it. */
function overlap(pieces: readonly DatePiece[]): boolean {
  return pieces.some((piece, index) => {
    const next = pieces[index + 1]
    const mayBeLonger = 'letters' in piece && /^([yuMLdDHhmsXx]|DD)$/.test(piece.letters)
    if (!mayBeLonger || next === undefined) return false
    return 'text' in next ? /^[0-9:]/.test(next.text) : /^(?!(MMM|LLL|E|a))/.test(next.letters)
  })
}

function hintFor(pattern: string, at: number): string {
  if (pattern[at - 1] === '%') return 'parseDate takes letters: %Y-%m-%d is yyyy-MM-dd'
  return hints[pattern[at]!] ?? usual
}

/** Why a time cannot be told from such fields; null if it can. */
function missingFrom(fields: readonly DateField[]): string | null {
  const has = (...wanted: DateField[]) => wanted.some(field => fields.includes(field))
  if (!has('year', 'shortYear')) return 'a time has a year: yyyy; add one by concat() where the text has none'
  if (has('day') && !has('month', 'monthName'))
    return has('minute') ? 'the month is MM, the minute mm' : 'a day needs its month: MM'
  if (has('dayOfYear') && has('day', 'month', 'monthName')) return 'the day of the month is dd; D is that of the year'
  if (has('halfDayHour') !== has('half')) return 'hh and a (AM or PM) go together; HH is the hour from 00 to 23'
  if (has('minute') && !has('hour', 'halfDayHour')) return 'a minute needs its hour: HH:mm'
  if (has('second') && !has('minute')) return 'a second needs its minute: mm:ss'
  return has('fraction') && !has('second') ? 'a fraction needs its second: ss.SSS' : null
}

function escapeRegex(text: string): string {
  return text.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&')
}
