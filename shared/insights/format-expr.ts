import { unreachable } from '../diagnostics/unreachable.js'
import type { AstExpr, InTest, Name, Regex } from './ast.js'
import { formatQuery } from './format.js'

/** How tightly each kind of expression binds; a looser one within a tighter one gets parentheses. */
const levels = { or: 1, and: 2, not: 3, comparison: 4, sum: 5, product: 6, unary: 7, power: 8, primary: 9 } as const

function levelOf(expr: AstExpr): number {
  switch (expr.kind) {
    case 'or':
    case 'and':
    case 'not':
      return levels[expr.kind]
    case 'comparison':
    case 'like':
    case 'in':
      return levels.comparison
    case 'arithmetic':
      if (expr.operator === '^') return levels.power
      return expr.operator === '+' || expr.operator === '-' ? levels.sum : levels.product
    case 'unary':
      return levels.unary
    default:
      return levels.primary
  }
}

export function formatExpr(expr: AstExpr): string {
  switch (expr.kind) {
    case 'text':
      return formatText(expr.value)
    case 'number':
      return expr.text
    case 'boolean':
      return String(expr.value)
    case 'period':
      return expr.text
    case 'path':
      return formatPath(expr.steps)
    case 'call':
      return `${expr.name}(${expr.star ? '*' : expr.args.map(formatExpr).join(', ')})`
    case 'unary':
      return `${expr.operator}${within(expr.operand, levels.unary)}`
    case 'arithmetic':
      return formatArithmetic(expr)
    case 'comparison':
      return `${within(expr.left, levels.sum)} ${expr.operator} ${within(expr.right, levels.sum)}`
    case 'like': {
      const verb = expr.isNegated ? 'not like' : 'like'
      const pattern = expr.pattern.kind === 'text' ? formatText(expr.pattern.value) : formatRegex(expr.pattern)
      return `${within(expr.operand, levels.sum)} ${verb} ${pattern}`
    }
    case 'in':
      return `${within(expr.operand, levels.sum)} ${expr.isNegated ? 'not in' : 'in'} ${formatAmong(expr.among)}`
    case 'and':
    case 'or':
      return expr.operands.map(operand => within(operand, levels[expr.kind] + 1)).join(` ${expr.kind} `)
    case 'not':
      return `not ${within(expr.operand, levels.not)}`
    default:
      return unreachable(expr)
  }
}

function within(expr: AstExpr, level: number): string {
  const text = formatExpr(expr)
  return levelOf(expr) < level ? `(${text})` : text
}

function formatArithmetic({ operator, left, right }: Extract<AstExpr, { kind: 'arithmetic' }>): string {
  if (operator === '^') return `${within(left, levels.primary)} ^ ${within(right, levels.unary)}`
  const level = operator === '+' || operator === '-' ? levels.sum : levels.product
  return `${within(left, level)} ${operator} ${within(right, level + 1)}`
}

function formatAmong(among: InTest['among']): string {
  return among.kind === 'query' ? `(${formatQuery(among)})` : `[${among.items.map(formatExpr).join(', ')}]`
}

export function formatText(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

export function formatRegex({ source }: Pick<Regex, 'source'>): string {
  return `/${source.replaceAll('/', '\\/')}/`
}

/** Signs alone are a name in backticks only. */
const plainName = /^(?!@+$)[\p{L}_@][\p{L}\p{N}_@]*$/u
const plainStep = /^[\p{L}\p{N}_@]+$/u
const keywords = [
  'and',
  'or',
  'not',
  'in',
  'like',
  'as',
  'by',
  'asc',
  'desc',
  'null',
  'true',
  'false',
  'where',
  'multi',
]

export function formatPath(steps: readonly (string | number)[]): string {
  return steps
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`
      if (index > 0) return `.${plainStep.test(step) ? step : `\`${step}\``}`
      const isPlain = plainName.test(step) && !(steps.length === 1 && keywords.includes(step.toLowerCase()))
      return isPlain ? step : `\`${step}\``
    })
    .join('')
}

/** A name may have dots of its own or between its steps: read back, both give the same name. */
export function formatName({ name }: Pick<Name, 'name'>): string {
  const steps = name.split('.')
  const isPlain = plainName.test(steps[0]!) && steps.every(step => plainStep.test(step))
  return isPlain && !keywords.includes(name.toLowerCase()) ? name : `\`${name}\``
}
