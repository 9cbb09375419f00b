/** Typed arrays that grow by doubling: cheaper than number[] for levels and dictionary indexes. */
export class GrowableBytes {
  #values: Uint8Array = new Uint8Array(256)
  length = 0

  push(value: number): void {
    if (this.length === this.#values.length) this.#grow(this.length + 1)
    this.#values[this.length++] = value
  }

  fill(value: number, count: number): void {
    if (this.length + count > this.#values.length) this.#grow(this.length + count)
    this.#values.fill(value, this.length, this.length + count)
    this.length += count
  }

  view(): Uint8Array {
    return this.#values.subarray(0, this.length)
  }

  #grow(needed: number): void {
    const larger = new Uint8Array(Math.max(needed, this.#values.length * 2))
    larger.set(this.#values)
    this.#values = larger
  }
}

export class GrowableInts {
  #values: Int32Array = new Int32Array(256)
  length = 0

  push(value: number): void {
    if (this.length === this.#values.length) this.#grow(this.length + 1)
    this.#values[this.length++] = value
  }

  append(values: Int32Array): void {
    if (this.length + values.length > this.#values.length) this.#grow(this.length + values.length)
    for (let index = 0; index < values.length; index++) this.#values[this.length + index] = values[index]!
    this.length += values.length
  }

  view(): Int32Array {
    return this.#values.subarray(0, this.length)
  }

  #grow(needed: number): void {
    const larger = new Int32Array(Math.max(needed, this.#values.length * 2))
    larger.set(this.#values)
    this.#values = larger
  }
}
