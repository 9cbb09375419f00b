import type { BufferLease } from './buffer-pool.js'

const empty = Buffer.alloc(0)

/** Bytes that grow by doubling. */
export class GrowableBytes {
  readonly #lease: BufferLease
  #values: Buffer = empty
  length = 0

  constructor(lease: BufferLease) {
    this.#lease = lease
  }

  push(value: number): void {
    if (this.length === this.#values.length) this.#reserve(1)
    this.#values[this.length++] = value
  }

  fill(value: number, count: number): void {
    if (this.length + count > this.#values.length) this.#reserve(count)
    this.#values.fill(value, this.length, this.length + count)
    this.length += count
  }

  view(): Uint8Array {
    return this.#values.subarray(0, this.length)
  }

  #reserve(count: number): void {
    this.#values = this.#lease.grow(this.#values, this.length, this.length + count)
  }
}

/** 32-bit integers that grow by doubling. */
export class GrowableInts {
  readonly #lease: BufferLease
  #bytes: Buffer = empty
  #values: Int32Array = new Int32Array(0)
  length = 0

  constructor(lease: BufferLease) {
    this.#lease = lease
  }

  push(value: number): void {
    if (this.length === this.#values.length) this.#reserve(1)
    this.#values[this.length++] = value
  }

  append(values: Int32Array): void {
    if (this.length + values.length > this.#values.length) this.#reserve(values.length)
    for (let index = 0; index < values.length; index++) this.#values[this.length + index] = values[index]!
    this.length += values.length
  }

  view(): Int32Array {
    return this.#values.subarray(0, this.length)
  }

  #reserve(count: number): void {
    this.#bytes = this.#lease.grow(this.#bytes, this.length * 4, (this.length + count) * 4)
    this.#values = new Int32Array(this.#bytes.buffer, this.#bytes.byteOffset, Math.floor(this.#bytes.length / 4))
  }
}
