/**
 * The one notation in which a filter pattern, a JSON string or a space-delimited field can be a number: an optional
 * sign, digits, an optional fraction and an optional exponent with a lower-case `e`.
 */
const numberText = /^[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/

/** No number that anybody compares is longer, and no longer one needs to be converted to say so. */
const maxNumberLength = 400

export function isNumberText(text: string): boolean {
  return text.length <= maxNumberLength && numberText.test(text)
}

/** The number `text` stands for, or NaN, which no comparison is true of. */
export function numberOf(text: string): number {
  const first = text.charCodeAt(0)
  const mayBe = (first >= 48 && first <= 57) || first === 43 || first === 45
  return mayBe && isNumberText(text) ? Number(text) : Number.NaN
}

/**
 * Below, at or above zero as the left number is less than, equal to or greater than the right one, NaN if one is no
 * number. Integers beyond 2^53 that a double cannot tell apart are compared by their digits.
 */
export function compareNumbers(left: number, leftText: () => string, right: number, rightText: string): number {
  if (left !== right) return left - right
  if (Math.abs(left) < Number.MAX_SAFE_INTEGER || !Number.isFinite(left)) return 0
  const written = leftText()
  if (!/^[+-]?\d+$/.test(written) || !/^[+-]?\d+$/.test(rightText)) return 0
  const difference = integerOf(written) - integerOf(rightText)
  return difference === 0n ? 0 : difference < 0n ? -1 : 1
}

function integerOf(text: string): bigint {
  return BigInt(text.replace('+', ''))
}
