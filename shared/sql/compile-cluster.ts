/**
 * Masked texts → patterns, by Drain. A leaf of its tree is a text key: how long the line is, what keeps lines apart, and the
 * first token that is not masked. The lines of a leaf become lists, the most frequent first, out of which the templates are
 * made; then they become rows again. Only what is used above goes through these lists.
 */
import type { Cluster } from '../plan/node.js'
import { compileIn } from './compile-in.js'
import { firstPlain, lengthOf, lineOf, templatesOf, textsOf } from './drain.js'
import { joinSql, raw, sql } from './fragment.js'
import { addTable, type Builder, type Relation, withColumn } from './relation.js'
import { type Typed, toText } from './typed.js'

/**
 * Lines of a leaf, at most, that make templates: each further one costs as much as there are templates. Lines of which there
 * are more come in no order of their texts, so that those that are taken stand for the others.
 */
const maxLines = 1000

export function compileCluster(step: Cluster, below: Relation, builder: Builder): Relation {
  const { dialect, newName } = builder
  const { patterns } = dialect
  const compile = compileIn(below, builder)
  const [tokens, leaf, lines, templates, texts] = ['tokens', 'leaf', 'lines', 'templates', 'texts'].map(newName) as [
    string,
    string,
    string,
    string,
    string,
  ]
  const masked = toText(compile({ kind: 'field', name: step.text }), dialect)
  const cut = addTable(
    builder,
    'cut',
    sql`SELECT *, ${lineOf(masked, dialect)} AS ${raw(tokens)} FROM ${raw(below.name)}`,
  )
  const first = sql`coalesce(${firstPlain(raw(tokens), dialect)}, '')`
  const length = sql`CAST(${lengthOf(raw(tokens), dialect)} AS VARCHAR)`
  const parts = [length, toText(compile(step.apart), dialect), first]
  const key = joinSql(parts, " || ' ' || ")
  const keyed = addTable(builder, 'keyed', sql`SELECT *, ${key} AS ${raw(leaf)} FROM ${raw(cut)}`)
  const kept = [...below.columns].map(([name, { sql: value, type }]) => ({ name, value, type, list: newName(name) }))
  const order = sql`ORDER BY ${compile({ kind: 'field', name: step.weight }).sql} DESC, ${patterns.scatter(masked)}`
  const lists = [...kept.map(({ value, list }) => ({ value, list })), { value: raw(tokens), list: lines }]
  const gathered = joinSql(
    lists.map(({ value, list }) => sql`${patterns.gather(value, order)} AS ${raw(list)}`),
    ', ',
  )
  const leaves = addTable(builder, 'leaves', sql`SELECT ${gathered} FROM ${raw(keyed)} GROUP BY ${raw(leaf)}`)
  const made = addTable(
    builder,
    'made',
    sql`SELECT *, ${templatesOf(raw(lines), maxLines, dialect)} AS ${raw(templates)} FROM ${raw(leaves)}`,
  )
  const fitted = addTable(
    builder,
    'fitted',
    sql`SELECT *, ${textsOf(raw(lines), raw(templates), dialect)} AS ${raw(texts)} FROM ${raw(made)}`,
  )
  return unnested(step, fitted, [...kept, { name: step.name, type: 'text' as const, list: texts }], builder)
}

interface Listed {
  readonly name: string
  readonly type: Typed['type']
  readonly list: string
}

function unnested(step: Cluster, table: string, lists: readonly Listed[], builder: Builder): Relation {
  const { dialect, newName } = builder
  const made = lists.map(({ name, type, list }) => ({ name, type, list, column: newName(name) }))
  const query = dialect.unnest(
    table,
    made.map(({ list }) => raw(list)),
    made.map(({ column }) => column),
    newName('place'),
  )
  const columns = made.reduce<ReadonlyMap<string, Typed>>(
    (known, { name, type, column }) => withColumn(known, name, { sql: raw(column), type }),
    new Map(),
  )
  const name = addTable(builder, 'clustered', query)
  return { name, columns, order: [{ key: columns.get(step.text)!.sql, descending: false }] }
}
