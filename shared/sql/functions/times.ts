import type { Dialect } from '../dialect.js'
import { numeral, type Sql, sql } from '../fragment.js'
import { type Typed, toTime } from '../typed.js'
import { type FunctionTable, rule } from './function-table.js'

const second = 1000
const day = 86_400 * second
const unitMs: Readonly<Record<string, number>> = {
  millisecond: 1,
  second,
  minute: 60 * second,
  hour: 3600 * second,
  day,
  week: 7 * day,
}
const unitMonths: Readonly<Record<string, number>> = { month: 1, quarter: 3, year: 12 }

/** Monday: 1 January 1970 was a Thursday. */
const weekStart = 4 * day

export const timeFunctions: FunctionTable = {
  datefloor: ([time, count, unit], dialect) => ({
    sql: floorTime(toTime(time!, dialect), count!, unit!, dialect),
    type: 'time',
  }),
  dateceil: ([time, count, unit], dialect) => {
    const ms = toTime(time!, dialect)
    const floor = floorTime(ms, count!, unit!, dialect)
    return {
      sql: sql`CASE WHEN ${floor} = ${ms} THEN ${ms} ELSE ${nextTime(floor, count!, unit!, dialect)} END`,
      type: 'time',
    }
  },
  fromMillis: rule(['time'], 'time', ([a]) => a!),
  toMillis: rule(['number'], 'number', ([a]) => a!),
  milliseconds: ([count, unit]) => ({
    sql: sql`CAST(${numeral(millisecondsOf(count!, unit!))} AS DOUBLE)`,
    type: 'number',
  }),
}

/**
 * Periods as whole numbers that grow by `length` from one to the next: milliseconds or, where the calendar decides, months.
 * The period as arguments of `datefloor`.
 */
export function periodSteps([count, unit]: readonly Typed[], dialect: Dialect) {
  const months = unitMonths[String(unit!.literal)]
  if (months === undefined) {
    const same = (ms: Sql) => ms
    return { toStep: same, fromStep: same, length: millisecondsOf(count!, unit!) }
  }
  return { toStep: dialect.monthIndex, fromStep: dialect.monthStart, length: Number(count!.literal) * months }
}

/** A month counts 30 days where a length is asked for. */
export function millisecondsOf({ literal: count }: Typed, { literal: unit }: Typed): number {
  const months = unitMonths[String(unit)]
  return Number(count) * (months === undefined ? unitMs[String(unit)]! : months * 30 * day)
}

/** The start of the period that a time lies in: from the epoch on, weeks from Monday, months and longer by the calendar. */
function floorTime(ms: Sql, { literal: count }: Typed, { literal: unit }: Typed, dialect: Dialect): Sql {
  const months = unitMonths[String(unit)]
  if (months === undefined) {
    const length = Number(count) * unitMs[String(unit)]!
    const past = unit === 'week' ? sql`(${ms} - ${numeral(weekStart)})` : ms
    return sql`(${ms} - ((${past} % ${numeral(length)}) + ${numeral(length)}) % ${numeral(length)})`
  }
  const index = dialect.monthIndex(ms)
  return dialect.monthStart(sql`(${index} - ${index} % ${numeral(Number(count) * months)})`)
}

function nextTime(floor: Sql, count: Typed, unit: Typed, dialect: Dialect): Sql {
  const months = unitMonths[String(unit.literal)]
  if (months === undefined) return sql`${floor} + ${numeral(millisecondsOf(count, unit))}`
  return dialect.monthStart(sql`(${dialect.monthIndex(floor)} + ${numeral(Number(count.literal) * months)})`)
}
