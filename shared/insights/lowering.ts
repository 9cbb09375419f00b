import type { Diagnostic, Span } from '../diagnostics/diagnostic.js'
import { type Expr, field } from '../plan/expr.js'
import type { Column, Plan } from '../plan/node.js'
import type { FunctionCall, Query } from './ast.js'
import { absent, type ColumnKind, labelOf, resolve, type Scope, type Steps } from './scope.js'

/** Rows of an answer: without a limit, and at most (User Guide, `limit`). */
export const defaultLimit = 10_000
export const maxLimit = 100_000

export interface LowerOptions {
  /** Log groups by name, as StartQuery has them; absent for all. */
  readonly logGroups?: readonly string[]
  /** Event times in ms, both inclusive; null for no bound. */
  readonly from: number | null
  readonly to: number | null
  /** What `now()` is, epoch seconds. */
  readonly now: number | null
  /** StartQuery's own limit. */
  readonly limit?: number
  /** Whether rows that are events end in `@ptr`, which costs a few more columns; they do unless this is false. */
  readonly hasPointers?: boolean
  readonly lookupTables: ReadonlyMap<string, LookupTable>
}

export interface LookupTable {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** Takes the aggregates of a stats command and stands a column in for each. */
export interface AggregateCollector {
  add(call: FunctionCall): Expr
}

/** The query as far as it is lowered. */
export interface Lowering {
  readonly options: LowerOptions
  readonly diagnostics: Diagnostic[]
  /** A query within another one. */
  readonly isNested: boolean
  plan: Plan
  scope: Scope
  /** The masked texts of a pattern command, before they are patterns: two windows are compared by what both hold. */
  masked: Plan | null
  /** Null outside of stats. */
  aggregates: AggregateCollector | null
  readonly output: Output
  /** Numbers the columns that a query does not see; their names begin with `#`. */
  nextHidden: () => string
  textOf: (span: Span) => string
  /** A query within this one, and the columns it gives, to be asked for only where they are used. */
  lowerNested: (query: Query) => { readonly lowering: Lowering; readonly columns: () => readonly Column[] }
  /** The commands before this one, over a window that lies so much earlier. */
  lowerEarlier: (shiftMs: number) => Lowering
  /** Reports an error and gives an expression to go on with. */
  fail: (code: string, span: Span, message: string, hint?: string) => Expr
  report: (diagnostic: Diagnostic) => Expr
}

/** What the commands so far say about the columns of the answer. */
export interface Output {
  display: Column[] | null
  /** Of stats and what came after it. */
  aggregated: Column[] | null
  fields: Column[]
  /** Made by parse and the like. */
  extracted: Column[]
  /** Put beside `@timestamp` and `@message`, or what fields and parse choose later. */
  added: Column[]
  /** Those of the last fields command. */
  selected: readonly Column[] | null
  /** The next fields command says anew what is shown: columns of stats have other names after a join. */
  isReplaceable: boolean
  /** What columns of paths are called in the answer, where that is not their name. */
  readonly labels: Map<string, string>
  /** The rows are events. */
  hasEvents: boolean
}

export function createFail(diagnostics: Diagnostic[]): Pick<Lowering, 'fail' | 'report'> {
  const report = (diagnostic: Diagnostic) => {
    diagnostics.push(diagnostic)
    return absent
  }
  return {
    report,
    fail(code, span, message, hint) {
      const problem: Diagnostic = { code: `insights/${code}`, severity: 'error', span, message }
      return report(hint === undefined ? problem : { ...problem, hint })
    },
  }
}

/** Adds columns to the rows and their names to the scope. */
export function extend(lowering: Lowering, columns: readonly (Column & { readonly kind: ColumnKind })[]): void {
  if (columns.length === 0) return
  const plain = columns.map(({ name, value }) => ({ name, value }))
  lowering.plan = { kind: 'extend', input: lowering.plan, columns: plain }
  for (const { name, kind } of columns) define(lowering, name, kind)
}

export function define({ scope }: Lowering, name: string, kind: ColumnKind = 'value'): void {
  scope.columns.set(name, kind)
}

/** The name of a path's column, which the answer shows as it was written. */
export function nameOfPath({ output }: Lowering, steps: Steps): string {
  const name = steps.join('.')
  output.labels.set(name, labelOf(steps))
  return name
}

/** The columns of the answer so far, each with its value, as the User Guide says under `fields`, `display` and `parse`. */
export function shownColumns({ scope, output }: Lowering): readonly Column[] {
  const { display, aggregated, fields, extracted, added } = output
  const whole = display ?? aggregated
  if (whole !== null) return whole
  const chosen = [...fields, ...extracted]
  if (chosen.length > 0) return [...chosen, ...added.filter(({ name }) => chosen.every(column => column.name !== name))]
  const system = ['@timestamp', '@message'].map(name => ({ name, value: resolve(scope, [name]) ?? field(name) }))
  return added.reduce<Column[]>((columns, column) => addOutput(columns, column), system)
}

/** A column that a command made beside those asked for: shown unless `display` says otherwise. */
export function show({ output }: Lowering, name: string): void {
  const { aggregated, fields, extracted, added } = output
  addOutput(aggregated ?? [fields, extracted].find(({ length }) => length > 0) ?? added, { name, value: field(name) })
}

export function addOutput(columns: Column[], column: Column): Column[] {
  const at = columns.findIndex(({ name }) => name === column.name)
  if (at === -1) columns.push(column)
  else columns[at] = column
  return columns
}
