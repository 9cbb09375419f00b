/**
 * Whether any of many ranges of values meets what a file or a manifest says about its values. Ranges are merged and
 * sorted once, so that a filter with thousands of names costs a binary search for each file.
 */
import type { PrimitiveType } from './schema.js'
import { readBound, writeSingleValue } from './single-value.js'

/** Values of a column in the form of its type: timestamps and longs as bigint (µs), int and date as number. */
export type FilterValue = string | number | bigint | boolean

/** Inclusive at both ends; without an end it is open there. A prefix is of a string. */
export type ValueRange = { readonly min?: FilterValue; readonly max?: FilterValue } | { readonly prefix: string }

/** What can be compared: text as its UTF-8 bytes, whose order is that of code points, as Iceberg orders strings. */
type Comparable = number | bigint | boolean | Uint8Array

interface Interval {
  /** Null: from the very beginning. */
  readonly start: Comparable | null
  /** Null: to the very end. */
  readonly end: Comparable | null
  /** Whether `end` itself is in. */
  readonly closed: boolean
}

export class ValueRanges {
  readonly #intervals: readonly Interval[]
  readonly #type: PrimitiveType

  constructor(ranges: readonly ValueRange[], type: PrimitiveType) {
    this.#type = type
    this.#intervals = merge(ranges.map(range => toInterval(range)))
  }

  /** Whether a value between the bounds, both included, can be in a range; a missing bound is open. */
  meetsBounds(lower: Uint8Array | null | undefined, upper: Uint8Array | null | undefined): boolean {
    return this.#meets(this.#bound(lower), this.#bound(upper))
  }

  holds(value: FilterValue | Uint8Array): boolean {
    const comparable = toComparable(value)
    return this.#meets(comparable, comparable)
  }

  #bound(bytes: Uint8Array | null | undefined): Comparable | null {
    if (bytes === null || bytes === undefined) return null
    return this.#type === 'string' ? bytes : (readBound(this.#type, bytes) as Comparable | null)
  }

  #meets(lower: Comparable | null, upper: Comparable | null): boolean {
    let low = 0
    let high = this.#intervals.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const { start } = this.#intervals[middle]!
      if (upper === null || start === null || compare(start, upper) <= 0) low = middle + 1
      else high = middle
    }
    const last = this.#intervals[low - 1]
    if (last === undefined) return false
    if (last.end === null || lower === null) return true
    const order = compare(lower, last.end)
    return last.closed ? order <= 0 : order < 0
  }
}

function toInterval(range: ValueRange): Interval {
  if (!('prefix' in range)) {
    const { min, max } = range
    return {
      start: min === undefined ? null : toComparable(min),
      end: max === undefined ? null : toComparable(max),
      closed: true,
    }
  }
  const start = Buffer.from(range.prefix.toWellFormed())
  if (start.length === 0) return { start: null, end: null, closed: true }
  // No byte of UTF-8 is 0xff, so the last one can be counted up: the first bytes that do not begin with the prefix.
  const end = Buffer.from(start)
  end[end.length - 1]! += 1
  return { start, end, closed: false }
}

function merge(intervals: Interval[]): Interval[] {
  const sorted = intervals
    .filter(({ start, end }) => start === null || end === null || compare(start, end) <= 0)
    .sort((a, b) => (a.start === null ? -1 : b.start === null ? 1 : compare(a.start, b.start)))
  const merged: Interval[] = []
  for (const interval of sorted) {
    const last = merged.at(-1)
    if (last === undefined || (last.end !== null && interval.start !== null && compare(interval.start, last.end) > 0)) {
      merged.push(interval)
    } else if (endsLater(interval, last)) merged[merged.length - 1] = { ...interval, start: last.start }
  }
  return merged
}

function endsLater(a: Interval, b: Interval): boolean {
  if (b.end === null) return false
  if (a.end === null) return true
  const order = compare(a.end, b.end)
  return order > 0 || (order === 0 && a.closed)
}

function toComparable(value: FilterValue | Uint8Array): Comparable {
  return typeof value === 'string' ? writeSingleValue('string', value)! : value
}

/** Order of two values of one type, as Iceberg has it. */
export function compareValues(a: FilterValue | Uint8Array, b: FilterValue | Uint8Array): number {
  return compare(toComparable(a), toComparable(b))
}

function compare(a: Comparable, b: Comparable): number {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b)
  return a < b ? -1 : a > b ? 1 : 0
}
