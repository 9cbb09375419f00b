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
  readonly logEvents: readonly { readonly id?: string; readonly timestamp: number; readonly message: string }[]
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

/** Every part is preceded by its length, so that no two batches spell the same text. */
function identityHash(payloads: readonly PayloadIdentity[]): string {
  const hash = createHash('sha256')
  for (const { owner, logGroup, logStream, logEvents } of payloads) {
    hash.update(
      `${owner.length}:${owner}${logGroup.length}:${logGroup}${logStream.length}:${logStream}${logEvents.length};`,
    )
    let identities = ''
    for (const event of logEvents) identities += identityOf(event)
    hash.update(identities)
  }
  return hash.digest('hex').slice(0, 24)
}

/** Ids of other senders than CloudWatch may come again at another time. */
function identityOf(event: PayloadIdentity['logEvents'][number]): string {
  if (event.id) return `${event.timestamp},${event.id.length}:${event.id}`
  return `-${event.timestamp},${event.message.length}:${event.message}`
}
