/**
 * The catalog port: which metadata file is the table's current one, and the atomic step from one to the next. A writer
 * loads, prepares new metadata on what it loaded (`stageSnapshot` and the other changes), and commits against it.
 */
import type { TableMetadata } from './table-metadata.js'

export interface Catalog {
  /** The current table; null where there is none. @throws TableUnreadable */
  load(signal?: AbortSignal): Promise<LoadedTable | null>
  /**
   * @throws CommitConflict when there is a table already
   * @throws CommitStateUnknown
   */
  create(metadata: TableMetadata, signal?: AbortSignal): Promise<LoadedTable>
  /**
   * Makes `metadata` the table's, if it is still at `base`; the metadata log is kept by the catalog. Answers that were
   * lost are asked for again: it resolves only when the commit was applied.
   * @throws CommitConflict when another commit was first; nothing was applied
   * @throws CommitStateUnknown when it may or may not be applied
   * @throws CatalogFailed when the catalog refuses; nothing was applied
   */
  commit(base: LoadedTable, metadata: TableMetadata, signal?: AbortSignal): Promise<LoadedTable>
}

export interface LoadedTable {
  readonly metadata: TableMetadata
  /** URI of the metadata file. */
  readonly metadataLocation: string
  /** The catalog's own name for this state: opaque. */
  readonly version: string
}
