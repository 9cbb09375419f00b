import { ByteWriter } from 'hyparquet-writer/src/bytewriter.js'
import { deltaBinaryPack } from 'hyparquet-writer/src/delta.js'
import { GrowableInts } from './growable.js'

/** Strings up to this length are copied faster by a loop than by a call into Node. */
const shortLength = 12

/**
 * The values of a text column, encoded as they come: nothing holds on to the strings, so they die young and cost the
 * garbage collector little. Lone surrogates become U+FFFD.
 */
export class TextBytes {
  #bytes = Buffer.allocUnsafe(4096)
  #at = 0
  readonly #lengths = new GrowableInts()

  push(value: string): void {
    const start = this.#at
    const most = value.length * 3
    if (start + most > this.#bytes.length) this.#grow(start + most)
    if (value.length > shortLength || !this.#pushAscii(value)) this.#at = start + this.#bytes.write(value, start)
    this.#lengths.push(this.#at - start)
  }

  /** Pushes the values of a text with one blank between each two, without making strings of them. */
  pushColumns(text: string): void {
    if (this.#at + text.length > this.#bytes.length) this.#grow(this.#at + text.length)
    const bytes = this.#bytes
    const { length } = text
    let at = this.#at
    let start = at
    let first = 0
    for (let index = 0; index <= length; index++) {
      const code = index === length ? 32 : text.charCodeAt(index)
      if (code > 127) {
        this.#at = start
        for (const value of text.slice(first).split(' ')) this.push(value)
        return
      }
      if (code === 32) {
        this.#lengths.push(at - start)
        start = at
        first = index + 1
      } else bytes[at++] = code
    }
    this.#at = at
  }

  /** DELTA_LENGTH_BYTE_ARRAY: all lengths, then all bytes. */
  encode(): Uint8Array {
    const lengths = new ByteWriter(1024)
    deltaBinaryPack(lengths, this.#lengths.view(), 'INT32')
    return Buffer.concat([lengths.getBytes(), this.#bytes.subarray(0, this.#at)])
  }

  /** False, with nothing pushed, when a character is not ASCII. */
  #pushAscii(value: string): boolean {
    const bytes = this.#bytes
    const start = this.#at
    for (let index = 0; index < value.length; index++) {
      const code = value.charCodeAt(index)
      if (code > 127) return false
      bytes[start + index] = code
    }
    this.#at = start + value.length
    return true
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2))
    this.#bytes.copy(larger, 0, 0, this.#at)
    this.#bytes = larger
  }
}
