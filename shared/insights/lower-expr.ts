/**
 * Expressions of a query → expressions of a plan. Functions keep the catalogue's names as calls; arithmetic becomes
 * `add` `subtract` `multiply` `divide` `modulo` `power` `negate`; comparisons coerce. What a call means is written down
 * where it is compiled, in `../sql/functions.ts`.
 */
import { nearest } from '../diagnostics/nearest.js'
import { unreachable } from '../diagnostics/unreachable.js'
import { and, call, type Expr, field, literal, not, or } from '../plan/expr.js'
import type {
  AstExpr,
  CommandKind,
  Comparison,
  FieldPath,
  FunctionCall,
  InTest,
  LikeTest,
  Period,
  Query,
} from './ast.js'
import { checkConstantArguments, replacing } from './check-arguments.js'
import { foreignFunctions, percentileHint } from './foreign-words.js'
import { formatExpr } from './format-expr.js'
import { findFunction, functions } from './functions.js'
import type { Lowering } from './lowering.js'
import { checkRegex } from './regex.js'
import { absent, type ColumnKind, resolve } from './scope.js'
import { zoneOf } from './zones.js'

export function lowerExpr(lowering: Lowering, expr: AstExpr): Expr {
  switch (expr.kind) {
    case 'text':
    case 'boolean':
      return literal(expr.value)
    case 'number':
      return literal(numberOf(expr.text))
    case 'period':
      return lowering.fail(
        'misplaced-period',
        expr.span,
        `a period such as ${expr.text} stands in bin(), datefloor() and the like`,
        'elsewhere a time is a number of milliseconds: toMillis(@timestamp) > now() * 1000 - 3600000',
      )
    case 'path':
      return lowerPath(lowering, expr)
    case 'call':
      return lowerCall(lowering, expr)
    case 'unary':
      if (expr.operator === '!') return not(lowerExpr(lowering, expr.operand))
      return expr.operand.kind === 'number'
        ? literal(-numberOf(expr.operand.text))
        : call('negate', lowerExpr(lowering, expr.operand))
    case 'arithmetic':
      return (
        definedAs(lowering, expr) ??
        call(arithmetic[expr.operator], lowerExpr(lowering, expr.left), lowerExpr(lowering, expr.right))
      )
    case 'comparison':
      return lowerComparison(lowering, expr)
    case 'like':
      return lowerLike(lowering, expr)
    case 'in':
      return lowerIn(lowering, expr)
    case 'and':
      return and(expr.operands.map(operand => lowerExpr(lowering, operand)))
    case 'or':
      return or(expr.operands.map(operand => lowerExpr(lowering, operand)))
    case 'not':
      return not(lowerExpr(lowering, expr.operand))
    default:
      return unreachable(expr)
  }
}

const arithmetic = {
  '+': 'add',
  '-': 'subtract',
  '*': 'multiply',
  '/': 'divide',
  '%': 'modulo',
  '^': 'power',
} as const

/** A whole number beyond 2^53 keeps its digits. */
export function numberOf(text: string): number | bigint {
  const value = Number(text)
  return /^-?\d+$/.test(text) && !Number.isSafeInteger(value) ? BigInt(text) : value
}

export function lowerPath(lowering: Lowering, path: FieldPath, as?: 'json'): Expr {
  const found = resolve(lowering.scope, path.steps, as)
  if (found !== null) return found
  const name = path.steps.join('.')
  const { sides, fields, columns, closedBy } = lowering.scope
  if (sides !== null && fields !== null) {
    const hint = `${sides.left}.${name} or ${sides.right}.${name}`
    return lowering.fail('unqualified-field', path.span, `after a join "${name}" needs the alias of its side`, hint)
  }
  const known = [...columns.keys()].filter(column => !column.startsWith('#'))
  const similar = nearest(name, known)
  const hint = similar === undefined ? `defined are ${known.join(', ')}` : `did you mean "${similar}"?`
  return lowering.fail(
    'unknown-field',
    path.span,
    `"${name}" is not defined by the ${closedBy} command before it`,
    hint,
  )
}

/** A column that an earlier command made from the same expression, such as `count(*)` after `stats count(*)`. */
function definedAs(lowering: Lowering, expr: AstExpr): Expr | null {
  const { columns, written } = lowering.scope
  if (lowering.scope.fields !== null) return null
  const text = lowering.textOf(expr.span)
  const name = columns.has(text) ? text : written.get(formatExpr(expr))
  return name === undefined ? null : field(name)
}

/**
 * A time as people write it is equal to no event's time, nor before or after one (User Guide, date and time functions). The
 * empty text is no such time: an event's time is always unequal to it.
 */
