import type { BufferLease } from './buffer-pool.js'

const empty = Buffer.alloc(0)

/** Bytes that grow by doubling. */
export class GrowableBytes {
  readonly #lease: BufferLease
  #buffer: Buffer = empty
  #values: Uint8Array = empty
  length = 0

  constructor(lease: BufferLease) {
    this.#lease = lease
  }

  fill(value: number, count: number): void {
    const end = this.length + count
    if (end > this.#values.length) {
      this.#buffer = this.#lease.grow(this.#buffer, this.length, end)
      this.#values = new Uint8Array(this.#buffer.buffer, this.#buffer.byteOffset, this.#buffer.length)
    }
    // For the handful of values of a row a loop beats a call to fill.
    for (let index = this.length; index < end; index++) this.#values[index] = value
    this.length = end
  }

  view(): Uint8Array {
    return this.#values.subarray(0, this.length)
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

  fill(value: number, count: number): void {
    const end = this.length + count
    if (end > this.#values.length) this.#reserve(count)
    for (let index = this.length; index < end; index++) this.#values[index] = value
    this.length = end
  }

  append(values: readonly number[]): void {
    if (this.length + values.length > this.#values.length) this.#reserve(values.length)
    for (let index = 0; index < values.length; index++) this.#values[this.length + index] = values[index]!
    this.length += values.length
  }

  /** The values so far, in place: who writes into it changes them. */
  view(): Int32Array {
    return this.#values.subarray(0, this.length)
  }

  #reserve(count: number): void {
    this.#bytes = this.#lease.grow(this.#bytes, this.length * 4, (this.length + count) * 4)
    this.#values = new Int32Array(this.#bytes.buffer, this.#bytes.byteOffset, Math.floor(this.#bytes.length / 4))
  }
}
