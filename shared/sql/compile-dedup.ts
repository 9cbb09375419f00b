/**
 * Of the events with the same keys the first in their order. Rows with an absent key are set apart by a key that no other
 * row has.
 *
 * Where an engine can make one key of a whole order, the first rows come out of a grouping, which keeps the columns that the
 * rest of the statement uses and is therefore written after it. Elsewhere rows are numbered in a window.
 *
 * Of events as they come out of the lake the times of these rows are found before that, and the grouping sees the events of
 * these times alone: messages are dear to keep for every key, times are not, and an engine that is told some times takes
 * little more out of the files than the events that have them. Newest first, the largest time of each key is enough to know.
 */
import type { Dedup, Plan } from '../plan/node.js'
import { compileIn } from './compile-in.js'
import type { RowOrder } from './dialect.js'
import { joinSql, numeral, raw, type Sql, sql } from './fragment.js'
import {
  type Again,
  addTable,
  type Builder,
  isAmong,
  namesIn,
  orderBy,
  type Relation,
  type Reserved,
  reserve,
} from './relation.js'
import { type Typed, toText } from './typed.js'

interface Named {
  readonly value: Sql
  readonly name: Sql
}

/** What rows are grouped by. */
interface Keys {
  /** Columns of the table below. */
  readonly own: readonly Sql[]
  /** Columns that are made for it. */
  readonly made: readonly Named[]
  /** Tells the rows apart that lack one of these. */
  readonly apart: Named
}

/**
 * @param compileInput gives the rows of the step below
 * @param limit of the rows that the step above takes, the first ones; null for all
 */
export function compileDedup(
  step: Dedup,
  compileInput: (builder: Builder) => Relation,
  builder: Builder,
  limit: number | null,
): Relation {
  const below = compileInput(builder)
  const input = inputOf(step, below, builder)
  const { rowOrder } = builder.dialect
  if (rowOrder === undefined || below.order.length === 0) return firstNumbered(input, builder)
  if (below.time === undefined || !isRepeatable(step.input)) return firstGrouped(input, rowOrder, builder)
  const again = (times: Again) => {
    const own = { ...builder, again: times }
    return inputOf(step, compileInput(own), own)
  }
  return firstOfTimes(input, below.time, again, rowOrder, limit, builder)
}

interface Input {
  readonly below: Relation
  readonly keys: Keys
  /** Names of the columns that the fields are made of. */
  readonly columns: ReadonlySet<string>
}

function inputOf(step: Dedup, below: Relation, builder: Builder): Input {
  const { dialect, newName } = builder
  const columns = namesIn([...below.columns.values()].flatMap(writtenOf))
  const values = step.keys.map(key => toText(compileIn(below, builder)(key), dialect))
  const absent = values.map(value => sql`${value} IS NULL`)
  const apart = { value: sql`CASE WHEN ${joinSql(absent, ' OR ')} THEN uuid() END`, name: raw(newName('apart')) }
  const made = values.filter(value => !isAmong(columns, value)).map(value => ({ value, name: raw(newName('key')) }))
  const own = [...namesIn(values.filter(value => isAmong(columns, value)))].map(raw)
  return { below, keys: { own, made, apart }, columns }
}

/** Steps that give the same rows a second time, of fewer events too. */
function isRepeatable(plan: Plan): boolean {
  switch (plan.kind) {
    case 'scan':
      return true
    case 'filter':
    case 'extend':
    case 'parse':
    case 'unnest':
    case 'sort':
      return isRepeatable(plan.input)
    default:
      return false
  }
}

/** Everything that a column may be read by after dedup: its rows are too few to search their messages first. */
function writtenOf({ sql: value, word, number }: Typed): readonly Sql[] {
  return [value, word, number].filter(written => written !== undefined)
}

function namesOf({ own, made, apart }: Keys): readonly Sql[] {
  return [...own, ...made.map(({ name }) => name), apart.name]
}

