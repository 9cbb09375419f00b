/**
 * The time that a log line gives itself, where it is written in one of the usual ways near the line's beginning. A time
 * without a zone is taken for UTC, which is what servers log in.
 */

/** Times stand at the beginning of a line, or among the first members of a JSON document; characters. */
const lookedAt = 512

interface TimeForm {
  readonly pattern: RegExp
  /** ms since the epoch, NaN when it is no time. */
  read(parts: readonly string[], before: number): number
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

const forms: readonly TimeForm[] = [
  {
    // 2026-01-15T12:00:00.123Z, 2026-01-15 12:00:00,123 +0100, 2026/01/15 12:00:00
    pattern: /(\d{4})[-/](\d\d)[-/](\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(?: ?(Z|[+-]\d\d:?\d\d))?/,
    read: ([year, month, day, hour, minute, second, fraction, zone]) =>
      utc([year, Number(month) - 1, day, hour, minute, second], fraction, zone),
  },
  {
    // 15/Jan/2026:12:00:00 +0000
    pattern: /(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-]\d{4})/,
    read: ([day, month = '', year, hour, minute, second, zone]) =>
      utc([year, months.indexOf(month), day, hour, minute, second], undefined, zone),
  },
  {
    // Jan 15 12:00:00 at the beginning, with or without a syslog priority; the year is the latest that is not ahead.
    pattern: /^(?:<\d{1,3}>)?([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d)\b/,
    read([month = '', day, hour, minute, second], before) {
      const year = new Date(before).getUTCFullYear()
      const inYear = (candidate: number) => utc([candidate, months.indexOf(month), day, hour, minute, second])
      return inYear(year) > before + dayMs ? inYear(year - 1) : inYear(year)
    },
  },
  {
    // A flow log record: … start end action status, in seconds; CloudWatch Logs takes the start too.
    pattern: / (\d{10}) \d{10} (?:ACCEPT|REJECT|-) (?:OK|NODATA|SKIPDATA)\b/,
    read: ([start]) => Number(start) * 1000,
  },
  {
    // {"time":1768478400123, as a number or text, in seconds or milliseconds
    pattern: /"(?:@?timestamp|time|ts)" ?: ?"?(\d{10})(\d{3})?(?:\.(\d{1,9}))?\b/,
    read: ([seconds, milliseconds, fraction]) =>
      Number(seconds) * 1000 + (milliseconds === undefined ? millisecondsOf(fraction) : Number(milliseconds)),
  },
]

const dayMs = 24 * 3600_000

/**
 * ms since the epoch, or undefined for a line that says no time.
 * @param before when the line had been written at the latest, ms: tells the year where the line does not
 */
export function lineTime(line: string, before: number): number | undefined {
  const head = cloudTrailTime(line) ?? line.slice(0, lookedAt)
  let first: { readonly index: number; readonly time: number } | undefined
  for (const { pattern, read } of forms) {
    const match = pattern.exec(head)
    if (match === null || (first !== undefined && first.index <= match.index)) continue
    const time = read(match.slice(1), before)
    if (time >= 0) first = { index: match.index, time }
  }
  return first?.time
}

/** A CloudTrail record tells of other times before its own, such as when the session was created. */
function cloudTrailTime(line: string): string | undefined {
  if (!line.startsWith('{') || !line.includes('"eventVersion":') || !line.includes('"eventTime":')) return undefined
  try {
    const { eventVersion, eventTime } = JSON.parse(line)
    return typeof eventVersion === 'string' && typeof eventTime === 'string' ? eventTime : undefined
  } catch {
    return undefined
  }
}

/** NaN for a date that is on no calendar. */
function utc(parts: readonly (string | number | undefined)[], fraction?: string, zone?: string): number {
  const [year = 0, month = 0, day = 1, hour = 0, minute = 0, second = 0] = parts.map(Number)
  const time = new Date(Date.UTC(year, month, day, hour, minute, Math.min(second, 59)))
  if (time.getUTCMonth() !== month || time.getUTCDate() !== day || time.getUTCHours() !== hour) return Number.NaN
  return time.getTime() + millisecondsOf(fraction) - offsetOf(zone)
}

function millisecondsOf(fraction: string | undefined): number {
  return fraction === undefined ? 0 : Number(fraction.slice(0, 3).padEnd(3, '0'))
}

function offsetOf(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z') return 0
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2))
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000
}
