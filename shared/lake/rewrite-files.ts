import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { DataFile } from '../iceberg/data-file.js'
import { DeleteFilesUnsupported, FilesGone } from '../iceberg/errors.js'
import { planFiles } from '../iceberg/plan-files.js'
import { type SnapshotChanges, stageSnapshot } from '../iceberg/stage-snapshot.js'
import { newSnapshotId } from '../iceberg/table-changes.js'
import { keyOf } from '../iceberg/table-files.js'
import { NotFound } from '../store/errors.js'
import { fetchWhole, inParallel } from './fetch-columns.js'
import { DeletesFetcher, type RowDeletesByFile } from './fetch-deletes.js'
import { type LakeDependencies, publish, unpublishedMs } from './lake-dependencies.js'
import { carriedColumns } from './log-table.js'
import type { MergeRequest, MergeResult, PromotedColumn } from './merge.js'
import { inputOf } from './overlapping.js'
import { withPromoted } from './promoted-columns.js'
import { putDataFiles } from './put-data-files.js'

export interface Rewritten {
  readonly removed: number
  readonly removedBytes: number
  readonly added: number
  readonly addedBytes: number
  readonly rows: number
  readonly duplicates: number
  /** Rows that another engine had deleted. */
  readonly deleted: number
  readonly erased: number
}

export interface RewriteOptions extends Pick<MergeRequest, 'retentionOf' | 'erase' | 'signal'> {
  /** What another engine has deleted of the files. */
  readonly rowDeletes: RowDeletesByFile
  /** Table properties of the same commit. */
  readonly properties?: (merged: MergeResult) => Readonly<Record<string, string>>
  /** Merges, and leaves the table and the store as they are. */
  readonly isTrial?: boolean
}

/**
 * Merges data files of the table into new ones and puts these in their place, in one snapshot.
 * @returns null when another writer has replaced the files meanwhile, which leaves the table as that one made it
 * @throws NotFound when a file is gone that the table still names
 */
export async function rewriteFiles(
  deps: LakeDependencies,
  removed: readonly DataFile[],
  { signal, properties, rowDeletes, isTrial = false, ...change }: RewriteOptions,
): Promise<Rewritten | null> {
  const { files, catalog, merge, settings, promote, newId, now } = deps
  const folder = join(deps.folder, newId())
  const options = signal === undefined ? {} : { signal }
  await mkdir(folder)
  try {
    const table = await catalog.load(signal)
    if (table === null) return null
    const { metadata, promoted } = withPromoted(table.metadata, promote, new Date(now()))
    const began = now()
    const paths = removed.map((_, index) => join(folder, `in-${index}.parquet`))
    await inParallel(removed, (file, index) =>
      fetchWhole(files.store, keyOf(files, file.filePath), paths[index]!, signal),
    )
    const fetcher = new DeletesFetcher(files, folder, signal)
    const deletes = await Promise.all(removed.map(file => fetcher.of(file, rowDeletes)))
    const merged = await merge.merge({
      inputs: removed.map((file, index) => ({ ...inputOf(file, paths[index]!, metadata), ...deletes[index] })),
      against: [],
      hasIdless: false,
      promoted,
      carried: carriedColumns(metadata, promoted, removed),
      targetBytes: settings.fileBytes,
      folder,
      ...change,
      ...options,
    })
    if (isTrial) return resultOf(removed, [], merged)
    const added = await putDataFiles(metadata, files, merged.files, { newId, ...options })
    const isSame = merged.duplicates + merged.deleted + merged.erased === 0
    const operation = isSame ? 'replace' : 'overwrite'
    const { applied: appliedDeletes } = fetcher
    const changes = {
      operation,
      added,
      removed,
      appliedDeletes,
      ...(properties && { properties: properties(merged) }),
    } as const
    const done = await replaceFiles(deps, changes, { promoted, began, ...options })
    return done ? resultOf(removed, added, merged) : null
  } catch (error) {
    if (error instanceof NotFound && !(await areThere(deps, removed, signal))) return null
    throw error
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Whether the table still names all of the files, in the store or not. */
async function areThere(
  { files, catalog }: LakeDependencies,
  wanted: readonly DataFile[],
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const table = await catalog.load(signal)
  if (table === null) return false
  try {
    const planned = await planFiles(table.metadata, files, [], { rowDeletes: 'report', ...(signal && { signal }) })
    const paths = new Set(planned.files.map(({ filePath }) => filePath))
    return wanted.every(({ filePath }) => paths.has(filePath))
  } catch (error) {
    // The snapshot has expired meanwhile: others are at it.
    if (error instanceof NotFound) return false
    throw error
  }
}

const maxTries = 6

export interface ReplaceOptions {
  /** As the added files have them. */
  readonly promoted?: readonly PromotedColumn[]
  /** Before any of the added files was written, ms. */
  readonly began?: number
  readonly signal?: AbortSignal
}

/**
 * Publishes a change of files, again when another writer was first, as long as the files that it removes are still there.
 * @returns false when they are not, when others were always first, when another writer has given the ids of promoted columns
 * of the added files to other columns, or when the added files are so old that they may be gone
 */
export async function replaceFiles(
  { files, catalog, promote, newId, now }: LakeDependencies,
  changes: SnapshotChanges,
  { promoted: written, began, signal }: ReplaceOptions = {},
): Promise<boolean> {
  const options = signal === undefined ? {} : { signal }
  const tried: bigint[] = []
  for (let attempt = 0; attempt < maxTries; attempt++) {
    const table = await catalog.load(signal)
    if (table === null) return false
    const { metadata, promoted } = withPromoted(table.metadata, promote, new Date(now()))
    if (written !== undefined && JSON.stringify(written) !== JSON.stringify(promoted)) return false
    const snapshotId = newSnapshotId(newId())
    try {
      const staged = await stageSnapshot(metadata, files, changes, {
        snapshotId,
        now: new Date(now()),
        newId,
        ...options,
      })
      if (began !== undefined && now() - began > unpublishedMs) return false
      tried.push(snapshotId)
      if ((await publish(catalog, table, staged.metadata, tried, signal)) !== null) return true
    } catch (error) {
      // Deletes that were not there when the change was worked out count as a replacement.
      if (error instanceof FilesGone || error instanceof DeleteFilesUnsupported) return false
      // The snapshot that it was staged on has expired meanwhile.
      if (!(error instanceof NotFound)) throw error
    }
  }
  return false
}

function resultOf(
  removed: readonly DataFile[],
  added: readonly DataFile[],
  { duplicates, deleted, erased }: Pick<MergeResult, 'duplicates' | 'deleted' | 'erased'>,
): Rewritten {
  const bytes = (files: readonly DataFile[]) => files.reduce((sum, file) => sum + file.fileSizeInBytes, 0)
  return {
    removed: removed.length,
    removedBytes: bytes(removed),
    added: added.length,
    addedBytes: bytes(added),
    rows: added.reduce((sum, file) => sum + file.recordCount, 0),
    duplicates,
    deleted,
    erased,
  }
}
