import type { Catalog, LoadedTable } from '../iceberg/catalog.js'
import { CommitConflict, CommitStateUnknown } from '../iceberg/errors.js'
import type { TableFiles } from '../iceberg/table-files.js'
import { hasSnapshot, type TableMetadata } from '../iceberg/table-metadata.js'
import { NotFound } from '../store/errors.js'
import type { LegalHold } from './erasures.js'
import { LakeStateUnreadable } from './errors.js'
import { newLogTable } from './log-table.js'
import type { Merge } from './merge.js'
import type { PromotedSetting } from './promoted-columns.js'

/** What `commit`, `compact` and `erase` are given. */
export interface LakeDependencies {
  /** With the main bucket, below its prefix, as store. */
  readonly files: TableFiles
  readonly catalog: Catalog
  readonly merge: Merge
  /** A folder of this process's own for local copies; what is made there is removed again. */
  readonly folder: string
  readonly settings: LakeSettings
  readonly promote: readonly PromotedSetting[]
  /** The lake retention of a group now, in days, 0 for ever; without it rows keep what they were landed with. */
  readonly retentionOf?: (logGroup: string) => number
  /** What must stay, whoever wants it gone. */
  readonly holds?: readonly LegalHold[]
  /** ms since the epoch. */
  readonly now: () => number
  /** A new UUID. */
  readonly newId: () => string
}

export interface LakeSettings {
  /** Landing objects of so many bytes in all are worth a commit, … */
  readonly commitBytes: number
  /** … and so is the wait of one for so long. */
  readonly commitAfterMs: number
  /** About so large is a data file. */
  readonly fileBytes: number
  /** What one merge takes at most. */
  readonly maxMergeBytes: number
  readonly maxMergeObjects: number
}

/** What one merge takes at most, so that it ends within a run of a function. */
export const mergeLimits = { maxMergeBytes: 512 * 1024 * 1024, maxMergeObjects: 5_000 } as const

/**
 * What was written so long before it is published may be gone: compaction takes it for left behind after a day. A machine
 * that sleeps can come to that.
 */
export const unpublishedMs = 12 * 3_600_000

/** The table; a new one where there is none. */
export async function loadOrCreate(
  { catalog, files, newId, now }: Pick<LakeDependencies, 'catalog' | 'files' | 'newId' | 'now'>,
  signal?: AbortSignal,
): Promise<LoadedTable> {
  const table = await catalog.load(signal)
  if (table !== null) return table
  try {
    return await catalog.create(newLogTable(files.location, newId(), new Date(now())), signal)
  } catch (error) {
    if (!(error instanceof CommitConflict)) throw error
    const made = await catalog.load(signal)
    if (made === null) throw error
    return made
  }
}

/**
 * The table and what is read of the objects that it names. Compaction and erasures delete those that a later commit has
 * replaced, so both are read again when one is gone.
 * @throws LakeStateUnreadable, NotFound when it is gone and the table is what it was
 */
export async function loadWith<Table extends LoadedTable | null, T>(
  catalog: { load(signal?: AbortSignal): Promise<Table> },
  read: (table: Table) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  let failed: string | undefined
  for (;;) {
    const table = await catalog.load(signal)
    try {
      return await read(table)
    } catch (error) {
      const isGone = error instanceof LakeStateUnreadable || error instanceof NotFound
      if (!isGone || table === null || table.version === failed) throw error
      failed = table.version
    }
  }
}

/**
 * Commits a snapshot and finds out whether it was applied, also when the answer was lost.
 *
 * @param tried ids of this and of earlier tries of the same change: any of them in the table means that it is done
 * @returns the table with the change; null when another writer was first: prepare again on what is there now
 */
export async function publish(
  catalog: Catalog,
  base: LoadedTable,
  metadata: TableMetadata,
  tried: readonly bigint[],
  signal?: AbortSignal,
): Promise<LoadedTable | null> {
  try {
    return await catalog.commit(base, metadata, signal)
  } catch (error) {
    if (!(error instanceof CommitConflict || error instanceof CommitStateUnknown)) throw error
    const current = await catalog.load(signal)
    return current !== null && tried.some(id => hasSnapshot(current.metadata, id)) ? current : null
  }
}
