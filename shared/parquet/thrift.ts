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
export type ThriftValue = bigint | boolean | Uint8Array | ThriftList | ThriftStruct | EncodedThrift

/** A value as the protocol writes it already. Only given to be written, never read. */
export class EncodedThrift {
  readonly bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }
}

/** Where the value of a field stands in the bytes of its struct. */
export interface ThriftSpan {
  readonly type: number
  readonly start: number
  readonly end: number
}

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

/** The fields of a struct, without a look at what is in them. @throws ThriftUnreadable */
export function findThriftFields(bytes: Uint8Array): ReadonlyMap<number, ThriftSpan> {
  return new ThriftReader(bytes).spans()
}

/** A value of a struct. @throws ThriftUnreadable */
export function readThriftValue(bytes: Uint8Array, { type, start, end }: ThriftSpan): ThriftValue {
  return new ThriftReader(bytes.subarray(start, end)).value(type, 0, false)
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
      fields.set(id, { type, value: this.value(type, depth, false) })
    }
  }

  spans(): ReadonlyMap<number, ThriftSpan> {
    const spans = new Map<number, ThriftSpan>()
    let id = 0
    for (;;) {
      const head = this.#byte()
      if (head === 0) return spans
      const type = head & 15
      id = head >> 4 === 0 ? Number(this.#zigzag()) : id + (head >> 4)
      const start = this.#at
      // As deep as it would be read.
      this.#skip(type, 1, false)
      spans.set(id, { type, start, end: this.#at })
    }
  }

  #skip(type: number, depth: number, isItem: boolean): void {
    if (depth > maxDepth) throw new ThriftUnreadable(`thrift: nested deeper than ${maxDepth}`)
    switch (type) {
      case thriftType.i16:
      case thriftType.i32:
      case thriftType.i64:
        while (this.#byte() > 127);
        return
      case thriftType.struct:
        for (let head = this.#byte(); head !== 0; head = this.#byte()) {
          if (head >> 4 === 0) this.#zigzag()
          this.#skip(head & 15, depth + 1, false)
        }
        return
      case thriftType.list:
      case thriftType.set: {
        const { type: itemType, count } = this.#listHead()
        for (let index = 0; index < count; index++) this.#skip(itemType, depth + 1, true)
        return
      }
      default:
        this.value(type, depth, isItem)
    }
  }

  value(type: number, depth: number, isItem: boolean): ThriftValue {
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
    const { type, count } = this.#listHead()
    const items: ThriftValue[] = []
    for (let index = 0; index < count; index++) items.push(this.value(type, depth, true))
    return { type, items }
  }

  #listHead(): { readonly type: number; readonly count: number } {
    const head = this.#byte()
    const count = head >> 4 === 15 ? Number(this.#varint()) : head >> 4
    if (count > this.#bytes.length - this.#at) throw new ThriftUnreadable(`thrift: a list of ${count} in what is left`)
    return { type: head & 15, count }
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
    // Four bytes hold most numbers of a footer, and cost a tenth as plain numbers.
    let low = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#byte()
      low |= (byte & 127) << shift
      if (byte < 128) return BigInt(low)
    }
    let value = BigInt(low)
    for (let shift = 28n; shift < 70n; shift += 7n) {
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
  const writer = new ThriftWriter()
  writer.struct(struct)
  return writer.written()
}

class ThriftWriter {
  #bytes = new Uint8Array(4_096)
  #at = 0

  written(): Uint8Array {
    return this.#bytes.slice(0, this.#at)
  }

  struct(struct: ThriftStruct): void {
    let before = 0
    for (const [id, { type, value }] of inOrder(struct)) {
      const isBoolean = typeof value === 'boolean'
      const written = isBoolean ? (value ? thriftType.true : thriftType.false) : type
      const delta = id - before
      if (delta > 0 && delta <= 15) this.#byte((delta << 4) | written)
      else {
        this.#byte(written)
        this.#zigzag(BigInt(id))
      }
      before = id
      if (!isBoolean) this.#value(type, value)
    }
    this.#byte(0)
  }

  #value(type: number, value: ThriftValue): void {
    if (typeof value === 'boolean') this.#byte(value ? thriftType.true : thriftType.false)
    else if (typeof value === 'bigint') {
      if (type === thriftType.byte) this.#byte(Number(BigInt.asUintN(8, value)))
      else this.#zigzag(value)
    } else if (value instanceof Uint8Array) {
      if (type === thriftType.binary) this.#varint(BigInt(value.length))
      this.#put(value)
    } else if (value instanceof EncodedThrift) this.#put(value.bytes)
    else if ('items' in value) {
      const count = value.items.length
      this.#byte((Math.min(count, 15) << 4) | value.type)
      if (count >= 15) this.#varint(BigInt(count))
      for (const item of value.items) this.#value(value.type, item)
    } else this.struct(value)
  }

  #zigzag(value: bigint): void {
    this.#varint(BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)))
  }

  #varint(value: bigint): void {
    let rest = value
    while (rest > 0xfffffffn) {
      this.#byte(Number(rest & 127n) | 128)
      rest >>= 7n
    }
    let low = Number(rest)
    while (low > 127) {
      this.#byte((low & 127) | 128)
      low >>= 7
    }
    this.#byte(low)
  }

  #byte(byte: number): void {
    if (this.#at === this.#bytes.length) this.#grow(1)
    this.#bytes[this.#at++] = byte
  }

  #put(bytes: Uint8Array): void {
    if (this.#at + bytes.length > this.#bytes.length) this.#grow(bytes.length)
    this.#bytes.set(bytes, this.#at)
    this.#at += bytes.length
  }

  #grow(needed: number): void {
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#at + needed))
    larger.set(this.#bytes)
    this.#bytes = larger
  }
}

/** Fields by id; most structs have them so. */
function inOrder(struct: ThriftStruct): Iterable<readonly [number, ThriftField]> {
  let before = 0
  for (const id of struct.keys()) {
    if (id < before) return [...struct].sort(([a], [b]) => a - b)
    before = id
  }
  return struct
}
