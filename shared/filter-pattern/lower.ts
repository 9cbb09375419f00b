import { and, call, compare, type Expr, field, literal, not, or } from '../plan/expr.js'
import type {
  Comparison,
  Entry,
  FieldsPattern,
  FilterPattern,
  JsonCondition,
  Regex,
  Selector,
  Step,
  Term,
} from './ast.js'
import { foldLogical } from './conditions.js'
import { isNumberText } from './number.js'
import { printRegex } from './regex/compile-regex.js'
import { parseRegex } from './regex/parse-regex.js'
import { wildcardOf } from './wildcard.js'

/**
 * A pattern as a condition on `@message`, true of the events that `compilePattern` matches. Functions it calls:
 *
 * | call | value |
 * |---|---|
 * | `present(x)` | whether x is not absent; a JSON null is present |
 * | `json(text)` | the JSON object or array that the text is, white space around it allowed; absent for other text |
 * | `jsonType(json)` | `object` `array` `string` `number` `true` `false` `null` |
 * | `scalar(json)` | the text of a JSON string, a JSON number as it is written; absent for the other types |
 * | `jsonNumber(json)` | the value of a JSON number, or `number` of a JSON string |
 * | `number(text)` | the number that the whole text is (sign, digits, fraction, `e` exponent), or absent |
 * | `elements(json)`, `members(json)` | the elements of a JSON array, the values of a JSON object; absent for others |
 * | `fieldCount(text)` | how many fields `split-fields.ts` cuts the text into |
 * | `fieldAt(text, n)` | the n-th of them from 1, or from the end where n is negative |
 * | `fieldsFrom(text, n)` | all text from the n-th field on, as `takeRest` takes it |
 */
export function lowerPattern(ast: FilterPattern): Expr {
  if (ast.kind === 'all') return literal(true)
  if (ast.kind === 'terms') return lowerTerms(ast.terms)
  if (ast.kind === 'fields') return lowerFields(ast)
  return foldLogical(ast.condition, lowerJsonCondition, junction)
}

const message = field('@message')
const document = call('json', message)

function junction(kind: 'and' | 'or', operands: readonly Expr[]): Expr {
  return kind === 'and' ? and(operands) : or(operands)
}

function lowerTerms(terms: readonly Term[]): Expr {
  const optional = terms.filter(({ role }) => role === 'optional')
  if (optional.length === terms.length) return or(terms.map(lowerTerm))
  return and(
    terms
      .filter(({ role }) => role !== 'optional')
      .map(term => (term.role === 'exclude' ? not(lowerTerm(term)) : lowerTerm(term))),
  )
}

function lowerTerm({ value }: Term): Expr {
  return value.kind === 'regex'
    ? lowerRegex(message, value)
    : { kind: 'like', text: message, part: value.value, at: 'anywhere' }
}

function lowerRegex(text: Expr, { source }: Regex): Expr {
  const tree = parseRegex(source)
  if ('diagnostics' in tree) throw new Error(`unchecked regular expression ${JSON.stringify(source)}`)
  return { kind: 'regex', text, regex: printRegex(tree) }
}

function lowerJsonCondition(condition: JsonCondition): Expr {
  if (condition.kind === 'not-exists')
    return and([call('present', document), not(lowerSelected(condition.selector, value => call('present', value)))])
  return lowerSelected(condition.selector, value =>
    condition.kind === 'is'
      ? compare(call('jsonType', value), '=', literal(condition.state))
      : lowerJsonComparison(value, condition),
  )
}

function lowerSelected({ steps }: Selector, lowerValue: (value: Expr) => Expr): Expr {
  const wild = steps.findIndex(({ kind }) => kind.startsWith('any-'))
  if (wild === -1) return lowerValue(pathTo(document, steps))
  const container = pathTo(document, steps.slice(0, wild))
  const list = call(steps[wild]!.kind === 'any-element' ? 'elements' : 'members', container)
  return { kind: 'any', list, where: lowerValue(pathTo({ kind: 'element' }, steps.slice(wild + 1))) }
}

function pathTo(of: Expr, steps: readonly Step[]): Expr {
  if (steps.length === 0) return of
  const keys = steps.map(step => (step.kind === 'name' ? step.name : step.kind === 'index' ? step.index : ''))
  return { kind: 'path', of, steps: keys }
}

function lowerJsonComparison(value: Expr, { operator, value: wanted }: Comparison): Expr {
  const scalar = call('scalar', value)
  if (operator !== '=' && operator !== '!=')
    return compare(call('jsonNumber', value), operator, numberLiteral(wanted.kind === 'number' ? wanted.text : ''))
  const equal =
    wanted.kind === 'number'
      ? compare(call('jsonNumber', value), '=', numberLiteral(wanted.text))
      : wanted.kind === 'text' && isNumberText(wanted.value)
        ? lowerNumericText(value, wanted.value)
        : lowerText(scalar, wanted)
  return operator === '=' ? equal : and([call('present', scalar), not(equal)])
}

/** A quoted number: by value against a JSON number, by its characters against a JSON string. */
function lowerNumericText(value: Expr, text: string): Expr {
  const isType = (type: string) => compare(call('jsonType', value), '=', literal(type))
  return or([
    and([isType('number'), compare(call('jsonNumber', value), '=', numberLiteral(text))]),
    and([isType('string'), compare(call('scalar', value), '=', literal(text))]),
  ])
}

function lowerText(text: Expr, wanted: Exclude<Comparison['value'], { kind: 'number' }>): Expr {
  if (wanted.kind === 'regex') return lowerRegex(text, wanted)
  const { text: part, openStart, openEnd } = wildcardOf(wanted.value)
  if (!openStart && !openEnd) return compare(text, '=', literal(part))
  if (openStart && part === '') return call('present', text)
  return { kind: 'like', text, part, at: openStart ? (openEnd ? 'anywhere' : 'end') : 'start' }
}

function numberLiteral(text: string): Expr {
  const value = Number(text)
  const isWhole = /^[+-]?\d+$/.test(text)
  return literal(isWhole && !Number.isSafeInteger(value) ? BigInt(text.replace('+', '')) : value)
}

function lowerFields({ entries }: FieldsPattern): Expr {
  if (entries.length === 0) return literal(true)
  const ellipsis = entries.findIndex(({ kind }) => kind === 'ellipsis')
  const count = ellipsis === -1 ? entries.length : entries.length - 1
  const conditions = entries.flatMap((entry, index) => lowerEntry(entry, index, entries.length, ellipsis))
  if (count === 0) return literal(true)
  return and([compare(call('fieldCount', message), '>=', literal(count)), ...conditions])
}

function lowerEntry(entry: Entry, index: number, length: number, ellipsis: number): readonly Expr[] {
  if (entry.kind !== 'field' || entry.condition === null) return []
  const isGreedy = ellipsis === -1 && index === length - 1
  const isFromEnd = ellipsis !== -1 && index > ellipsis
  const position = literal(isFromEnd ? index - length : index + 1)
  const text = call(isGreedy ? 'fieldsFrom' : 'fieldAt', message, position)
  return [foldLogical(entry.condition, comparison => lowerFieldComparison(text, comparison), junction)]
}

function lowerFieldComparison(text: Expr, { operator, value }: Comparison): Expr {
  const equal =
    value.kind === 'number'
      ? (sign: '=' | '<' | '<=' | '>' | '>=') => compare(call('number', text), sign, numberLiteral(value.text))
      : () => lowerText(text, value)
  return operator === '!=' ? not(equal('=')) : equal(operator)
}
