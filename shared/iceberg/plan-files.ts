import type { DataFile, FileContent } from './data-file.js'
import type { TableFiles } from './table-files.js'
import type { Snapshot, TableMetadata } from './table-metadata.js'

/** Values of a column in the form of its type: timestamps in µs as bigint, longs bigint, int and date number. */
export type FilterValue = string | number | bigint | boolean

/** Inclusive at both ends; without an end it is open there. A prefix is of a string. */
export type ValueRange = { readonly min?: FilterValue; readonly max?: FilterValue } | { readonly prefix: string }

/** A row can only match when the column's value lies in one of the ranges; null never does. */
export interface ColumnFilter {
  readonly fieldId: number
  readonly anyOf: readonly ValueRange[]
}

export interface PlanOptions {
  /** The current snapshot without it. */
  readonly snapshotId?: bigint
  /** Row-level deletes of other engines: refused by default, or listed in `deletes` for a caller who applies them. */
  readonly rowDeletes?: 'refuse' | 'report'
  readonly signal?: AbortSignal
}

export interface PlannedFiles {
  /** Files that may hold matching rows; each column filter must hold. */
  readonly files: readonly DataFile[]
  readonly deletes: readonly (DataFile & { readonly content: Exclude<FileContent, 'data'> })[]
  /** Null for a table without a snapshot. */
  readonly snapshot: Snapshot | null
  readonly manifests: number
  /** Those that were opened; what the cache answered counts. */
  readonly manifestsRead: number
  /** Files of the opened manifests that partition or bounds ruled out. */
  readonly filesPruned: number
}

/**
 * The data files of a snapshot that may hold rows matching every filter: manifests are ruled out by the partition
 * ranges in the manifest list, files by partition and bounds. What has no bounds is kept.
 *
 * @throws DeleteFilesUnsupported
 */
export declare function planFiles(
  metadata: TableMetadata,
  files: TableFiles,
  filters: readonly ColumnFilter[],
  options?: PlanOptions,
): Promise<PlannedFiles>
