/**
 * Plan → SQL for a dialect. Every step becomes a common table expression (or two) on top of the one below, which the engine
 * inlines again; columns of a table stay reachable under names of our own until an aggregate ends them.
 */
import type { Expr } from '../plan/expr.js'
import type { Append, Plan, Project, WindowColumn } from '../plan/node.js'
import { compileAggregate } from './compile-expr.js'
import { compileFillGaps } from './compile-fill.js'
import { compileIn } from './compile-in.js'
import { compileJoin } from './compile-join.js'
import { compileScan, compileValues } from './compile-scan.js'
import type { Dialect } from './dialect.js'
import { joinSql, numeral, raw, render, type Sql, type Statement, sql } from './fragment.js'
import { naturalKeys } from './natural-order.js'
import { addTable, type Builder, createBuilder, type OrderKey, orderBy, type Relation, withColumn } from './relation.js'
import { commonType, convert, type Typed, toCondition, toNullableCondition, toNumber, toText } from './typed.js'

export interface CompiledQuery extends Statement {
  /** Columns of the answer in order; values are to be rendered by their type. */
  readonly columns: readonly { readonly name: string; readonly type: 'text' | 'number' | 'boolean' | 'time' }[]
}

/** @param plan whose last step is a project, over a table or view `logs` with the columns of the lake */
export function compilePlan(plan: Project, dialect: Dialect): CompiledQuery {
  const builder = createBuilder(dialect)
  const input = compileStep(plan.input, builder)
  const columns = plan.columns.map(({ name, value }) => ({ name, ...shown(compileIn(input, builder)(value), dialect) }))
  const selected = columns.map(({ sql: value }, index) => sql`${value} AS ${raw(`c${index + 1}`)}`)
  const tables = joinSql(builder.tables, ',\n')
  const order = orderBy(input.order)
  const query = sql`WITH ${tables}\nSELECT ${joinSql(selected, ', ')} FROM ${raw(input.name)} ${order}`
  const statement = render(query, dialect.placeholder, dialect.hasNumberedParameters)
  return { ...statement, columns: columns.map(({ name, type }) => ({ name, type })) }
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
  parse: compileParse,
  aggregate: compileAggregateStep,
  sort: compileSort,
  limit: ({ input, count, any }, builder) => {
    const below = compileStep(input, builder)
    const order = any ? raw('') : orderBy(below.order)
    const query = sql`SELECT * FROM ${raw(below.name)} ${order} LIMIT ${numeral(count)}`
    return { ...below, name: addTable(builder, 'limited', query) }
  },
  dedup: compileDedup,
  unnest: ({ input, list, name }, builder) => {
    const below = compileStep(input, builder)
    const { dialect, newName } = builder
    const identifier = newName(name)
    const json = convert(compileIn(below, builder)(list), 'json', dialect)
    const query = dialect.unnest(below.name, [dialect.jsonElements(json)], [identifier])
    const columns = withColumn(below.columns, name, { sql: raw(identifier), type: 'json' })
    return { ...below, name: addTable(builder, 'unnested', query), columns }
  },
  window: ({ input, columns }, builder) => compileWindow(compileStep(input, builder), columns, builder),
  join: (join, builder) =>
    compileJoin(join, compileStep(join.left, builder), compileStep(join.right, builder), builder),
  append: compileAppend,
  'fill-gaps': (step, builder) => compileFillGaps(step, compileStep(step.input, builder), builder),
}

function compileStep(plan: Plan, builder: Builder): Relation {
  if (plan.kind === 'project') throw new Error('a project stands only on top of a plan')
  const visit = visitors[plan.kind] as (step: Plan, builder: Builder) => Relation
  return visit(plan, builder)
}

function addColumn(below: Relation, name: string, value: Expr, builder: Builder): Relation {
  const typed = compileIn(below, builder)(value)
  // A constant or a mere other name needs no column.
  if (value.kind === 'field' || value.kind === 'literal')
    return { ...below, columns: withColumn(below.columns, name, typed) }
  const identifier = raw(builder.newName(name))
  const written = typed.type === 'boolean' ? toCondition(typed, builder.dialect) : typed.sql
  const table = addTable(builder, 'extended', sql`SELECT *, ${written} AS ${identifier} FROM ${raw(below.name)}`)
  return { ...below, name: table, columns: withColumn(below.columns, name, { sql: identifier, type: typed.type }) }
}

