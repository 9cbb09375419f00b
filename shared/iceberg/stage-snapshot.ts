/**
 * A snapshot in the making: manifests and manifest list are written, nothing is published. Manifests that lose files are
 * rewritten, small ones are merged, all others are carried on as they are.
 */
import type { DataFile } from './data-file.js'
import { DeleteFilesUnsupported, FilesGone } from './errors.js'
import { mayListAny } from './field-summaries.js'
import { groupBy } from './group-by.js'
import type { ManifestEntry } from './manifest.js'
import { encodeManifestList, hasLiveFiles, type ManifestFile } from './manifest-list.js'
import { mergeManifests } from './merge-manifests.js'
import { readManifest, readManifestList, readManifests, withSignal } from './read-manifests.js'
import { RowDeletes } from './row-deletes.js'
import { summaryOf } from './snapshot-summary.js'
import { changeProperties } from './table-changes.js'
import { metadataFolder, type TableFiles, uriOf } from './table-files.js'
import { currentSnapshot, type Operation, type Snapshot, specOf, type TableMetadata } from './table-metadata.js'
import { partitionTypes } from './transform.js'
import { writeManifest } from './write-manifest.js'

export interface SnapshotChanges {
  /** `append` adds, `delete` removes, `replace` changes files and no rows (compaction), `overwrite` both. */
  readonly operation: Operation
  readonly added?: readonly DataFile[]
  /** Data files as planned, and files of row-level deletes; found by path. */
  readonly removed?: readonly DataFile[]
  /** Row-level deletes, by their paths, that what is added has taken into account. */
  readonly appliedDeletes?: ReadonlySet<string>
  /** Further members of the snapshot's summary. */
  readonly summary?: Readonly<Record<string, string>>
  /** Table properties of the same commit; null takes one away. */
  readonly properties?: Readonly<Record<string, string | null>>
}

export interface StageOptions {
  /** Positive and new: `newSnapshotId`. */
  readonly snapshotId: bigint
  readonly now: Date
  /** A new name for every file, such as a UUID. */
  readonly newId: () => string
  readonly signal?: AbortSignal
}

export interface StagedSnapshot {
  /** To be committed. */
  readonly metadata: TableMetadata
  readonly snapshot: Snapshot
  /** Keys of the manifests and the manifest list written for it: orphans if it is never committed. */
  readonly written: readonly string[]
}

/** A manifest of the new snapshot: one that is there already, or entries to be written. */
export type PendingManifest = ManifestFile | NewManifest

export interface NewManifest extends Pick<ManifestFile, 'content'> {
  readonly specId: number
  readonly entries: readonly ManifestEntry[]
}

/** What writing the files of one snapshot needs. */
export interface Staging {
  readonly metadata: TableMetadata
  readonly files: TableFiles
  readonly options: StageOptions
  readonly sequenceNumber: number
  readonly written: string[]
}

/** Of one manifest of added files: about 1 MB. */
const maxEntries = 4_000

/**
 * Writes the manifests and the manifest list of the snapshot that makes these changes to the current one, and gives the
 * metadata to commit. Everything else in the table is carried on.
 *
 * @throws FilesGone when a file to remove is not in the current snapshot
 * @throws DeleteFilesUnsupported when files are replaced of which another engine may have deleted rows that the change does
 * not know of
 * @throws NotFound when the base was expired meanwhile: load the table again
 */
export async function stageSnapshot(
  metadata: TableMetadata,
  files: TableFiles,
  changes: SnapshotChanges,
  options: StageOptions,
): Promise<StagedSnapshot> {
  const { added = [] } = changes
  const parent = currentSnapshot(metadata)
  const sequenceNumber = metadata['last-sequence-number'] + 1
  const staging: Staging = { metadata, files, options, sequenceNumber, written: [] }
  const list = parent === null ? [] : await readManifestList(files, parent, options.signal)
  const kept = await withoutRemoved(staging, list.filter(hasLiveFiles), changes)
  const pending = await mergeManifests(staging, [...addedManifests(staging, added), ...kept])
  const manifests: ManifestFile[] = []
  for (const manifest of pending) {
    manifests.push('manifestPath' in manifest ? manifest : await writeManifest(staging, manifest))
  }
  const snapshot = await writeSnapshot(staging, manifests, parent, changes)
  return { metadata: withSnapshot(metadata, snapshot, changes), snapshot, written: staging.written }
}

function addedManifests({ options, sequenceNumber }: Staging, added: readonly DataFile[]): PendingManifest[] {
  const manifests: PendingManifest[] = []
  for (const [specId, ofSpec] of groupBy(added, file => file.specId)) {
    for (let start = 0; start < ofSpec.length; start += maxEntries) {
      const entries = ofSpec.slice(start, start + maxEntries).map(dataFile => ({
        status: 'added' as const,
        snapshotId: options.snapshotId,
        sequenceNumber,
        fileSequenceNumber: sequenceNumber,
        dataFile,
      }))
      manifests.push({ content: 'data', specId, entries })
    }
  }
  return manifests
}

