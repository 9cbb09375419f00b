import { joinSql, numeral, raw, type Sql, sql } from '../fragment.js'
import { nothing, type Typed, toCount, toNumber, toText } from '../typed.js'
import { type FunctionTable, rule } from './function-table.js'

/** Mean radius of the earth in km. */
const earthRadius = 6371

export const numberFunctions: FunctionTable = {
  add: rule(['number'], 'number', ([a, b]) => sql`(${a!} + ${b!})`),
  subtract: rule(['number'], 'number', ([a, b]) => sql`(${a!} - ${b!})`),
  multiply: rule(['number'], 'number', ([a, b]) => sql`(${a!} * ${b!})`),
  divide: rule(['number'], 'number', ([a, b]) => sql`(${a!} / nullif(${b!}, 0))`),
  modulo: rule(['number'], 'number', ([a, b]) => sql`mod(${a!}, nullif(${b!}, 0))`),
  power: rule(['number'], 'number', ([a, b], { dialect }) => {
    const power = sql`power(${a!}, ${b!})`
    return sql`CASE WHEN ${dialect.isFinite(power)} THEN ${power} END`
  }),
  negate: rule(['number'], 'number', ([a]) => sql`(- ${a!})`),
  abs: rule(['number'], 'number', ([a]) => sql`abs(${a!})`),
  ceil: rule(['number'], 'number', ([a]) => sql`ceil(${a!})`),
  floor: rule(['number'], 'number', ([a]) => sql`floor(${a!})`),
  greatest: rule(['number'], 'number', args => sql`greatest(${joinSql(args, ', ')})`),
  least: rule(['number'], 'number', args => sql`least(${joinSql(args, ', ')})`),
  log: rule(['number'], 'number', ([a]) => sql`CASE WHEN ${a!} > 0 THEN ln(${a!}) END`),
  sqrt: rule(['number'], 'number', ([a]) => sql`CASE WHEN ${a!} >= 0 THEN sqrt(${a!}) END`),
  round: rule(['number'], 'number', ([a], { dialect, typed: [, digits] }) =>
    digits === undefined ? sql`round(${a!})` : sql`round(${a!}, ${toCount(digits, -20, 20, dialect)})`,
  ),
  haversine: rule(['number'], 'number', ([lat1, lon1, lat2, lon2]) => {
    const half = (from: Sql, to: Sql) => sql`power(sin(radians(${to} - ${from}) / 2), 2)`
    const chord = sql`(${half(lat1!, lat2!)} + cos(radians(${lat1!})) * cos(radians(${lat2!})) * ${half(lon1!, lon2!)})`
    // Rounding may carry it beyond 1; least() would make 1 of what is absent.
    return sql`(${numeral(2 * earthRadius)} * asin(sqrt(CASE WHEN ${chord} > 1 THEN 1 ELSE ${chord} END)))`
  }),
  toNumber: rule(['number'], 'number', ([a]) => a!),
  toDouble: rule(['number'], 'number', ([a]) => a!),
  ...integers(number => sql`trunc(${number})`),
  isNumeric: rule(['number'], 'boolean', ([a]) => sql`(${a!} IS NOT NULL)`),
  /** The sum of the arguments that are numbers, conditions among them; times do not count. */
  total: (args, dialect): Typed => {
    const counted = args.filter(({ type }) => type !== 'time').map(arg => toNumber(arg, dialect))
    if (counted.length === 0) return { ...nothing, sql: raw('CAST(NULL AS DOUBLE)'), type: 'number' }
    const sum = joinSql(
      counted.map(one => sql`coalesce(${one}, 0)`),
      ' + ',
    )
    const isAny = joinSql(
      counted.map(one => sql`${one} IS NOT NULL`),
      ' OR ',
    )
    return { sql: sql`CASE WHEN ${isAny} THEN ${sum} END`, type: 'number' }
  },
}

/**
 * Integers, towards zero; absent beyond the range of the type. A long that is made of the digits of a text keeps them all: it
 * is a text itself, and a double only where it is calculated with.
 */
export function integers(truncate: (number: Sql) => Sql): FunctionTable {
  const within = (value: Sql, bits: number) => {
    const most = numeral(2 ** (bits - 1))
    // Adding 0 makes 0 of -0.
    return sql`CASE WHEN ${truncate(value)} >= -${most} AND ${value} < ${most} THEN ${truncate(value)} + 0e0 END`
  }
  return {
    toInt: rule(['number'], 'number', ([a]) => within(a!, 32)),
    toLong: ([value], dialect): Typed => {
      const isText = value!.type === 'text' || value!.type === 'json' || typeof value!.literal === 'bigint'
      if (!isText) return { sql: within(toNumber(value!, dialect), 64), type: 'number' }
      const long = dialect.bind('t', toText(value!, dialect), text => {
        const rounded = sql`CAST(${within(dialect.toNumber(text), 64)} AS BIGINT)`
        const isWhole = dialect.matches(text, '^[ \\t]*[+-]?[0-9]+[ \\t]*$')
        return sql`CASE WHEN ${isWhole} THEN TRY_CAST(trim(${text}) AS BIGINT) ELSE ${rounded} END`
      })
      return { sql: sql`CAST(${long} AS VARCHAR)`, type: 'text', number: sql`CAST(${long} AS DOUBLE)` }
    },
  }
}
