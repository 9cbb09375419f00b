import type { Expr } from '../plan/expr.js'
import { compileExpr } from './compile-expr.js'
import { compilePattern } from './compile-pattern.js'
import { type Builder, columnOf, type Relation } from './relation.js'
import type { Typed } from './typed.js'

/** Compiles expressions on the rows of a relation. */
export function compileIn(relation: Relation, { dialect }: Builder): (expr: Expr) => Typed {
  return expr =>
    compileExpr(expr, { dialect, column: field => columnOf(relation, field, dialect), special: compilePattern })
}
