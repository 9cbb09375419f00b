import { ByteWriter } from 'hyparquet-writer/src/bytewriter.js'
import { deltaBinaryPack } from 'hyparquet-writer/src/delta.js'
import type { BufferLease } from './buffer-pool.js'
import { GrowableInts } from './growable.js'

/** Strings up to this length are copied faster by a loop than by a call into Node. */
const shortLength = 20

/**
 * The values of a text column, encoded as they come: nothing holds on to the strings, so they die young and cost the
 * garbage collector little. Lone surrogates become U+FFFD.
 */
export class TextBytes {
  readonly #lease: BufferLease
  readonly #lengths: GrowableInts
  #bytes: Buffer = Buffer.alloc(0)
  #at = 0

  constructor(lease: BufferLease) {
    this.#lease = lease
    this.#lengths = new GrowableInts(lease)
  }

  push(value: string): void {
    const start = this.#at
    const most = value.length * 3
    if (start + most > this.#bytes.length) this.#grow(start + most)
    if (value.length > shortLength || !this.#pushAscii(value)) this.#at = start + this.#bytes.write(value, start)
    this.#lengths.push(this.#at - start)
  }

  /** Pushes the values of a text with one blank between each two: written as a whole, then closed up over the blanks. */
  pushColumns(text: string): void {
    const most = this.#at + text.length * 3
    if (most > this.#bytes.length) this.#grow(most)
    const bytes = this.#bytes
    const end = this.#at + bytes.write(text, this.#at)
    let to = this.#at
    let start = to
    for (let from = to; from < end; from++) {
      const byte = bytes[from]!
      if (byte === 32) {
        this.#lengths.push(to - start)
        start = to
      } else bytes[to++] = byte
    }
    this.#lengths.push(to - start)
    this.#at = to
  }

  /**
   * Pushes pieces of a text, given by start and end, without making strings of them; a negative start is no piece. The
   * text is written once, behind where its pieces can reach, and the pieces are copied to the front.
   */
  pushSpans(text: string, spans: readonly number[]): void {
    const room = text.length * 3
    if (this.#at + 2 * room > this.#bytes.length) this.#grow(this.#at + 2 * room)
    const bytes = this.#bytes
    const source = this.#at + room
    const isAscii = bytes.write(text, source) === text.length
    for (let index = 0; index < spans.length; index += 2) {
      const from = spans[index]!
      const to = spans[index + 1]!
      if (from < 0) continue
      if (!isAscii) {
        this.push(text.slice(from, to))
        continue
      }
      let at = this.#at
      for (let position = source + from; position < source + to; position++) bytes[at++] = bytes[position]!
      this.#lengths.push(at - this.#at)
      this.#at = at
    }
  }

  /** DELTA_LENGTH_BYTE_ARRAY: all lengths, then all bytes. */
  encode(): readonly Uint8Array[] {
    const lengths = new ByteWriter(1024)
    deltaBinaryPack(lengths, this.#lengths.view(), 'INT32')
    return [lengths.getBytes(), this.#bytes.subarray(0, this.#at)]
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
    this.#bytes = this.#lease.grow(this.#bytes, this.#at, needed)
  }
}
