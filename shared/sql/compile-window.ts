import { unreachable } from '../diagnostics/unreachable.js'
import type { WindowColumn } from '../plan/node.js'
import { compileIn } from './compile-in.js'
import type { Dialect } from './dialect.js'
import { joinSql, numeral, raw, type Sql, sql } from './fragment.js'
import { addKept, type Builder, kept, orderBy, type Relation, withColumn } from './relation.js'
import { bothOf, ofBoth, type Typed, toCondition, toNumber, toText } from './typed.js'

/** New columns from the rows around each row, all in one table. */
export function compileWindow(below: Relation, columns: readonly WindowColumn[], builder: Builder): Relation {
  const { dialect } = builder
  const compile = compileIn(below, builder)
  const made = columns.map(column => {
    const value = compile(column.of)
    const partition = (column.partition ?? []).map(key => toText(compile(key), dialect))
    const first = column.by === undefined ? [] : [{ key: compile(column.by).sql, descending: false }]
    const by = partition.length === 0 ? sql`` : sql`PARTITION BY ${joinSql(partition, ', ')} `
    const over = sql`${by}${orderBy([...first, ...below.order])}`
    return { name: column.name, ...kept(column.name, windowValue(column, value, over, dialect), builder) }
  })
  const table = addKept(builder, 'windowed', made, list => sql`SELECT *, ${list} FROM ${raw(below.name)}`)
  const all = made.reduce<ReadonlyMap<string, Typed>>(
    (known, { name, column }) => withColumn(known, name, column),
    below.columns,
  )
  return { ...below, name: table, columns: all }
}

function windowValue({ function: of, rows, fraction }: WindowColumn, value: Typed, over: Sql, dialect: Dialect): Typed {
  /** One of the values themselves. */
  const same = (write: (of: Sql) => Sql): Typed => {
    if (value.isRounded === true) return ofBoth(write(bothOf(value, dialect)), dialect)
    return { sql: write(value.type === 'boolean' ? toCondition(value, dialect) : value.sql), type: value.type }
  }
  switch (of) {
    case 'running-sum': {
      const frame = raw(' ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW')
      return { sql: sql`sum(${toNumber(value, dialect)}) OVER (${over}${frame})`, type: 'number' }
    }
    case 'lag':
      return same(of => sql`lag(${of}, ${numeral(rows ?? 1)}) OVER (${over})`)
    case 'last':
      return same(of => dialect.lastValue(of, over))
    case 'total':
      return { sql: sql`sum(${toNumber(value, dialect)}) OVER ()`, type: 'number' }
    case 'quantile':
      return { sql: dialect.percentileOver(toNumber(value, dialect), fraction ?? 0.5), type: 'number' }
    default:
      return unreachable(of)
  }
}
