/**
 * What was asked to be gone, as objects of their own below `state/erasures/`. They stay: a commit leaves out what they name,
 * so that nothing of it comes back through a late delivery, a replay or an import. They say which events and how many, never
 * what was in them.
 */
import { NotFound } from '../store/errors.js'
import type { ObjectStore } from '../store/object-store.js'
import { StateDamaged } from './errors.js'

const erasureFolder = 'state/erasures/'

const version = 1

/** Events of groups in a range of time. */
export interface EventScope {
  /** Globs over the whole group name: `*` any characters, `?` one. */
  readonly groups: readonly string[]
  /** Event times in ms, both inclusive; null for no bound. */
  readonly from: number | null
  readonly to: number | null
}

export interface Erasure extends EventScope {
  readonly id: string
  /** Null: all events of the scope. */
  readonly condition: ErasureCondition | null
}

export interface ErasureCondition {
  /** A filter pattern of CloudWatch Logs, or what follows `filter` in a query. */
  readonly kind: 'pattern' | 'filter'
  readonly text: string
}

/** Events that neither an erasure nor the end of their lake retention takes away. */
export interface LegalHold extends EventScope {
  readonly reason: string
}

export interface ErasureRecord extends Erasure {
  readonly version: number
  readonly requestedBy: string
  readonly reason: string | null
  /** ms since the epoch, and below. */
  readonly requestedAt: number
  /** Null while it is under way, or was cut short. */
  readonly finishedAt: number | null
  /** Taken out by the erasure itself; later commits count what they leave out. */
  readonly rows: number
  readonly files: number
}

/** In the order of their keys. @throws StateDamaged for one that is not ours: nothing may come back unseen */
export async function readErasures(
  store: Pick<ObjectStore, 'get' | 'list'>,
  signal?: AbortSignal,
): Promise<readonly ErasureRecord[]> {
  const options = signal === undefined ? {} : { signal }
  const records: ErasureRecord[] = []
  for await (const { key } of store.list(erasureFolder, options)) {
    try {
      records.push(recordOf(key, (await store.get(key, options)).body))
    } catch (error) {
      // Deleted since it was listed, by somebody who lets these events in again.
      if (!(error instanceof NotFound)) throw error
    }
  }
  return records
}

const remedy =
  'until it is put back as it was nothing is committed, for what it erased could come in again; to let that in, delete it'

function recordOf(key: string, body: Uint8Array): ErasureRecord {
  let record: ErasureRecord | null
  try {
    record = JSON.parse(new TextDecoder().decode(body)) as ErasureRecord | null
  } catch (cause) {
    throw new StateDamaged(key, remedy, { cause })
  }
  if (record?.version !== version || !Array.isArray(record.groups)) throw new StateDamaged(key, remedy)
  return record
}

export async function writeErasure(
  store: Pick<ObjectStore, 'put'>,
  record: Omit<ErasureRecord, 'version'>,
  signal?: AbortSignal,
): Promise<void> {
  const body = new TextEncoder().encode(JSON.stringify({ version, ...record }))
  await store.put(`${erasureFolder}${record.id}.json`, body, {
    contentType: 'application/json',
    ...(signal === undefined ? {} : { signal }),
  })
}

/** Whether an erasure can be about events of these times, ms. */
export function meets({ from, to }: Pick<EventScope, 'from' | 'to'>, min: number, max: number): boolean {
  return (from === null || max >= from) && (to === null || min <= to)
}
