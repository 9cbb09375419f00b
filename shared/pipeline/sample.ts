import type { LogEvent } from '../cloudwatch/payload.js'

/** What `sample` decides by: the id, which every delivery repeats, or time and text of an event without one. */
export function sampledBy({ id = '', timestamp, message }: LogEvent): string {
  return id === '' ? `${timestamp}${message}` : id
}

/**
 * Whether `sample` keeps an event: decided by a hash (FNV-1a) of what identifies it, so that a redelivery, a backfill and
 * a replay decide alike.
 *
 * @param identity from `sampledBy`
 * @param rate share kept, 0 to 1
 */
export function isSampled(identity: string, rate: number): boolean {
  if (rate >= 1) return true
  let hash = 0x811c9dc5
  for (let index = 0; index < identity.length; index++) {
    hash = Math.imul(hash ^ identity.charCodeAt(index), 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32 < rate
}
