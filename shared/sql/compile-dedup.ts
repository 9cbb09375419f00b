/**
 * Of the events with the same keys the first in their order. Rows with an absent key are set apart by a key that no other
 * row has.
 *
 * Where an engine can make one key of a whole order, the first rows come out of a grouping, which keeps the columns that the
 * rest of the statement uses and is therefore written after it. Elsewhere rows are numbered in a window.
 */
import type { Dedup } from '../plan/node.js'
import { compileIn } from './compile-in.js'
import type { RowOrder } from './dialect.js'
import { joinSql, raw, type Sql, sql } from './fragment.js'
import { addTable, type Builder, isAmong, namesIn, orderBy, type Relation, reserve } from './relation.js'
import { type Typed, toText } from './typed.js'

interface Named {
  readonly value: Sql
  readonly name: Sql
}

export function compileDedup(step: Dedup, below: Relation, builder: Builder): Relation {
  const { dialect, newName } = builder
  const columns = namesIn([...below.columns.values()].flatMap(writtenOf))
  const values = step.keys.map(key => toText(compileIn(below, builder)(key), dialect))
  const absent = values.map(value => sql`${value} IS NULL`)
  const apart = { value: sql`CASE WHEN ${joinSql(absent, ' OR ')} THEN uuid() END`, name: raw(newName('apart')) }
  const made = values.filter(value => !isAmong(columns, value)).map(value => ({ value, name: raw(newName('key')) }))
  const own = [...namesIn(values.filter(value => isAmong(columns, value)))].map(raw)
  const { rowOrder } = dialect
  return rowOrder === undefined || below.order.length === 0
    ? firstNumbered(below, own, [...made, apart], builder)
    : firstGrouped(below, own, [...made, apart], { columns, rowOrder }, builder)
}

/** Everything that a column may be read by after dedup: its rows are too few to search their messages first. */
function writtenOf({ sql: value, word, number }: Typed): readonly Sql[] {
  return [value, word, number].filter(written => written !== undefined)
}

function firstNumbered(below: Relation, own: readonly Sql[], made: readonly Named[], builder: Builder): Relation {
  const keyed = addTable(builder, 'keyed', withNames(below, made))
  const place = raw(builder.newName('place'))
  const over = sql`PARTITION BY ${joinSql([...own, ...made.map(({ name }) => name)], ', ')} ${orderBy(below.order)}`
  const numbered = sql`SELECT *, row_number() OVER (${over}) AS ${place} FROM ${raw(keyed)}`
  const table = addTable(builder, 'numbered', numbered)
  return { ...below, name: addTable(builder, 'first', sql`SELECT * FROM ${raw(table)} WHERE ${place} = 1`) }
}

interface Grouping {
  /** Names of the columns that the fields are made of. */
  readonly columns: ReadonlySet<string>
  readonly rowOrder: RowOrder
}

function firstGrouped(
  below: Relation,
  own: readonly Sql[],
  made: readonly Named[],
  { columns, rowOrder }: Grouping,
  builder: Builder,
): Relation {
  const { newName } = builder
  const order = { value: rowOrder.key(below.order), name: raw(newName('order')) }
  const keyed = addTable(builder, 'keyed', withNames(below, [...made, order]))
  const [grouped, first] = [reserve(builder, 'grouped'), reserve(builder, 'first')]
  const row = raw(newName('row'))
  builder.unfinished.push({
    after: builder.tables.length,
    write: isUsed => {
      const inKeys = namesIn(own)
      const kept = [...columns].filter(name => !inKeys.has(name) && isUsed(raw(name))).map(raw)
      const [only, ...others] = kept
      const value = only === undefined || others.length === 0 ? kept : [rowOrder.row(kept)]
      const values = value.map(one => sql`${rowOrder.first(one, order.name)} AS ${others.length === 0 ? one : row}`)
      const ordered = isUsed(order.name) ? [sql`max(${order.name}) AS ${order.name}`] : []
      const keys = [...own, ...made.map(({ name }) => name)]
      const selected = joinSql([...keys, ...ordered, ...values], ', ')
      grouped.write(sql`SELECT ${selected} FROM ${raw(keyed)} GROUP BY ${joinSql(keys, ', ')}`)
      const parts = others.length === 0 ? [] : kept.map(name => sql`${row}.${name} AS ${name}`)
      first.write(sql`SELECT ${joinSql([raw('*'), ...parts], ', ')} FROM ${raw(grouped.name)}`)
    },
  })
  const plain = [...below.columns].map(([name, { mayHold, ...column }]): [string, Typed] => [name, column])
  return { name: first.name, columns: new Map(plain), order: [{ key: order.name, descending: true, isPresent: true }] }
}

function withNames({ name }: Relation, made: readonly Named[]): Sql {
  const added = made.map(({ value, name }) => sql`${value} AS ${name}`)
  return sql`SELECT *, ${joinSql(added, ', ')} FROM ${raw(name)}`
}
