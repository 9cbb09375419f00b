/**
 * What subscriptions have missed: `state/backfill/<name>.json`, a list of groups and times whose events are in CloudWatch
 * and perhaps not in the lake. A note is written before the filter it is about, still without an end, so that a killed
 * run leaves a note that says too much and never none. Backfill is deduplicated: a time that is too long costs reading
 * only. Whoever has brought the events in deletes the object.
 */
import type { ObjectStore } from '../../store/object-store.js'

export interface BackfillNote {
  readonly logGroup: string
  /** ms since the epoch: from this time on … */
  readonly from: number
  /** … to this one; null while the filter is not known to deliver. */
  readonly to: number | null
  /**
   * `new`: between the group's creation and its filter. `missing`: the filter was away. `pattern`: its pattern left
   * events out. `sample`: that did, also of what was imported, so the note is about all the time before.
   */
  readonly reason: 'new' | 'missing' | 'pattern' | 'sample'
}

export interface BackfillNotes {
  readonly version: 1
  readonly notes: readonly BackfillNote[]
}

const prefix = 'state/backfill/'

/** A filter that was put is given this long until it delivers everything. */
export const settlingMs = 5 * 60_000

export function backfillKey(name: string): string {
  return `${prefix}${name}.json`
}

export async function writeBackfillNotes(
  store: Pick<ObjectStore, 'put' | 'delete'>,
  key: string,
  notes: readonly BackfillNote[],
): Promise<void> {
  if (notes.length === 0) return await store.delete([key])
  const body = Buffer.from(JSON.stringify({ version: 1, notes } satisfies BackfillNotes))
  await store.put(key, body, { contentType: 'application/json' })
}

export interface StoredBackfillNotes extends BackfillNotes {
  /** What is deleted when all of the notes are done. */
  readonly key: string
}

/** All notes that nobody has brought in yet, in the order of their keys. */
export async function* readBackfillNotes(
  store: Pick<ObjectStore, 'get' | 'list'>,
  options: { readonly signal?: AbortSignal } = {},
): AsyncGenerator<StoredBackfillNotes> {
  for await (const { key } of store.list(prefix, options)) {
    const { body } = await store.get(key, options)
    yield { key, ...(JSON.parse(Buffer.from(body).toString('utf8')) as BackfillNotes) }
  }
}
