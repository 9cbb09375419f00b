/**
 * Bounds as manifests hold them: the binary single-value serialisation of the specification's appendix D, and the
 * shortening of long strings, which must keep lower bound ≤ value ≤ upper bound.
 */

import type { PrimitiveType } from './schema.js'
import type { FilterValue } from './value-ranges.js'

/** Code points of a string that a bound keeps: `truncate(16)`, the default of `write.metadata.metrics.default`. */
export const defaultBoundLength = 16

/** The bytes of a value; null for a type whose values are not written here. Longs and timestamps take a bigint too. */
export function writeSingleValue(type: PrimitiveType, value: FilterValue | Uint8Array): Uint8Array | null {
  if (value instanceof Uint8Array) return value
  if (typeof value === 'string') return type === 'string' ? Buffer.from(value.toWellFormed()) : null
  if (type === 'boolean') return Uint8Array.of(value ? 1 : 0)
  const bytes = new Uint8Array(type === 'int' || type === 'date' || type === 'float' ? 4 : 8)
  const view = new DataView(bytes.buffer)
  if (type === 'int' || type === 'date') view.setInt32(0, Number(value), true)
  else if (type === 'float') view.setFloat32(0, Number(value), true)
  else if (type === 'double') view.setFloat64(0, Number(value), true)
  else if (isLongType(type)) view.setBigInt64(0, BigInt(value), true)
  else return null
  return bytes
}

/**
 * The value of a bound, as `FilterValue` says; text for a string. Null for a type without an order here. A column that
 * was promoted from int to long or from float to double has bounds of the old width.
 */
export function readBound(type: PrimitiveType, bytes: Uint8Array): FilterValue | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (type === 'string') return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
  if (type === 'boolean') return bytes.length === 1 ? view.getUint8(0) !== 0 : null
  if (type === 'int' || type === 'date') return bytes.length === 4 ? view.getInt32(0, true) : null
  if (isLongType(type)) {
    if (bytes.length === 8) return view.getBigInt64(0, true)
    return bytes.length === 4 ? BigInt(view.getInt32(0, true)) : null
  }
  if (type === 'float' || type === 'double') {
    if (bytes.length === 8) return view.getFloat64(0, true)
    return bytes.length === 4 ? view.getFloat32(0, true) : null
  }
  return null
}

/** Whether values and bounds of the type can be compared here. */
export function isOrdered(type: PrimitiveType): boolean {
  return isLongType(type) || /^(boolean|int|float|double|date|string)$/.test(type)
}

function isLongType(type: PrimitiveType): boolean {
  return /^(long|time|timestamp|timestamptz)$/.test(type)
}

/** A lower bound of the value: of a string the first code points. */
export function lowerBound(type: PrimitiveType, value: FilterValue, length = defaultBoundLength): Uint8Array | null {
  if (typeof value !== 'string') return writeSingleValue(type, value)
  return writeSingleValue(type, firstCodePoints(value.toWellFormed(), length).join(''))
}

/**
 * An upper bound of the value. A string of more code points than `length` is cut and the last code point that can be
 * incremented is; null when none can.
 */
export function upperBound(type: PrimitiveType, value: FilterValue, length = defaultBoundLength): Uint8Array | null {
  if (typeof value !== 'string') return writeSingleValue(type, value)
  const text = value.toWellFormed()
  const kept = firstCodePoints(text, length)
  const cut = kept.join('')
  if (cut.length === text.length) return writeSingleValue(type, text)
  for (let last = kept.length - 1; last >= 0; last--) {
    const next = nextCodePoint(kept[last]!.codePointAt(0)!)
    if (next !== null) return writeSingleValue(type, kept.slice(0, last).join('') + String.fromCodePoint(next))
  }
  return null
}

function firstCodePoints(text: string, count: number): string[] {
  return [...text.slice(0, 2 * count)].slice(0, count)
}

/** Surrogates are no characters: U+D7FF is followed by U+E000. */
function nextCodePoint(codePoint: number): number | null {
  if (codePoint === 0x10ffff) return null
  return codePoint === 0xd7ff ? 0xe000 : codePoint + 1
}
