import { and, type Expr, field, or } from '../plan/expr.js'
import type { FilterPattern } from './ast.js'
import { lowerPattern } from './lower.js'
import { neededTextOf } from './needed-text.js'

/**
 * The condition of `lowerPattern` behind a cheap one: texts without which no message matches. Looking for a text is much
 * faster than reading JSON, so for patterns on JSON it pays; the others look for their texts anyway.
 */
export function lowerSearch(ast: FilterPattern): Expr {
  const condition = lowerPattern(ast)
  if (ast.kind !== 'json') return condition
  const needed = neededTextOf(ast).map(texts => or([...texts, anyText].map(occurs)))
  return and([...needed, condition])
}

/** An escape could spell any text. */
const anyText = '\\u'

function occurs(part: string): Expr {
  return { kind: 'like', text: field('@message'), part, at: 'anywhere' }
}
