import type { Comparison, ComparisonOperator, NumberLiteral, Regex, Text } from './ast.js'
import { compareNumbers, isNumberText, numberOf } from './number.js'
import { compileRegex } from './regex/compile-regex.js'
import { parseRegex } from './regex/parse-regex.js'
import { type ValueTest, writtenNumber } from './select-json.js'
import { compileWildcard } from './wildcard.js'

/** The comparison of a space-delimited field, whose value is always text. */
export function compileFieldTest({ operator, value }: Comparison): (field: string) => boolean {
  if (value.kind === 'number') {
    const accepts = compileOrder(operator)
    const number = Number(value.text)
    return field => accepts(compareNumbers(numberOf(field), () => field, number, value.text))
  }
  const finds = compileText(value)
  return operator === '!=' ? field => !finds(field) : finds
}

/**
 * The comparison of a value in a JSON document. Only strings and numbers can be compared: everything else fails, `!=`
 * included. A number and a literal that is one are compared as numbers; otherwise a number counts as it is written.
 */
export function compileValueTest({ operator, value: literal }: Comparison): ValueTest {
  if (literal.kind === 'number') return compileNumberTest(operator, literal)
  const finds = compileText(literal)
  const isEqual = operator === '='
  const number = literal.kind === 'text' && isNumberText(literal.value) ? literal.value : null
  return (value, site) => {
    if (typeof value === 'string') return finds(value) === isEqual
    if (typeof value !== 'number') return false
    const written = () => writtenNumber(value, site)
    if (number === null) return finds(written()) === isEqual
    return (compareNumbers(value, written, Number(number), number) === 0) === isEqual
  }
}

function compileNumberTest(operator: ComparisonOperator, { text }: NumberLiteral): ValueTest {
  const accepts = compileOrder(operator)
  const number = Number(text)
  return (value, site) => {
    if (typeof value === 'string') return accepts(compareNumbers(numberOf(value), () => value, number, text))
    if (typeof value !== 'number') return false
    return accepts(compareNumbers(value, () => writtenNumber(value, site), number, text))
  }
}

/** What an operator makes of a difference; of NaN only that it is not equal. */
function compileOrder(operator: ComparisonOperator): (difference: number) => boolean {
  if (operator === '=') return difference => difference === 0
  if (operator === '!=') return difference => difference !== 0
  if (operator === '<') return difference => difference < 0
  if (operator === '<=') return difference => difference <= 0
  return operator === '>' ? difference => difference > 0 : difference => difference >= 0
}

function compileText(value: Text | Regex): (text: string) => boolean {
  return value.kind === 'text' ? compileWildcard(value.value) : compileRegexValue(value)
}

/** A regular expression of a pattern that has been parsed, and so checked. */
export function compileRegexValue({ source }: Regex): (text: string) => boolean {
  const tree = parseRegex(source)
  if ('diagnostics' in tree) throw new Error(`unchecked regular expression ${JSON.stringify(source)}`)
  return compileRegex(tree)
}
