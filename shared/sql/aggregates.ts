import type { Dialect } from './dialect.js'
import { numeral, raw, type Sql, sql } from './fragment.js'
import { millisecondsOf } from './functions/times.js'
import { naturalKeys } from './natural-order.js'
import { bothOf, ofBoth, type Typed, toCondition, toNumber, toText, toTime } from './typed.js'

type Write = (args: readonly Typed[], dialect: Dialect) => Typed

const ofNumbers =
  (write: (number: Sql) => Sql): Write =>
  ([value], dialect) => ({ sql: write(toNumber(value!, dialect)), type: 'number' })

/** A value that may be counted and compared: what is an array or object is absent. */
function scalar(value: Typed, dialect: Dialect): Typed {
  return value.type === 'json' ? { sql: toText(value, dialect), type: 'text' } : value
}

const counted = (what: Sql): Sql => sql`CAST(count(${what}) AS DOUBLE)`

/** Aggregates of a stats command. Those of numbers leave out what is none. */
export const aggregates: Readonly<Record<string, Write>> = {
  count: ([value], dialect) => {
    if (value === undefined || value.type === 'boolean') return { sql: counted(raw('*')), type: 'number' }
    return { sql: counted(scalar(value, dialect).sql), type: 'number' }
  },
  countDistinct: ([value], dialect) => ({
    sql: counted(sql`DISTINCT ${distinguished(value!, dialect)}`),
    type: 'number',
  }),
  sum: ofNumbers(number => sql`sum(${number})`),
  avg: ofNumbers(number => sql`avg(${number})`),
  stddev: ofNumbers(number => spread('stddev_pop', number)),
  variance: ofNumbers(number => spread('var_pop', number)),
  min: (args, dialect) => extreme('min', args[0]!, dialect),
  max: (args, dialect) => extreme('max', args[0]!, dialect),
  pct: ([value, percent], dialect) => ({
    sql: dialect.percentile(toNumber(value!, dialect), Number(percent!.literal) / 100),
    type: 'number',
  }),
  values: ([value], dialect) => ({ sql: dialect.distinctValues(toText(value!, dialect)), type: 'json' }),
  topk: ([value, count], dialect) => ({
    sql: dialect.mostFrequent(toText(value!, dialect), numeral(Number(count!.literal))),
    type: 'json',
  }),
  earliest: ([value, time], dialect) => byKey('argMin', value!, time!.sql, dialect),
  latest: ([value, time], dialect) => byKey('argMax', value!, time!.sql, dialect),
  sortsFirst: ([value], dialect) => byKey('argMin', value!, dialect.naturalKey(naturalKeys(value!, dialect)), dialect),
  sortsLast: ([value], dialect) => byKey('argMax', value!, dialect.naturalKey(naturalKeys(value!, dialect)), dialect),
  /** Difference of the last and the first number over the time between them, for each interval. */
  rate: ([value, time, count, unit], dialect) => {
    const number = toNumber(value!, dialect)
    const ms = toTime(time!, dialect)
    const change = sql`(${dialect.argMax(number, ms)} - ${dialect.argMin(number, ms)})`
    const present = sql`CASE WHEN ${number} IS NOT NULL THEN ${ms} END`
    const span = sql`CAST(max(${present}) - min(${present}) AS DOUBLE)`
    const length = numeral(millisecondsOf(count!, unit!))
    return { sql: sql`${change} / nullif(${span} / ${length}, 0)`, type: 'number' }
  },
  histogram: ([value, buckets], dialect) => ({
    sql: dialect.histogram(toNumber(value!, dialect), Math.trunc(Number(buckets!.literal))),
    type: 'json',
  }),
}

/** Absent where the square of a number may be beyond a double: DuckDB would end the query. */
function spread(name: 'stddev_pop' | 'var_pop', number: Sql): Sql {
  const isSmall = (of: Sql) => sql`${of} < 1e150`
  const size = sql`abs(${number})`
  return sql`CASE WHEN ${isSmall(sql`max(${size})`)} THEN ${raw(name)}(CASE WHEN ${isSmall(size)} THEN ${number} END) END`
}

/** What tells values apart. */
function distinguished(value: Typed, dialect: Dialect): Sql {
  if (value.type === 'boolean') return toCondition(value, dialect)
  const { sql: text } = scalar(value, dialect)
  if (value.isRounded !== true) return text
  return sql`CASE WHEN ${text} IS NOT NULL THEN ${dialect.both(text, value.number!)} END`
}

function byKey(choose: 'argMin' | 'argMax', value: Typed, key: Sql, dialect: Dialect): Typed {
  if (value.isRounded === true) return ofBoth(dialect[choose](bothOf(value, dialect), key), dialect)
  const { sql: of, type } = scalar(value, dialect)
  // A condition is never absent.
  return { sql: dialect[choose](type === 'boolean' ? toCondition(value, dialect) : of, key), type }
}

/** By number where any value is one, else by code point; the value keeps its spelling. */
function extreme(name: 'min' | 'max', value: Typed, dialect: Dialect): Typed {
  const compared = scalar(value, dialect)
  const { sql: of, type } = compared
  if (type === 'boolean') return { sql: sql`${raw(name)}(${toNumber(value, dialect)})`, type: 'number' }
  if (type !== 'text') return { sql: sql`${raw(name)}(${of})`, type }
  const number = toNumber(compared, dialect)
  const byNumber = dialect[name === 'min' ? 'argMin' : 'argMax'](of, number)
  const found: Typed = { sql: sql`coalesce(${byNumber}, ${raw(name)}(${of}))`, type }
  return compared.isRounded === true ? { ...found, number: sql`${raw(name)}(${number})`, isRounded: true } : found
}
