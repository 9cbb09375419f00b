const decimal = /^[+-]?\d{1,400}(?:\.\d{1,400})?(?:[eE][+-]?\d{1,4})?$/

/** CloudWatch refuses data points outside of ±2^360. PutMetricData, API reference. */
const largest = 2 ** 360

/** A number, or text that is nothing but one, within what CloudWatch stores; undefined otherwise. */
export function numberIn(found: unknown): number | undefined {
  const value =
    typeof found === 'string' ? (digitsIn(found) ?? (decimal.test(found) ? Number(found) : undefined)) : found
  if (typeof value !== 'number' || !(Math.abs(value) <= largest)) return undefined
  // Minus zero is written as zero.
  return value === 0 ? 0 : value
}

/** Nearly every number in a log is a short row of digits. */
function digitsIn(text: string): number | undefined {
  const { length } = text
  if (length === 0 || length > 15) return undefined
  let value = 0
  for (let at = 0; at < length; at++) {
    const digit = text.charCodeAt(at) - 48
    if (digit < 0 || digit > 9) return undefined
    value = 10 * value + digit
  }
  return value
}

/** The longest value of a dimension. */
const longestDimension = 1024

/** Whether CloudWatch takes a text as a dimension's value. Dimension, API reference. */
export function isStorable(text: string): boolean {
  return text.length <= longestDimension && /^ *[!-~][ -~]*$/.test(text)
}
