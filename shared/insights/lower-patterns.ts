/**
 * Patterns of texts, whose algorithm CloudWatch does not publish; ours is described in docs/insights.md. What may differ
 * between two lines of one pattern (numbers, times, addresses, ids, words with digits) is masked, and lines that are then
 * equal are one pattern.
 */
import { call, compare, type Expr, field, literal } from '../plan/expr.js'
import type { Plan } from '../plan/node.js'
import type { Command } from './ast.js'
import { lowerScalar } from './lower-expr.js'
import { setOutput } from './lower-stats.js'
import { extend, type Lowering, show } from './lowering.js'
import { unitMs } from './period.js'
import { closedScope, resolve } from './scope.js'

type Of<Kind extends Command['kind']> = Extract<Command, { kind: Kind }>

const [pattern, count, ratio, severity] = ['@pattern', '@sampleCount', '@ratio', '@severityLabel'] as const

export function lowerPattern(
  lowering: Lowering,
  { operand }: Pick<Extract<Command, { kind: 'pattern' }>, 'operand'>,
): void {
  addPatterns(lowering, lowerScalar(lowering, operand))
}

function addPatterns(lowering: Lowering, text: Expr): void {
  lowering.plan = { kind: 'filter', input: lowering.plan, condition: call('ispresent', text) }
  lowering.plan = {
    kind: 'aggregate',
    input: lowering.plan,
    keys: [{ name: pattern, value: call('pattern', text) }],
    aggregates: [{ name: count, function: 'count', args: [] }],
  }
  lowering.scope = closedScope()
  const total = lowering.nextHidden()
  lowering.plan = {
    kind: 'window',
    input: lowering.plan,
    columns: [{ name: total, function: 'total', of: field(count) }],
  }
  const holds = (word: string): Expr => ({ kind: 'regex', text: field(pattern), regex: `(?i)${word}` })
  const label = call('case', holds('error'), literal('ERROR'), holds('warn'), literal('WARN'), literal('INFO'))
  extend(lowering, [
    { name: ratio, value: call('divide', field(count), field(total)), kind: 'value' },
    { name: severity, value: label, kind: 'value' },
  ])
  sortBy(lowering, field(count))
  setColumns(lowering, [pattern, ratio, count, severity])
}

/** Largest first, then by pattern. */
function sortBy(lowering: Lowering, value: Expr): void {
  const keys = [
    { value, descending: true },
    { value: field(pattern), descending: false },
  ]
  lowering.plan = { kind: 'sort', input: lowering.plan, keys }
}

function setColumns(lowering: Lowering, names: readonly string[]): void {
  for (const name of names) lowering.scope.columns.set(name, 'value')
  setOutput(
    lowering,
    names.map(name => ({ name, value: field(name) })),
  )
}

const { day, week, month } = unitMs

const shifts = { previousDay: day, previousWeek: week, previousMonth: month } as const

export function lowerDiff(lowering: Lowering, { period, span }: Of<'diff'>): void {
  const { from, to } = lowering.options
  if (from === null || to === null) {
    lowering.fail(
      'no-window',
      span,
      'a comparison with an earlier time needs a time range',
      'give the query a start and an end',
    )
    return
  }
  addComparison(lowering, lowering.lowerEarlier(period === null ? to - from + 1 : shifts[period]).plan)
}

export function lowerLogCompare(lowering: Lowering, { shift, span }: Of<'logcompare'>): void {
  const { from, to } = lowering.options
  const message = resolve(lowering.scope, ['@message'])
  if (from === null || to === null || message === null) {
    const what = message === null ? 'events, which stats has not kept' : 'a time range'
    lowering.fail('no-window', span, `logcompare needs ${what}`)
    return
  }
  const earlier = lowering.lowerEarlier(shift.count * unitMs[shift.unit])
  addPatterns(lowering, message)
  addPatterns(earlier, resolve(earlier.scope, ['@message']) ?? message)
  addComparison(lowering, earlier.plan)
}

/** Both windows' patterns in one list, each with its count in either. */
function addComparison(lowering: Lowering, earlier: Plan): void {
  const [now, then] = [lowering.nextHidden(), lowering.nextHidden()]
  const side = (input: Plan, counts: string, other: string): Plan => {
    const columns = [
      { name: counts, value: field(count) },
      { name: other, value: literal(0) },
    ]
    return { kind: 'extend', input, columns }
  }
  const both: Plan = { kind: 'append', input: side(lowering.plan, now, then), last: side(earlier, then, now) }
  const [baseline, difference, description] = ['@baselineSampleCount', '@difference', '@differenceDescription'] as const
  lowering.plan = {
    kind: 'aggregate',
    input: both,
    keys: [{ name: pattern, value: field(pattern) }],
    aggregates: [
      { name: count, function: 'sum', args: [field(now)] },
      { name: baseline, function: 'sum', args: [field(then)] },
      { name: severity, function: 'max', args: [field(severity)] },
    ],
  }
  const zero = literal(0)
  const words: readonly [Expr, string][] = [
    [compare(field(baseline), '=', zero), 'new'],
    [compare(field(count), '=', zero), 'gone'],
    [compare(field(difference), '>', zero), 'more'],
    [compare(field(difference), '<', zero), 'fewer'],
  ]
  const described = call('case', ...words.flatMap(([test, word]) => [test, literal(word)]), literal('unchanged'))
  extend(lowering, [
    { name: difference, value: call('subtract', field(count), field(baseline)), kind: 'value' },
    { name: description, value: described, kind: 'value' },
  ])
  sortBy(lowering, call('abs', field(difference)))
  setColumns(lowering, [pattern, count, baseline, difference, description, severity])
}

/** A pattern that makes up less than this share of the events is marked. */
const rareRatio = 0.01

/** How unexpected a pattern is, in bits (the logarithm of one over its ratio), and whether it is rare. */
export function lowerAnomaly(lowering: Lowering): void {
  const [score, isAnomaly] = ['@anomalyScore', '@isAnomaly'] as const
  const bits = call('divide', call('log', field(ratio)), literal(-Math.LN2))
  extend(lowering, [
    { name: score, value: bits, kind: 'value' },
    { name: isAnomaly, value: compare(field(ratio), '<', literal(rareRatio)), kind: 'value' },
  ])
  for (const name of [score, isAnomaly]) show(lowering, name)
}
