/** The summary of a snapshot: the counts that the specification's appendix F names, as text. */
import type { DataFile } from './data-file.js'
import type { SnapshotChanges } from './stage-snapshot.js'
import type { Snapshot } from './table-metadata.js'

export function summaryOf(changes: SnapshotChanges, parent: Snapshot | null): Snapshot['summary'] {
  const { operation, added = [], removed = [] } = changes
  const partitions = new Set([...added, ...removed].map(partitionKey))
  const removedOf = (content: DataFile['content']) => countsOf(removed.filter(file => file.content === content))
  const counts = { added: countsOf(added), removed: removedOf('data') }
  const [positions, equalities] = [removedOf('position deletes'), removedOf('equality deletes')]
  const bytes = countsOf(removed).bytes
  const given = Object.entries({
    'added-data-files': counts.added.files,
    'added-records': counts.added.records,
    'added-files-size': counts.added.bytes,
    'deleted-data-files': counts.removed.files,
    'deleted-records': counts.removed.records,
    'removed-delete-files': positions.files + equalities.files,
    'removed-position-delete-files': positions.files,
    'removed-position-deletes': positions.records,
    'removed-equality-delete-files': equalities.files,
    'removed-equality-deletes': equalities.records,
    'removed-files-size': bytes,
    'changed-partition-count': partitions.size,
  }).filter(([, count]) => count > 0)
  const totals = [
    ['total-data-files', counts.added.files - counts.removed.files],
    ['total-records', counts.added.records - counts.removed.records],
    ['total-files-size', counts.added.bytes - bytes],
    ['total-delete-files', -positions.files - equalities.files],
    ['total-position-deletes', -positions.records],
    ['total-equality-deletes', -equalities.records],
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
