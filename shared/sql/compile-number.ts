/**
 * Comparisons of filter patterns. Numbers are doubles, infinite beyond what one can hold; where both sides are whole
 * numbers of more digits than a double keeps, the digits tell.
 */
import type { Call, Compare } from '../plan/expr.js'
import { compileExpr, type Environment } from './compile-expr.js'
import type { Dialect } from './dialect.js'
import { numberNotation } from './document-regexes.js'
import { numeral, param, quoted, raw, type Sql, sql } from './fragment.js'
import { type Typed, toText } from './typed.js'

/** `left` is a number of text, or any other text; `right` is a literal. */
export function compareValues({ operator, left, right }: Compare, environment: Environment): Typed | undefined {
  if (right.kind !== 'literal') return undefined
  const { dialect } = environment
  const compared = (written: Sql): Typed => ({ sql: written, type: 'boolean', isNullable: true })
  if (typeof right.value === 'string') {
    const wanted = dialect.text(param(right.value))
    return compared(sql`(${toText(compileExpr(left, environment), dialect)} ${raw(operator)} ${wanted})`)
  }
  if (typeof right.value === 'boolean' || left.kind !== 'call' || left.name === 'fieldCount') return undefined
  const text = numberText(left, environment)
  return compared(compareNumber(text, operator, right.value, dialect))
}

/** The text of a number, null of what is none; in a document that is known already. */
function numberText(call: Call, environment: Environment): Sql {
  const { dialect } = environment
  if (call.name !== 'number') return compileExpr(call, environment).sql
  const text = toText(compileExpr(call.args[0]!, environment), dialect)
  return dialect.bind('n', text, bound => sql`CASE WHEN ${isNumberText(bound, dialect)} THEN ${bound} END`)
}

/** No longer text is a number; see `filter-pattern/number.ts`. */
const maxNumberLength = 400

export function isNumberText(text: Sql, dialect: Dialect): Sql {
  return sql`(length(${text}) <= ${numeral(maxNumberLength)} AND ${dialect.matches(text, numberNotation)})`
}

function compareNumber(text: Sql, operator: Compare['operator'], wanted: number | bigint, dialect: Dialect): Sql {
  const double = dialect.documents.double
  const written = (one: Sql, other: Sql, sign = operator) => sql`(${one} ${raw(sign)} ${other})`
  if (typeof wanted === 'number') return written(double(text), doubleOf(wanted))
  const near = Number(wanted)
  if (!Number.isFinite(near)) return written(double(text), doubleOf(near))
  // Whole numbers of one sign, with zeros in front, have the order of their texts.
  const digits = (of: Sql) => dialect.padLeft(of, numeral(maxNumberLength))
  const ordered = wanted < 0n ? mirrored[operator] : operator
  const magnitude = digits(quoted(String(wanted < 0n ? -wanted : wanted)))
  return dialect.bind('n', text, number => {
    const isTied = sql`${double(number)} = ${doubleOf(near)} AND ${dialect.matches(number, '\\A[+-]?[0-9]+\\z')}`
    const exact = written(digits(sql`replace(replace(${number}, '-', ''), '+', '')`), magnitude, ordered)
    return sql`CASE WHEN ${isTied} THEN ${exact} ELSE ${written(double(number), doubleOf(near))} END`
  })
}

const mirrored = { '=': '=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const

function doubleOf(value: number): Sql {
  if (Number.isFinite(value)) return sql`CAST(${numeral(value)} AS DOUBLE)`
  return sql`CAST(${quoted(value < 0 ? '-Infinity' : 'Infinity')} AS DOUBLE)`
}