/** The manifests of the parent, those that list a removed file with it marked as deleted. */
async function withoutRemoved(
  staging: Staging,
  list: readonly ManifestFile[],
  { added = [], removed = [], appliedDeletes = new Set() }: SnapshotChanges,
): Promise<readonly PendingManifest[]> {
  if (removed.length === 0) return list
  const { files, metadata, options } = staging
  const byPlace = groupBy(removed, file => placeOf(file.content === 'data' ? 'data' : 'deletes', file.specId))
  const mayList = new Map(
    Array.from(byPlace, ([place, some]) => {
      const types = partitionTypes(specOf(metadata, some[0]!.specId), metadata.schemas)
      return [place, mayListAny(some, types)]
    }),
  )
  const candidates = list.filter(({ content, partitionSpecId, partitions }) =>
    mayList.get(placeOf(content, partitionSpecId))?.(partitions),
  )
  const missing = new Set(removed.map(file => file.filePath))
  const rewritten = new Map<ManifestFile, PendingManifest>()
  const gone: ManifestEntry[] = []
  for await (const { manifest, entries } of readManifests(files, metadata, candidates, options.signal)) {
    const live = entries.filter(({ status }) => status !== 'deleted')
    if (!live.some(({ dataFile }) => missing.has(dataFile.filePath))) continue
    const marked = live.map(entry => {
      if (!missing.delete(entry.dataFile.filePath)) return { ...entry, status: 'existing' as const }
      gone.push(entry)
      return { ...entry, status: 'deleted' as const, snapshotId: options.snapshotId }
    })
    rewritten.set(manifest, { content: manifest.content, specId: manifest.partitionSpecId, entries: marked })
  }
  if (missing.size > 0) throw new FilesGone([...missing])
  // What goes for good takes its deletes with it.
  if (added.length > 0) await refuseRowDeletes(staging, list, gone, appliedDeletes)
  return list.map(manifest => rewritten.get(manifest) ?? manifest)
}

/** Manifests are of one content and one partition spec. */
function placeOf(content: ManifestFile['content'], specId: number): string {
  return `${content} ${specId}`
}

async function refuseRowDeletes(
  { files, metadata, options }: Staging,
  list: readonly ManifestFile[],
  replaced: readonly ManifestEntry[],
  applied: ReadonlySet<string>,
): Promise<void> {
  const deletes: ManifestEntry[] = []
  for (const manifest of list.filter(({ content }) => content === 'deletes')) {
    const entries = await readManifest(files, metadata, manifest, options.signal)
    deletes.push(...entries.filter(({ status, dataFile }) => status !== 'deleted' && !applied.has(dataFile.filePath)))
  }
  if (deletes.length === 0) return
  const rowDeletes = new RowDeletes(metadata, deletes)
  for (const entry of replaced) {
    const [refused] = rowDeletes.of(entry)
    if (refused !== undefined) throw new DeleteFilesUnsupported(refused)
  }
}

async function writeSnapshot(
  { metadata, files, options, sequenceNumber, written }: Staging,
  manifests: readonly ManifestFile[],
  parent: Snapshot | null,
  changes: SnapshotChanges,
): Promise<Snapshot> {
  const { snapshotId, newId, signal } = options
  const parentId = parent?.['snapshot-id'] ?? null
  const key = `${metadataFolder(files)}snap-${snapshotId}-1-${newId()}.avro`
  const body = encodeManifestList(manifests, { snapshotId, parentId, sequenceNumber })
  written.push(key)
  await files.store.put(key, body, withSignal(signal))
  return {
    'sequence-number': sequenceNumber,
    'snapshot-id': snapshotId,
    ...(parentId === null ? {} : { 'parent-snapshot-id': parentId }),
    // Never before what the table had: a snapshot log has to ascend whatever the clocks of its writers say.
    'timestamp-ms': Math.max(options.now.getTime(), metadata['last-updated-ms']),
    summary: summaryOf(changes, parent),
    'manifest-list': uriOf(files, key),
    'schema-id': metadata['current-schema-id'],
  }
}

function withSnapshot(metadata: TableMetadata, snapshot: Snapshot, changes: SnapshotChanges): TableMetadata {
  const { 'snapshot-id': id, 'timestamp-ms': timestamp } = snapshot
  const changed = changes.properties === undefined ? metadata : changeProperties(metadata, changes.properties)
  return {
    ...changed,
    'last-sequence-number': snapshot['sequence-number'],
    'last-updated-ms': timestamp,
    'current-snapshot-id': id,
    snapshots: [...(metadata.snapshots ?? []), snapshot],
    'snapshot-log': [...(metadata['snapshot-log'] ?? []), { 'snapshot-id': id, 'timestamp-ms': timestamp }],
    refs: { ...metadata.refs, main: { ...metadata.refs?.main, 'snapshot-id': id, type: 'branch' } },
  }
}