function firstNumbered({ below, keys }: Input, builder: Builder): Relation {
  const keyed = addTable(builder, 'keyed', withNames(below.name, [...keys.made, keys.apart]))
  const place = raw(builder.newName('place'))
  const over = sql`PARTITION BY ${joinSql(namesOf(keys), ', ')} ${orderBy(below.order)}`
  const numbered = sql`SELECT *, row_number() OVER (${over}) AS ${place} FROM ${raw(keyed)}`
  const table = addTable(builder, 'numbered', numbered)
  return { ...below, name: addTable(builder, 'first', sql`SELECT * FROM ${raw(table)} WHERE ${place} = 1`) }
}

function firstGrouped(input: Input, rowOrder: RowOrder, builder: Builder): Relation {
  const group = reserveGrouping(input, rowOrder, builder)
  const first = reserve(builder, 'first')
  builder.unfinished.push({
    after: builder.tables.length,
    write: isUsed => first.write(group.write(isUsed)),
  })
  return firstRows(input.below, first, group.order)
}

function firstRows({ columns }: Relation, { name }: Reserved, order: Sql): Relation {
  const plain = [...columns].map(([field, { mayHold, ...column }]): [string, Typed] => [field, column])
  return { name, columns: new Map(plain), order: [{ key: order, descending: true, isPresent: true }] }
}

/** Tables for the first rows by their whole order, to be written when it is known what is used of them. */
function reserveGrouping({ below, keys, columns }: Input, rowOrder: RowOrder, builder: Builder) {
  const { newName } = builder
  const order = { value: rowOrder.key(below.order), name: raw(newName('order')) }
  const keyed = addTable(builder, 'keyed', withNames(below.name, [...keys.made, keys.apart, order]))
  const grouped = reserve(builder, 'grouped')
  const row = raw(newName('row'))
  const inKeys = namesIn(keys.own)
  const keptOf = (isUsed: (identifier: Sql) => boolean) =>
    [...columns].filter(name => !inKeys.has(name) && isUsed(raw(name))).map(raw)
  return {
    order: order.name,
    /** Columns beside the keys that are used. */
    keptOf,
    /** Gives a SELECT of the rows. */
    write: (isUsed: (identifier: Sql) => boolean): Sql => {
      const kept = keptOf(isUsed)
      const [only, ...others] = kept
      const value = only === undefined || others.length === 0 ? kept : [rowOrder.row(kept)]
      const values = value.map(one => sql`${rowOrder.first(one, order.name)} AS ${others.length === 0 ? one : row}`)
      const ordered = isUsed(order.name) ? [sql`max(${order.name}) AS ${order.name}`] : []
      const names = namesOf(keys)
      const selected = joinSql([...names, ...ordered, ...values], ', ')
      grouped.write(sql`SELECT ${selected} FROM ${raw(keyed)} GROUP BY ${joinSql(names, ', ')}`)
      const parts = others.length === 0 ? [] : kept.map(name => sql`${row}.${name} AS ${name}`)
      return sql`SELECT ${joinSql([raw('*'), ...parts], ', ')} FROM ${raw(grouped.name)}`
    },
  }
}

/**
 * Where keys and times are all that is used, the largest times are the answer, and only rows that share theirs with others
 * need the rest of the order: the files are read again for these alone, if there are any.
 *
 * @param time the first key of the order, or not
 * @param limit as of `compileDedup`
 */
