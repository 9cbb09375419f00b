import type { Comparison, ComparisonOperator, Regex, Text } from './ast.js'
import { compareDigits, isAmbiguous, isNumberText, numberOf } from './number.js'
import { compileRegex } from './regex/compile-regex.js'
import { parseRegex } from './regex/parse-regex.js'
import { type ValueTest, writtenNumber } from './select-json.js'
import { compileWildcard, isAnyText, wildcardOf } from './wildcard.js'

/** A question about the part of a message from `start` to `end`. */
export type PartTest = (message: string, start: number, end: number) => boolean

/** The comparison of a space-delimited field, which compares text in place where it can. */
export function compileFieldTest(comparison: Comparison): PartTest {
  const { operator, value } = comparison
  const isEqual = operator === '='
  if (value.kind === 'text') {
    const { text, openStart, openEnd } = wildcardOf(value.value)
    if (!openStart && !openEnd)
      return (message, start, end) => (end - start === text.length && message.startsWith(text, start)) === isEqual
    if (!openStart)
      return (message, start, end) => (end - start >= text.length && message.startsWith(text, start)) === isEqual
    // Only where a miss ends the event's search: each would read the message to its end.
    if (openEnd && isEqual && text !== '')
      return (message, start, end) => {
        const at = message.indexOf(text, start)
        return at !== -1 && at + text.length <= end
      }
  }
  const accepts = compileTextTest(comparison)
  return (message, start, end) => accepts(message.slice(start, end))
}

function compileTextTest({ operator, value }: Comparison): (field: string) => boolean {
  if (value.kind === 'number') {
    const { text } = value
    const wanted = Number(text)
    const accepts = compileOrder(operator, wanted)
    if (!isAmbiguous(wanted)) return field => accepts(numberOf(field))
    const acceptsSign = compileOrder(operator, 0)
    return field => {
      const number = numberOf(field)
      return number === wanted ? acceptsSign(compareDigits(field, text)) : accepts(number)
    }
  }
  const finds = compileText(value)
  return operator === '!=' ? field => !finds(field) : finds
}

/**
 * The comparison of a value in a JSON document. Only strings and numbers can be compared: everything else fails, `!=`
 * included. A number and a literal that is one are compared as numbers; otherwise a number counts as it is written.
 */
export function compileValueTest({ operator, value: literal }: Comparison): ValueTest {
  if (literal.kind === 'number') return compileNumberTest(operator, literal.text)
  const isEqual = operator === '='
  // How a number is written does not matter to `*`, and is costly to find out.
  if (literal.kind === 'text' && isAnyText(literal.value)) {
    return value => isEqual && (typeof value === 'string' || typeof value === 'number')
  }
  const finds = compileText(literal)
  if (literal.kind === 'text' && isNumberText(literal.value)) {
    const ofNumber = compileNumberTest(operator, literal.value)
    return (value, site) => (typeof value === 'string' ? finds(value) === isEqual : ofNumber(value, site))
  }
  return (value, site) => {
    if (typeof value === 'string') return finds(value) === isEqual
    return typeof value === 'number' && finds(writtenNumber(value, site)) === isEqual
  }
}

function compileNumberTest(operator: ComparisonOperator, text: string): ValueTest {
  const wanted = Number(text)
  const accepts = compileOrder(operator, wanted)
  if (!isAmbiguous(wanted))
    return value => (typeof value === 'number' ? accepts(value) : typeof value === 'string' && accepts(numberOf(value)))
  const acceptsSign = compileOrder(operator, 0)
  return (value, site) => {
    if (typeof value !== 'number' && typeof value !== 'string') return false
    const number = typeof value === 'number' ? value : numberOf(value)
    if (number !== wanted) return accepts(number)
    return acceptsSign(compareDigits(typeof value === 'string' ? value : writtenNumber(number, site), text))
  }
}

/** How a number compares with another; of NaN it is only true that it is not equal. */
function compileOrder(operator: ComparisonOperator, other: number): (number: number) => boolean {
  if (operator === '=') return number => number === other
  if (operator === '!=') return number => number !== other
  if (operator === '<') return number => number < other
  if (operator === '<=') return number => number <= other
  return operator === '>' ? number => number > other : number => number >= other
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
