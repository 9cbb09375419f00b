/**
 * Thrift's compact protocol as a tree that keeps every field and its type, so that a footer can be taken apart, changed in
 * a few places and written again without losing what this release does not know
 * (https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md).
 */

/** Types as the protocol numbers them; the two booleans are values in a struct and one type in a list. */
export const thriftType = {
  true: 1,
  false: 2,
  byte: 3,
  i16: 4,
  i32: 5,
  i64: 6,
  double: 7,
  binary: 8,
  list: 9,
  set: 10,
  map: 11,
  struct: 12,
} as const

export interface ThriftField {
  readonly type: number
  readonly value: ThriftValue
}

export type ThriftStruct = ReadonlyMap<number, ThriftField>

export interface ThriftList {
  readonly type: number
  readonly items: readonly ThriftValue[]
}

/** Whole numbers are bigint whatever their width; a double is its 8 bytes. */
export type ThriftValue = bigint | boolean | Uint8Array | ThriftList | ThriftStruct

/** Bytes that are not the compact protocol, or end too early. */
export class ThriftUnreadable extends Error {
  override name = 'ThriftUnreadable'
}

/** Deeper than any footer; bounds the recursion on bytes that strangers wrote. */
const maxDepth = 32

/** @throws ThriftUnreadable */
export function readThrift(bytes: Uint8Array): ThriftStruct {
  return new ThriftReader(bytes).struct(0)
}

class ThriftReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  struct(depth: number): ThriftStruct {
    if (depth > maxDepth) throw new ThriftUnreadable(`thrift: nested deeper than ${maxDepth}`)
    const fields = new Map<number, ThriftField>()
    let id = 0
    for (;;) {
      const head = this.#byte()
      if (head === 0) return fields
      const delta = head >> 4
      const type = head & 15
      id = delta === 0 ? Number(this.#zigzag()) : id + delta
      fields.set(id, { type, value: this.#value(type, depth, false) })
    }
  }

  #value(type: number, depth: number, isItem: boolean): ThriftValue {
    switch (type) {
      case thriftType.true:
      case thriftType.false:
        return isItem ? this.#byte() === thriftType.true : type === thriftType.true
      case thriftType.byte:
        return BigInt.asIntN(8, BigInt(this.#byte()))
      case thriftType.i16:
      case thriftType.i32:
      case thriftType.i64:
        return this.#zigzag()
      case thriftType.double:
        return this.#take(8)
      case thriftType.binary:
        return this.#take(Number(this.#varint()))
      case thriftType.list:
      case thriftType.set:
        return this.#list(depth + 1)
      case thriftType.struct:
        return this.struct(depth + 1)
      default:
        throw new ThriftUnreadable(`thrift: a value of type ${type} at byte ${this.#at}`)
    }
  }

  #list(depth: number): ThriftList {
    if (depth > maxDepth) throw new ThriftUnreadable(`thrift: nested deeper than ${maxDepth}`)
    const head = this.#byte()
    const type = head & 15
    const count = head >> 4 === 15 ? Number(this.#varint()) : head >> 4
    if (count > this.#bytes.length - this.#at) throw new ThriftUnreadable(`thrift: a list of ${count} in what is left`)
    const items: ThriftValue[] = []
    for (let index = 0; index < count; index++) items.push(this.#value(type, depth, true))
    return { type, items }
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++]
    if (byte === undefined) throw new ThriftUnreadable('thrift: the bytes end too early')
    return byte
  }

  #take(length: number): Uint8Array {
    const end = this.#at + length
    if (end > this.#bytes.length) throw new ThriftUnreadable('thrift: the bytes end too early')
    const taken = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return taken
  }

  #varint(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#byte()
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return value
    }
    throw new ThriftUnreadable('thrift: a number of more than ten bytes')
  }

  #zigzag(): bigint {
    const value = this.#varint()
    return (value >> 1n) ^ -(value & 1n)
  }
}

/** The inverse of `readThrift`. */
export function writeThrift(struct: ThriftStruct): Uint8Array {
  const out: number[] = []
  writeStruct(struct, out)
  return Uint8Array.from(out)
}

function writeStruct(struct: ThriftStruct, out: number[]): void {
  let before = 0
  for (const [id, { type, value }] of [...struct].sort(([a], [b]) => a - b)) {
    const isBoolean = typeof value === 'boolean'
    const written = isBoolean ? (value ? thriftType.true : thriftType.false) : type
    const delta = id - before
    if (delta > 0 && delta <= 15) out.push((delta << 4) | written)
    else {
      out.push(written)
      writeZigzag(BigInt(id), out)
    }
    before = id
    if (!isBoolean) writeValue(type, value, out)
  }
  out.push(0)
}

function writeValue(type: number, value: ThriftValue, out: number[]): void {
  if (typeof value === 'boolean') out.push(value ? thriftType.true : thriftType.false)
  else if (typeof value === 'bigint') {
    if (type === thriftType.byte) out.push(Number(BigInt.asUintN(8, value)))
    else writeZigzag(value, out)
  } else if (value instanceof Uint8Array) {
    if (type === thriftType.binary) writeVarint(BigInt(value.length), out)
    for (const byte of value) out.push(byte)
  } else if ('items' in value) {
    const count = value.items.length
    out.push((Math.min(count, 15) << 4) | value.type)
    if (count >= 15) writeVarint(BigInt(count), out)
    for (const item of value.items) writeValue(value.type, item, out)
  } else writeStruct(value, out)
}

function writeVarint(value: bigint, out: number[]): void {
  let rest = value
  while (rest > 127n) {
    out.push(Number(rest & 127n) | 128)
    rest >>= 7n
  }
  out.push(Number(rest))
}

function writeZigzag(value: bigint, out: number[]): void {
  writeVarint(BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)), out)
}
