/**
 * The RLE/bit-packed hybrid of the Parquet format, as one run: repeated when all values are the same, bit-packed when
 * not. Widths are rounded up to a divisor or a multiple of a byte: values that straddle bytes are slower to pack and cost
 * the compressor every repetition it could have found.
 */

export type PackedWidth = 0 | 1 | 2 | 4 | 8 | 16 | 32

/** Bits needed for the numbers 0 to `max`. */
export function bitWidth(max: number): number {
  return 32 - Math.clz32(max)
}

/** The narrowest width for the numbers 0 to `max` that values are packed with. */
export function packedWidth(max: number): PackedWidth {
  const bits = bitWidth(max)
  return ([0, 1, 2, 4, 8, 16, 32] as const).find(width => width >= bits)!
}

/** @param width bits a value; levels are read with the width of their maximum, so that must be 1, 2 or 4 already */
export function encodeHybrid(values: Uint8Array | Int32Array, width: PackedWidth): Uint8Array {
  const { length } = values
  if (length === 0) return new Uint8Array()
  if (isConstant(values)) return encodeRepeated(values[0]!, length, width)
  const groups = Math.ceil(length / 8)
  const header = varint(groups * 2 + 1)
  const packed = new Uint8Array(header.length + groups * width)
  packed.set(header)
  if (width >= 8) writeWhole(packed, header.length, values, width / 8)
  else writeParts(packed, header.length, values, width)
  return packed
}

/** One run of the same value. */
export function encodeRepeated(value: number, count: number, width: PackedWidth): Uint8Array {
  const bytes = varint(count * 2)
  for (let bit = 0; bit < width; bit += 8) bytes.push((value >>> bit) & 0xff)
  return Uint8Array.from(bytes)
}

function isConstant(values: Uint8Array | Int32Array): boolean {
  const first = values[0]
  for (let index = 1; index < values.length; index++) if (values[index] !== first) return false
  return true
}

/** Several values a byte, the first in the low bits. */
function writeParts(packed: Uint8Array, start: number, values: Uint8Array | Int32Array, width: number): void {
  const { length } = values
  let at = start
  for (let index = 0; index < length; ) {
    let byte = 0
    for (let bit = 0; bit < 8 && index < length; bit += width) byte |= values[index++]! << bit
    packed[at++] = byte
  }
}

/** One or more bytes a value, little-endian. */
function writeWhole(packed: Uint8Array, start: number, values: Uint8Array | Int32Array, bytes: number): void {
  let at = start
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!
    for (let byte = 0; byte < bytes; byte++) packed[at++] = value >>> (byte * 8)
  }
}

function varint(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
  bytes.push(rest)
  return bytes
}
