/** Commands that look at rows in their order; all but `sessionize` go by the sort before them. */
import { call, compare, type Expr, field, literal, not } from '../plan/expr.js'
import type { WindowColumn } from '../plan/node.js'
import type { Command, FieldPath } from './ast.js'
import { lowerPath, numberOf, periodOf } from './lower-expr.js'
import { extend, type Lowering, show, shownColumns } from './lowering.js'
import { resolve } from './scope.js'

type Of<Kind extends Command['kind']> = Extract<Command, { kind: Kind }>

function addWindow(lowering: Lowering, columns: readonly WindowColumn[]): void {
  if (columns.length === 0) return
  lowering.plan = { kind: 'window', input: lowering.plan, columns }
  for (const { name } of columns) lowering.scope.columns.set(name, 'value')
}

function nameOf(path: FieldPath): string {
  return path.steps.join('.')
}

/**
 * The total of a row is the sum of the numbers among its listed or shown columns; the bottom row holds the sum of each of
 * these columns, the total's included. Times are no numbers.
 */
export function lowerAddTotals(lowering: Lowering, { fieldName, row, col, paths }: Of<'addtotals'>): void {
  const columns =
    paths.length > 0
      ? paths.map(path => ({ name: nameOf(path), value: lowerPath(lowering, path) }))
      : shownColumns(lowering).filter(({ name }) => !name.startsWith('@'))
  const total = fieldName?.name ?? 'Total'
  if (row !== false) {
    const value = call('total', ...columns.map(column => column.value))
    extend(lowering, [{ name: total, value, kind: 'value' }])
    show(lowering, total)
  }
  if (col !== true) return
  const summed = columns.filter(({ name }) => name !== lowering.scope.bin?.column)
  if (row !== false) summed.push({ name: total, value: field(total) })
  if (summed.length === 0) return
  const aggregates = summed.map(({ name, value }) => ({ name, function: 'sum', args: [call('total', value)] }))
  const last = { kind: 'aggregate', input: lowering.plan, keys: [], aggregates } as const
  lowering.plan = { kind: 'append', input: lowering.plan, last }
  if (lowering.scope.bin !== null) lowering.scope.bin = { ...lowering.scope.bin, hasTotals: true }
}

export function lowerAccum(lowering: Lowering, { path, alias }: Of<'accum'>): void {
  const name = alias?.name ?? nameOf(path)
  addWindow(lowering, [{ name, function: 'running-sum', of: lowerPath(lowering, path) }])
  show(lowering, name)
}

export function lowerAutoregress(lowering: Lowering, { path, alias, lags }: Of<'autoregress'>): void {
  const of = lowerPath(lowering, path)
  const { from, to } = lags ?? { from: 1, to: 1 }
  const isOne = from === to
  const columns = Array.from({ length: to - from + 1 }, (_, index): WindowColumn => {
    const rows = from + index
    const name = isOne && alias !== null ? alias.name : `${alias?.name ?? nameOf(path)}_p${rows}`
    return { name, function: 'lag', of, rows }
  })
  addWindow(lowering, columns)
  for (const { name } of columns) show(lowering, name)
}

/** Without names all shown columns. */
export function lowerFillDown(lowering: Lowering, { names }: Of<'filldown'>): void {
  const columns = shownColumns(lowering)
  for (const { text, span } of names)
    if (!text.includes('*')) lowerPath(lowering, { kind: 'path', steps: text.split('.'), span })
  const wanted = names.length === 0 ? columns.map(({ name }) => name) : names.flatMap(({ text }) => expand(text))
  const filled = [...new Set(wanted)].flatMap((name): WindowColumn[] => {
    const value = columns.find(column => column.name === name)?.value ?? resolve(lowering.scope, name.split('.'))
    return value === null ? [] : [{ name, function: 'last', of: value }]
  })
  addWindow(lowering, filled)
  const { display, aggregated, fields, extracted, added } = lowering.output
  for (const made of [display, aggregated, fields, extracted, added])
    made?.forEach(({ name }, index) => {
      if (filled.some(column => column.name === name)) made[index] = { name, value: field(name) }
    })

  function expand(pattern: string): readonly string[] {
    if (!pattern.includes('*')) return [pattern]
    const pieces = pattern.split('*')
    return columns.map(({ name }) => name).filter(name => fits(name, pieces))
  }
}

/** Whether the pieces stand in the name in their order, the first at its start and the last at its end. */
function fits(name: string, pieces: readonly string[]): boolean {
  const first = pieces[0]!
  const last = pieces.at(-1)!
  if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length) return false
  let at = first.length
  for (const piece of pieces.slice(1, -1)) {
    const found = name.indexOf(piece, at)
    if (found === -1) return false
    at = found + piece.length
  }
  return at <= name.length - last.length
}

