import type { Join } from '../plan/node.js'
import { compileIn } from './compile-in.js'
import { joinSql, numeral, raw, type Sql, sql } from './fragment.js'
import { inBlock } from './functions/addresses.js'
import { addTable, type Builder, orderBy, type Relation } from './relation.js'
import { type Typed, toText } from './typed.js'

/** Rows of two tables, side by side; see `Join` for what each way means. */
export function compileJoin(join: Join, left: Relation, right: Relation, builder: Builder): Relation {
  if (join.how === 'mark') return compileMark(join, left, right, builder)
  if (join.how === 'position') return compilePosition(join, left, right, builder)
  if (join.how === 'first') return compileFirst(join, left, right, builder)
  const kind = join.how === 'left' ? raw('LEFT JOIN') : raw('JOIN')
  const on = testsOf(join, left, right, builder)
  const query = sql`SELECT * FROM ${raw(left.name)} ${kind} ${raw(right.name)} ON ${on}`
  const order = [...left.order, ...right.order]
  return { name: addTable(builder, 'joined', query), columns: columnsOf(join, left, right), order }
}

function testsOf({ on }: Join, left: Relation, right: Relation, builder: Builder): Sql {
  const { dialect } = builder
  const tests = on.map(({ left: one, right: other, test }) => {
    const values = [toText(compileIn(left, builder)(one), dialect), toText(compileIn(right, builder)(other), dialect)]
    return test === 'cidr' ? inBlock(values[0]!, values[1]!, dialect) : sql`${values[0]!} = ${values[1]!}`
  })
  return joinSql(tests, ' AND ')
}

/** Identifiers are unique in a statement, so that those of both sides can stand in one table. */
function columnsOf({ prefix }: Join, left: Relation, right: Relation): Map<string, Typed> {
  const columns = new Map(left.columns)
  for (const [name, value] of right.columns) columns.set(prefix + name, value)
  return columns
}

function compileMark(join: Join, left: Relation, right: Relation, builder: Builder): Relation {
  const { dialect, newName } = builder
  const [test] = join.on
  const mark = raw(newName('found'))
  const value = toText(compileIn(left, builder)(test!.left), dialect)
  const values = toText(compileIn(right, builder)(test!.right), dialect)
  const list = sql`SELECT ${values} FROM ${raw(right.name)} WHERE ${values} IS NOT NULL`
  const query = sql`SELECT *, coalesce(${value} IN (${list}), FALSE) AS ${mark} FROM ${raw(left.name)}`
  const columns = new Map(left.columns).set(join.mark!, { sql: mark, type: 'boolean' })
  return { ...left, name: addTable(builder, 'marked', query), columns }
}

function numbered(relation: Relation, builder: Builder): { readonly table: Sql; readonly place: Sql } {
  const place = raw(builder.newName('place'))
  const query = sql`SELECT *, row_number() OVER (${orderBy(relation.order)}) AS ${place} FROM ${raw(relation.name)}`
  return { table: raw(addTable(builder, 'numbered', query)), place }
}

function compilePosition(join: Join, left: Relation, right: Relation, builder: Builder): Relation {
  const one = numbered(left, builder)
  const other = numbered(right, builder)
  const query = sql`SELECT * FROM ${one.table} LEFT JOIN ${other.table} ON ${one.place} = ${other.place}`
  return { ...left, name: addTable(builder, 'joined', query), columns: columnsOf(join, left, right) }
}

/** Finds the fitting pairs by number alone, so that the rest of the rows is not sorted. */
function compileFirst(join: Join, left: Relation, right: Relation, builder: Builder): Relation {
  const one = numbered(left, builder)
  const place = raw(builder.newName('pick'))
  const on = testsOf(join, left, right, builder)
  const over = sql`PARTITION BY ${one.place} ${orderBy(right.order)}`
  const pairs = sql`SELECT *, row_number() OVER (${over}) AS ${place} FROM ${one.table} LEFT JOIN ${raw(right.name)} ON ${on}`
  const table = addTable(builder, 'pairs', pairs)
  const query = sql`SELECT * FROM ${raw(table)} WHERE ${place} = ${numeral(1)}`
  return { ...left, name: addTable(builder, 'joined', query), columns: columnsOf(join, left, right) }
}
