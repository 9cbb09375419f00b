/**
 * Plan → SQL for a dialect. Every step becomes a common table expression (or two) on top of the one below, which the engine
 * inlines again; columns of a table stay reachable under names of our own until an aggregate ends them.
 */
import type { Expr } from '../plan/expr.js'
import type { Dedup, Plan, Project, Scan } from '../plan/node.js'
import { compileAppend } from './compile-append.js'
import { compileCluster } from './compile-cluster.js'
import { compileDedup } from './compile-dedup.js'
import { compileAggregate } from './compile-expr.js'
import { compileFillGaps } from './compile-fill.js'
import { compileIn } from './compile-in.js'
import { compileJoin } from './compile-join.js'
import { compileParse } from './compile-parse.js'
import { compileScan, compileValues } from './compile-scan.js'
import { compileWindow } from './compile-window.js'
import type { Dialect } from './dialect.js'
import { joinSql, numeral, raw, render, type Sql, type Statement, sql } from './fragment.js'
import { naturalKeys } from './natural-order.js'
import {
  addKept,
  addTable,
  type Builder,
  createBuilder,
  inPlace,
  isAmong,
  kept,
  namesIn,
  numbered,
  type OrderKey,
  orderBy,
  orderOf,
  type Relation,
  type SourceBranch,
  withColumn,
} from './relation.js'
import { convert, type Typed, toCondition, toNullableCondition, toText } from './typed.js'

export interface CompiledQuery extends Statement {
  /** Columns of the answer in order; values are to be rendered by their type. */
  readonly columns: readonly { readonly name: string; readonly type: 'text' | 'number' | 'boolean' | 'time' }[]
  /** What the statement reads, in the order in which sources are given. */
  readonly scans: readonly ScanUse[]
}

/** A scan, and for each of its sources the columns of the table that the statement touches. */
export interface ScanUse {
  readonly scan: Scan
  readonly columns: readonly (readonly string[])[]
}

export interface CompileOptions {
  /** Where each scan reads, in the order of `CompiledQuery.scans`; without it, a table or view `logs`. */
  readonly sources?: readonly (readonly SourceBranch[])[]
}

/** @param plan whose last step is a project, over tables with the columns of the lake */
export function compilePlan(plan: Project, dialect: Dialect, { sources = [] }: CompileOptions = {}): CompiledQuery {
  const builder = createBuilder(plan, dialect, sources)
  const input = compileStep(plan.input, builder)
  const columns = plan.columns.map(({ name, value }) => ({ name, ...shown(compileIn(input, builder)(value), dialect) }))
  const selected = columns.map(({ sql: value }, index) => sql`${value} AS ${raw(`c${index + 1}`)}`)
  const order = orderBy(input.order)
  const answer = sql`SELECT ${joinSql(selected, ', ')} FROM ${raw(input.name)} ${order}`
  finishTables(builder, answer)
  const scans = finishScans(builder, answer)
  const tables = builder.tables.filter(({ parts }) => parts.some(part => part !== ''))
  const query = sql`WITH ${joinSql(tables, ',\n')}\n${answer}`
  const statement = render(query, dialect.placeholder)
  return { ...statement, columns: columns.map(({ name, type }) => ({ name, type })), scans }
}

/** Writes the tables that keep what later ones use, the last one first. */
function finishTables({ unfinished, tables }: Builder, answer: Sql): void {
  for (const { after, write } of unfinished.toReversed()) {
    const used = namesIn([...tables.slice(after), answer])
    write(identifier => isAmong(used, identifier))
  }
}

/** Writes the scans, now that the rest of the statement says what it uses of them: no name of ours stands for two things. */
function finishScans(builder: Builder, answer: Sql): readonly ScanUse[] {
  const used = namesIn([...builder.tables, answer])
  const isUsed = (identifier: Sql) => isAmong(used, identifier)
  const uses: ScanUse[] = []
  for (const { scan, source, finish } of builder.scans) {
    const columns = finish(isUsed)
    const before = uses[source]?.columns ?? columns
    uses[source] = { scan, columns: columns.map((own, branch) => [...new Set([...before[branch]!, ...own])]) }
  }
  return uses
}

/** What the answer shows of a value: JSON as text. */
function shown(
  value: Typed,
  dialect: Dialect,
): { readonly sql: Sql; readonly type: 'text' | 'number' | 'boolean' | 'time' } {
  if (value.type === 'json') return { sql: dialect.jsonText(value.sql), type: 'text' }
  if (value.type === 'boolean') return { sql: toCondition(value, dialect), type: 'boolean' }
  return { sql: value.sql, type: value.type }
}

type Visitors = {
  readonly [Kind in Exclude<Plan['kind'], 'project'>]: (
    step: Extract<Plan, { kind: Kind }>,
    builder: Builder,
  ) => Relation
}

