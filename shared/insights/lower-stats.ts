import type { Span } from '../diagnostics/diagnostic.js'
import { call, type Expr, field, literal } from '../plan/expr.js'
import type { AggregateColumn, Column } from '../plan/node.js'
import type { AstExpr, FieldPath, FunctionCall, Item, Stats } from './ast.js'
import { formatExpr } from './format-expr.js'
import { findFunction } from './functions.js'
import { lowerExpr, lowerScalar, periodOf } from './lower-expr.js'
import { type Lowering, nameOfPath } from './lowering.js'
import { unitMs } from './period.js'
import { closedScope, resolve, type Scope } from './scope.js'

/**
 * `stats` becomes an aggregate of plain calls and, on top of it, the expressions made of them. What these may name are the
 * keys and the aliases before them in the same command.
 */
export function lowerStats(lowering: Lowering, { items, by, offset }: Stats): void {
  const before = lowering.scope
  const after = closedScope('stats')
  const keys = by.map(item => lowerKey(lowering, item, offset, after))
  if (offset !== null && !by.some(isBin))
    lowering.fail(
      'no-bin',
      offset.span,
      'offset moves the bins of "by bin()", and there are none',
      'by bin(5m) offset 1h',
    )
  checkTopK(lowering, items, by)
  after.bin = binOf(by, keys)
  const aggregates: AggregateColumn[] = []
  const derived: Column[] = []
  const output: Column[] = keys.map(({ name }) => ({ name, value: field(name) }))
  const problems = lowering.diagnostics.length
  for (const item of items) {
    const name = nameOf(lowering, item)
    if (after.columns.has(name))
      lowering.fail('redefined-field', item.span, `"${name}" stands twice in one stats command`)
    const value = lowerItem(lowering, item, name, before, after, aggregates)
    if (value.kind !== 'field' || value.name !== name) derived.push({ name, value })
    define(after, name, item.expr)
    output.push({ name, value: field(name) })
  }
  // A constant counts nothing by itself.
  if (aggregates.length === 0 && lowering.diagnostics.length === problems) needsAggregate(lowering, items[0]!)
  lowering.plan = { kind: 'aggregate', input: lowering.plan, keys, aggregates }
  if (derived.length > 0) lowering.plan = { kind: 'extend', input: lowering.plan, columns: derived }
  lowering.scope = after
  setOutput(lowering, output)
}

function isBin({ expr }: Item): boolean {
  return expr.kind === 'call' && expr.name === 'bin'
}

function binOf(by: readonly Item[], keys: readonly Column[]): Scope['bin'] {
  const at = by.findIndex(isBin)
  const key = keys[at]
  if (key?.value.kind !== 'call') return null
  const others = keys.filter((_, index) => index !== at).map(({ name }) => name)
  return { column: key.name, period: key.value.args.slice(1), keys: others }
}

export function setOutput({ output }: Lowering, columns: Column[]): void {
  output.aggregated = columns
  output.display = null
  output.hasEvents = false
}

function nameOf(lowering: Lowering, { alias, text, expr }: Item): string {
  return alias?.name ?? (expr.kind === 'path' ? nameOfPath(lowering, expr.steps) : (text ?? ''))
}

function define(scope: Scope, name: string, expr: AstExpr): void {
  scope.columns.set(name, 'value')
  scope.written.set(formatExpr(expr), name)
}

/** With an offset, an event counts in the bin of the time that is so much later: an earlier hour lies over the present one. */
function lowerKey(lowering: Lowering, item: Item, offset: Stats['offset'], after: Scope): Column {
  const name = nameOf(lowering, item)
  if (after.columns.has(name))
    lowering.fail('redefined-field', item.span, `"${name}" stands twice in one stats command`)
  define(after, name, item.expr)
  const value = lowerScalar(lowering, item.expr)
  if (!isBin(item) || offset === null || value.kind !== 'call') return { name, value }
  const [time, ...period] = value.args
  const later = call('fromMillis', call('add', call('toMillis', time!), literal(offset.count * unitMs[offset.unit])))
  return { name, value: call('datefloor', later, ...period) }
}

function lowerItem(
  lowering: Lowering,
  item: Item,
  name: string,
  before: Scope,
  after: Scope,
  aggregates: AggregateColumn[],
): Expr {
  let count = 0
  const isBare = item.expr.kind === 'call' && !item.expr.args.some(holdsAggregate)
  lowering.aggregates = {
    add(expr) {
      count++
      const column = isBare ? name : lowering.nextHidden()
      const outer = lowering.aggregates
      lowering.aggregates = null
      lowering.scope = before
      aggregates.push({ name: column, ...lowerAggregate(lowering, expr) })
      lowering.scope = after
      lowering.aggregates = outer
      return field(column)
    },
  }
  lowering.scope = after
  const problems = lowering.diagnostics.length
  const value = lowerExpr(lowering, item.expr)
  lowering.aggregates = null
  lowering.scope = before
  const isConstant = value.kind === 'literal' || readsColumn(value)
  if (count === 0 && !isConstant && lowering.diagnostics.length === problems) needsAggregate(lowering, item)
  if (lowering.diagnostics.length > problems) explainBareField(lowering, problems, before)
  return value
}

function needsAggregate(lowering: Lowering, { span }: Item): void {
  lowering.fail('expected-aggregate', span, 'expected an aggregate such as count(*) or avg(field)')
}

