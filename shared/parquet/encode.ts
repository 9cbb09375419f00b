/** Value encodings of the Parquet format that the landing writer uses, each over a whole column at once. */
import { ByteWriter } from 'hyparquet-writer/src/bytewriter.js'
import { deltaBinaryPack } from 'hyparquet-writer/src/delta.js'
import { bitWidth, encodeHybrid, packedWidth } from './bit-packed.js'

const utf8 = new TextEncoder()

/** PLAIN byte arrays: a little-endian length before each. */
export function encodePlainStrings(values: readonly string[]): Uint8Array {
  let room = 0
  for (const value of values) room += 4 + 3 * value.length
  const bytes = new Uint8Array(room)
  const view = new DataView(bytes.buffer)
  let at = 0
  for (const value of values) {
    const { written } = utf8.encodeInto(value, bytes.subarray(at + 4))
    view.setUint32(at, written, true)
    at += 4 + written
  }
  return bytes.subarray(0, at)
}

export function encodePlainInt64(values: readonly bigint[]): Uint8Array {
  return new Uint8Array(BigInt64Array.from(values).buffer)
}

export function encodePlainInt32(values: readonly number[]): Uint8Array {
  return new Uint8Array(Int32Array.from(values).buffer)
}

export function encodeDeltaInt32(values: Int32Array): Uint8Array {
  const writer = new ByteWriter(1024)
  deltaBinaryPack(writer, values, 'INT32')
  return writer.getBytes()
}

/** Dictionary indexes as RLE_DICTIONARY: their width, then the indexes. */
export function encodeIndexes(indexes: Int32Array, distinct: number): readonly Uint8Array[] {
  const width = packedWidth(distinct - 1)
  return [Uint8Array.of(width), encodeHybrid(indexes, width)]
}

const deltaBlock = 128
const miniblocks = 4
const miniblockValues = deltaBlock / miniblocks

/**
 * DELTA_BINARY_PACKED of INT64 microseconds, given in ms. Deltas of whole milliseconds are exact in JavaScript numbers
 * where the microseconds themselves are not; the first value goes through BigInt.
 */
export function encodeDeltaMicroseconds(milliseconds: Float64Array): Uint8Array {
  const writer = new ByteWriter(1024)
  writer.appendVarInt(deltaBlock)
  writer.appendVarInt(miniblocks)
  writer.appendVarInt(milliseconds.length)
  writer.appendZigZag(BigInt(milliseconds[0] ?? 0) * 1000n)
  const deltas = new BigInt64Array(deltaBlock)
  for (let start = 1; start < milliseconds.length; start += deltaBlock) {
    const size = Math.min(deltaBlock, milliseconds.length - start)
    writeDeltaBlock(writer, milliseconds, start, size, deltas)
  }
  return writer.getBytes()
}

function writeDeltaBlock(
  writer: ByteWriter,
  values: Float64Array,
  start: number,
  size: number,
  scratch: BigInt64Array,
): void {
  let least = Number.POSITIVE_INFINITY
  let most = Number.NEGATIVE_INFINITY
  for (let index = start; index < start + size; index++) {
    const delta = values[index]! - values[index - 1]!
    if (delta < least) least = delta
    if (delta > most) most = delta
  }
  writer.appendZigZag(BigInt(least) * 1000n)
  const range = (most - least) * 1000
  if (range === 0) {
    writer.appendUint32(0)
    return
  }
  const bits = range < 2 ** 24 ? bitWidth(range) : 64
  const used = Math.ceil(size / miniblockValues)
  for (let block = 0; block < miniblocks; block++) writer.appendUint8(block < used ? bits : 0)
  for (let block = 0; block < used; block++) {
    const from = start + block * miniblockValues
    const until = Math.min(from + miniblockValues, start + size)
    if (bits === 64) {
      for (let index = 0; index < miniblockValues; index++) {
        const at = from + index
        scratch[index] = at < until ? BigInt(values[at]! - values[at - 1]! - least) * 1000n : 0n
      }
      writer.appendBytes(new Uint8Array(scratch.buffer, 0, miniblockValues * 8))
    } else {
      packMiniblock(writer, values, from, until, least, bits)
    }
  }
}

/** Up to 24 bits a value, so that 7 pending bits and a value fit into a 32-bit integer. */
function packMiniblock(
  writer: ByteWriter,
  values: Float64Array,
  from: number,
  until: number,
  least: number,
  bits: number,
): void {
  const packed = new Uint8Array(bits * 4)
  let at = 0
  let pending = 0
  let pendingBits = 0
  for (let index = from; index < from + miniblockValues; index++) {
    const adjusted = index < until ? (values[index]! - values[index - 1]! - least) * 1000 : 0
    pending |= adjusted << pendingBits
    pendingBits += bits
    while (pendingBits >= 8) {
      packed[at++] = pending & 0xff
      pending >>>= 8
      pendingBits -= 8
    }
  }
  writer.appendBytes(packed)
}
