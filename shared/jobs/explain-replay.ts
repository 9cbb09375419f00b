import type { ObjectEntry, ObjectStore } from '../store/object-store.js'
import { type ReplaySelection, selectObjects } from './replay.js'
import { type ReplayReason, reasonOfKey, replayDetail } from './replay-source.js'

/** What waits under one reason. */
export interface ReplayGroup {
  readonly reason: ReplayReason
  readonly meaning: string
  readonly objects: number
  readonly bytes: number
  /** When the first and last of them were written, ms since the epoch. */
  readonly oldest: number
  readonly newest: number
  /** Some of them, with what is known of each; nothing of what they hold. */
  readonly samples: readonly ReplaySample[]
}

export interface ReplaySample {
  readonly key: string
  readonly bytes: number
  readonly detail: string
}

const meanings: Readonly<Record<string, string>> = {
  'failed-async': 'invocations of ingest that failed to the end; a replay lands them',
  'failed-stream': 'Kinesis batches that failed to the end; a replay lands them',
  event: 'invocations that are neither a subscription nor a Kinesis batch: something else invokes ingest',
  base64: 'records that are not base64; only whoever sent them can mend that',
  compression: 'records that are not gzip, cut off, or fail their checksum',
  'too-large': 'records that inflate beyond the limit; tailrace replay --max-decoded raises it',
  utf8: 'records that are not UTF-8',
  json: 'records that are no JSON object',
  shape: 'records or events without the members that CloudWatch Logs sends',
  'message-type': 'records of a message type that this version does not know',
  'id-conflict': 'events that repeat an id with another message; they stay, whatever is replayed',
}

const samplesPerReason = 3

/** What a replay of the selection would take, by reason. Reads listings, and a few objects of each reason. */
export async function explainReplay(
  selection: ReplaySelection,
  raw: Pick<ObjectStore, 'get' | 'list'>,
): Promise<readonly ReplayGroup[]> {
  const found = new Map<ReplayReason, Found>()
  for await (const entry of selectObjects(selection, raw)) {
    const reason = reasonOfKey(entry.key)!
    const written = entry.lastModified.getTime()
    const group = found.get(reason) ?? { objects: 0, bytes: 0, oldest: written, newest: written, entries: [] }
    found.set(reason, group)
    group.objects++
    group.bytes += entry.size
    group.oldest = Math.min(group.oldest, written)
    group.newest = Math.max(group.newest, written)
    if (group.entries.length < samplesPerReason) group.entries.push(entry)
  }
  return Promise.all(
    [...found].map(async ([reason, { entries, ...counts }]) => ({
      reason,
      meaning: meanings[reason] ?? 'a reason that this version does not know',
      ...counts,
      samples: await Promise.all(entries.map(entry => sampleOf(entry, raw))),
    })),
  )
}

interface Found {
  objects: number
  bytes: number
  oldest: number
  newest: number
  readonly entries: ObjectEntry[]
}

async function sampleOf({ key, size }: ObjectEntry, raw: Pick<ObjectStore, 'get'>): Promise<ReplaySample> {
  return { key, bytes: size, detail: replayDetail(await raw.get(key)) }
}
