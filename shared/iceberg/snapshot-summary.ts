/** The summary of a snapshot: the counts that the specification's appendix F names, as text. */
import type { DataFile } from './data-file.js'
import type { SnapshotChanges } from './stage-snapshot.js'
import type { Snapshot } from './table-metadata.js'

export function summaryOf(changes: SnapshotChanges, parent: Snapshot | null): Snapshot['summary'] {
  const { operation, added = [], removed = [] } = changes
  const partitions = new Set([...added, ...removed].map(partitionKey))
  const counts = { added: countsOf(added), removed: countsOf(removed) }
  const given = Object.entries({
    'added-data-files': counts.added.files,
    'added-records': counts.added.records,
    'added-files-size': counts.added.bytes,
    'deleted-data-files': counts.removed.files,
    'deleted-records': counts.removed.records,
    'removed-files-size': counts.removed.bytes,
    'changed-partition-count': partitions.size,
  }).filter(([, count]) => count > 0)
  const totals = [
    ['total-data-files', counts.added.files - counts.removed.files],
    ['total-records', counts.added.records - counts.removed.records],
    ['total-files-size', counts.added.bytes - counts.removed.bytes],
    ['total-delete-files', 0],
    ['total-position-deletes', 0],
    ['total-equality-deletes', 0],
  ] as const
  return {
    operation,
    ...Object.fromEntries(given.map(([name, count]) => [name, String(count)])),
    ...Object.fromEntries(
      totals.flatMap(([name, change]) => {
        const before = parent === null ? '0' : parent.summary?.[name]
        // A total that another engine left out is not known any more.
        return before === undefined ? [] : [[name, String(Number(before) + change)]]
      }),
    ),
    ...changes.summary,
  }
}

function countsOf(files: readonly DataFile[]): { files: number; records: number; bytes: number } {
  return files.reduce(
    (sum, file) => ({
      files: sum.files + 1,
      records: sum.records + file.recordCount,
      bytes: sum.bytes + file.fileSizeInBytes,
    }),
    { files: 0, records: 0, bytes: 0 },
  )
}

function partitionKey({ specId, partition }: DataFile): string {
  return JSON.stringify([specId, Object.values(partition).map(String)])
}
