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

/**
 * A splitter remembers the last id: the events of a call share arrival and random part, so that an id mostly is the last
 * one, plus the time between them in its place, plus the difference of their indexes.
 */
export function createEventIdSplitter(): EventIdSplitter {
  const memo: RandomMemo = { high: 0, low: 0, random: 0n }
  const last = new Float64Array(groups)
  const current = new Float64Array(groups)
  let lastTimestamp = Number.NaN
  let lastParts: EventIdParts = { arrival: 0, random: 0n, index: 0 }
  return (id, timestamp) => {
    if (id.length !== 56 || !readGroups(id, current)) return null
    const index = lastParts.index + indexDifference(current, last, timestamp - lastTimestamp)
    if (index >= 0 && index <= 0xffff) return { arrival: lastParts.arrival, random: lastParts.random, index }
    const parts = splitGroups(current, timestamp, memo)
    if (parts === null) return null
    last.set(current)
    lastTimestamp = timestamp
    lastParts = parts
    return parts
  }
}

/** The digits of an id are read seven at a time. */
const groups = 8
const groupBase = 1e7

/** False when a character is no digit. */
function readGroups(id: string, into: Float64Array): boolean {
  for (let group = 0; group < groups; group++) {
    const start = group * 7
    let value = 0
    for (let at = start; at < start + 7; at++) {
      const digit = id.charCodeAt(at) - 48
      if (digit < 0 || digit > 9) return false
      value = value * 10 + digit
    }
    into[group] = value
  }
  return true
}

/** 2^144, which is what a millisecond counts in an id, in groups of digits. */
const millisecond: readonly number[] = String((1n << 144n) + 10n ** 56n)
  .slice(1)
  .match(/.{7}/g)!
  .map(Number)

/** Milliseconds apart up to which their product with a group is exact in a double. */
const longestGap = 1e8

/**
 * How much greater the index of an id is than that of another, `gap` ms earlier; NaN when they differ in more than that, or
 * so much that another way has to find out.
 */
function indexDifference(current: Float64Array, last: Float64Array, gap: number): number {
  if (!(Math.abs(gap) < longestGap)) return Number.NaN
  let carry = 0
  let difference = 0
  for (let group = groups - 1; group >= 0; group--) {
    const sum = last[group]! + gap * millisecond[group]! + carry
    carry = Math.floor(sum / groupBase)
    const apart = current[group]! - (sum - carry * groupBase)
    if (group === groups - 1) difference = apart
    else if (group === groups - 2) difference += apart * groupBase
    else if (apart !== 0) return Number.NaN
  }
  return carry === 0 ? difference : Number.NaN
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
function splitGroups(digits: Float64Array, timestamp: number, memo: RandomMemo): EventIdParts | null {
  let a = 0
  let b = 0
  let c = 0
  let d = 0
  let e = 0
  let f = 0
  let g = 0
  let h = 0
  for (let group = 0; group < groups; group++) {
    let carry = digits[group]!
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
