import type { FillGaps } from '../plan/node.js'
import { compileIn } from './compile-in.js'
import { joinSql, numeral, raw, type Sql, sql } from './fragment.js'
import { periodSteps } from './functions/times.js'
import { addKept, addTable, type Builder, kept, orderOf, type Relation, withColumn } from './relation.js'
import { chosen, convert, numberOfText, type SqlType, type Typed } from './typed.js'

/** No answer is longer, so that a series with short periods over a long time cannot run away. */
const maxPeriods = 100_000

export function compileFillGaps({ time, period, keys, fills }: FillGaps, below: Relation, builder: Builder): Relation {
  const { dialect, newName } = builder
  const compile = compileIn(below, builder)
  const { toStep, fromStep, length } = periodSteps(period.map(compile), dialect)
  const present = below.columns.get(time)!.sql
  const [low, high, place, filled] = ['first', 'last', 'step', 'time'].map(name => raw(newName(name))) as [
    Typed['sql'],
    Typed['sql'],
    Typed['sql'],
    Typed['sql'],
  ]
  const ends = sql`SELECT min(${toStep(present)}) AS ${low}, max(${toStep(present)}) AS ${high} FROM ${raw(below.name)}`
  const bounded = sql`least(${high}, ${low} + ${numeral(length * maxPeriods)})`
  const range = addTable(builder, 'range', sql`${ends} HAVING count(*) > 0`)
  const series = dialect.unnest(
    range,
    [dialect.sequence(low, bounded, length)],
    [place.parts.join('')],
    newName('place'),
  )
  let table = addTable(builder, 'series', series)
  const others = keys.map(name => ({ name, ...kept(name, below.columns.get(name)!, builder) }))
  const parts = others.flatMap(({ made }) => made)
  const times = sql`${fromStep(place)} AS ${filled}`
  if (others.length === 0) table = addTable(builder, 'periods', sql`SELECT ${times} FROM ${raw(table)}`)
  else {
    const sets = addKept(builder, 'keys', others, list => sql`SELECT DISTINCT ${list} FROM ${raw(below.name)}`)
    const names = joinSql(
      parts.map(({ name }) => name),
      ', ',
    )
    table = addTable(builder, 'periods', sql`SELECT ${times}, ${names} FROM ${raw(table)} CROSS JOIN ${raw(sets)}`)
  }
  const tests = [
    sql`${filled} = ${present}`,
    ...parts.map(({ name, value }) => sql`${name} IS NOT DISTINCT FROM ${value}`),
  ]
  const query = sql`SELECT * FROM ${raw(table)} LEFT JOIN ${raw(below.name)} ON ${joinSql(tests, ' AND ')}`
  let columns = withColumn(below.columns, time, { sql: filled, type: 'time' })
  for (const { name, column } of others) columns = withColumn(columns, name, column)
  for (const { name, value } of fills) {
    const column = columns.get(name)!
    const filling = compile(value)
    const type = typeOfFilled(column, filling)
    const write = (of: (value: Typed) => Sql) =>
      sql`CASE WHEN ${present} IS NULL THEN ${of(filling)} ELSE ${of(column)} END`
    const made = { sql: write(value => convert(value, type, dialect)), type }
    columns = withColumn(columns, name, type === 'text' ? chosen([column, filling], dialect, write) : made)
  }
  const order = [{ key: filled, descending: false }, ...others.flatMap(({ column }) => orderOf(column))]
  return { name: addTable(builder, 'filled', query), columns, order }
}

/** The column's own, where the new value can be one of these; a word among numbers makes texts of them. */
function typeOfFilled(column: Typed, { literal }: Typed): SqlType {
  if (typeof literal === 'string' && numberOfText(literal) === null) return column.type === 'json' ? 'json' : 'text'
  return column.type === 'boolean' ? 'number' : column.type
}
