/**
 * `relevantfields`, whose algorithm CloudWatch does not publish. The score of a field is the total variation distance between
 * its values among the events that meet the condition and among the others: 0 where they are distributed alike, 1 where they
 * have nothing in common. A value that an event lacks counts for neither side.
 */
import { call, type Expr, field, literal } from '../plan/expr.js'
import type { Column, Plan } from '../plan/node.js'
import type { Command } from './ast.js'
import { lowerExpr } from './lower-expr.js'
import { setOutput } from './lower-stats.js'
import { extend, type Lowering } from './lowering.js'
import { closedScope, resolve } from './scope.js'

const [name, score, contributor, conditional, baseline] = [
  '@fieldName',
  '@relevanceScore',
  '@topRelevanceContributors',
  '@conditionalMedian',
  '@baselineMedian',
] as const

export function lowerRelevantFields(
  lowering: Lowering,
  { paths, condition, span }: Extract<Command, { kind: 'relevantfields' }>,
): void {
  const document = resolve(lowering.scope, ['#document'])
  if (document === null || lowering.scope.sides !== null) {
    lowering.fail('no-events', span, 'relevantfields needs events, which the commands before it have not kept')
    return
  }
  const nested = paths.find(({ steps }) => steps.length > 1)
  if (nested !== undefined) lowering.fail('unsupported', nested.span, 'unsupported: relevantfields of a nested field')
  const [fits, entry, value, here, there, change] = Array.from({ length: 6 }, lowering.nextHidden) as [
    string,
    string,
    string,
    string,
    string,
    string,
  ]
  const test = lowerExpr(lowering, condition)
  extend(lowering, [{ name: fits, value: call('if', test, literal(1), literal(0)), kind: 'value' }])
  lowering.plan = { kind: 'unnest', input: lowering.plan, list: call('jsonEntries', document), name: entry }
  const part = (step: number): Expr => ({ kind: 'path', of: field(entry), steps: [step] })
  const columns = [
    { name, value: call('toText', part(0)) },
    { name: value, value: call('toText', part(1)) },
  ]
  lowering.plan = { kind: 'extend', input: lowering.plan, columns }
  lowering.plan = {
    kind: 'filter',
    input: lowering.plan,
    condition: wanted(
      paths.map(({ steps }) => String(steps[0])),
      value,
    ),
  }
  lowering.plan = scored(lowering.plan, { fits, value, here, there, change })
  lowering.plan = {
    kind: 'sort',
    input: lowering.plan,
    keys: [
      { value: field(score), descending: true },
      { value: field(name), descending: false },
    ],
  }
  lowering.scope = closedScope('relevantfields')
  const shown = [name, score, contributor, conditional, baseline]
  for (const column of shown) lowering.scope.columns.set(column, 'value')
  setOutput(
    lowering,
    shown.map(column => ({ name: column, value: field(column) })),
  )
}

/** Events that have a plain value in one of the fields. */
function wanted(fields: readonly string[], value: string): Expr {
  const isPresent = call('ispresent', field(value))
  if (fields.length === 0) return isPresent
  const tests = fields.map((one): Expr => ({ kind: 'compare', operator: '=', left: field(name), right: literal(one) }))
  return { kind: 'and', operands: [isPresent, { kind: 'or', operands: tests }] }
}

interface Hidden {
  readonly fits: string
  readonly value: string
  readonly here: string
  readonly there: string
  readonly change: string
}

function scored(input: Plan, { fits, value, here, there, change }: Hidden): Plan {
  const others = call('subtract', literal(1), field(fits))
  const median = (side: Expr): readonly Expr[] => [call('if', side, field(value), call('absent')), literal(50)]
  const key: Column = { name, value: field(name) }
  const byField: Plan = {
    kind: 'aggregate',
    input,
    keys: [key],
    aggregates: [
      { name: here, function: 'sum', args: [field(fits)] },
      { name: there, function: 'sum', args: [others] },
      { name: conditional, function: 'pct', args: median(field(fits)) },
      { name: baseline, function: 'pct', args: median(others) },
    ],
  }
  const byValue: Plan = {
    kind: 'aggregate',
    input,
    keys: [key, { name: value, value: field(value) }],
    aggregates: [
      { name: here, function: 'sum', args: [field(fits)] },
      { name: there, function: 'sum', args: [others] },
    ],
  }
  const joined: Plan = {
    kind: 'join',
    how: 'left',
    left: byValue,
    right: byField,
    on: [{ left: field(name), right: field(name), test: 'equal' }],
    prefix: 'all.',
    mark: null,
  }
  const share = (side: string) => call('coalesce', call('divide', field(side), field(`all.${side}`)), literal(0))
  const compared: Plan = {
    kind: 'extend',
    input: joined,
    columns: [{ name: change, value: call('subtract', share(here), share(there)) }],
  }
  const summed: Plan = {
    kind: 'aggregate',
    input: compared,
    keys: [key],
    aggregates: [
      { name: change, function: 'sum', args: [call('abs', field(change))] },
      { name: contributor, function: 'latest', args: [field(value), field(change)] },
      { name: conditional, function: 'max', args: [field(`all.${conditional}`)] },
      { name: baseline, function: 'max', args: [field(`all.${baseline}`)] },
    ],
  }
  return { kind: 'extend', input: summed, columns: [{ name: score, value: call('divide', field(change), literal(2)) }] }
}