function firstOfTimes(
  { below, keys }: Input,
  time: Sql,
  compileAgain: (times: Again) => Input,
  rowOrder: RowOrder,
  limit: number | null,
  builder: Builder,
): Relation {
  const { newName } = builder
  const [first, isShared] = [raw(newName('time_of_first')), raw(newName('shared'))]
  const order = { value: rowOrder.key(below.order), name: raw(newName('order')) }
  const isNewestFirst = below.order[0]!.key === time
  const [keyed, latest] = [reserve(builder, 'keyed'), reserve(builder, 'latest')]
  const times = reserve(builder, 'times')
  let near = sql``
  const again = compileAgain({ near: () => near })
  const group = reserveGrouping(again, rowOrder, builder)
  const [tied, answer] = [reserve(builder, 'tied'), reserve(builder, 'first')]
  const timesOf = (selected: readonly Sql[]) => {
    keyed.write(withNames(below.name, [...keys.made, keys.apart, ...(isNewestFirst ? [] : [order])]))
    const found = isNewestFirst ? sql`max(${time})` : rowOrder.first(time, order.name)
    const best = isNewestFirst ? first : sql`max(${order.name})`
    // One row more than the limit tells whether the last one shares its time.
    const top = limit === null ? sql`` : sql` ORDER BY ${best} DESC LIMIT ${numeral(limit + 1)}`
    const list = joinSql([...selected, sql`${found} AS ${first}`], ', ')
    return sql`SELECT ${list} FROM ${raw(keyed.name)} GROUP BY ${joinSql(namesOf(keys), ', ')}${top}`
  }
  const write = (isUsed: (identifier: Sql) => boolean) => {
    const isMoreKept = group.keptOf(isUsed).some(name => !isAmong(namesIn([again.below.time!]), name))
    if (isMoreKept || isNewestFirst) near = sql` SEMI JOIN ${raw(times.name)} ON timestamp = ${first}`
    if (isMoreKept) times.write(timesOf([]), rowOrder.once)
    if (isMoreKept || !isNewestFirst) {
      answer.write(group.write(isUsed))
      return
    }
    const shared = sql`count(*) OVER (PARTITION BY ${first}) > 1 AS ${isShared}`
    latest.write(sql`SELECT *, ${shared} FROM (${timesOf(namesOf(keys))})`, rowOrder.once)
    times.write(sql`SELECT ${rowOrder.times(first, isShared)} AS ${first} FROM ${raw(latest.name)}`, rowOrder.once)
    tied.write(group.write(isUsed))
    // The time alone is the beginning of the whole order.
    const made = [
      { name: group.order, value: rowOrder.key([{ ...below.order[0]!, key: first }]) },
      { name: again.below.time!, value: first },
    ].filter(({ name }) => isUsed(name))
    const named = namesOf(again.keys).map((name, index) => ({ name, value: namesOf(keys)[index]! }))
    answer.write(withTied({ latest, tied, isShared }, again.keys, [...named, ...made]))
  }
  builder.unfinished.push({ after: builder.tables.length, write })
  return firstRows(again.below, answer, group.order)
}

interface FoundByTime {
  readonly latest: Reserved
  readonly tied: Reserved
  readonly isShared: Sql
}

/** @param columns of `tied` that are used, and what they are in `latest` */
function withTied({ latest, tied, isShared }: FoundByTime, keys: Keys, columns: readonly Named[]): Sql {
  const [one, other] = [raw(latest.name), raw(tied.name)]
  const alone = columns.map(({ name, value }) => sql`${value} AS ${name}`)
  const both = columns.map(({ name }) => sql`${other}.${name}`)
  const isKey = (name: Sql) => isAmong(namesIn(namesOf(keys)), name) && name !== keys.apart.name
  const equal = columns
    .filter(({ name }) => isKey(name))
    .map(({ name, value }) => sql`${one}.${value} = ${other}.${name}`)
  // Of a key whose latest event is alone, an earlier one may be of a time that others share.
  const earlier = sql`ANTI JOIN ${one} ON ${joinSql([sql`NOT ${isShared}`, ...equal], ' AND ')}`
  const ofTied = sql`SELECT ${joinSql(both, ', ')} FROM ${other} ${earlier}`
  return sql`SELECT ${joinSql(alone, ', ')} FROM ${one} WHERE NOT ${isShared} UNION ALL ${ofTied}`
}

function withNames(table: string, made: readonly Named[]): Sql {
  const added = made.map(({ value, name }) => sql`${value} AS ${name}`)
  return sql`SELECT *, ${joinSql(added, ', ')} FROM ${raw(table)}`
}
