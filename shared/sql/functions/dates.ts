/**
 * Times as text. What a code or a pattern means is decided in the plan (`strftime.ts`, `java-date.ts`) and written here once,
 * over few questions to an engine; its own formatting is used for codes that it prints as C does, its own parsing for none.
 */
import { type DateField, readDatePattern } from '../../plan/java-date.js'
import { readStrftime, type StrftimePiece } from '../../plan/strftime.js'
import type { Dialect } from '../dialect.js'
import { joinSql, numeral, quoted, raw, type Sql, sql } from '../fragment.js'
import { toText, toTime } from '../typed.js'
import type { FunctionTable } from './function-table.js'

export const dateFunctions: FunctionTable = {
  formatDate: ([time, format, zone], dialect) => {
    const read = readStrftime(String(format!.literal))
    if (!('pieces' in read)) throw new Error(`the plan holds a bad format: ${format!.literal}`)
    const ms = toTime(time!, dialect)
    const clock = (utc: Sql) => (zone === undefined ? utc : wallClock(utc, String(zone.literal), dialect))
    const written = read.pieces.every(piece => isNative(piece, dialect))
      ? printed(read.pieces, clock(ms), ms, dialect)
      : dialect.bind('u', ms, utc => dialect.bind('w', clock(utc), local => printed(read.pieces, local, utc, dialect)))
    return { sql: written, type: 'text' }
  },
  parseDate: ([text, pattern, zone], dialect) => {
    const read = readDatePattern(String(pattern!.literal))
    if (!('regex' in read)) throw new Error(`the plan holds a bad pattern: ${pattern!.literal}`)
    const { regex, fields, pieces } = read
    const value = toText(text!, dialect)
    const zoned = (local: Sql) => (zone === undefined ? local : utcOf(local, String(zone.literal), dialect))
    const direct = pieces === null ? undefined : dialect.readTime?.(raw('t'), pieces)
    if (direct !== undefined) {
      const time = fields.includes('offset') ? direct : zoned(direct)
      const checked = (t: Sql) => sql`CASE WHEN ${dialect.matches(t, regex)} THEN ${time} END`
      return { sql: sql`CAST(${dialect.bind('t', value, checked)} AS DOUBLE)`, type: 'number' }
    }
    const match = (dialect.firstGroups ?? dialect.firstMatch)(value, regex, fields.length)
    const instant = dialect.bind('f', match, groups => {
      const partOf = (field: DateField) => {
        const texts = fields.flatMap((one, index) => (one === field ? [dialect.group(groups, index + 1)] : []))
        // nullif() would be shorter; Trino 476 fails on it within a lambda where there is nothing.
        const present = texts.map(text => sql`CASE WHEN ${text} <> '' THEN ${text} END`)
        return present.length < 2 ? present[0] : sql`coalesce(${joinSql(present, ', ')})`
      }
      const offset = partOf('offset')
      if (offset === undefined) return zoned(localTime(partOf))
      return dialect.bind(
        'l',
        localTime(partOf),
        local => sql`coalesce(${local} - ${offsetMs(offset)}, ${zoned(local)})`,
      )
    })
    return { sql: sql`CAST(${instant} AS DOUBLE)`, type: 'number' }
  },
}

/** Milliseconds east of UTC where they never change, as in `+09:00`. */
function fixedOffset(zone: string): number | null {
  const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)$/.exec(zone) ?? []
  if (hours === undefined) return zone === 'UTC' ? 0 : null
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
}

/** What the clocks of a zone show at a time, as milliseconds since 1970 on them. */
function wallClock(utc: Sql, zone: string, dialect: Dialect): Sql {
  const fixed = fixedOffset(zone)
  if (fixed === 0) return utc
  return fixed === null ? dialect.wallClock(utc, zone) : sql`(${utc} + ${numeral(fixed)})`
}

function utcOf(local: Sql, zone: string, dialect: Dialect): Sql {
  const fixed = fixedOffset(zone)
  if (fixed === 0) return local
  return fixed === null ? dialect.fromWallClock(local, zone) : sql`(${local} - ${numeral(fixed)})`
}

function isNative(piece: StrftimePiece, { timeCodes }: Dialect): boolean {
  return 'text' in piece || timeCodes[piece.code] !== undefined
}

/** Neighbours that the engine prints itself are one call. */
function printed(pieces: readonly StrftimePiece[], local: Sql, utc: Sql, dialect: Dialect): Sql {
  const parts: Sql[] = []
  let native = ''
  let hasCode = false
  const flush = () => {
    if (native !== '') parts.push(hasCode ? dialect.printTime(local, native) : quoted(native.replaceAll('%%', '%')))
    native = ''
    hasCode = false
  }
  for (const piece of pieces) {
    const code = 'text' in piece ? piece.text.replaceAll('%', '%%') : dialect.timeCodes[piece.code]
    if (code === undefined) {
      flush()
      parts.push(computed((piece as { code: string }).code, local, utc, dialect))
    } else {
      native += code
      hasCode ||= 'code' in piece
    }
  }
  flush()
  return joinSql(parts, ' || ')
}

const dayMs = 86_400_000

