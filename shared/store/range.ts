import { InvalidRange } from './errors.js'
import type { ByteRange } from './object-store.js'

/**
 * The half-open interval of bytes that a range selects in an object, cut at its end as HTTP does.
 * @throws InvalidRange when it selects nothing: it starts past the end, ends before it starts, or is an empty suffix
 */
export function resolveRange(key: string, range: ByteRange | undefined, size: number): { start: number; end: number } {
  if (range === undefined) return { start: 0, end: size }
  const start = 'suffix' in range ? Math.max(0, size - range.suffix) : range.start
  const end = 'suffix' in range ? size : Math.min(size, (range.end ?? size - 1) + 1)
  if (start >= end || start < 0) {
    throw new InvalidRange(`get: bytes ${formatRange(range)} of ${key}, which has ${size}`, key)
  }
  return { start, end }
}

/** The range as HTTP spells it, without the unit: `0-99`, `100-`, `-8`. */
export function formatRange(range: ByteRange): string {
  return 'suffix' in range ? `-${range.suffix}` : `${range.start}-${range.end ?? ''}`
}
