import type { DataFile } from './data-file.js'
import type { TableFiles } from './table-files.js'
import type { Operation, Snapshot, TableMetadata } from './table-metadata.js'

export interface SnapshotChanges {
  /** `append` adds, `delete` removes, `replace` changes files and no rows (compaction), `overwrite` both. */
  readonly operation: Operation
  readonly added?: readonly DataFile[]
  /** As planned; found by path. */
  readonly removed?: readonly DataFile[]
  /** Further members of the snapshot's summary. */
  readonly summary?: Readonly<Record<string, string>>
  /** Table properties of the same commit; null takes one away. */
  readonly properties?: Readonly<Record<string, string | null>>
}

export interface StageOptions {
  /** Positive, unique in the table: `newSnapshotId`. */
  readonly snapshotId: bigint
  readonly now: Date
  /** A new name for every manifest, such as a UUID. */
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

/**
 * Writes the manifests and the manifest list of the snapshot that makes these changes to the current one, and gives the
 * metadata to commit. Nothing is published by it. Everything else in the table is carried on.
 *
 * @throws FilesGone when a file to remove is not in the current snapshot
 * @throws DeleteFilesUnsupported when files are removed and the table has row-level deletes
 */
export declare function stageSnapshot(
  metadata: TableMetadata,
  files: TableFiles,
  changes: SnapshotChanges,
  options: StageOptions,
): Promise<StagedSnapshot>
