/**
 * Files in the table's folder that no snapshot and no metadata in the log refer to: what commits that were never
 * published left behind, and what expired snapshots and old metadata did.
 */
import type { ObjectEntry } from '../store/object-store.js'
import type { LoadedTable } from './catalog.js'
import { hasLiveFiles } from './manifest-list.js'
import { manifestsOf, readManifests, withSignal } from './read-manifests.js'
import { keyOf, metadataFolder, type TableFiles } from './table-files.js'
import { isGarbageCollected } from './table-metadata.js'

/**
 * Metadata files stay for a day whatever the delay: a writer that stalled must not find its version free again
 * (`catalogs/s3.ts`).
 */
const minMetadataAgeMs = 24 * 60 * 60 * 1000

export interface OrphanOptions {
  readonly now: Date
  /** Younger files are left alone: longer than a commit can be under way, and than a reader can hold a snapshot. */
  readonly delayMs: number
  readonly signal?: AbortSignal
}

/**
 * None in a table with `gc.enabled=false`.
 *
 * @param table as the catalog gives it now: what was committed since it was loaded is younger than the delay
 * @throws OutsideStore when the table has files elsewhere that cannot be told
 */
export async function* findOrphans(
  table: LoadedTable,
  files: TableFiles,
  options: OrphanOptions,
): AsyncGenerator<ObjectEntry> {
  if (!isGarbageCollected(table.metadata)) return
  const reachable = await reachableKeys(table, files, options.signal)
  const folder = `${keyOf(files, files.location)}/`
  for await (const entry of files.store.list(folder, withSignal(options.signal))) {
    if (reachable.has(entry.key)) continue
    const delay = entry.key.endsWith('.metadata.json') ? Math.max(options.delayMs, minMetadataAgeMs) : options.delayMs
    if (options.now.getTime() - entry.lastModified.getTime() > delay) yield entry
  }
}

async function reachableKeys(
  { metadata, metadataLocation }: LoadedTable,
  files: TableFiles,
  signal: AbortSignal | undefined,
): Promise<ReadonlySet<string>> {
  const snapshots = metadata.snapshots ?? []
  const statistics = [...(metadata.statistics ?? []), ...(metadata['partition-statistics'] ?? [])]
  const paths = [
    metadataLocation,
    ...(metadata['metadata-log'] ?? []).map(entry => entry['metadata-file']),
    ...snapshots.map(snapshot => snapshot['manifest-list']),
    ...statistics.map(file => file['statistics-path']),
  ]
  const keys = new Set(paths.map(path => keyOf(files, path)))
  keys.add(`${metadataFolder(files)}version-hint.text`)
  const manifests = await manifestsOf(files, snapshots, signal)
  for (const path of manifests.keys()) keys.add(keyOf(files, path))
  const live = [...manifests.values()].filter(hasLiveFiles)
  for await (const { entries } of readManifests(files, metadata, live, signal)) {
    for (const { status, dataFile } of entries) if (status !== 'deleted') keys.add(keyOf(files, dataFile.filePath))
  }
  return keys
}
