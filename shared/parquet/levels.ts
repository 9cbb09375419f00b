/** Definition and repetition levels of a column, which are nearly always the same for every value: then they are only counted. */
import { encodeHybrid, encodeRepeated, packedWidth } from './bit-packed.js'
import type { BufferLease } from './buffer-pool.js'
import { GrowableBytes } from './growable.js'

export class Levels {
  readonly #max: number
  readonly #mixed: GrowableBytes
  #first = 0
  /** How many levels there were before the first one that differs from the first of all. */
  #same = 0

  /** @param max the column's maximum: 1, 2 or 3 */
  constructor(max: number, lease: BufferLease) {
    this.#max = max
    this.#mixed = new GrowableBytes(lease)
  }

  get length(): number {
    return this.#mixed.length === 0 ? this.#same : this.#mixed.length
  }

  push(level: number, count = 1): void {
    if (this.#mixed.length === 0) {
      if (this.#same === 0) this.#first = level
      if (level === this.#first) {
        this.#same += count
        return
      }
      this.#mixed.fill(this.#first, this.#same)
    }
    this.#mixed.fill(level, count)
  }

  encode(): Uint8Array {
    const width = packedWidth(this.#max)
    if (this.#mixed.length > 0) return encodeHybrid(this.#mixed.view(), width)
    return encodeRepeated(this.#first, this.#same, width)
  }
}