const visitors: Visitors = {
  scan: compileScan,
  values: compileValues,
  filter: ({ input, condition }, builder) => {
    const below = compileStep(input, builder)
    const test = toNullableCondition(compileIn(below, builder)(condition), builder.dialect)
    return { ...below, name: addTable(builder, 'filtered', sql`SELECT * FROM ${raw(below.name)} WHERE ${test}`) }
  },
  extend: ({ input, columns }, builder) =>
    columns.reduce((below, { name, value }) => addColumn(below, name, value, builder), compileStep(input, builder)),
  parse: (step, builder) => compileParse(step, compileStep(step.input, builder), builder),
  aggregate: compileAggregateStep,
  sort: compileSort,
  limit: ({ input, count, any }, builder) => {
    const below = input.kind === 'dedup' ? compileFirst(input, builder, count) : compileStep(input, builder)
    const order = any ? raw('') : orderBy(below.order)
    const query = sql`SELECT * FROM ${raw(below.name)} ${order} LIMIT ${numeral(count)}`
    return { ...below, name: addTable(builder, 'limited', query) }
  },
  dedup: (step, builder) => compileFirst(step, builder, null),
  unnest: ({ input, list, name }, builder) => {
    const below = numbered(compileStep(input, builder), builder)
    const { dialect, newName } = builder
    const identifier = newName(name)
    const json = convert(compileIn(below, builder)(list), 'json', dialect)
    const place = newName('place')
    const query = dialect.unnest(below.name, [dialect.jsonElements(json)], [identifier], place)
    const columns = withColumn(below.columns, name, { sql: raw(identifier), type: 'json' })
    return { ...below, name: addTable(builder, 'unnested', query), columns, order: [...below.order, inPlace(place)] }
  },
  window: ({ input, columns }, builder) => compileWindow(compileStep(input, builder), columns, builder),
  join: (join, builder) =>
    compileJoin(join, compileStep(join.left, builder), compileStep(join.right, builder), builder),
  append: ({ input, last }, builder) => compileAppend(compileStep(input, builder), compileStep(last, builder), builder),
  cluster: (step, builder) => compileCluster(step, compileStep(step.input, builder), builder),
  'fill-gaps': (step, builder) => compileFillGaps(step, compileStep(step.input, builder), builder),
}

function compileStep(plan: Plan, builder: Builder): Relation {
  if (plan.kind === 'project') throw new Error('a project stands only on top of a plan')
  const visit = visitors[plan.kind] as (step: Plan, builder: Builder) => Relation
  return visit(plan, builder)
}

function compileFirst(step: Dedup, builder: Builder, limit: number | null): Relation {
  const compileInput = (again: Builder) => compileStep(step.input, again)
  return compileDedup(step, compileInput, builder, limit)
}

function addColumn(below: Relation, name: string, value: Expr, builder: Builder): Relation {
  const typed = compileIn(below, builder)(value)
  // A constant or a mere other name needs no column.
  if (value.kind === 'field' || value.kind === 'literal')
    return { ...below, columns: withColumn(below.columns, name, typed) }
  const made = kept(name, typed, builder)
  const table = addKept(builder, 'extended', [made], list => sql`SELECT *, ${list} FROM ${raw(below.name)}`)
  return { ...below, name: table, columns: withColumn(below.columns, name, made.column) }
}

function compileAggregateStep(step: Extract<Plan, { kind: 'aggregate' }>, builder: Builder): Relation {
  const below = compileStep(step.input, builder)
  const { dialect } = builder
  const compile = compileIn(below, builder)
  const values = step.keys.map(({ value }): Typed => {
    const typed = compile(value)
    // An array or object is no key: it counts as absent.
    return typed.type === 'json' ? { sql: toText(typed, dialect), type: 'text' } : typed
  })
  // What a value is read from does not tell it from others.
  const long = values.flatMap(value => (value.both === undefined ? [] : [{ value, ...kept('key', value, builder) }]))
  const input =
    long.length === 0
      ? below.name
      : addKept(builder, 'keyed', long, list => sql`SELECT *, ${list} FROM ${raw(below.name)}`)
  const keys = step.keys.map(({ name }, index) => {
    const value = values[index]!
    return { name, ...kept(name, long.find(one => one.value === value)?.column ?? value, builder) }
  })
  const made = step.aggregates.map(({ name, function: of, args }) => ({
    name,
    ...kept(name, compileAggregate(of, args.map(compile), dialect), builder),
  }))
  const grouped = keys.flatMap(key => key.made).map((_, index) => numeral(index + 1))
  const tail = keys.length > 0 ? sql` GROUP BY ${joinSql(grouped, ', ')}` : sql` HAVING count(*) > 0`
  const all = [...keys, ...made]
  const table = addKept(builder, 'grouped', all, list => sql`SELECT ${list} FROM ${raw(input)}${tail}`)
  const columns = new Map(all.map(({ name, column }): [string, Typed] => [name, column]))
  return { name: table, columns, order: keys.flatMap(({ column }) => orderOf(column)) }
}

/** Computes the keys once, and goes by the order before where they are equal. */
function compileSort(step: Extract<Plan, { kind: 'sort' }>, builder: Builder): Relation {
  const below = compileStep(step.input, builder)
  const compile = compileIn(below, builder)
  const order: OrderKey[] = []
  const added: Sql[] = []
  for (const { value, descending } of step.keys) {
    for (const key of naturalKeys(compile(value), builder.dialect)) {
      const identifier = raw(builder.newName('key'))
      added.push(sql`${key} AS ${identifier}`)
      order.push({ key: identifier, descending })
    }
  }
  const table = addTable(builder, 'sorted', sql`SELECT *, ${joinSql(added, ', ')} FROM ${raw(below.name)}`)
  const ties =
    step.reversesTies === true ? below.order.map(key => ({ ...key, descending: !key.descending })) : below.order
  return { ...below, name: table, order: [...order, ...ties] }
}