function checkTimes({ scope, fail }: Lowering, one: AstExpr, other: AstExpr): void {
  if (one.kind !== 'path' || other.kind !== 'text') return
  const name = one.steps.join('.')
  const isTime = ['@timestamp', '@ingestionTime'].includes(name) && scope.fields !== null && !scope.columns.has(name)
  if (!isTime || !Number.isNaN(Number(other.value))) return
  const hint = 'give the query a time range, or compare milliseconds: toMillis(@timestamp) >= 1736899200000'
  fail('time-as-text', other.span, 'a time is not compared with a text', hint)
}

function lowerComparison(lowering: Lowering, { operator, left, right }: Comparison): Expr {
  checkTimes(lowering, left, right)
  checkTimes(lowering, right, left)
  const sides = { left: lowerExpr(lowering, left), right: lowerExpr(lowering, right) }
  if (operator === '!=') return not({ kind: 'compare', operator: '=', ...sides, coerces: true })
  return { kind: 'compare', operator, ...sides, coerces: true }
}

function lowerLike(lowering: Lowering, { operand, pattern, isNegated }: LikeTest): Expr {
  const text = lowerExpr(lowering, operand)
  const negate = (expr: Expr) => (isNegated ? not(expr) : expr)
  if (pattern.kind === 'text') return negate({ kind: 'like', text, part: pattern.value, at: 'anywhere' })
  const checked = checkRegex(pattern.source, pattern.span)
  if ('code' in checked) return lowering.report(checked)
  return negate({ kind: 'regex', text, regex: checked.regex })
}

function lowerIn(lowering: Lowering, { operand, among, isNegated }: InTest): Expr {
  const left = lowerExpr(lowering, operand)
  const found =
    among.kind === 'query'
      ? lowerSubquery(lowering, left, among)
      : or(
          among.items.map(item => ({
            kind: 'compare',
            operator: '=',
            left,
            right: lowerExpr(lowering, item),
            coerces: true,
          })),
        )
  return isNegated ? not(found) : found
}

const keepsColumns: readonly CommandKind[] = ['filter', 'where', 'filterIndex', 'sort', 'limit', 'dedup']

/**
 * Whether a value is among those that another query gives. What its last fields command selects is the list, also where
 * stats and parse before it made other columns.
 */
function lowerSubquery(lowering: Lowering, left: Expr, query: Query): Expr {
  if (lowering.isNested)
    return lowering.fail('nested-query', query.span, 'a query within a query cannot hold another one')
  const { lowering: inner, columns } = lowering.lowerNested(query)
  const lastChoice = query.commands.findLast(({ kind }) => !keepsColumns.includes(kind))
  const values =
    lastChoice?.kind === 'fields' ? inner.output.selected! : columns().filter(({ name }) => name !== '@ptr')
  if (values.length !== 1) {
    const message = `the query of an "in" gives one column, this one gives ${values.length}`
    return lowering.fail('bad-subquery', query.span, message, 'end it with "| fields name"')
  }
  const mark = lowering.nextHidden()
  lowering.plan = {
    kind: 'join',
    how: 'mark',
    left: lowering.plan,
    right: inner.plan,
    on: [{ left, right: values[0]!.value, test: 'equal' }],
    prefix: `${mark}.`,
    mark,
  }
  return field(mark)
}

/** Functions that take a period, and where. */
const periodAt: Readonly<Record<string, number>> = { bin: 0, datefloor: 1, dateceil: 1, rate: 1 }

/** Functions whose first argument may be an array or object. */
const takesJson = ['jsonStringify', 'jsonArraySize', 'jsonArrayContains', 'ispresent']

function lowerCall(lowering: Lowering, expr: FunctionCall): Expr {
  const defined = definedAs(lowering, expr)
  if (defined !== null) return defined
  const entry = findFunction(expr.name)
  if (entry === undefined) {
    const similar = nearest(
      expr.name,
      functions.flatMap(({ name, aliases }) => [name, ...aliases]),
    )
    const foreign = foreignFunctions.get(expr.name.toLowerCase()) ?? percentileHint(expr.name)
    const hint = foreign ?? (similar === undefined ? undefined : `did you mean "${similar}"?`)
    return lowering.fail('unknown-function', expr.nameSpan, `"${expr.name}" is not a function`, hint)
  }
  if (!hasArity(lowering, expr)) return absent
  if (entry.kind === 'aggregate') {
    if (lowering.aggregates !== null) return lowering.aggregates.add(expr)
    return lowering.fail(
      'misplaced-aggregate',
      expr.span,
      `${entry.name}() stands in a stats command only`,
      `later commands use its name: stats ${formatExpr(expr)} as n | sort n desc`,
    )
  }
  if (entry.name in periodAt) return lowerTimeCall(lowering, expr, entry.name)
  const constant = constantOf(lowering, entry.name)
  if (constant !== undefined) return constant === null ? absent : literal(constant)
  const args = expr.args.map((arg, index) =>
    index === 0 && arg.kind === 'path' && takesJson.includes(entry.name) && entry.name !== 'ispresent'
      ? lowerPath(lowering, arg, 'json')
      : lowerExpr(lowering, arg),
  )
  if (entry.name === 'unmask') return args[0]!
  checkConstantArguments(lowering, expr, entry.name)
  if (entry.name === 'regexReplace') args.splice(1, 2, ...replacing(lowering, expr.args, args))
  const zone = entry.name === 'parseDate' || entry.name === 'formatDate' ? expr.args[2] : undefined
  if (zone?.kind === 'text') args[2] = literal(zoneOf(zone.value) ?? 'UTC')
  return call(entry.name, ...args)
}

