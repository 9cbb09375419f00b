import { joinSql, numeral, raw, type Sql, sql } from '../fragment.js'
import { nothing, type Typed, toCount, toNumber } from '../typed.js'
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
  round: rule(['number'], 'number', ([a, digits], { typed }) =>
    digits === undefined ? sql`round(${a!})` : sql`round(${a!}, ${roundDigits(typed[1]!, digits)})`,
  ),
  haversine: rule(['number'], 'number', ([lat1, lon1, lat2, lon2]) => {
    const half = (from: Sql, to: Sql) => sql`power(sin(radians(${to} - ${from}) / 2), 2)`
    const chord = sql`(${half(lat1!, lat2!)} + cos(radians(${lat1!})) * cos(radians(${lat2!})) * ${half(lon1!, lon2!)})`
    // Rounding may carry it beyond 1; least() would make 1 of what is absent.
    return sql`(${numeral(2 * earthRadius)} * asin(sqrt(CASE WHEN ${chord} > 1 THEN 1 ELSE ${chord} END)))`
  }),
  toNumber: rule(['number'], 'number', ([a]) => a!),
  toDouble: rule(['number'], 'number', ([a]) => a!),
  toInt: rule(['number'], 'number', ([a]) => within(a!, 2 ** 31)),
  toLong: rule(['number'], 'number', ([a]) => within(a!, 2 ** 63)),
  isNumeric: rule(['number'], 'boolean', ([a]) => sql`(${a!} IS NOT NULL)`),
  /** The sum of the arguments that are numbers; neither times nor conditions count. */
  total: (args, dialect): Typed => {
    const counted = args.filter(({ type }) => type !== 'time' && type !== 'boolean').map(arg => toNumber(arg, dialect))
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

/** Engines want a whole number here. */
function roundDigits({ literal }: Typed, digits: Sql): Sql {
  return typeof literal === 'number'
    ? numeral(Math.max(-20, Math.min(20, Math.trunc(literal))))
    : toCount(digits, -20, 20)
}

/** Towards zero; absent beyond the range of the type. */
function within(value: Sql, bound: number): Sql {
  return sql`CASE WHEN abs(${value}) < ${numeral(bound)} THEN trunc(${value}) END`
}
