/**
 * Landing objects that cannot be merged: damaged, foreign, or of a schema that this release does not know. They stay where
 * they are, readable to whoever can, and block nothing; this list says which they are and why. An object is looked at again
 * when it has changed or the release knows another schema.
 */
import { schemaVersion } from '../parquet/schema.js'
import { NotFound, PreconditionFailed } from '../store/errors.js'
import type { ObjectEntry, ObjectStore } from '../store/object-store.js'
import { StateDamaged } from './errors.js'

const key = 'state/set-aside.json'

export interface SetAside {
  readonly key: string
  readonly etag: string
  readonly reason: string
  /** ms since the epoch. */
  readonly since: number
  /** What the release knew that set it aside. */
  readonly schemaVersion: number
}

export interface SetAsideList {
  /** Null where there is no list yet. */
  readonly etag: string | null
  readonly entries: readonly SetAside[]
}

/** @throws StateDamaged */
export async function readSetAside(store: Pick<ObjectStore, 'get'>): Promise<SetAsideList> {
  try {
    const { body, etag } = await store.get(key)
    const { entries } = JSON.parse(new TextDecoder().decode(body)) as { entries: readonly SetAside[] }
    return { etag, entries }
  } catch (error) {
    if (error instanceof NotFound) return { etag: null, entries: [] }
    if (error instanceof SyntaxError)
      throw new StateDamaged(key, 'delete it, and commit lists these objects again', { cause: error })
    throw error
  }
}

export function isSetAside({ entries }: SetAsideList, object: ObjectEntry): boolean {
  return entries.some(
    entry => entry.key === object.key && entry.etag === object.etag && entry.schemaVersion === schemaVersion,
  )
}

/**
 * Writes the list when it has changed. When another writer was first, the next run finds these objects again.
 * @param listed ETags of what lies below `landing/` by key: an entry for another object than that is dropped
 */
export async function writeSetAside(
  store: Pick<ObjectStore, 'put'>,
  before: SetAsideList,
  found: readonly Omit<SetAside, 'schemaVersion'>[],
  listed: ReadonlyMap<string, string>,
): Promise<readonly SetAside[]> {
  const replaced = new Set(found.map(entry => entry.key))
  const kept = before.entries.filter(entry => listed.get(entry.key) === entry.etag && !replaced.has(entry.key))
  if (found.length === 0 && kept.length === before.entries.length) return before.entries
  const entries = [...kept, ...found.map(entry => ({ ...entry, schemaVersion }))]
  try {
    await store.put(key, new TextEncoder().encode(JSON.stringify({ version: 1, entries })), {
      contentType: 'application/json',
      ...(before.etag === null ? { ifNoneMatch: '*' as const } : { ifMatch: before.etag }),
    })
  } catch (error) {
    if (!(error instanceof PreconditionFailed)) throw error
  }
  return entries
}
