import type { DatePiece } from '../../plan/java-date.js'
import { quoted, type Sql, sql } from '../fragment.js'

/** What strptime reads as Java does, where a regular expression has seen that the text has the form. */
const codes: Readonly<Record<string, string>> = {
  ...{ y: '%Y', yyyy: '%Y', u: '%Y', uuuu: '%Y', M: '%m', MM: '%m', L: '%m', LL: '%m', d: '%d', dd: '%d' },
  ...{ MMM: '%b', MMMM: '%B', LLL: '%b', LLLL: '%B', E: '%a', EE: '%a', EEE: '%a', EEEE: '%A' },
  ...{ H: '%H', HH: '%H', h: '%I', hh: '%I', a: '%p', m: '%M', mm: '%M', s: '%S', ss: '%S' },
  ...{ S: '%f', SS: '%f', SSS: '%g', SSSS: '%f', SSSSS: '%f', SSSSSS: '%f' },
  ...{ X: '%z', XX: '%z', XXX: '%z', x: '%z', xx: '%z', xxx: '%z', Z: '%z', ZZ: '%z', ZZZ: '%z', ZZZZZ: '%z' },
}

/** Codes of which a text has one at most: the last one would count. */
const alike = ['%Y', '%m%b%B', '%d', '%H%I', '%p', '%M', '%S', '%f%g', '%z']

/**
 * The time that a text of the form of these pieces tells, in ms of UTC, or of the clock that it was written by.
 * @returns undefined where strptime would not read it as Java does
 */
export function readTime(text: Sql, pieces: readonly DatePiece[]): Sql | undefined {
  const written = pieces.map(piece => ('text' in piece ? piece.text.replaceAll('%', '%%') : codes[piece.letters]))
  if (!written.every(code => code !== undefined)) return undefined
  const format = written.join('')
  const isTwice = alike.some(group => written.filter(code => code.startsWith('%') && group.includes(code)).length > 1)
  // Blanks at the beginning are skipped, and %f takes as many digits as there are.
  if (isTwice || /^\s|\s$|%f(?:\d|%[^z%])|%z./.test(format)) return undefined
  // %z knows no Z; of several formats, one without %z keeps the offset that the row before had (DuckDB 1.5.5).
  const isUtc = sql`CASE WHEN ends_with(${text}, 'Z') THEN left(${text}, -1) || '+00' ELSE ${text} END`
  const time = sql`try_strptime(${format.endsWith('%z') ? isUtc : text}, ${quoted(format)})`
  return format.includes('%f') ? sql`epoch_ms(date_trunc('millisecond', ${time}))` : sql`epoch_ms(${time})`
}
