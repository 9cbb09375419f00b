/**
 * CloudWatch Logs event ids. Undocumented, read off public samples: 56 decimal digits of
 * `timestamp (ms) << 144 | 0 (16 bits) | arrival (ms, 48 bits) << 80 | random (64 bits) << 16 | index (16 bits)`.
 * As text an id costs more than anything else in a row; split it is nearly free. Nothing relies on the layout: an id
 * that does not fit it exactly is kept as it is.
 */

export interface EventIdParts {
  /** Probably when CloudWatch Logs received the event, ms since the epoch. */
  readonly arrival: number
  /** 64 bits, as the signed integer with the same bits. */
  readonly random: bigint
  readonly index: number
}

/** Year 9999: what a timestamp column can hold, ms. */
const maxArrival = 253_402_300_799_999

/** The parts of an id, or null when it is not well formed or does not belong to the timestamp. */
export type EventIdSplitter = (id: string, timestamp: number) => EventIdParts | null

/** A splitter remembers the last id: most events share their random part, and often all but the index, with it. */
export function createEventIdSplitter(): EventIdSplitter {
  const memo: RandomMemo = { high: 0, low: 0, random: 0n }
  let lastId = ''
  let lastTimestamp = Number.NaN
  let lastParts: EventIdParts = { arrival: 0, random: 0n, index: 0 }
  return (id, timestamp) => {
    if (id.length !== 56) return null
    if (timestamp === lastTimestamp) {
      // Ids of one call and millisecond differ in their last digits only, by as much as their indexes do.
      const index = lastParts.index + tailDifference(id, lastId)
      if (index >= 0 && index <= 0xffff) return { arrival: lastParts.arrival, random: lastParts.random, index }
    }
    const parts = splitDigits(id, timestamp, memo)
    if (parts === null) return null
    lastId = id
    lastTimestamp = timestamp
    lastParts = parts
    return parts
  }
}

const headLength = 48

/** How much greater an id is than another one with the same head; NaN when the heads differ or a digit is none. */
function tailDifference(id: string, other: string): number {
  let difference = 0
  for (let index = headLength; index < 56; index++) {
    const digit = id.charCodeAt(index) - 48
    if (digit < 0 || digit > 9) return Number.NaN
    difference = difference * 10 + digit - (other.charCodeAt(index) - 48)
  }
  for (let index = headLength - 1; index >= 0; index--) {
    if (id.charCodeAt(index) !== other.charCodeAt(index)) return Number.NaN
  }
  return difference
}

const limbBase = 2 ** 24

/** The 64 random bits last seen, so that a BigInt is made once for the events of a call. */
interface RandomMemo {
  high: number
  low: number
  random: bigint
}

/**
 * Binary digits come out of the decimal ones in eight limbs of 24 bits, seven decimal digits at a time: all in numbers
 * that a double holds exactly, and three times faster than BigInt. Written out, because this is what an id costs.
 */
function splitDigits(id: string, timestamp: number, memo: RandomMemo): EventIdParts | null {
  let a = 0
  let b = 0
  let c = 0
  let d = 0
  let e = 0
  let f = 0
  let g = 0
  let h = 0
  for (let start = 0; start < 56; start += 7) {
    let carry = 0
    for (let index = start; index < start + 7; index++) {
      const digit = id.charCodeAt(index) - 48
      if (digit < 0 || digit > 9) return null
      carry = carry * 10 + digit
    }
    a = a * 1e7 + carry
    carry = Math.floor(a / limbBase)
    a -= carry * limbBase
    b = b * 1e7 + carry
    carry = Math.floor(b / limbBase)
    b -= carry * limbBase
    c = c * 1e7 + carry
    carry = Math.floor(c / limbBase)
    c -= carry * limbBase
    d = d * 1e7 + carry
    carry = Math.floor(d / limbBase)
    d -= carry * limbBase
    e = e * 1e7 + carry
    carry = Math.floor(e / limbBase)
    e -= carry * limbBase
    f = f * 1e7 + carry
    carry = Math.floor(f / limbBase)
    f -= carry * limbBase
    g = g * 1e7 + carry
    carry = Math.floor(g / limbBase)
    g -= carry * limbBase
    h = h * 1e7 + carry
  }
  if (g + h * limbBase !== timestamp || f >>> 8 !== 0) return null
  const arrival = (d >>> 8) + e * 2 ** 16 + (f & 0xff) * 2 ** 40
  if (arrival > maxArrival) return null
  const low = ((a >>> 16) | (b << 8)) >>> 0
  const high = (c | ((d & 0xff) << 24)) >>> 0
  if (memo.high !== high || memo.low !== low) {
    memo.high = high
    memo.low = low
    memo.random = BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low))
  }
  return { arrival, random: memo.random, index: a & 0xffff }
}

/** The inverse of splitting: the same 56 digits. */
export function joinEventId(parts: EventIdParts, timestamp: number): string {
  const value =
    (BigInt(timestamp) << 144n) |
    (BigInt(parts.arrival) << 80n) |
    (BigInt.asUintN(64, parts.random) << 16n) |
    BigInt(parts.index)
  return String(value).padStart(56, '0')
}
