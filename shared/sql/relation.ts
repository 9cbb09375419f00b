import type { FieldRef } from '../plan/expr.js'
import type { Plan, Scan } from '../plan/node.js'
import { scanBelow } from '../plan/rules/scan-below.js'
import { fieldsIn, inputsOf } from '../plan/walk.js'
import type { Dialect } from './dialect.js'
import { joinSql, raw, type Sql, sql } from './fragment.js'
import { identifier } from './quote.js'
import { ofBoth, type Typed, toCondition, toJson } from './typed.js'

/** Rows of a common table expression: what their columns are called in the query, and their order. */
export interface Relation {
  readonly name: string
  /** By name; a column kept as JSON beside its text under `jsonKey(name)`. */
  readonly columns: ReadonlyMap<string, Typed>
  readonly order: readonly OrderKey[]
  /** The time of the event that a row is, or is made of. */
  readonly time?: Sql
}

export interface OrderKey {
  readonly key: Sql
  readonly descending: boolean
  /** Never null. */
  readonly isPresent?: boolean
}

export function jsonKey(name: string): string {
  return `${name}\0json`
}

/** Where a scan reads: files of one kind, or a table or view with the columns of the lake. */
export interface SourceBranch {
  /** What stands after FROM. */
  readonly relation: string
  /** Fields whose values these files hold in a column, each value exactly or not at all, by the field's name. */
  readonly promoted: ReadonlyMap<string, PromotedColumn>
  /** No row of these files has `fields`: all that queries find is in the message or in columns. */
  readonly isFieldless?: boolean
  /** All events of these files are within the scan's times. */
  readonly isWithin?: boolean
}

export interface PromotedColumn {
  readonly column: string
  readonly type: 'string' | 'long' | 'double' | 'boolean'
}

/** A statement in the making. */
export interface Builder {
  readonly dialect: Dialect
  readonly tables: Sql[]
  /** A name that no other table or column has. */
  readonly newName: (name: string) => string
  /** For each scan, in the order in which they are compiled; `logs` where there is nothing. */
  readonly sources: readonly (readonly SourceBranch[])[]
  readonly scans: CompiledScan[]
  readonly unfinished: UnfinishedTable[]
  /** The last scan is compiled again, for events of some times only. */
  readonly again?: Again
  /** Fields that filters on top of a scan ask for. */
  readonly filtered: ReadonlyMap<Scan, ReadonlySet<string>>
}

export interface Again {
  /** What stands after the files to choose their events, known when scans are written. */
  readonly near: () => Sql
}

/** A table that is written once the later ones say what they use of it. */
export interface UnfinishedTable {
  /** The first of these, among the tables. */
  readonly after: number
  readonly write: (isUsed: (identifier: Sql) => boolean) => void
}

export interface CompiledScan {
  readonly scan: Scan
  /** Which of the statement's scans it is. */
  readonly source: number
  /** Writes the scan's tables once it is known what is used of them; gives the columns that each branch reads. */
  readonly finish: (isUsed: (identifier: Sql) => boolean) => readonly (readonly string[])[]
}

export function createBuilder(plan: Plan, dialect: Dialect, sources: Builder['sources']): Builder {
  let count = 0
  const newName = (name: string) => identifier(name, ++count)
  return { dialect, tables: [], newName, sources, scans: [], unfinished: [], filtered: fieldsOfFilters(plan) }
}

function fieldsOfFilters(plan: Plan): Builder['filtered'] {
  const found = new Map<Scan, Set<string>>()
  const visit = (step: Plan) => {
    const scan = step.kind === 'filter' ? scanBelow(step) : null
    if (step.kind === 'filter' && scan !== null) {
      const names = found.get(scan) ?? new Set()
      for (const { name } of fieldsIn(step.condition)) names.add(name)
      found.set(scan, names)
    }
    inputsOf(step).forEach(visit)
  }
  visit(plan)
  return found
}

/** The names of our own that stand in pieces of SQL. */
export function namesIn(pieces: readonly Sql[]): ReadonlySet<string> {
  const names = new Set<string>()
  for (const { parts } of pieces)
    for (const part of parts)
      if (typeof part === 'string') for (const name of part.match(/[a-z][a-z0-9_]*_\d+/g) ?? []) names.add(name)
  return names
}

/** Whether an expression that is a name is among them. */
export function isAmong(names: ReadonlySet<string>, { parts }: Sql): boolean {
  return parts.every(part => typeof part === 'string' && names.has(part))
}

export interface Reserved {
  readonly name: string
  /** @param inline as `Dialect.inline`, where it is not that */
  write(query: Sql, inline?: string): void
}

