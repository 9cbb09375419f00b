/** Definition and repetition levels of a column, which mostly come in long runs: a run is only counted while it lasts. */
import { encodeHybrid, encodeRepeated, packedWidth } from './bit-packed.js'
import type { BufferLease } from './buffer-pool.js'
import { GrowableBytes } from './growable.js'

export class Levels {
  readonly #max: number
  /** The runs that have ended. */
  readonly #mixed: GrowableBytes
  #level = 0
  #run = 0

  /** @param max the column's maximum: 1, 2 or 3 */
  constructor(max: number, lease: BufferLease) {
    this.#max = max
    this.#mixed = new GrowableBytes(lease)
  }

  get length(): number {
    return this.#mixed.length + this.#run
  }

  push(level: number, count = 1): void {
    if (level !== this.#level) {
      this.#mixed.fill(this.#level, this.#run)
      this.#level = level
      this.#run = 0
    }
    this.#run += count
  }

  encode(): Uint8Array {
    const width = packedWidth(this.#max)
    if (this.#mixed.length === 0) return encodeRepeated(this.#level, this.#run, width)
    this.#mixed.fill(this.#level, this.#run)
    this.#run = 0
    return encodeHybrid(this.#mixed.view(), width)
  }
}
