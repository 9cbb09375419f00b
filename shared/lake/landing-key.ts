/**
 * The key of a landing object: a pure function of the decoded batch, so that every delivery of the same batch aims at
 * one object. Compressed bytes, filter names, policy level and clocks have no part in it.
 */
import { createHash } from 'node:crypto'

/** What identifies one CloudWatch payload of an invocation. */
export interface PayloadIdentity {
  readonly owner: string
  readonly logGroup: string
  readonly logStream: string
  readonly logEvents: readonly Identified[]
}

interface Identified {
  readonly id?: string
  /** Whole ms since the epoch. */
  readonly timestamp: number
  readonly message: string
}

/** `landing/<UTC day of the earliest event>/<minTs>-<maxTs>-<first 24 hex digits of sha256(identity)>.parquet`, times in ms. */
export function landingKey(payloads: readonly PayloadIdentity[], minTimestamp: number, maxTimestamp: number): string {
  const day = new Date(minTimestamp).toISOString().slice(0, 10)
  return `landing/${day}/${minTimestamp}-${maxTimestamp}-${identityHash(payloads)}.parquet`
}

export interface LandingKeyParts {
  readonly day: string
  readonly minTimestamp: number
  readonly maxTimestamp: number
}

/** The inverse, for pruning by key; null for a key that is not a landing object's. */
export function parseLandingKey(key: string): LandingKeyParts | null {
  const match = /^landing\/(\d{4}-\d\d-\d\d)\/(-?\d{1,15})-(-?\d{1,15})-[0-9a-f]{24}\.parquet$/.exec(key)
  if (match === null) return null
  return { day: match[1]!, minTimestamp: Number(match[2]), maxTimestamp: Number(match[3]) }
}

/** So many events are hashed at once: their text stays in the nearest cache. */
const eventsAtOnce = 512

/** Every part is preceded by its length, so that no two batches spell the same text. */
function identityHash(payloads: readonly PayloadIdentity[]): string {
  const hash = createHash('sha256')
  const timeText = createTimeText()
  for (const { owner, logGroup, logStream, logEvents } of payloads) {
    hash.update(
      `${owner.length}:${owner}${logGroup.length}:${logGroup}${logStream.length}:${logStream}${logEvents.length};`,
    )
    for (let start = 0; start < logEvents.length; start += eventsAtOnce) {
      const end = Math.min(start + eventsAtOnce, logEvents.length)
      let identities = ''
      for (let index = start; index < end; index++) identities += identityOf(logEvents[index]!, timeText)
      hash.update(identities)
    }
  }
  return hash.digest('hex').slice(0, 24)
}

/** Ids of other senders than CloudWatch may come again at another time. */
function identityOf({ id, timestamp, message }: Identified, timeText: (milliseconds: number) => string): string {
  if (!id) return `-${timestamp},${message.length}:${message}`
  return timeText(timestamp) + (id.length === 56 ? ',56:' : `,${id.length}:`) + id
}

const thousandths: readonly string[] = Array.from({ length: 1000 }, (_, value) => String(value).padStart(3, '0'))

/** `String` of a time in ms, which writes the seconds once for all events of a second: most of what an identity costs. */
function createTimeText(): (milliseconds: number) => string {
  let second = Number.NaN
  let secondText = ''
  return milliseconds => {
    if (milliseconds < 1000) return String(milliseconds)
    const whole = Math.floor(milliseconds / 1000)
    if (whole !== second) {
      second = whole
      secondText = String(whole)
    }
    return secondText + thousandths[milliseconds - whole * 1000]!
  }
}