/** A common table expression that is written later, or left out. */
export function reserve({ tables, dialect, newName }: Builder, purpose: string): Reserved {
  const name = newName(purpose)
  const index = tables.push(raw('')) - 1
  return {
    name,
    write: (query, inline = dialect.inline) => {
      tables[index] = sql`${raw(name)} AS${raw(inline)} (${query})`
    },
  }
}

/** Adds a common table expression and gives its name. */
export function addTable({ tables, dialect, newName }: Builder, purpose: string, query: Sql): string {
  const name = newName(purpose)
  tables.push(sql`${raw(name)} AS${raw(dialect.inline)} (${query})`)
  return name
}

/** The column a field stands for. Lowering has seen to it that there is one. */
export function columnOf({ columns, name }: Relation, field: FieldRef, dialect: Dialect): Typed {
  const asJson = field.as === 'json' ? columns.get(jsonKey(field.name)) : undefined
  const found = asJson ?? columns.get(field.name) ?? columns.get(jsonKey(field.name))
  if (found === undefined) throw new Error(`no column ${JSON.stringify(field.name)} in ${name}`)
  return field.as === 'json' && found.type !== 'json' ? { sql: toJson(found, dialect), type: 'json' } : found
}

/** The columns with one more, or one in the place of another. */
export function withColumn(columns: ReadonlyMap<string, Typed>, name: string, value: Typed): Map<string, Typed> {
  const changed = new Map(columns)
  changed.delete(jsonKey(name))
  return changed.set(name, value)
}

/** The columns in which a table keeps a value. */
export interface Kept {
  readonly made: readonly Named[]
  /** Read from those that are made, in a table of their own. */
  readonly read: readonly Named[]
  /** The value, read from there. */
  readonly column: Typed
}

export interface Named {
  readonly value: Sql
  readonly name: Sql
}

export function kept(name: string, value: Typed, { dialect, newName }: Builder): Kept {
  const identifier = raw(newName(name))
  const written = { value: value.type === 'boolean' ? toCondition(value, dialect) : value.sql, name: identifier }
  if (value.isRounded !== true) return { made: [written], read: [], column: { sql: identifier, type: value.type } }
  const number = raw(newName('number'))
  const column: Typed = { sql: identifier, type: value.type, number, isRounded: true }
  if (value.both === undefined) return { made: [written, { value: value.number!, name: number }], read: [], column }
  const both = raw(newName('both'))
  const short = ofBoth(both, dialect)
  const read = [
    { value: short.sql, name: identifier },
    { value: short.number!, name: number },
  ]
  return { made: [{ value: value.both, name: both }], read, column }
}

/**
 * Adds a table with the columns, and one with what is read from them where that is needed; gives the name of the last.
 * @param query the table, around the list of what is made
 */
export function addKept(builder: Builder, purpose: string, all: readonly Kept[], query: (made: Sql) => Sql): string {
  const list = (columns: readonly Named[]) =>
    joinSql(
      columns.map(({ value, name }) => sql`${value} AS ${name}`),
      ', ',
    )
  const table = addTable(builder, purpose, query(list(all.flatMap(({ made }) => made))))
  const read = all.flatMap(column => column.read)
  return read.length === 0 ? table : addTable(builder, 'read', sql`SELECT *, ${list(read)} FROM ${raw(table)}`)
}

/** What tells the values of a column apart, in the order of their texts. */
export function orderOf({ sql: text, number, isRounded }: Typed): readonly OrderKey[] {
  const keys = isRounded === true ? [text, number!] : [text]
  return keys.map(key => ({ key, descending: false }))
}

/** The elements of one list in their order; the column holds the place of each. */
export function inPlace(column: string): OrderKey {
  return { key: raw(column), descending: false, isPresent: true }
}

/**
 * The rows with a number each, last in their order: rows that are alike in it, such as events without ids of one time,
 * stay together when each becomes several.
 */
export function numbered(below: Relation, builder: Builder): Relation {
  const row = builder.newName('row')
  const query = sql`SELECT *, row_number() OVER () AS ${raw(row)} FROM ${raw(below.name)}`
  return { ...below, name: addTable(builder, 'numbered', query), order: [...below.order, inPlace(row)] }
}

/** `ORDER BY …` or nothing; nulls come first where ascending and last where descending, on every engine. */
export function orderBy(order: readonly OrderKey[]): Sql {
  if (order.length === 0) return raw('')
  const keys = order.map(({ key, descending }) =>
    descending ? sql`${key} DESC NULLS LAST` : sql`${key} ASC NULLS FIRST`,
  )
  return sql`ORDER BY ${{ parts: keys.flatMap(({ parts }, index) => (index === 0 ? parts : [', ', ...parts])) }}`
}
