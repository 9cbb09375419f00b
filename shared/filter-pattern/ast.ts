import type { Span } from '../diagnostics/diagnostic.js'

/**
 * A filter pattern as it was understood: plain JSON, spans into the text it was read from, no semantics. Nested
 * conditions of the same kind are flattened and parentheses are gone, so that patterns that mean the same by
 * precedence have the same tree.
 */
export type FilterPattern = AllPattern | TermsPattern | JsonPattern | FieldsPattern

/** Matches every event: the empty pattern, `""` and `" "`. */
export interface AllPattern {
  readonly kind: 'all'
  readonly span: Span
}

export interface TermsPattern {
  readonly kind: 'terms'
  readonly terms: readonly Term[]
  readonly span: Span
}

export interface Term {
  /** `optional` terms (`?x`) count only in a pattern that has no others. */
  readonly role: 'include' | 'exclude' | 'optional'
  readonly value: Text | Regex
  readonly span: Span
}

export interface JsonPattern {
  readonly kind: 'json'
  readonly condition: Logical<JsonCondition>
  readonly span: Span
}

export type JsonCondition = JsonComparison | IsCondition | NotExistsCondition

export interface JsonComparison extends Comparison {
  readonly selector: Selector
}

export interface IsCondition {
  readonly kind: 'is'
  readonly selector: Selector
  readonly state: 'null' | 'true' | 'false'
  readonly span: Span
}

export interface NotExistsCondition {
  readonly kind: 'not-exists'
  readonly selector: Selector
  readonly span: Span
}

/** A way into a JSON document; no steps before the first would mean the document itself, so there is at least one. */
export interface Selector {
  readonly steps: readonly Step[]
  readonly span: Span
}

export type Step =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'any-field' }
  | { readonly kind: 'any-element' }

/** A space-delimited pattern: one entry per field of the event, the last one greedy unless there is an ellipsis. */
export interface FieldsPattern {
  readonly kind: 'fields'
  readonly entries: readonly Entry[]
  readonly span: Span
}

export type Entry = FieldEntry | UnnamedEntry | EllipsisEntry

export interface FieldEntry {
  readonly kind: 'field'
  readonly name: string
  readonly condition: Logical<Comparison> | null
  readonly span: Span
}

export interface UnnamedEntry {
  readonly kind: 'unnamed'
  readonly span: Span
}

export interface EllipsisEntry {
  readonly kind: 'ellipsis'
  readonly span: Span
}

export type Logical<Leaf> = Leaf | Junction<Leaf>

export interface Junction<Leaf> {
  readonly kind: 'and' | 'or'
  /** At least two, none of the junction's own kind. */
  readonly operands: readonly Logical<Leaf>[]
  readonly span: Span
}

export interface Comparison {
  readonly kind: 'comparison'
  readonly operator: ComparisonOperator
  /** A number with `<`, `<=`, `>` and `>=`. */
  readonly value: Value
  readonly span: Span
}

export type ComparisonOperator = '=' | '!=' | '<' | '<=' | '>' | '>='

export type Value = Text | NumberLiteral | Regex

/** What a quoted phrase or a bare word stands for, escapes resolved. Asterisks are kept as written. */
export interface Text {
  readonly kind: 'text'
  readonly value: string
  readonly span: Span
}

/** An unquoted number, as written. */
export interface NumberLiteral {
  readonly kind: 'number'
  readonly text: string
  readonly span: Span
}

/** The expression between two percent signs, as written; it has been checked. */
export interface Regex {
  readonly kind: 'regex'
  readonly source: string
  readonly span: Span
}