/** 30 minutes (User Guide, `sessionize`). */
const defaultGap = { kind: 'period', count: 30, unit: 'minute', text: '30m', span: { start: 0, end: 0 } } as const

/**
 * A session ends where the next event of the same identity comes later than the gap. Its id is the identity and the
 * number of the session, `web-1#2`.
 */
export function lowerSessionize(lowering: Lowering, { paths, maxSpan, alias, span }: Of<'sessionize'>): void {
  const time = resolve(lowering.scope, ['@timestamp'])
  if (time === null) {
    lowering.fail('no-timestamp', span, 'sessionize goes by @timestamp, which stats has not kept')
    return
  }
  const identity = paths.map(path => lowerPath(lowering, path))
  const [previous, begins, number] = [lowering.nextHidden(), lowering.nextHidden(), lowering.nextHidden()]
  addWindow(lowering, [{ name: previous, function: 'lag', of: time, rows: 1, partition: identity, by: time }])
  const gap = call('milliseconds', ...periodOf(lowering, maxSpan ?? defaultGap))
  const isNew = not(compare(call('subtract', time, field(previous)), '<=', gap))
  extend(lowering, [{ name: begins, value: call('if', isNew, literal(1), literal(0)), kind: 'value' }])
  addWindow(lowering, [{ name: number, function: 'running-sum', of: field(begins), partition: identity, by: time }])
  const parts = identity.flatMap((value, index) => (index === 0 ? [value] : [literal(','), value]))
  const name = alias?.name ?? 'session_id'
  extend(lowering, [{ name, value: call('concat', ...parts, literal('#'), field(number)), kind: 'value' }])
  show(lowering, name)
}

const defaultOutlierParam = 2.5

/**
 * Bounds are the quartiles (linear interpolation), moved outwards by `param` times their distance; the lower one counts
 * with `uselower` only. `mark` adds a column `<field>_outlier` of 1 and 0.
 */
export function lowerOutlier(lowering: Lowering, command: Of<'outlier'>): void {
  const { action, param, useLower, mark, paths } = command
  const factor = literal(param === null ? defaultOutlierParam : Number(numberOf(param.text)))
  for (const path of paths) {
    const of = lowerPath(lowering, path)
    const [low, high, isOut] = [lowering.nextHidden(), lowering.nextHidden(), lowering.nextHidden()]
    addWindow(lowering, [
      { name: low, function: 'quantile', of, fraction: 0.25 },
      { name: high, function: 'quantile', of, fraction: 0.75 },
    ])
    const reach = call('multiply', factor, call('subtract', field(high), field(low)))
    const upper = call('add', field(high), reach)
    const lower = call('subtract', field(low), reach)
    const tooHigh: Expr = { kind: 'compare', operator: '>', left: of, right: upper, coerces: true }
    const tooLow: Expr = { kind: 'compare', operator: '<', left: of, right: lower, coerces: true }
    const isOutlier = useLower === true ? { kind: 'or' as const, operands: [tooHigh, tooLow] } : tooHigh
    extend(lowering, [{ name: isOut, value: isOutlier, kind: 'value' }])
    if (action === 'remove') lowering.plan = { kind: 'filter', input: lowering.plan, condition: not(field(isOut)) }
    const name = nameOf(path)
    if (mark === true) {
      extend(lowering, [{ name: `${name}_outlier`, value: field(isOut), kind: 'value' }])
      show(lowering, `${name}_outlier`)
    }
    if (action === 'remove') continue
    const bound = call('if', tooHigh, upper, lower)
    extend(lowering, [{ name, value: call('if', field(isOut), bound, of), kind: 'value' }])
  }
}

/** Rows for the bins that have none, from the first to the last that has. */
export function lowerFillMissing(lowering: Lowering, { fills, span }: Of<'fillmissing'>): void {
  const { bin } = lowering.scope
  if (bin === null) {
    lowering.fail('no-bin', span, 'fillmissing follows a stats command by bin()', 'stats count(*) as n by bin(5m)')
    return
  }
  // It would take that row away.
  if (bin.hasTotals === true) {
    const hint = 'put fillmissing before addtotals'
    lowering.fail('no-bin', span, 'the last row, of addtotals col=true, is of no bin', hint)
    return
  }
  const { column: time, period, keys } = bin
  const columns = fills.map(({ value, name }) => {
    lowerPath(lowering, name)
    return { name: nameOf(name), value: literal(value.kind === 'text' ? value.value : numberOf(value.text)) }
  })
  lowering.plan = { kind: 'fill-gaps', input: lowering.plan, time, period, keys, fills: columns }
}
