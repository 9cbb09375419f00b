/**
 * Buffers that outlive one file. A file of ten thousand lines needs some ten megabytes while it is made; allocated anew for
 * every invocation they cost page faults and, being memory outside of V8's heap, full garbage collections.
 *
 * A buffer that was taken belongs to the taker alone until it is given back, so files that are made at the same time do
 * not meet. What a buffer held before is still in it: takers read only what they wrote.
 */
export class BufferPool {
  readonly #idle: Buffer[] = []
  #idleBytes = 0
  readonly #maxIdleBytes: number

  /** @param maxIdleBytes what is kept at most; buffers beyond that are left to the garbage collector */
  constructor(maxIdleBytes: number) {
    this.#maxIdleBytes = maxIdleBytes
  }

  /** A buffer of at least that many bytes. */
  take(bytes: number): Buffer {
    let best = -1
    for (let index = 0; index < this.#idle.length; index++) {
      const { length } = this.#idle[index]!
      if (length >= bytes && (best === -1 || length < this.#idle[best]!.length)) best = index
    }
    if (best === -1) return Buffer.allocUnsafeSlow(Math.max(4096, 2 ** Math.ceil(Math.log2(bytes))))
    const [buffer] = this.#idle.splice(best, 1)
    this.#idleBytes -= buffer!.length
    return buffer!
  }

  give(buffer: Buffer): void {
    if (this.#idleBytes + buffer.length > this.#maxIdleBytes) return
    this.#idle.push(buffer)
    this.#idleBytes += buffer.length
  }
}

/** What one file took from a pool. */
export class BufferLease {
  readonly #pool: BufferPool
  readonly #taken = new Set<Buffer>()

  constructor(pool: BufferPool) {
    this.#pool = pool
  }

  /** A buffer of at least `bytes` bytes that begins with the first `used` bytes of `smaller`, which is given back. */
  grow(smaller: Buffer, used: number, bytes: number): Buffer {
    const larger = this.take(Math.max(bytes, smaller.length * 2))
    smaller.copy(larger, 0, 0, used)
    this.#giveBack(smaller)
    return larger
  }

  take(bytes: number): Buffer {
    const buffer = this.#pool.take(bytes)
    this.#taken.add(buffer)
    return buffer
  }

  giveAllBack(): void {
    for (const buffer of this.#taken) this.#giveBack(buffer)
  }

  #giveBack(buffer: Buffer): void {
    if (this.#taken.delete(buffer)) this.#pool.give(buffer)
  }
}
