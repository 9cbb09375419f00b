import type { LoadedTable } from '../shared/iceberg/catalog.js'
import { currentSnapshot, type TableMetadata } from '../shared/iceberg/table-metadata.js'
import { type Consumed, readConsumed } from '../shared/lake/consumed.js'
import { loadWith } from '../shared/lake/lake-dependencies.js'
import { parseLandingKey } from '../shared/lake/landing-key.js'
import { type CataloguedGroup, readCatalogue } from '../shared/lake/ledger.js'
import { landingDays, listLanding } from '../shared/lake/list-landing.js'
import { groupSummaries } from '../shared/lake/read-row-groups.js'
import { FooterUnreadable, readKeyValues } from '../shared/parquet/read-footer.js'
import { NotFound } from '../shared/store/errors.js'
import type { ObjectStore } from '../shared/store/object-store.js'
import { lakeCatalog } from './lake.js'

/** What is known of a lake without reading events. */
export interface KnownLake {
  readonly metadata: TableMetadata | null
  readonly snapshotId: string | null
  /** Of all that was ever committed. */
  readonly committed: readonly CataloguedGroup[]
  /** Landing objects that the table does not hold yet, with the event times in their keys. */
  readonly fresh: readonly FreshObject[]
}

export interface FreshObject {
  readonly key: string
  readonly size: number
  /** Event times, ms. */
  readonly first: number
  readonly last: number
}

/** @throws ObjectStoreError, LakeStateUnreadable */
export async function readKnownLake(lake: ObjectStore, signal?: AbortSignal): Promise<KnownLake> {
  // In this order: what is committed in between is then on the list of consumed objects.
  const landing = await listLanding(lake, signal)
  const options = { days: landingDays(landing), ...(signal === undefined ? {} : { signal }) }
  const read = async (table: LoadedTable | null) => {
    const metadata = table?.metadata ?? null
    const [consumed, committed] = await Promise.all([
      readConsumed(metadata, lake, options),
      readCatalogue(metadata, lake, signal),
    ])
    return { metadata, consumed, committed }
  }
  const { metadata, consumed, committed } = await loadWith(lakeCatalog(lake), read, signal)
  const snapshot = metadata === null ? null : currentSnapshot(metadata)
  const snapshotId = snapshot === null ? null : String(snapshot['snapshot-id'])
  return { metadata, snapshotId, committed, fresh: landing.flatMap(entry => freshObject(entry, consumed)) }
}

function freshObject({ key, size }: { key: string; size: number }, consumed: Consumed): readonly FreshObject[] {
  const times = parseLandingKey(key)
  if (times === null || consumed.has(key)) return []
  return [{ key, size, first: times.minTimestamp, last: times.maxTimestamp }]
}

const reads = 20

/**
 * Names of log groups without looking at events: those of the ledger, and those that landing objects which are not
 * committed yet name in their footers, of which a few kilobytes each are read.
 *
 * @param most looks into the newest of these objects only, where there are more
 */
export async function knownGroups(
  lake: ObjectStore,
  { most, signal }: { readonly most?: number; readonly signal?: AbortSignal } = {},
): Promise<readonly string[]> {
  const { committed, fresh } = await readKnownLake(lake, signal)
  const newest = [...fresh].sort((a, b) => b.last - a.last).slice(0, most)
  const groups = new Set(committed.map(({ name }) => name))
  for (let at = 0; at < newest.length; at += reads) {
    const batch = newest.slice(at, at + reads)
    for (const names of await Promise.all(batch.map(object => groupsIn(lake, object, signal)))) {
      for (const name of names) groups.add(name)
    }
  }
  return [...groups].sort()
}

/**
 * An object that went away was committed meanwhile; its groups are most likely known. One that is damaged names none: who reads
 * events of its time is told of it.
 */
async function groupsIn(
  lake: ObjectStore,
  { key, size }: FreshObject,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const options = signal === undefined ? {} : { signal }
  const read = async (start: number) => (await lake.get(key, { range: { start }, ...options })).body
  try {
    return [...(groupSummaries({ keyValues: await readKeyValues(read, size) })?.keys() ?? [])]
  } catch (error) {
    if (error instanceof NotFound || error instanceof FooterUnreadable) return []
    throw error
  }
}
