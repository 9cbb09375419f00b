import { deadDeletes } from '../iceberg/dead-deletes.js'
import { FilesGone } from '../iceberg/errors.js'
import { stageSnapshot } from '../iceberg/stage-snapshot.js'
import { newSnapshotId } from '../iceberg/table-changes.js'
import { NotFound } from '../store/errors.js'
import { type LakeDependencies, publish } from './lake-dependencies.js'

/**
 * Takes other engines' row-level deletes that apply to no data file any more out of the table; their files go like others that
 * nothing refers to.
 * @returns how many; 0 when another writer was first, which leaves it to the next run
 */
export async function dropDeadDeletes(
  { files, catalog, newId, now }: Pick<LakeDependencies, 'files' | 'catalog' | 'newId' | 'now'>,
  signal?: AbortSignal,
): Promise<number> {
  const table = await catalog.load(signal)
  if (table === null) return 0
  try {
    const removed = await deadDeletes(table.metadata, files, signal)
    if (removed.length === 0) return 0
    const snapshotId = newSnapshotId(newId())
    const options = { snapshotId, now: new Date(now()), newId, ...(signal && { signal }) }
    const staged = await stageSnapshot(table.metadata, files, { operation: 'replace', removed }, options)
    const done = await publish(catalog, table, staged.metadata, [snapshotId], signal)
    return done === null ? 0 : removed.length
  } catch (error) {
    // The snapshot has expired meanwhile.
    if (error instanceof NotFound || error instanceof FilesGone) return 0
    throw error
  }
}
