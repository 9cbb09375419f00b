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
  /** Snapshots go that were replaced before, those that no ref reaches when they are older. */
  readonly maxAgeMs: number
  /** Main's own settings do not count: what it has to keep is to go all the same. */
  readonly overrulesMain?: boolean
}

export interface Expiry {
  /** To be committed; the same object when nothing expires. */
  readonly metadata: TableMetadata
  readonly expired: readonly Snapshot[]
}

/**
 * Keeps for every branch its newest `minSnapshots` and all that were replaced within `maxAgeMs`, what a tag names, and what
 * no ref reaches while it is young (another engine may be about to publish it). A branch or tag other than main goes
 * when it is older than its own `max-ref-age-ms`. Nothing expires from a table with `gc.enabled=false`.
 */
export function expireSnapshots(metadata: TableMetadata, options: ExpiryOptions): Expiry {
  if (!isGarbageCollected(metadata)) return { metadata, expired: [] }
  const snapshots = metadata.snapshots ?? []
  const refs = refsThatStay(metadata, options)
  const kept = new Set(refs.flatMap(([name, ref, history]) => keptBy(name, ref, history, options)))
  // A tag is one snapshot: what came before that has no ref that says how long it stays.
  const reached = new Set(refs.flatMap(([, { type }, history]) => (type === 'branch' ? history : history.slice(0, 1))))
  for (const one of snapshots) if (!reached.has(one) && ageOf(one, options) <= options.maxAgeMs) kept.add(one)
  const expired = snapshots.filter(snapshot => !kept.has(snapshot))
  if (expired.length === 0 && refs.length === Object.keys(refsOf(metadata)).length) return { metadata, expired }
  const gone = new Set(expired.map(snapshot => snapshot['snapshot-id']))
  const remains = (item: { readonly 'snapshot-id': bigint }): boolean => !gone.has(item['snapshot-id'])
  const next = {
    ...metadata,
    refs: Object.fromEntries(refs.map(([name, ref]) => [name, ref])),
    snapshots: snapshots.filter(remains),
    'snapshot-log': logAfter(metadata['snapshot-log'] ?? [], remains),
    ...(metadata.statistics && { statistics: metadata.statistics.filter(remains) }),
    ...(metadata['partition-statistics'] && {
      'partition-statistics': metadata['partition-statistics'].filter(remains),
    }),
  }
  return { metadata: touched(next, options.now), expired }
}

/** By the name of every branch and tag that stays: the snapshots that it keeps then, newest first. */
export function snapshotsByRef(
  metadata: TableMetadata,
  options: ExpiryOptions,
): ReadonlyMap<string, readonly Snapshot[]> {
  const refs = refsThatStay(metadata, options)
  return new Map(refs.map(([name, ref, history]) => [name, keptBy(name, ref, history, options)]))
}

type ReachingRef = readonly [name: string, ref: SnapshotRef, history: readonly Snapshot[]]

function refsThatStay(metadata: TableMetadata, options: ExpiryOptions): readonly ReachingRef[] {
  const byId = new Map((metadata.snapshots ?? []).map(snapshot => [snapshot['snapshot-id'], snapshot]))
  return Object.entries(refsOf(metadata))
    .map(([name, ref]) => [name, ref, ancestors(byId, ref['snapshot-id'])] as const)
    .filter(([name, ref, [head]]) => {
      return name === 'main' || head === undefined || ageOf(head, options) <= (ref['max-ref-age-ms'] ?? Infinity)
    })
}

function keptBy(
  name: string,
  ref: SnapshotRef,
  history: readonly Snapshot[],
  options: ExpiryOptions,
): readonly Snapshot[] {
  const settings: Partial<SnapshotRef> = options.overrulesMain === true && name === 'main' ? {} : ref
  const { 'max-snapshot-age-ms': maxAgeMs = options.maxAgeMs, 'min-snapshots-to-keep': least = options.minSnapshots } =
    settings
  return history.filter((_, index) => {
    const next = history[index - 1]
    if (next === undefined) return true
    // It has been read until the next one replaced it, however old it was by then.
    return ref.type === 'branch' && (index < least || ageOf(next, options) <= maxAgeMs)
  })
}

function ageOf(snapshot: Snapshot, { now }: ExpiryOptions): number {
  return now.getTime() - snapshot['timestamp-ms']
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
