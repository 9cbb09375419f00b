const decimal = /^[+-]?\d{1,400}(?:\.\d{1,400})?(?:[eE][+-]?\d{1,4})?$/

/** CloudWatch refuses data points outside of ±2^360. PutMetricData, API reference. */
const largest = 2 ** 360

/** A number, or text that is nothing but one, within what CloudWatch stores; undefined otherwise. */
export function numberIn(found: unknown): number | undefined {
  const value = typeof found === 'string' && decimal.test(found) ? Number(found) : found
  if (typeof value !== 'number' || !(Math.abs(value) <= largest)) return undefined
  // Minus zero is written as zero.
  return value === 0 ? 0 : value
}

/** The longest value of a dimension. */
const longestDimension = 1024

/** Whether CloudWatch takes a text as a dimension's value. Dimension, API reference. */
export function isStorable(text: string): boolean {
  return text.length <= longestDimension && /^[ -~]*$/.test(text) && /[^ ]/.test(text)
}
