import { call, type Expr, field } from '../plan/expr.js'
import type { Column, Join, Values } from '../plan/node.js'
import type { CidrLookup, Command, Join as JoinCommand, Lookup, Name } from './ast.js'
import { lowerPath } from './lower-expr.js'
import { extend, type LookupTable, type Lowering, show, shownColumns } from './lowering.js'
import { absent, resolve } from './scope.js'

export function lowerJoin(lowering: Lowering, { type, left, right, on, query, span }: JoinCommand): void {
  if (lowering.isNested) {
    lowering.fail('nested-query', span, 'a query within a query cannot hold a join')
    return
  }
  const { lowering: inner } = lowering.lowerNested(query)
  const [one, other] = on[0].steps[0] === left.name ? on : [on[1], on[0]]
  const prefix = `${right.name}.`
  const join: Join = {
    kind: 'join',
    how: type ?? 'inner',
    left: lowering.plan,
    right: inner.plan,
    on: [
      {
        left: lowerPath(lowering, { ...one, steps: one.steps.slice(1) }),
        right: lowerPath(inner, { ...other, steps: other.steps.slice(1) }),
        test: 'equal',
      },
    ],
    prefix,
    mark: null,
  }
  lowering.plan = join
  lowering.scope.sides = { left: left.name, right: right.name, rightScope: inner.scope }
  const { output } = lowering
  output.isReplaceable = output.aggregated !== null
  output.aggregated = output.aggregated?.map(column => ({ ...column, name: `${left.name}.${column.name}` })) ?? null
}

/** The lookup table as rows; null after a problem. */
function tableOf(lowering: Lowering, name: Name, columns: readonly Name[]): LookupTable | null {
  const table = lowering.options.lookupTables.get(name.name)
  if (table === undefined) {
    lowering.fail('unknown-table', name.span, `there is no lookup table "${name.name}"`)
    return null
  }
  for (const column of columns) {
    if (table.columns.includes(column.name)) continue
    const hint = `its columns are ${table.columns.join(', ')}`
    lowering.fail('unknown-column', column.span, `the table "${name.name}" has no column "${column.name}"`, hint)
  }
  return table
}

/** Only the first row of each key can be found, so the others are left out of the plan. */
function firstRows({ columns, rows }: LookupTable, keys: readonly string[]): Values {
  const at = keys.map(key => columns.indexOf(key))
  const seen = new Set<string>()
  const distinct = rows.filter(row => {
    const key = JSON.stringify(at.map(index => row[index]))
    return !seen.has(key) && seen.add(key)
  })
  return { kind: 'values', columns, rows: distinct }
}

export function lowerLookup(lowering: Lowering, { table: name, matches, mode, outputs }: Lookup): void {
  const table = tableOf(lowering, name, [...matches.map(({ column }) => column), ...outputs])
  if (table === null) return
  const prefix = `${lowering.nextHidden()}.`
  const on = matches.map(({ column, field: path }) => ({
    left: lowerPath(lowering, path ?? { kind: 'path', steps: column.name.split('.'), span: column.span }),
    right: field(column.name),
    test: 'equal' as const,
  }))
  const right = firstRows(
    table,
    matches.map(({ column }) => column.name),
  )
  lowering.plan = { kind: 'join', how: 'left', left: lowering.plan, right, on, prefix, mark: null }
  const made = addLooked(
    lowering,
    mode,
    prefix,
    outputs.map(column => ({ column, alias: column })),
  )
  // The guide's queries name the columns in `fields` first, where there is one.
  if (lowering.output.aggregated !== null) for (const one of made) show(lowering, one)
}

export function lowerCidrLookup(lowering: Lowering, command: CidrLookup): void {
  const { table: name, field: path, column, mode, outputs } = command
  const named = outputs.map(({ column: one }) => one)
  const table = tableOf(lowering, name, column === null ? named : [column, ...named])
  if (table === null) return
  const prefix = `${lowering.nextHidden()}.`
  const block = column?.name ?? table.columns[0]!
  const right: Values = { kind: 'values', ...table }
  const on = [{ left: lowerPath(lowering, path), right: field(block), test: 'cidr' as const }]
  lowering.plan = { kind: 'join', how: 'first', left: lowering.plan, right, on, prefix, mark: null }
  const made = addLooked(
    lowering,
    mode,
    prefix,
    outputs.map(({ column: one, alias }) => ({ column: one, alias: alias ?? one })),
  )
  // The guide's query does not name them and speaks of events that are enriched.
  for (const one of made) show(lowering, one)
}

/** OUTPUT replaces a field, also by nothing; OUTPUTNEW only fills what is absent. Gives the names. */
function addLooked(
  lowering: Lowering,
  mode: Lookup['mode'],
  prefix: string,
  outputs: readonly { readonly column: Name; readonly alias: Name }[],
): readonly string[] {
  const columns = outputs.map(({ column, alias }) => {
    const found = field(prefix + column.name)
    const old = mode === 'OUTPUTNEW' ? resolve(lowering.scope, alias.name.split('.')) : null
    return { name: alias.name, value: old === null ? found : call('coalesce', old, found), kind: 'value' as const }
  })
  extend(lowering, columns)
  return columns.map(({ name }) => name)
}

const defaultMaxColumnsRows = 10_000

export function lowerAppendCols(lowering: Lowering, command: Extract<Command, { kind: 'appendcols' }>): void {
  const { override, max, query, span } = command
  if (lowering.isNested) {
    lowering.fail('nested-query', span, 'a query within a query cannot hold appendcols')
    return
  }
  const { lowering: inner, columns } = lowering.lowerNested(query)
  const right = { kind: 'limit', input: inner.plan, count: max ?? defaultMaxColumnsRows, any: false } as const
  const prefix = `${lowering.nextHidden()}.`
  lowering.plan = { kind: 'join', how: 'position', left: lowering.plan, right, on: [], prefix, mark: null }
  const shown = shownColumns(lowering)
  for (const { name, value } of columns()) {
    const isTaken = shown.some(column => column.name === name)
    if (name === '@ptr' || (isTaken && override !== true)) continue
    extend(lowering, [{ name, value: prefixed(value, prefix), kind: 'value' }])
    show(lowering, name)
  }
}

/** A column of the other side: a field, or a path into one. */
function prefixed(expr: Column['value'], prefix: string): Expr {
  if (expr.kind === 'field') return { ...expr, name: prefix + expr.name }
  return expr.kind === 'path' ? { ...expr, of: prefixed(expr.of, prefix) } : absent
}