/** Other columns of the same command. */
function readsColumn(expr: Expr): boolean {
  if (expr.kind === 'field') return true
  if (expr.kind === 'call') return expr.args.some(readsColumn)
  return expr.kind === 'compare' && (readsColumn(expr.left) || readsColumn(expr.right))
}

/** A field outside an aggregate is not "unknown" to who wrote it. */
function explainBareField({ diagnostics, textOf }: Lowering, from: number, before: Scope): void {
  for (let index = from; index < diagnostics.length; index++) {
    const found = diagnostics[index]!
    if (found.code !== 'insights/unknown-field' || before.fields === null) continue
    const message = 'expected an aggregate of the field, found the field'
    const meant = findFunction(textOf(found.span))
    const hint =
      meant?.kind === 'aggregate'
        ? `an aggregate has parentheses: ${meant.name === 'count' ? 'count(*)' : meant.signature}`
        : 'write an aggregate such as max(field), or name the field after "by"'
    diagnostics[index] = { ...found, code: 'insights/expected-aggregate', message, hint }
  }
}

function holdsAggregate(expr: AstExpr): boolean {
  switch (expr.kind) {
    case 'call':
      return findFunction(expr.name)?.kind === 'aggregate' || expr.args.some(holdsAggregate)
    case 'arithmetic':
    case 'comparison':
      return holdsAggregate(expr.left) || holdsAggregate(expr.right)
    case 'unary':
    case 'not':
    case 'like':
    case 'in':
      return holdsAggregate(expr.operand)
    case 'and':
    case 'or':
      return expr.operands.some(holdsAggregate)
    default:
      return false
  }
}

function lowerAggregate(lowering: Lowering, expr: FunctionCall): Omit<AggregateColumn, 'name'> {
  const { name, args, span } = expr
  const lowered = () => args.map(arg => lowerScalar(lowering, arg))
  switch (name) {
    case 'count':
      return { function: 'count', args: lowered() }
    case 'countOverTime':
      return { function: 'count', args: lowered() }
    case 'sumOverTime':
      return { function: 'sum', args: lowered() }
    case 'earliest':
    case 'latest':
      return { function: name, args: [lowerScalar(lowering, args[0]!), eventTime(lowering, name, span)] }
    case 'rate': {
      const [count, unit] = periodOf(lowering, args[1]!)
      return { function: name, args: [lowerScalar(lowering, args[0]!), eventTime(lowering, name, span), count, unit] }
    }
    case 'pct':
      checkNumber(lowering, args[1]!, 0, 100)
      return { function: name, args: lowered() }
    case 'histogram':
      checkNumber(lowering, args[1]!, 1, 1000, 'a whole number')
      return { function: name, args: lowered() }
    case 'topk':
      return { function: name, args: [lowerScalar(lowering, args[1]!), lowerExpr(lowering, args[0]!)] }
    default:
      return { function: name, args: lowered() }
  }
}

function eventTime(lowering: Lowering, name: string, span: Span): Expr {
  const time = resolve(lowering.scope, ['@timestamp'])
  return time ?? lowering.fail('no-timestamp', span, `${name}() goes by @timestamp, which stats has not kept`)
}

function checkNumber(
  lowering: Lowering,
  arg: AstExpr,
  least: number,
  most: number,
  kind: 'a number' | 'a whole number' = 'a number',
): void {
  const value = arg.kind === 'number' ? Number(arg.text) : Number.NaN
  if (!(value >= least && value <= most) || (kind === 'a whole number' && !Number.isInteger(value)))
    lowering.fail('bad-arguments', arg.span, `expected ${kind} from ${least} to ${most}`)
}

const maxTopK = 10_000

/** `topk` gives a list of its own: alone, and for all rows. */
function checkTopK(lowering: Lowering, items: readonly Item[], by: readonly Item[]): void {
  for (const { expr, span } of items) {
    if (expr.kind !== 'call' || expr.name !== 'topk') continue
    if (by.length > 0 || items.length > 1)
      lowering.fail('bad-topk', span, 'topk() stands alone: without other aggregates and without "by"')
    const [k] = expr.args
    const count = k?.kind === 'number' && /^\d+$/.test(k.text) ? Number(k.text) : 0
    if (k !== undefined && (count < 1 || count > maxTopK))
      lowering.fail('bad-topk', k.span, `expected how many values, from 1 to ${maxTopK}`, 'topk(10, field)')
  }
}

export function lowerCountFrequent(lowering: Lowering, paths: readonly FieldPath[]): void {
  const after = closedScope('countFrequent')
  const keys = paths.map(path => {
    const name = path.steps.join('.')
    after.columns.set(name, 'value')
    return { name, value: lowerScalar(lowering, path) }
  })
  const name = '_approxcount'
  after.columns.set(name, 'value')
  const aggregates = [{ name, function: 'count', args: [] }]
  lowering.plan = { kind: 'aggregate', input: lowering.plan, keys, aggregates }
  lowering.plan = { kind: 'sort', input: lowering.plan, keys: [{ value: field(name), descending: true }] }
  lowering.scope = after
  setOutput(
    lowering,
    [...keys.map(key => key.name), name].map(column => ({ name: column, value: field(column) })),
  )
}
