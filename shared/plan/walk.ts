import { unreachable } from '../diagnostics/unreachable.js'
import type { Expr, FieldRef } from './expr.js'
import type { Plan } from './node.js'

/** The plans below a step, left to right. */
export function inputsOf(plan: Plan): readonly Plan[] {
  if (plan.kind === 'join') return [plan.left, plan.right]
  if (plan.kind === 'append') return [plan.input, plan.last]
  return 'input' in plan ? [plan.input] : []
}

/** The step on other inputs; the very same one where they are. */
function withInputs<Step extends Plan>(plan: Step, change: (input: Plan) => Plan): Step {
  const before = inputsOf(plan)
  const [first, second] = before.map(change)
  if (first === before[0] && second === before[1]) return plan
  if (plan.kind === 'join') return { ...plan, left: first!, right: second! }
  return plan.kind === 'append' ? { ...plan, input: first!, last: second! } : { ...plan, input: first! }
}

/** Every step by its rewriting, inputs first. */
export function rewrite<Step extends Plan>(plan: Step, change: (step: Plan) => Plan): Plan {
  return change(withInputs(plan, input => rewrite(input, change)))
}

/** The expressions in an expression, in order. */
export function partsOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'literal':
    case 'field':
    case 'element':
      return []
    case 'path':
      return [expr.of]
    case 'compare':
      return [expr.left, expr.right]
    case 'and':
    case 'or':
      return expr.operands
    case 'not':
      return [expr.operand]
    case 'like':
    case 'regex':
      return [expr.text]
    case 'call':
      return expr.args
    case 'any':
      return [expr.list, expr.where]
    default:
      return unreachable(expr)
  }
}

/** The fields that an expression names. */
export function fieldsIn(expr: Expr): readonly FieldRef[] {
  return expr.kind === 'field' ? [expr] : partsOf(expr).flatMap(fieldsIn)
}

/** A filter's, extend's or project's step with each of its expressions changed, parts first; the very same one where none is. */
export function withExprs(plan: Plan, change: (expr: Expr) => Expr): Plan {
  const one = (expr: Expr) => changeParts(expr, change)
  switch (plan.kind) {
    case 'filter': {
      const condition = one(plan.condition)
      return condition === plan.condition ? plan : { ...plan, condition }
    }
    case 'extend':
    case 'project': {
      const columns = plan.columns.map(column => ({ ...column, value: one(column.value) }))
      return columns.every(({ value }, index) => value === plan.columns[index]!.value) ? plan : { ...plan, columns }
    }
    default:
      return plan
  }
}

function changeParts(expr: Expr, change: (expr: Expr) => Expr): Expr {
  const before = partsOf(expr)
  const parts = before.map(part => changeParts(part, change))
  return change(parts.every((part, index) => part === before[index]) ? expr : withParts(expr, parts))
}

function withParts(expr: Expr, parts: readonly Expr[]): Expr {
  const [first, second] = parts
  switch (expr.kind) {
    case 'path':
      return { ...expr, of: first! }
    case 'compare':
      return { ...expr, left: first!, right: second! }
    case 'and':
    case 'or':
      return { ...expr, operands: parts }
    case 'not':
      return { ...expr, operand: first! }
    case 'like':
    case 'regex':
      return { ...expr, text: first! }
    case 'call':
      return { ...expr, args: parts }
    case 'any':
      return { ...expr, list: first!, where: second! }
    default:
      return expr
  }
}
