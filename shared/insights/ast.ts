/**
 * Syntax of Logs Insights QL, as written: plain JSON, names not resolved, nothing defaulted. Function names stand in the
 * spelling of the catalogue where the catalogue knows them.
 */
import type { Span } from '../diagnostics/diagnostic.js'

export interface Query {
  readonly kind: 'query'
  readonly commands: readonly Command[]
  readonly span: Span
}

interface Node {
  readonly span: Span
}

/** A new field: one name, dots included. */
export interface Name extends Node {
  readonly kind: 'name'
  readonly name: string
}

export type AstExpr =
  | Text
  | NumberLiteral
  | Boolean
  | Period
  | FieldPath
  | FunctionCall
  | Unary
  | Arithmetic
  | Comparison
  | LikeTest
  | InTest
  | Connective
  | Negation

export interface Text extends Node {
  readonly kind: 'text'
  readonly value: string
}

/** The digits as written: an id may have more of them than a double holds. */
export interface NumberLiteral extends Node {
  readonly kind: 'number'
  readonly text: string
}

export interface Boolean extends Node {
  readonly kind: 'boolean'
  readonly value: boolean
}

export type PeriodUnit = 'millisecond' | 'second' | 'minute' | 'hour' | 'day' | 'week' | 'month' | 'quarter' | 'year'

export interface Period extends Node {
  readonly kind: 'period'
  readonly count: number
  readonly unit: PeriodUnit
  /** As written (`5mins`). */
  readonly text: string
}

/** A field or a value inside one: names by dots, positions by dots or brackets. */
export interface FieldPath extends Node {
  readonly kind: 'path'
  readonly steps: readonly (string | number)[]
}

export interface FunctionCall extends Node {
  readonly kind: 'call'
  readonly name: string
  /** `count(*)` */
  readonly star: boolean
  readonly args: readonly AstExpr[]
  readonly nameSpan: Span
}

export interface Unary extends Node {
  readonly kind: 'unary'
  readonly operator: '-' | '!'
  readonly operand: AstExpr
}

export interface Arithmetic extends Node {
  readonly kind: 'arithmetic'
  readonly operator: '+' | '-' | '*' | '/' | '%' | '^'
  readonly left: AstExpr
  readonly right: AstExpr
}

export interface Comparison extends Node {
  readonly kind: 'comparison'
  readonly operator: '=' | '!=' | '<' | '<=' | '>' | '>='
  readonly left: AstExpr
  readonly right: AstExpr
}

export interface LikeTest extends Node {
  readonly kind: 'like'
  readonly operand: AstExpr
  readonly isNegated: boolean
  readonly pattern: Text | Regex
}

export interface Regex extends Node {
  readonly kind: 'regex'
  readonly source: string
}

export interface InTest extends Node {
  readonly kind: 'in'
  readonly operand: AstExpr
  readonly isNegated: boolean
  readonly among: { readonly kind: 'list'; readonly items: readonly AstExpr[] } | Query
}

export interface Connective extends Node {
  readonly kind: 'and' | 'or'
  readonly operands: readonly AstExpr[]
}

export interface Negation extends Node {
  readonly kind: 'not'
  readonly operand: AstExpr
}

export interface Item extends Node {
  readonly expr: AstExpr
  readonly alias: Name | null
  /** The expression as written, which names the column; null where there is an alias. */
  readonly text: string | null
}

export interface SortKey extends Node {
  readonly expr: AstExpr
  readonly text: string
  readonly direction: 'asc' | 'desc' | null
}

