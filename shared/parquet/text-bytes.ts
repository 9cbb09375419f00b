import { ByteWriter } from 'hyparquet-writer/src/bytewriter.js'
import { deltaBinaryPack } from 'hyparquet-writer/src/delta.js'
import type { BufferLease } from './buffer-pool.js'
import { GrowableInts } from './growable.js'

/** Longer texts than this are written at once: joining them to others would only copy them once more. */
const longLength = 64
/** So many texts are joined and written in one call into Node, which costs as much as copying some hundred characters. */
const maxPending = 256

/**
 * The values of a text column, encoded as they come: nothing holds on to the strings for long, so they die young and cost
 * the garbage collector little. Lone surrogates become U+FFFD.
 */
export class TextBytes {
  readonly #lease: BufferLease
  readonly #lengths: GrowableInts
  #bytes: Buffer = Buffer.alloc(0)
  #at = 0
  /** Values that are not in the bytes yet. Their lengths are there already, in characters. */
  #pending = ''
  #pendingCount = 0

  constructor(lease: BufferLease) {
    this.#lease = lease
    this.#lengths = new GrowableInts(lease)
  }

  push(value: string): void {
    if (value.length > longLength) {
      this.#pushLong(value)
      return
    }
    this.#pending += value
    this.#lengths.push(value.length)
    if (++this.#pendingCount === maxPending) this.#writePending()
  }

  #pushLong(value: string): void {
    this.#writePending()
    this.#reserve(value.length * 3)
    const length = this.#bytes.write(value, this.#at)
    this.#lengths.push(length)
    this.#at += length
  }

  #writePending(): void {
    const text = this.#pending
    const count = this.#pendingCount
    if (count === 0) return
    this.#pending = ''
    this.#pendingCount = 0
    this.#reserve(text.length * 3)
    const written = this.#bytes.write(text, this.#at)
    // In ASCII, lengths in characters are lengths in bytes.
    if (written === text.length) this.#at += written
    else this.#writeEach(text, count)
  }

  /** Writes the last values one by one, and their lengths anew. */
  #writeEach(text: string, count: number): void {
    const lengths = this.#lengths.view().subarray(-count)
    let start = 0
    for (let index = 0; index < count; index++) {
      const end = start + lengths[index]!
      const length = this.#bytes.write(text.slice(start, end), this.#at)
      lengths[index] = length
      this.#at += length
      start = end
    }
  }

  /** Pushes the values of a text with one blank between each two: written as a whole, then closed up over the blanks. */
  pushColumns(text: string): void {
    this.#writePending()
    this.#reserve(text.length * 3)
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
    this.#writePending()
    const room = text.length * 3
    this.#reserve(2 * room)
    const bytes = this.#bytes
    const source = this.#at + room
    const isAscii = bytes.write(text, source) === text.length
    for (let index = 0; index < spans.length; index += 2) {
      const from = spans[index]!
      const to = spans[index + 1]!
      if (from < 0) continue
      if (!isAscii) {
        this.#pushLong(text.slice(from, to))
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
    this.#writePending()
    const lengths = new ByteWriter(1024)
    deltaBinaryPack(lengths, this.#lengths.view(), 'INT32')
    return [lengths.getBytes(), this.#bytes.subarray(0, this.#at)]
  }

  #reserve(room: number): void {
    const needed = this.#at + room
    if (needed > this.#bytes.length) this.#bytes = this.#lease.grow(this.#bytes, this.#at, needed)
  }
}
