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
  const { length } = text
  let digits = 0
  let value = 0
  // Nearly every number in a log is a short row of digits.
  while (digits < length && digits < 15) {
    const digit = text.charCodeAt(digits) - 48
    if (digit < 0 || digit > 9) break
    value = 10 * value + digit
    digits++
  }
  if (digits === length && length > 0) return value
  const first = text.charCodeAt(0)
  const mayBe = digits > 0 || first === 43 || first === 45
  return mayBe && isNumberText(text) ? Number(text) : Number.NaN
}

/** Whether two equal doubles may stand for different integers, so that the digits have to tell. */
export function isAmbiguous(value: number): boolean {
  return (value >= Number.MAX_SAFE_INTEGER || value <= -Number.MAX_SAFE_INTEGER) && Number.isFinite(value)
}

/** Below, at or above zero as the left integer is less than, equal to or greater than the right one. */
export function compareDigits(left: string, right: string): number {
  if (!/^[+-]?\d+$/.test(left) || !/^[+-]?\d+$/.test(right)) return 0
  const difference = integerOf(left) - integerOf(right)
  return difference === 0n ? 0 : difference < 0n ? -1 : 1
}

function integerOf(text: string): bigint {
  return BigInt(text.replace('+', ''))
}
