/**
 * Which snapshots a table lets go, and which files nothing refers to afterwards. The metadata without them is committed
 * first; the files are deleted later, when no reader can be in the middle of one of those snapshots.
 */
import { hasLiveFiles } from './manifest-list.js'
import { manifestsOf, readManifests } from './read-manifests.js'
import { touched } from './table-changes.js'
import { keyOf, type TableFiles } from './table-files.js'
import { isGarbageCollected, type Snapshot, type SnapshotRef, type TableMetadata } from './table-metadata.js'

export interface ExpiryOptions {
  readonly now: Date
  /** Kept although it is older: the newest ones of a branch. A ref's own settings come first. */
  readonly minSnapshots: number
  /** Older snapshots go. */
  readonly maxAgeMs: number
}

export interface Expiry {
  /** To be committed; the same object when nothing expires. */
  readonly metadata: TableMetadata
  readonly expired: readonly Snapshot[]
}

/**
 * Keeps for every branch its newest `minSnapshots` and all that are younger than `maxAgeMs`, what a tag names, and what
 * no ref reaches while it is young (another engine may be about to publish it). A branch or tag other than main goes
 * when it is older than its own `max-ref-age-ms`. Nothing expires from a table with `gc.enabled=false`.
 */
export function expireSnapshots(metadata: TableMetadata, options: ExpiryOptions): Expiry {
  if (!isGarbageCollected(metadata)) return { metadata, expired: [] }
  const snapshots = metadata.snapshots ?? []
  const byId = new Map(snapshots.map(snapshot => [snapshot['snapshot-id'], snapshot]))
  const age = (snapshot: Snapshot): number => options.now.getTime() - snapshot['timestamp-ms']
  const refs = Object.entries(refsOf(metadata)).filter(([name, ref]) => {
    const snapshot = byId.get(ref['snapshot-id'])
    return name === 'main' || snapshot === undefined || age(snapshot) <= (ref['max-ref-age-ms'] ?? Infinity)
  })
  const kept = new Set<Snapshot>()
  const reached = new Set<Snapshot>()
  for (const [, ref] of refs) {
    const history = ancestors(byId, ref['snapshot-id'])
    for (const [index, snapshot] of history.entries()) {
      reached.add(snapshot)
      const isYoung = age(snapshot) <= (ref['max-snapshot-age-ms'] ?? options.maxAgeMs)
      const isNew = index < (ref['min-snapshots-to-keep'] ?? options.minSnapshots)
      if (index === 0 || (ref.type === 'branch' && (isYoung || isNew))) kept.add(snapshot)
    }
  }
  for (const snapshot of snapshots) if (!reached.has(snapshot) && age(snapshot) <= options.maxAgeMs) kept.add(snapshot)
  const expired = snapshots.filter(snapshot => !kept.has(snapshot))
  if (expired.length === 0 && refs.length === Object.keys(refsOf(metadata)).length) return { metadata, expired }
  const gone = new Set(expired.map(snapshot => snapshot['snapshot-id']))
  const remains = (item: { readonly 'snapshot-id': bigint }): boolean => !gone.has(item['snapshot-id'])
  const next = {
    ...metadata,
    refs: Object.fromEntries(refs),
    snapshots: snapshots.filter(remains),
    'snapshot-log': logAfter(metadata['snapshot-log'] ?? [], remains),
    ...(metadata.statistics && { statistics: metadata.statistics.filter(remains) }),
    ...(metadata['partition-statistics'] && {
      'partition-statistics': metadata['partition-statistics'].filter(remains),
    }),
  }
  return { metadata: touched(next, options.now), expired }
}

/** A table of an older writer has only the current snapshot and no refs. */
function refsOf(metadata: TableMetadata): Readonly<Record<string, SnapshotRef>> {
  const { refs = {}, 'current-snapshot-id': current } = metadata
  if (refs.main !== undefined || current === undefined || current === null || current < 0n) return refs
  return { ...refs, main: { 'snapshot-id': current, type: 'branch' } }
}

/** Newest first, the snapshot itself too. */
function ancestors(byId: ReadonlyMap<bigint, Snapshot>, id: bigint): Snapshot[] {
  const history: Snapshot[] = []
  let snapshot = byId.get(id)
  while (snapshot !== undefined) {
    history.push(snapshot)
    const parent = snapshot['parent-snapshot-id']
    snapshot = parent === undefined || parent === null ? undefined : byId.get(parent)
  }
  return history
}

/** The log has no gaps: what lies before an expired entry goes too, as the reference implementation has it. */
function logAfter<T>(log: readonly T[], remains: (entry: T) => boolean): readonly T[] {
  return log.slice(log.findLastIndex(entry => !remains(entry)) + 1)
}

export interface Unreachable {
  readonly manifestLists: readonly string[]
  readonly manifests: readonly string[]
  readonly dataFiles: readonly string[]
}

/**
 * Keys of the files that only the expired snapshots refer to. Read before they are deleted.
 *
 * @param metadata after the expiry
 */
export async function unreachableFiles(
  metadata: TableMetadata,
  files: TableFiles,
  expired: readonly Snapshot[],
  signal?: AbortSignal,
): Promise<Unreachable> {
  const kept = await manifestsOf(files, metadata.snapshots ?? [], signal)
  const gone = await manifestsOf(files, expired, signal)
  const candidates = [...gone.values()].filter(manifest => !kept.has(manifest.manifestPath))
  const dataFiles = new Set<string>()
  for await (const { entries } of readManifests(files, metadata, candidates, signal)) {
    for (const { dataFile } of entries) dataFiles.add(dataFile.filePath)
  }
  if (dataFiles.size > 0) {
    const live = [...kept.values()].filter(hasLiveFiles)
    for await (const { entries } of readManifests(files, metadata, live, signal)) {
      for (const { status, dataFile } of entries) if (status !== 'deleted') dataFiles.delete(dataFile.filePath)
    }
  }
  return {
    manifestLists: expired.map(snapshot => keyOf(files, snapshot['manifest-list'])),
    manifests: candidates.map(manifest => keyOf(files, manifest.manifestPath)),
    dataFiles: [...dataFiles].map(path => keyOf(files, path)),
  }
}
