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

const digits = /^[0-9]{56}$/
const mask64 = (1n << 64n) - 1n
/** Year 9999: what a timestamp column can hold. */
const maxArrival = 253_402_300_799_999n

/** The parts of an id, or null when it is not well formed or does not belong to the timestamp. */
export function splitEventId(id: string, timestamp: number): EventIdParts | null {
  if (!digits.test(id) || timestamp < 0) return null
  const value = BigInt(id)
  if (value >> 144n !== BigInt(timestamp)) return null
  const arrival = (value >> 80n) & mask64
  if (arrival > maxArrival) return null
  const low = value & ((1n << 80n) - 1n)
  return { arrival: Number(arrival), random: BigInt.asIntN(64, low >> 16n), index: Number(low & 0xffffn) }
}

/** The inverse of `splitEventId`: the same 56 digits. */
export function joinEventId(parts: EventIdParts, timestamp: number): string {
  const value =
    (BigInt(timestamp) << 144n) |
    (BigInt(parts.arrival) << 80n) |
    (BigInt.asUintN(64, parts.random) << 16n) |
    BigInt(parts.index)
  return String(value).padStart(56, '0')
}