/** A code that is made of others, or of the time itself. */
function computed(code: string, local: Sql, utc: Sql, dialect: Dialect): Sql {
  const native = (other: string) => {
    const found = dialect.timeCodes[other]
    return found === undefined ? computed(other, local, utc, dialect) : dialect.printTime(local, found)
  }
  const text = (whole: Sql) => sql`CAST(CAST(${whole} AS BIGINT) AS VARCHAR)`
  const padded = (number: Sql, by: '0' | ' ') => sql`lpad(${number}, 2, ${quoted(by)})`
  // 1 January 1970 was a Thursday; years before it count too.
  const dayOfWeek = (shift: number) =>
    sql`mod(floor(${local} / ${numeral(dayMs)}e0) + ${numeral(7 * 200_000 + shift)}, 7)`
  const week = (past: Sql) => padded(text(sql`floor((CAST(${native('j')} AS BIGINT) + 6 - ${past}) / 7e0)`), '0')
  switch (code) {
    case 'C':
      return sql`substr(${native('Y')}, 1, 2)`
    case 'e':
      return padded(native('-d'), ' ')
    case 'g':
      return sql`substr(${native('G')}, 3, 2)`
    case 'k':
      return padded(native('-H'), ' ')
    case 'l':
      return padded(native('-I'), ' ')
    case 'P':
      return sql`lower(${native('p')})`
    case 's':
      return text(sql`floor(${utc} / 1000e0)`)
    case 'u':
      return text(sql`${dayOfWeek(3)} + 1`)
    case 'w':
      return text(dayOfWeek(4))
    case 'U':
      return week(dayOfWeek(4))
    case 'W':
      return week(dayOfWeek(3))
    case 'z': {
      const minutes = sql`abs(${local} - ${utc}) / 60000e0`
      const digits = sql`lpad(${text(sql`floor(${minutes} / 60) * 100 + mod(floor(${minutes}), 60)`)}, 4, '0')`
      return sql`(CASE WHEN ${local} < ${utc} THEN '-' ELSE '+' END || ${digits})`
    }
    case 'Z':
      return sql`CASE WHEN ${utc} IS NOT NULL THEN 'UTC' END`
    default:
      if (code.startsWith('-')) return text(native(code.slice(1)))
      throw new Error(`no engine prints %${code}`)
  }
}

const monthNumbers = 'jan01feb02mar03apr04may05jun06jul07aug08sep09oct10nov11dec12'

/** Milliseconds from 1970 on the clock that a text was written by; null where there is no such day. */
function localTime(partOf: (field: DateField) => Sql | undefined): Sql {
  const whole = (text: Sql) => sql`CAST(${text} AS BIGINT)`
  const twoDigits = (text: Sql | undefined) =>
    text === undefined ? raw("'01'") : sql`coalesce(lpad(${text}, 2, '0'), '01')`
  const [long, short] = [partOf('year'), partOf('shortYear')]
  const years = [long && sql`lpad(${long}, 4, '0')`, short && sql`('20' || ${short})`].flatMap(one => one ?? [])
  const year = years.length === 1 ? years[0]! : sql`coalesce(${joinSql(years, ', ')})`
  const name = partOf('monthName')
  const number =
    name && sql`substr(${quoted(monthNumbers)}, strpos(${quoted(monthNumbers)}, lower(substr(${name}, 1, 3))) + 3, 2)`
  const month = twoDigits(number ?? partOf('month'))
  const date = sql`TRY_CAST(${year} || '-' || ${month} || '-' || ${twoDigits(partOf('day'))} AS DATE)`
  const dayOfYear = partOf('dayOfYear')
  const days = sql`date_diff('day', DATE '1970-01-01', ${date})`
  const parts = [sql`${days} * ${numeral(dayMs)}`]
  if (dayOfYear !== undefined) {
    const isLeap = sql`TRY_CAST(${year} || '-02-29' AS DATE) IS NOT NULL`
    const most = sql`CASE WHEN ${isLeap} THEN 366 ELSE 365 END`
    const past = sql`CASE WHEN ${whole(dayOfYear)} BETWEEN 1 AND ${most} THEN ${whole(dayOfYear)} - 1 END`
    parts.push(sql`(${past}) * ${numeral(dayMs)}`)
  }
  const lengths = { hour: 3_600_000, minute: 60_000, second: 1000 } as const
  for (const field of ['hour', 'minute', 'second'] as const) {
    const part = partOf(field)
    if (part !== undefined) parts.push(sql`coalesce(${whole(part)}, 0) * ${numeral(lengths[field])}`)
  }
  const [halfDayHour, half] = [partOf('halfDayHour'), partOf('half')]
  if (halfDayHour !== undefined && half !== undefined) {
    const hour = sql`mod(${whole(halfDayHour)}, 12) + CASE WHEN lower(${half}) = 'pm' THEN 12 ELSE 0 END`
    parts.push(sql`coalesce(${hour}, 0) * ${numeral(lengths.hour)}`)
  }
  const fraction = partOf('fraction')
  if (fraction !== undefined) parts.push(sql`coalesce(${whole(sql`rpad(${fraction}, 3, '0')`)}, 0)`)
  return sql`(${joinSql(parts, ' + ')})`
}

/** `Z`, `+09`, `+0900` or `+09:00`. */
function offsetMs(offset: Sql): Sql {
  const digits = sql`rpad(replace(substr(${offset}, 2), ':', ''), 4, '0')`
  const minutes = sql`(CAST(substr(${digits}, 1, 2) AS BIGINT) * 60 + CAST(substr(${digits}, 3, 2) AS BIGINT))`
  return sql`(CASE WHEN substr(${offset}, 1, 1) = '-' THEN -60000 ELSE 60000 END * ${minutes})`
}
