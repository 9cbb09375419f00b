import { unreachable } from '../diagnostics/unreachable.js'
import type { Expr } from './expr.js'

/** The expression on one line, for plans, golden files and people; not a language that anything reads. */
export function printExpr(expr: Expr): string {
  switch (expr.kind) {
    case 'literal':
      return typeof expr.value === 'string' ? JSON.stringify(expr.value) : String(expr.value)
    case 'field':
      return `${/^[A-Za-z0-9_@.]+$/.test(expr.name) ? expr.name : `\`${expr.name}\``}${expr.as === 'json' ? ':json' : ''}`
    case 'path':
      return `${printExpr(expr.of)}${expr.steps.map(printStep).join('')}`
    case 'element':
      return 'element'
    case 'compare':
      return `${printExpr(expr.left)} ${expr.operator} ${printExpr(expr.right)}`
    case 'and':
    case 'or':
      return expr.operands.map(printOperand).join(` ${expr.kind} `)
    case 'not':
      return `not ${printOperand(expr.operand)}`
    case 'like':
      return `${printExpr(expr.text)} ${likeWords[expr.at]} ${JSON.stringify(expr.part)}`
    case 'regex':
      return `${printExpr(expr.text)} like /${expr.regex.replaceAll('/', '\\/')}/`
    case 'call':
      return `${expr.name}(${expr.args.map(printExpr).join(', ')})`
    case 'any':
      return `any(${printExpr(expr.list)}, ${printExpr(expr.where)})`
    default:
      return unreachable(expr)
  }
}

const likeWords = { anywhere: 'like', start: 'starts with', end: 'ends with' } as const

function printStep(step: string | number): string {
  if (typeof step === 'number') return `[${step}]`
  return /^[A-Za-z0-9_-]+$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`
}

/** Parentheses around everything that is made of conditions. */
function printOperand(expr: Expr): string {
  return expr.kind === 'and' || expr.kind === 'or' ? `(${printExpr(expr)})` : printExpr(expr)
}
