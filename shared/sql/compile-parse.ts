import type { Parse } from '../plan/node.js'
import { compileIn } from './compile-in.js'
import { joinSql, raw, type Sql, sql } from './fragment.js'
import { isNeverEmpty } from './never-empty.js'
import { addTable, type Builder, inPlace, numbered, type Relation, withColumn } from './relation.js'
import { type Typed, toText } from './typed.js'

/** Columns out of a text: a row for every match, or each row with the first. */
export function compileParse(step: Parse, input: Relation, builder: Builder): Relation {
  const { text, regex, groups, everyMatch } = step
  const below = everyMatch ? numbered(input, builder) : input
  const { dialect, newName } = builder
  const subject = toText(compileIn(below, builder)(text), dialect)
  const names = groups.map(({ name }) => newName(name))
  const present = (value: Sql, isOptional: boolean) => (isOptional ? sql`nullif(${value}, '')` : value)
  let columns: ReadonlyMap<string, Typed> = below.columns
  let { order } = below
  let table: string
  if (everyMatch) {
    const lists = groups.map(({ index }) => dialect.allMatches(subject, regex, index))
    const place = newName('place')
    table = addTable(builder, 'parsed', dialect.unnest(below.name, lists, names, place))
    order = [...below.order, inPlace(place)]
    groups.forEach(({ name, isOptional }, index) => {
      columns = withColumn(columns, name, { sql: present(raw(names[index]!), isOptional), type: 'text' })
    })
  } else {
    const match = raw(newName('match'))
    const count = Math.max(...groups.map(({ index }) => index))
    // Where no match is empty, one group around all of it tells whether there is one: the text is searched once.
    const isWrapped = dialect.firstGroups !== undefined && isNeverEmpty(regex)
    const found = isWrapped
      ? dialect.firstGroups!(subject, `(${regex})`, count + 1)
      : dialect.firstMatch(subject, regex, count)
    const groupAt = (index: number) =>
      isWrapped
        ? sql`CASE WHEN ${dialect.group(match, 1)} <> '' THEN ${dialect.group(match, index + 1)} END`
        : dialect.group(match, index)
    const matched = addTable(builder, 'matched', sql`SELECT *, ${found} AS ${match} FROM ${raw(below.name)}`)
    const taken = groups.map(
      ({ index, isOptional }, at) => sql`${present(groupAt(index), isOptional)} AS ${raw(names[at]!)}`,
    )
    table = addTable(builder, 'parsed', sql`SELECT *, ${joinSql(taken, ', ')} FROM ${raw(matched)}`)
    groups.forEach(({ name }, index) => {
      columns = withColumn(columns, name, { sql: raw(names[index]!), type: 'text' })
    })
  }
  return { ...below, name: table, columns, order }
}
