import { call, type Expr, field } from '../plan/expr.js'
import type { ScanField } from '../plan/node.js'

/**
 * The names that may be used at a point of a query. While rows are events every name is a field that an event might have;
 * after `stats` only what it defined.
 */
export interface Scope {
  /** What the scan has to read; names are added as they are met. Null once rows are not events. */
  readonly fields: ScanField[] | null
  /** The command after which rows are not events. */
  readonly closedBy: string | null
  /** Columns made by the query so far; into all but a `value` paths lead. */
  readonly columns: Map<string, ColumnKind>
  /** Columns by the canonical text of their expression: `count(*)` whatever its spelling. */
  readonly written: Map<string, string>
  /** The two sides of a join, by their aliases. */
  sides: { readonly left: string; readonly right: string; readonly rightScope: Scope } | null
  /** The column that holds the time of a `bin()`, after `stats`, with its period and the other keys. */
  bin: {
    readonly column: string
    readonly period: readonly Expr[]
    readonly keys: readonly string[]
    /** The last row holds totals and is of no bin. */
    readonly hasTotals?: true
  } | null
}

/** `structure`: an array or object as a whole; `json`: what was found in one, of any kind; `value`: neither. */
export type ColumnKind = 'structure' | 'json' | 'value'

export type Steps = readonly (string | number)[]

/** A path as it was written, without backticks. */
export function labelOf(steps: Steps): string {
  const texts = steps.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`))
  return texts.join('')
}

export function openScope(fields: ScanField[]): Scope {
  return { fields, closedBy: null, columns: new Map(), written: new Map(), sides: null, bin: null }
}

/** @param closedBy the command that ends what was there before */
export function closedScope(closedBy: string): Scope {
  return { fields: null, closedBy, columns: new Map(), written: new Map(), sides: null, bin: null }
}

/** What a path stands for; null where nothing of that name can be. */
export function resolve(scope: Scope, steps: Steps, as?: 'json'): Expr | null {
  const { sides } = scope
  if (sides !== null && steps.length > 1) {
    if (steps[0] === sides.left) return resolve({ ...scope, sides: null }, steps.slice(1), as)
    if (steps[0] === sides.right) {
      const right = resolve(sides.rightScope, steps.slice(1), as)
      return right && withPrefix(right, `${sides.right}.`)
    }
  }
  const name = steps.join('.')
  if (scope.columns.has(name)) return reference(name, as)
  for (let length = steps.length - 1; length > 0; length--) {
    const start = steps.slice(0, length).join('.')
    if ((scope.columns.get(start) ?? 'value') !== 'value')
      return { kind: 'path', of: field(start), steps: steps.slice(length) }
  }
  if (scope.fields === null) return null
  if (sides !== null && !name.startsWith('@')) return null
  const flavour = as ?? 'text'
  if (!scope.fields.some(known => known.name === name && known.as === flavour)) scope.fields.push({ name, as: flavour })
  return reference(name, as)
}

function reference(name: string, as?: 'json'): Expr {
  return as === 'json' ? { kind: 'field', name, as } : field(name)
}

/** Only what `resolve` makes: a field or a path into one. */
function withPrefix(expr: Expr, prefix: string): Expr {
  if (expr.kind === 'field') return { ...expr, name: prefix + expr.name }
  return expr.kind === 'path' ? { ...expr, of: withPrefix(expr.of, prefix) } : expr
}

/** An expression without a value. */
export const absent: Expr = call('absent')
