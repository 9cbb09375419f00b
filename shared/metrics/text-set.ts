/**
 * Whether one of several texts occurs in a longer one, for texts that hardly ever do. Of each text a window is chosen, all
 * of one length, and the pairs of bytes in it are noted. A look at every so-manieth pair of the longer text then meets one
 * pair of any window that is there: far fewer looks than characters, and none waits for the one before.
 */
export class TextSet {
  /** By the hash of a pair: 0, or one more than its place in `#places`. */
  readonly #pairs = new Uint16Array(pairHashes)
  readonly #places: Place[][] = []
  readonly #stride: number

  /**
   * @param texts well-formed, and each of at least `shortestText` characters
   * @param sample of what is searched: windows are chosen that are rare there
   */
  constructor(texts: readonly string[], sample: string) {
    const encoded = texts.map(text => Buffer.from(text))
    const length = encoded.reduce((least, bytes) => Math.min(least, bytes.length), longestWindow)
    const times = countPairs(Buffer.from(sample.slice(0, sampleLength)))
    this.#stride = length - 1
    for (const bytes of encoded) {
      const start = rarestWindow(bytes, length, times)
      for (let pair = start; pair < start + this.#stride; pair++) this.#note(bytes, pair)
    }
  }

  occursIn(text: string): boolean {
    const bytes = bytesOf(text)
    const stride = this.#stride
    const pairs = this.#pairs
    const end = bytes.length - 1
    for (let at = 0; at < end; at += stride) {
      const noted = pairs[((bytes[at]! << 5) ^ bytes[at + 1]!) & pairMask]!
      if (noted !== 0 && isAround(this.#places[noted - 1]!, bytes, at)) return true
    }
    return false
  }

  #note(bytes: Uint8Array, pair: number): void {
    const hash = pairAt(bytes, pair)
    if (this.#pairs[hash] === 0) this.#pairs[hash] = this.#places.push([])
    this.#places[this.#pairs[hash]! - 1]!.push({ bytes, pair })
  }
}

/** Where a pair stands in a text. */
interface Place {
  readonly bytes: Uint8Array
  readonly pair: number
}

function isAround(places: readonly Place[], bytes: Uint8Array, at: number): boolean {
  for (const place of places) if (startsWith(bytes, at - place.pair, place.bytes)) return true
  return false
}

/** Shorter texts come too often to be worth it. */
export const shortestText = 3

const longestWindow = 8
const sampleLength = 4096
const pairHashes = 4096
const pairMask = pairHashes - 1

function pairAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 5) ^ bytes[at + 1]!) & pairMask
}

function countPairs(bytes: Uint8Array): Uint16Array {
  const times = new Uint16Array(pairHashes)
  for (let at = 0; at + 1 < bytes.length; at++) times[pairAt(bytes, at)]!++
  return times
}

function rarestWindow(bytes: Uint8Array, length: number, times: Uint16Array): number {
  let rarest = 0
  let least = Number.POSITIVE_INFINITY
  for (let start = 0; start + length <= bytes.length; start++) {
    let sum = 0
    for (let at = start; at < start + length - 1; at++) sum += times[pairAt(bytes, at)]!
    if (sum < least) {
      least = sum
      rarest = start
    }
  }
  return rarest
}

function startsWith(bytes: Uint8Array, start: number, text: Uint8Array): boolean {
  if (start < 0) return false
  for (let at = 0; at < text.length; at++) if (bytes[start + at] !== text[at]) return false
  return true
}

/** Holds a search's text for the time of the call. */
const scratch = Buffer.alloc(128 * 1024)

function bytesOf(text: string): Uint8Array {
  if (text.length * 3 > scratch.length) return Buffer.from(text)
  return scratch.subarray(0, scratch.write(text))
}
