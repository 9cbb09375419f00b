/**
 * Conditions that are known before any event is read.
 *
 *     FILTER %1 (2 > 1) and level = "ERROR" or false   →   FILTER %1 level = "ERROR"
 *     FILTER %1 true                                   →   %1
 */
import { and, type Compare, type call, type Expr, literal, or } from '../expr.js'
import type { Plan } from '../node.js'
import { withExprs } from '../walk.js'

export function foldConstants(plan: Plan): Plan {
  const folded = withExprs(plan, fold)
  return folded.kind === 'filter' && isLiteral(folded.condition, true) ? folded.input : folded
}

function fold(expr: Expr): Expr {
  switch (expr.kind) {
    case 'and':
    case 'or':
      return foldJunction(expr.kind, expr.operands, expr)
    case 'not':
      return expr.operand.kind === 'literal' && typeof expr.operand.value === 'boolean'
        ? literal(!expr.operand.value)
        : expr
    case 'compare':
      return foldCompare(expr)
    case 'call':
      return foldSum(expr.name, expr.args) ?? expr
    default:
      return expr
  }
}

function foldJunction(kind: 'and' | 'or', operands: readonly Expr[], expr: Expr): Expr {
  // What decides the whole: false among all of them, true among some.
  const decisive = kind === 'or'
  if (operands.some(operand => isLiteral(operand, decisive))) return literal(decisive)
  const flat = operands.flatMap(operand => (operand.kind === kind ? operand.operands : [operand]))
  const open = flat.filter(operand => !isLiteral(operand, !decisive))
  if (open.length === operands.length) return expr
  // One value that is left may be no condition, and be used as a value.
  if (open.length === 1 && !isCondition(open[0]!)) return expr
  return kind === 'and' ? and(open) : or(open)
}

function isCondition({ kind }: Expr): boolean {
  return ['and', 'or', 'not', 'compare', 'like', 'regex', 'any'].includes(kind)
}

function isLiteral(expr: Expr, value: boolean): boolean {
  return expr.kind === 'literal' && expr.value === value
}

/** Numbers alone: the order of texts is the engine's. */
function foldCompare(expr: Compare): Expr {
  const { left, right, operator } = expr
  if (left.kind !== 'literal' || right.kind !== 'literal') return expr
  const [a, b] = [left.value, right.value]
  if (typeof a !== 'number' || typeof b !== 'number') return expr
  if (operator === '=') return literal(a === b)
  if (operator === '<') return literal(a < b)
  if (operator === '<=') return literal(a <= b)
  return literal(operator === '>' ? a > b : a >= b)
}

const sums: Readonly<Record<string, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
}

/** Whole numbers whose result a double holds exactly. */
function foldSum(name: string, args: ReturnType<typeof call>['args']): Expr | undefined {
  const sum = sums[name]
  const [a, b] = args.map(arg => (arg.kind === 'literal' ? arg.value : null))
  if (sum === undefined || args.length !== 2 || !Number.isSafeInteger(a) || !Number.isSafeInteger(b)) return undefined
  const value = sum(a as number, b as number)
  return Number.isSafeInteger(value) && !Object.is(value, -0) ? literal(value) : undefined
}
