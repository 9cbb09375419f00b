/**
 * Patterns of texts, by Drain over masked texts; docs/insights.md says how. What varies by its form (numbers, times, addresses,
 * ids, words with digits) is masked for each event; the masked texts, which are few, are then put together where most of
 * their words are the same.
 */
import type { Span } from '../diagnostics/diagnostic.js'
import { call, compare, type Expr, field, literal } from '../plan/expr.js'
import type { AggregateColumn, Plan } from '../plan/node.js'
import type { Command } from './ast.js'
import { lowerScalar } from './lower-expr.js'
import { setOutput } from './lower-stats.js'
import { extend, type Lowering, show } from './lowering.js'
import { unitMs } from './period.js'
import { closedScope, resolve } from './scope.js'

type Of<Kind extends Command['kind']> = Extract<Command, { kind: Kind }>

const [pattern, count, ratio, severity] = ['@pattern', '@sampleCount', '@ratio', '@severityLabel'] as const

/** Columns of masked texts, which no query sees. */
const [line, lineCount, newest, severe] = ['#line', '#count', '#newest', '#severity'] as const

export function lowerPattern(lowering: Lowering, { operand }: Of<'pattern'>): void {
  const masked = maskedOf(lowering, lowerScalar(lowering, operand))
  lowering.masked = masked
  const time = resolve(lowering.scope, ['@timestamp'])
  lowering.scope = closedScope('pattern')
  const total = lowering.nextHidden()
  const newestOf = time === null ? [] : [{ name: '@timestamp', function: 'max', args: [field(newest)] }]
  const counted = { name: count, function: 'sum', args: [field(lineCount)] }
  const plan = patternsOf(masked, [counted, ...newestOf])
  lowering.plan = { kind: 'window', input: plan, columns: [{ name: total, function: 'total', of: field(count) }] }
  extend(lowering, [
    { name: ratio, value: call('divide', field(count), field(total)), kind: 'value' },
    { name: severity, value: severityLabel, kind: 'value' },
  ])
  sortBy(lowering, field(count))
  setColumns(lowering, [pattern, ratio, count, severity])
  // The guide sorts patterns by @timestamp: it is the time of a pattern's newest event, shown where it is named.
  if (time !== null) lowering.scope.columns.set('@timestamp', 'value')
}

/** How many events hold each masked text. */
function maskedOf({ plan, scope }: Lowering, text: Expr): Plan {
  const time = resolve(scope, ['@timestamp'])
  const newestOf = time === null ? [] : [{ name: newest, function: 'max', args: [time] }]
  return {
    kind: 'aggregate',
    input: { kind: 'filter', input: plan, condition: call('ispresent', text) },
    keys: [{ name: line, value: call('mask', text) }],
    aggregates: [{ name: lineCount, function: 'count', args: [] }, ...newestOf],
  }
}

/** Their patterns; what one says of its severity, by the words of its lines, no other pattern's lines do. */
function patternsOf(masked: Plan, aggregates: readonly AggregateColumn[]): Plan {
  const holds = (word: string): Expr => ({ kind: 'regex', text: field(line), regex: `(?i)${word}` })
  const value = call('case', holds('error'), literal(2), holds('warn'), literal(1), literal(0))
  const graded: Plan = { kind: 'extend', input: masked, columns: [{ name: severe, value }] }
  return {
    kind: 'aggregate',
    input: { kind: 'cluster', input: graded, text: line, weight: lineCount, apart: field(severe), name: pattern },
    keys: [{ name: pattern, value: field(pattern) }],
    aggregates: [...aggregates, { name: severe, function: 'max', args: [field(severe)] }],
  }
}

const isSevere = (grade: number) => compare(field(severe), '=', literal(grade))
const severityLabel = call('case', isSevere(2), literal('ERROR'), isSevere(1), literal('WARN'), literal('INFO'))

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
  const shift = period === null ? (to ?? 0) - (from ?? 0) + 1 : shifts[period]
  compareWith(lowering, shift, 'diff', span)
}

export function lowerLogCompare(lowering: Lowering, { shift, span }: Of<'logcompare'>): void {
  compareWith(lowering, shift.count * unitMs[shift.unit], 'logcompare', span)
}

/** The patterns of this window and of one that lies so much earlier: those of a pattern command, else of whole events. */
function compareWith(lowering: Lowering, shiftMs: number, command: string, span: Span): void {
  const { from, to } = lowering.options
  const masked = maskedEvents(lowering)
  if (masked === null) {
    lowering.fail('no-events', span, `${command} needs events, which the commands before it have not kept`)
  } else if (from === null || to === null) {
    const message = 'a comparison with an earlier time needs a time range'
    lowering.fail('no-window', span, message, 'give the query a start and an end')
  } else addComparison(lowering, masked, maskedEvents(lowering.lowerEarlier(shiftMs)) ?? masked, command)
}

function maskedEvents(lowering: Lowering): Plan | null {
  if (lowering.masked !== null) return lowering.masked
  const message = resolve(lowering.scope, ['@message'])
  return message === null ? null : maskedOf(lowering, message)
}

/** Both windows' patterns in one list, each with its count in either. */
function addComparison(lowering: Lowering, present: Plan, earlier: Plan, command: string): void {
  const [now, then] = [lowering.nextHidden(), lowering.nextHidden()]
  const side = (input: Plan, counts: string, other: string): Plan => {
    const columns = [
      { name: counts, value: field(lineCount) },
      { name: other, value: literal(0) },
    ]
    return { kind: 'extend', input, columns }
  }
  const [baseline, difference, description] = ['@baselineSampleCount', '@difference', '@differenceDescription'] as const
  const sum = (name: string, of: string): AggregateColumn => ({ name, function: 'sum', args: [field(of)] })
  const both: Plan = {
    kind: 'aggregate',
    input: { kind: 'append', input: side(present, now, then), last: side(earlier, then, now) },
    keys: [{ name: line, value: field(line) }],
    aggregates: [sum(now, now), sum(then, then), sum(lineCount, lineCount)],
  }
  lowering.plan = patternsOf(both, [sum(count, now), sum(baseline, then)])
  lowering.scope = closedScope(command)
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
    { name: severity, value: severityLabel, kind: 'value' },
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
