/** Avro's 64-bit integers for avsc: a number where it is exact, a bigint beyond. avsc's own type refuses those. */
import avro from 'avsc'

export type Long = number | bigint

/** Seven bytes of a varint hold 49 bits, which a number carries exactly through the arithmetic below. */
const exactBytes = 7

export const longType = avro.types.LongType.__with(
  { fromBuffer: decodeLong, toBuffer: encodeLong, fromJSON: Number, toJSON: Number, isValid: isLong, compare },
  true,
)

function decodeLong(bytes: Uint8Array): Long {
  if (bytes.length <= exactBytes) {
    let value = 0
    let factor = 1
    for (const byte of bytes) {
      value += (byte & 0x7f) * factor
      factor *= 128
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }
  let value = 0n
  for (const [index, byte] of bytes.entries()) value |= BigInt(byte & 0x7f) << BigInt(index * 7)
  const long = BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n))
  return isSafe(long) ? Number(long) : long
}

function encodeLong(value: Long): Buffer {
  const bytes: number[] = []
  if (typeof value === 'number' && Math.abs(value) < 2 ** 48) {
    let rest = value < 0 ? -value * 2 - 1 : value * 2
    for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80)
    bytes.push(rest)
    return Buffer.from(bytes)
  }
  const long = BigInt(value)
  let rest = BigInt.asUintN(64, (long << 1n) ^ (long >> 63n))
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  bytes.push(Number(rest))
  return Buffer.from(bytes)
}

function isLong(value: unknown): boolean {
  return typeof value === 'bigint' ? BigInt.asIntN(64, value) === value : Number.isSafeInteger(value)
}

function isSafe(value: bigint): boolean {
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER
}

function compare(a: Long, b: Long): number {
  return a < b ? -1 : a > b ? 1 : 0
}
