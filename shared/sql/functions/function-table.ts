import type { Dialect } from '../dialect.js'
import type { Sql } from '../fragment.js'
import type { SqlType, Typed } from '../typed.js'

/** How a function is written: what its arguments are converted to, and what it gives. */
export interface FunctionRule {
  /** Types of the arguments; the last one goes for all that follow. `any` is left as it is. */
  readonly takes: readonly (SqlType | 'any')[]
  readonly gives: SqlType
  /** Null where an argument that is not there decides nothing (`null` in SQL gives null). */
  readonly write: (args: readonly Sql[], context: FunctionContext) => Sql
  /** The result may be null; a boolean is false then. */
  readonly isNullable?: boolean
}

export interface FunctionContext {
  readonly dialect: Dialect
  /** The arguments before conversion. */
  readonly typed: readonly Typed[]
}

/** A function whose type depends on its arguments. */
export type TypedRule = (args: readonly Typed[], dialect: Dialect) => Typed

export type FunctionTable = Readonly<Record<string, FunctionRule | TypedRule>>

export function rule(takes: FunctionRule['takes'], gives: SqlType, write: FunctionRule['write']): FunctionRule {
  return { takes, gives, write, isNullable: gives === 'boolean' }
}