function compileParse(step: Extract<Plan, { kind: 'parse' }>, builder: Builder): Relation {
  const { input, text, regex, groups, everyMatch } = step
  const below = compileStep(input, builder)
  const { dialect, newName } = builder
  const subject = toText(compileIn(below, builder)(text), dialect)
  const names = groups.map(({ name }) => newName(name))
  const present = (value: Sql, isOptional: boolean) => (isOptional ? sql`nullif(${value}, '')` : value)
  let columns: ReadonlyMap<string, Typed> = below.columns
  let table: string
  if (everyMatch) {
    const lists = groups.map(({ index }) => dialect.allMatches(subject, regex, index))
    table = addTable(builder, 'parsed', dialect.unnest(below.name, lists, names))
    groups.forEach(({ name, isOptional }, index) => {
      columns = withColumn(columns, name, { sql: present(raw(names[index]!), isOptional), type: 'text' })
    })
  } else {
    const match = raw(newName('match'))
    const count = Math.max(...groups.map(({ index }) => index))
    const found = dialect.firstMatch(subject, regex, count)
    const matched = addTable(builder, 'matched', sql`SELECT *, ${found} AS ${match} FROM ${raw(below.name)}`)
    const taken = groups.map(
      ({ index, isOptional }, at) => sql`${present(dialect.group(match, index), isOptional)} AS ${raw(names[at]!)}`,
    )
    table = addTable(builder, 'parsed', sql`SELECT *, ${joinSql(taken, ', ')} FROM ${raw(matched)}`)
    groups.forEach(({ name }, index) => {
      columns = withColumn(columns, name, { sql: raw(names[index]!), type: 'text' })
    })
  }
  return { ...below, name: table, columns }
}

function compileAggregateStep(step: Extract<Plan, { kind: 'aggregate' }>, builder: Builder): Relation {
  const below = compileStep(step.input, builder)
  const { dialect, newName } = builder
  const compile = compileIn(below, builder)
  const keys = step.keys.map(({ name, value }) => {
    const typed = compile(value)
    // An array or object is no key: it counts as absent.
    const type = typed.type === 'json' ? 'text' : typed.type
    return { name, identifier: raw(newName(name)), value: convert(typed, type, dialect), type }
  })
  const made = step.aggregates.map(({ name, function: of, args }) => {
    const typed = compileAggregate(of, args.map(compile), dialect)
    return { name, identifier: raw(newName(name)), value: typed.sql, type: typed.type }
  })
  const selected = [...keys, ...made].map(({ value, identifier }) => sql`${value} AS ${identifier}`)
  const grouped = keys.map((_, index) => numeral(index + 1))
  const tail = keys.length > 0 ? sql` GROUP BY ${joinSql(grouped, ', ')}` : sql` HAVING count(*) > 0`
  const query = sql`SELECT ${joinSql(selected, ', ')} FROM ${raw(below.name)}${tail}`
  const columns = new Map(
    [...keys, ...made].map(({ name, identifier, type }): [string, Typed] => [name, { sql: identifier, type }]),
  )
  const order = keys.map(({ identifier }) => ({ key: identifier, descending: false }))
  return { name: addTable(builder, 'grouped', query), columns, order }
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
  return { ...below, name: table, order: [...order, ...below.order] }
}

function compileDedup(step: Extract<Plan, { kind: 'dedup' }>, builder: Builder): Relation {
  const below = compileStep(step.input, builder)
  const { dialect, newName } = builder
  const keys = step.keys.map(key => toText(compileIn(below, builder)(key), dialect))
  const place = raw(newName('place'))
  const over = sql`PARTITION BY ${joinSql(keys, ', ')} ${orderBy(below.order)}`
  const absent = joinSql(
    keys.map(key => sql`${key} IS NULL`),
    ' OR ',
  )
  const numbered = sql`SELECT *, CASE WHEN ${absent} THEN 1 ELSE row_number() OVER (${over}) END AS ${place} FROM ${raw(below.name)}`
  const table = addTable(builder, 'numbered', numbered)
  return { ...below, name: addTable(builder, 'first', sql`SELECT * FROM ${raw(table)} WHERE ${place} = 1`) }
}

function compileWindow(below: Relation, columns: readonly WindowColumn[], builder: Builder): Relation {
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
  }
}

/** Rows of both, each with the columns that either has, in a type that both can have. */
function compileAppend({ input, last }: Append, builder: Builder): Relation {
  const first = compileStep(input, builder)
  const second = compileStep(last, builder)
  const { dialect, newName } = builder
  const place = raw(newName('place'))
  const names = [...new Set([...first.columns.keys(), ...second.columns.keys()])]
  const shared = names.map(name => {
    const [one, other] = [first.columns.get(name), second.columns.get(name)]
    const present = [one, other].filter(value => value !== undefined)
    return { name, identifier: raw(newName(name)), one, other, type: commonType(present) }
  })
  const side = (pick: (column: (typeof shared)[number]) => Typed | undefined, relation: Relation, order: Sql) => {
    const values = shared.map(column => {
      const value = pick(column)
      const written = value === undefined ? raw('NULL') : convert(value, column.type, dialect)
      return sql`${written} AS ${column.identifier}`
    })
    return sql`SELECT ${joinSql([...values, sql`${order} AS ${place}`], ', ')} FROM ${raw(relation.name)}`
  }
  const numbered = sql`row_number() OVER (${orderBy(first.order)})`
  const query = sql`${side(({ one }) => one, first, numbered)} UNION ALL ${side(({ other }) => other, second, raw('NULL'))}`
  const columns = new Map(
    shared.map(({ name, identifier, type }): [string, Typed] => [name, { sql: identifier, type }]),
  )
  const order = [sql`CASE WHEN ${place} IS NULL THEN 1 ELSE 0 END`, place].map(key => ({ key, descending: false }))
  return { name: addTable(builder, 'appended', query), columns, order }
}
