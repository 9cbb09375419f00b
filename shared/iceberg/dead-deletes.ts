import type { DataFile } from './data-file.js'
import type { ManifestEntry } from './manifest.js'
import { hasLiveFiles } from './manifest-list.js'
import { readManifestList, readManifests } from './read-manifests.js'
import { RowDeletes } from './row-deletes.js'
import type { TableFiles } from './table-files.js'
import { currentSnapshot, type TableMetadata } from './table-metadata.js'

/**
 * Row-level deletes of the current snapshot that apply to none of its data files: those were written anew, or are gone. They
 * may be removed (`stageSnapshot`): positions name files, equality deletes are about rows of older sequence numbers, and a
 * file is added with such a number only in place of files to which they still apply.
 *
 * @throws NotFound when the snapshot was expired meanwhile, TableUnreadable
 */
export async function deadDeletes(
  metadata: TableMetadata,
  files: TableFiles,
  signal?: AbortSignal,
): Promise<readonly DataFile[]> {
  const snapshot = currentSnapshot(metadata)
  if (snapshot === null) return []
  const list = (await readManifestList(files, snapshot, signal)).filter(hasLiveFiles)
  const deletes: ManifestEntry[] = []
  const isData = ({ content }: (typeof list)[number]) => content === 'data'
  for await (const { entries } of readManifests(
    files,
    metadata,
    list.filter(each => !isData(each)),
    signal,
  )) {
    deletes.push(...entries.filter(({ status }) => status !== 'deleted'))
  }
  if (deletes.length === 0) return []
  const latest = deletes.reduce((most, { sequenceNumber }) => Math.max(most, sequenceNumber), 0)
  const older = list.filter(each => isData(each) && each.minSequenceNumber <= latest)
  const rowDeletes = new RowDeletes(metadata, deletes)
  const applied = new Set<DataFile>()
  for await (const { entries } of readManifests(files, metadata, older, signal)) {
    for (const entry of entries) {
      if (entry.status !== 'deleted') for (const each of rowDeletes.of(entry)) applied.add(each)
    }
  }
  return deletes.map(({ dataFile }) => dataFile).filter(file => !applied.has(file))
}
