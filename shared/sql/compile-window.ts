import { unreachable } from '../diagnostics/unreachable.js'
import type { WindowColumn } from '../plan/node.js'
import { compileIn } from './compile-in.js'
import type { Dialect } from './dialect.js'
import { joinSql, numeral, raw, type Sql, sql } from './fragment.js'
import { addTable, type Builder, orderBy, type Relation, withColumn } from './relation.js'
import { type Typed, toCondition, toNumber, toText } from './typed.js'

/** New columns from the rows around each row, all in one table. */
export function compileWindow(below: Relation, columns: readonly WindowColumn[], builder: Builder): Relation {
  const { dialect, newName } = builder
  const compile = compileIn(below, builder)
  const made = columns.map(column => {
    const value = compile(column.of)
    const partition = (column.partition ?? []).map(key => toText(compile(key), dialect))
    const first = column.by === undefined ? [] : [{ key: compile(column.by).sql, descending: false }]
    const by = partition.length === 0 ? sql`` : sql`PARTITION BY ${joinSql(partition, ', ')} `
    const over = sql`${by}${orderBy([...first, ...below.order])}`
    return { name: column.name, identifier: raw(newName(column.name)), ...windowValue(column, value, over, dialect) }
  })
  const added = made.map(({ written, identifier }) => sql`${written} AS ${identifier}`)
  const table = addTable(builder, 'windowed', sql`SELECT *, ${joinSql(added, ', ')} FROM ${raw(below.name)}`)
  const named = made.reduce<ReadonlyMap<string, Typed>>(
    (known, { name, identifier, type }) => withColumn(known, name, { sql: identifier, type }),
    below.columns,
  )
  return { ...below, name: table, columns: named }
}

function windowValue(
  { function: of, rows, fraction }: WindowColumn,
  value: Typed,
  over: Sql,
  dialect: Dialect,
): { readonly written: Sql; readonly type: Typed['type'] } {
  const plain = value.type === 'boolean' ? toCondition(value, dialect) : value.sql
  switch (of) {
    case 'running-sum': {
      const frame = raw(' ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW')
      return { written: sql`sum(${toNumber(value, dialect)}) OVER (${over}${frame})`, type: 'number' }
    }
    case 'lag':
      return { written: sql`lag(${plain}, ${numeral(rows ?? 1)}) OVER (${over})`, type: value.type }
    case 'last':
      return { written: dialect.lastValue(plain, over), type: value.type }
    case 'total':
      return { written: sql`sum(${toNumber(value, dialect)}) OVER ()`, type: 'number' }
    case 'quantile':
      return { written: dialect.percentileOver(toNumber(value, dialect), fraction ?? 0.5), type: 'number' }
    default:
      return unreachable(of)
  }
}
