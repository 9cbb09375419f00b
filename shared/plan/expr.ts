/**
 * Expressions of a plan: what is asked of one event, whoever asks (a filter pattern, a query) and whatever runs it.
 * Plain JSON apart from big integers.
 *
 * An expression without a value is absent. Conditions are two-valued: a comparison, `like` or `regex` with an absent
 * side is false, and `not` of it is true. Where a language wants `!=` to need a value, it says `present(…)` as well.
 */
export type Expr = Literal | FieldRef | Path | Element | Compare | Logical | Not | Like | Matches | Call | Any

/** A number beyond 2^53 is a bigint, so that its digits survive. */
export interface Literal {
  readonly kind: 'literal'
  readonly value: string | number | bigint | boolean
}

/** A field of the event by the name queries use: `@message`, `@timestamp`, `srcAddr`. */
export interface FieldRef {
  readonly kind: 'field'
  readonly name: string
  /** The value as the JSON it stands in: arrays and objects are present too. */
  readonly as?: 'json'
}

/** A value inside a JSON value; a name leads into an object, a number into an array. */
export interface Path {
  readonly kind: 'path'
  readonly of: Expr
  readonly steps: readonly (string | number)[]
}

/** The element that the innermost `any` around it looks at. */
export interface Element {
  readonly kind: 'element'
}

/**
 * Numbers by value, text by code point and case; false where the two sides are of different kinds. One that `coerces`
 * compares by value whenever both sides can be read as numbers, quoted or not.
 */
export interface Compare {
  readonly kind: 'compare'
  readonly operator: '=' | '<' | '<=' | '>' | '>='
  readonly left: Expr
  readonly right: Expr
  readonly coerces?: true
}

export interface Logical {
  readonly kind: 'and' | 'or'
  readonly operands: readonly Expr[]
}

export interface Not {
  readonly kind: 'not'
  readonly operand: Expr
}

/** Whether literal text occurs, case-sensitive. */
export interface Like {
  readonly kind: 'like'
  readonly text: Expr
  readonly part: string
  readonly at: 'anywhere' | 'start' | 'end'
}

/** Whether a regular expression in RE2's notation occurs anywhere in the text. */
export interface Matches {
  readonly kind: 'regex'
  readonly text: Expr
  readonly regex: string
}

/** A function by name; what each name means is documented where the expression is made and where it is compiled. */
export interface Call {
  readonly kind: 'call'
  readonly name: string
  readonly args: readonly Expr[]
}

/** Whether a condition holds for some element of a list; false for an absent or empty one. */
export interface Any {
  readonly kind: 'any'
  readonly list: Expr
  readonly where: Expr
}

export function literal(value: Literal['value']): Literal {
  return { kind: 'literal', value }
}

export function field(name: string): FieldRef {
  return { kind: 'field', name }
}

export function call(name: string, ...args: readonly Expr[]): Call {
  return { kind: 'call', name, args }
}

export function compare(left: Expr, operator: Compare['operator'], right: Expr): Compare {
  return { kind: 'compare', operator, left, right }
}

export function not(operand: Expr): Not {
  return { kind: 'not', operand }
}

/** All of the conditions; true for none. */
export function and(operands: readonly Expr[]): Expr {
  if (operands.length === 0) return literal(true)
  return operands.length === 1 ? operands[0]! : { kind: 'and', operands }
}

/** Some of the conditions; false for none. */
export function or(operands: readonly Expr[]): Expr {
  if (operands.length === 0) return literal(false)
  return operands.length === 1 ? operands[0]! : { kind: 'or', operands }
}