/** Whether the number of arguments is right; reports it if not. */
function hasArity(lowering: Lowering, expr: FunctionCall): boolean {
  const entry = findFunction(expr.name)!
  const [least, most] = entry.arity
  if (expr.star && entry.name !== 'count') {
    lowering.fail('bad-arguments', expr.span, `${entry.name}() does not take "*"`, entry.signature)
    return false
  }
  const count = expr.args.length
  if (expr.star || (count >= least && count <= (most ?? count))) return true
  const wanted = most === null ? `at least ${least}` : least === most ? String(least) : `${least} to ${most}`
  const message = `${entry.name}() takes ${wanted} argument${wanted === '1' || wanted === 'at least 1' ? '' : 's'}, found ${count}`
  lowering.fail('bad-arguments', expr.span, message, entry.signature)
  return false
}

function lowerTimeCall(lowering: Lowering, expr: FunctionCall, name: string): Expr {
  const position = periodAt[name]!
  const period = periodOf(lowering, expr.args[position]!)
  if (name !== 'bin') return call(name, lowerExpr(lowering, expr.args[0]!), ...period)
  const time = resolve(lowering.scope, ['@timestamp'])
  if (time !== null) return call('datefloor', time, ...period)
  const hint = 'name the time in the stats before it, and use datefloor(name, period)'
  return lowering.fail('no-timestamp', expr.span, 'bin() needs @timestamp, which stats has not kept', hint)
}

/** More of a unit than this is reduced to it (User Guide, `bin`). */
const caps: Partial<Record<Period['unit'], number>> = { millisecond: 1000, second: 60, minute: 60, hour: 24 }

/** Count and unit as two arguments of a call. */
export function periodOf(lowering: Lowering, expr: AstExpr): readonly [Expr, Expr] {
  if (expr.kind !== 'period') {
    const hint = 'a number and a unit without quotes; units are ms, s, m, h, d, w, mo, q and y, or their names'
    lowering.fail('expected-period', expr.span, 'expected a period such as 5m or 1h', hint)
  }
  const { count, unit } = expr.kind === 'period' ? expr : { count: 1, unit: 'minute' as const }
  return [literal(Math.min(count, caps[unit] ?? count)), literal(unit)]
}

/**
 * Functions of the query as a whole; undefined for another one. The bounds are whole seconds, as StartQuery takes them: a
 * window that holds all of its last second ends, here too, where that begins.
 */
function constantOf({ options }: Lowering, name: string): number | null | undefined {
  const [from, to] = [beginOfSecond(options.from), beginOfSecond(options.to)]
  switch (name) {
    case 'now':
      return options.now
    case 'queryStartTime':
      return from
    case 'queryEndTime':
      return to
    case 'queryTimeRange':
      return from === null || to === null ? null : to - from
    default:
      return undefined
  }
}

function beginOfSecond(ms: number | null): number | null {
  return ms === null ? null : Math.floor(ms / 1000) * 1000
}

/** Whether paths may lead into the value, and whether it is sure to be no plain one. */
export function kindOf(lowering: Lowering, expr: Expr): ColumnKind {
  if (expr.kind === 'path') return 'json'
  if (expr.kind === 'field') return expr.as ?? lowering.scope.columns.get(expr.name) ?? 'value'
  return expr.kind === 'call' && ['jsonParse', 'logfmt', 'split'].includes(expr.name) ? 'structure' : 'value'
}

/** A value to sort, group, count or compare texts by; no array or object as a whole is one (User Guide, "Structure types"). */
export function lowerScalar(lowering: Lowering, expr: AstExpr): Expr {
  const value = lowerExpr(lowering, expr)
  if (kindOf(lowering, value) !== 'structure') return value
  const text = lowering.textOf(expr.span)
  const message = `"${text}" is an array or object: it has no place in sort, stats, dedup and pattern`
  return lowering.fail(
    'misplaced-structure',
    expr.span,
    message,
    'name a part of it, or write jsonStringify() around it',
  )
}
