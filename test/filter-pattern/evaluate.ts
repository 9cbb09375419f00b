import { RE2JS } from 're2js'
import { readDocument } from '../../shared/filter-pattern/json-document.js'
import { locateJson } from '../../shared/filter-pattern/locate-json.js'
import { numberOf } from '../../shared/filter-pattern/number.js'
import { createFields, cutUpTo, startCutting, takeRest } from '../../shared/filter-pattern/split-fields.js'
import type { Expr } from '../../shared/plan/expr.js'

/** A JSON value with its way of writing, which `scalar` and `jsonNumber` need. */
interface JsonValue {
  readonly parsed: unknown
  readonly text: string
}

/**
 * Says what a lowered pattern makes of a message by the documented meaning of expressions and functions, so that
 * lowering can be held to the matcher without a query engine.
 */
export function evaluate(expr: Expr, message: string, element?: JsonValue): unknown {
  const value = (inner: Expr) => evaluate(inner, message, element)
  switch (expr.kind) {
    case 'literal':
      return expr.value
    case 'field':
      return expr.name === '@message' ? message : undefined
    case 'element':
      return element
    case 'path':
      return expr.steps.reduce<JsonValue | undefined>(stepInto, value(expr.of) as JsonValue | undefined)
    case 'compare':
      return compareValues(value(expr.left), expr.operator, value(expr.right))
    case 'and':
      return expr.operands.every(operand => value(operand) === true)
    case 'or':
      return expr.operands.some(operand => value(operand) === true)
    case 'not':
      return value(expr.operand) !== true
    case 'like': {
      const text = value(expr.text)
      if (typeof text !== 'string') return false
      if (expr.at === 'start') return text.startsWith(expr.part)
      return expr.at === 'end' ? text.endsWith(expr.part) : text.includes(expr.part)
    }
    case 'regex': {
      const text = value(expr.text)
      return typeof text === 'string' && RE2JS.compile(expr.regex).matcher(text).find()
    }
    case 'call':
      return functions[expr.name]!(...expr.args.map(value))
    case 'any':
      return ((value(expr.list) ?? []) as JsonValue[]).some(item => evaluate(expr.where, message, item) === true)
  }
}

// biome-ignore lint/suspicious/noExplicitAny: the functions take what their documentation says
const functions: Readonly<Record<string, (...args: any[]) => unknown>> = {
  present: value => value !== undefined,
  json: (text: string) => {
    const parsed = readDocument(text)
    return parsed === undefined ? undefined : { parsed, text: text.trim() }
  },
  jsonType: (value?: JsonValue) => value && typeOf(value.parsed),
  scalar: (value?: JsonValue) => {
    if (typeof value?.parsed === 'string') return value.parsed
    return typeof value?.parsed === 'number' ? value.text : undefined
  },
  jsonNumber: (value?: JsonValue) => {
    if (typeof value?.parsed === 'number') return numberValue(value.text) ?? value.parsed
    return typeof value?.parsed === 'string' ? numberValue(value.parsed) : undefined
  },
  number: (text?: string) => (text === undefined ? undefined : numberValue(text)),
  elements: (value?: JsonValue) => selectAll(value, { kind: 'any-element' }),
  members: (value?: JsonValue) => selectAll(value, { kind: 'any-field' }),
  fieldCount: (text: string) => fieldsOf(text).length,
  fieldAt: (text: string, position: number) => fieldsOf(text).at(position > 0 ? position - 1 : position),
  fieldsFrom: (text: string, position: number) => {
    const fields = createFields()
    startCutting(fields, text)
    const isThere = cutUpTo(fields, position - 1) && takeRest(fields)
    return isThere ? text.slice(fields.spans[2 * position - 2], fields.spans[2 * position - 1]) : undefined
  },
}

function fieldsOf(text: string): string[] {
  const fields = createFields()
  startCutting(fields, text)
  cutUpTo(fields, Number.POSITIVE_INFINITY)
  const spanOf = (index: number) => fields.spans.slice(2 * index, 2 * index + 2)
  return Array.from({ length: fields.count }, (_, index) => text.slice(...spanOf(index)))
}

function stepInto(value: JsonValue | undefined, step: string | number): JsonValue | undefined {
  if (value === undefined) return undefined
  const wanted =
    typeof step === 'string' ? ({ kind: 'name', name: step } as const) : ({ kind: 'index', index: step } as const)
  return selectAll(value, wanted)[0]
}

function selectAll(value: JsonValue | undefined, step: Parameters<typeof locateJson>[1][number]): JsonValue[] {
  if (value === undefined || typeof value.parsed !== 'object' || value.parsed === null) return []
  return locateJson(value.text, [step]).map(({ start, end }) => {
    const text = value.text.slice(start, end)
    return { parsed: JSON.parse(text), text }
  })
}

function typeOf(parsed: unknown): string {
  if (parsed === null || typeof parsed === 'boolean') return String(parsed)
  return Array.isArray(parsed) ? 'array' : typeof parsed
}

function numberValue(text: string): number | bigint | undefined {
  const value = numberOf(text)
  if (Number.isNaN(value)) return undefined
  return /^[+-]?\d+$/.test(text) && !Number.isSafeInteger(value) ? BigInt(text.replace('+', '')) : value
}

function compareValues(left: unknown, operator: string, right: unknown): boolean {
  const isNumeric = (value: unknown) => typeof value === 'number' || typeof value === 'bigint'
  if (!(isNumeric(left) && isNumeric(right)) && typeof left !== typeof right) return false
  if (left === undefined) return false
  const [a, b] = [left as number, right as number]
  // A number and a big integer are never identical; order compares them by value.
  if (operator === '=') return a <= b && a >= b
  if (operator === '<') return a < b
  if (operator === '<=') return a <= b
  return operator === '>' ? a > b : a >= b
}