export type Command =
  | (Node & { readonly kind: 'fields' | 'display'; readonly items: readonly Item[] })
  | (Node & { readonly kind: 'filter' | 'where'; readonly condition: AstExpr })
  | (Node & { readonly kind: 'filterIndex'; readonly condition: Comparison | InTest })
  | Stats
  | (Node & { readonly kind: 'sort'; readonly keys: readonly SortKey[] })
  | (Node & { readonly kind: 'limit'; readonly any: boolean; readonly count: number; readonly countSpan: Span })
  | (Node & { readonly kind: 'dedup' | 'countFrequent'; readonly paths: readonly FieldPath[] })
  | Parse
  | (Node & {
      readonly kind: 'json'
      readonly field: FieldPath
      readonly path: Text
      readonly alias: Name
    })
  | (Node & { readonly kind: 'unnest'; readonly list: FieldPath; readonly alias: Name })
  | (Node & { readonly kind: 'expand'; readonly list: FieldPath })
  | (Node & { readonly kind: 'pattern'; readonly operand: AstExpr })
  | (Node & { readonly kind: 'diff'; readonly period: 'previousDay' | 'previousWeek' | 'previousMonth' | null })
  | (Node & { readonly kind: 'anomaly' | 'estimate' })
  | Join
  | Lookup
  | CidrLookup
  | (Node & {
      readonly kind: 'appendcols'
      readonly override: boolean | null
      readonly max: number | null
      readonly query: Query
    })
  | (Node & {
      readonly kind: 'addtotals'
      readonly fieldName: Name | null
      readonly row: boolean | null
      readonly col: boolean | null
      readonly paths: readonly FieldPath[]
    })
  | (Node & { readonly kind: 'accum'; readonly path: FieldPath; readonly alias: Name | null })
  | (Node & {
      readonly kind: 'autoregress'
      readonly path: FieldPath
      readonly alias: Name | null
      readonly lags: { readonly from: number; readonly to: number } | null
    })
  | (Node & { readonly kind: 'filldown'; readonly names: readonly NamePattern[] })
  | (Node & {
      readonly kind: 'fillmissing'
      readonly fills: readonly { readonly value: Text | NumberLiteral; readonly name: FieldPath }[]
    })
  | (Node & {
      readonly kind: 'sessionize'
      readonly paths: readonly FieldPath[]
      readonly maxSpan: Period | null
      readonly alias: Name | null
    })
  | (Node & {
      readonly kind: 'outlier'
      readonly action: 'remove' | 'transform' | null
      readonly param: NumberLiteral | null
      readonly useLower: boolean | null
      readonly mark: boolean | null
      readonly paths: readonly FieldPath[]
    })
  | (Node & { readonly kind: 'relevantfields'; readonly paths: readonly FieldPath[]; readonly condition: AstExpr })
  | (Node & { readonly kind: 'logcompare'; readonly shift: Period })
  | Source

export interface Stats extends Node {
  readonly kind: 'stats'
  readonly items: readonly Item[]
  readonly by: readonly Item[]
  readonly offset: Period | null
}

export interface Parse extends Node {
  readonly kind: 'parse'
  /** Null for `@message`. */
  readonly operand: AstExpr | null
  readonly method:
    | (Node & { readonly kind: 'glob'; readonly glob: string; readonly names: readonly Name[] })
    | (Node & {
        readonly kind: 'regex'
        readonly source: string
        readonly names: readonly Name[]
        readonly multi: boolean
      })
    | (Node & { readonly kind: 'logfmt' | 'csv'; readonly names: readonly Name[] })
}

export interface Join extends Node {
  readonly kind: 'join'
  readonly type: 'inner' | 'left' | null
  readonly left: Name
  readonly right: Name
  /** Both sides of the equality, each with its alias as first step. */
  readonly on: readonly [FieldPath, FieldPath]
  readonly query: Query
}

export interface Lookup extends Node {
  readonly kind: 'lookup'
  readonly table: Name
  readonly matches: readonly { readonly column: Name; readonly field: FieldPath | null }[]
  readonly mode: 'OUTPUT' | 'OUTPUTNEW'
  readonly outputs: readonly Name[]
}

export interface CidrLookup extends Node {
  readonly kind: 'cidrlookup'
  readonly table: Name
  readonly field: FieldPath
  readonly column: Name | null
  readonly mode: 'OUTPUT' | 'OUTPUTNEW'
  readonly outputs: readonly { readonly column: Name; readonly alias: Name | null }[]
}

/** A field or, with `*`, all fields of that form. */
export interface NamePattern extends Node {
  readonly kind: 'name-pattern'
  readonly text: string
}

export interface Source extends Node {
  readonly kind: 'source'
  readonly group: Text | null
  readonly clauses: readonly SourceClause[]
}

export type SourceClause = Node &
  (
    | {
        readonly kind: 'logGroups'
        readonly options: readonly {
          readonly name: 'namePrefix' | 'accountIdentifier' | 'accountIdentifiers' | 'class'
          readonly values: readonly string[]
          readonly span: Span
        }[]
      }
    | { readonly kind: 'dataSource'; readonly values: readonly string[] }
    | {
        readonly kind: 'logGroupTags'
        readonly filters: readonly { readonly key: string; readonly values: readonly string[] }[]
      }
  )

export type CommandKind = Command['kind']
