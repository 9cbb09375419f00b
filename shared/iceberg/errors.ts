import { type DataFile, isApplicable } from './data-file.js'

/** What every failure of a table says: what was tried, on what, and what was found. */
export class IcebergError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
  }
}

/** Another writer was first: this commit was certainly not applied. Load the table again, prepare again, try again. */
export class CommitConflict extends IcebergError {}

/**
 * The answer to a commit was lost and asking again did not tell: it may be applied now or later. Load the table and
 * look for the snapshot id. Nothing that the commit refers to may be deleted before that is known.
 */
export class CommitStateUnknown extends IcebergError {}

/** The catalog refused or failed otherwise, before anything was applied; `cause` has its answer. */
export class CatalogFailed extends IcebergError {}

/** Metadata, manifest list, manifest or file of deletes is not what the specification says, or of a version or codec not served. */
export class TableUnreadable extends IcebergError {}

/** A file of the table lies outside of the store's root, so that no key names it. */
export class OutsideStore extends IcebergError {}

/** Files that a change removes are not in the current snapshot (any more): plan the change again. */
export class FilesGone extends IcebergError {
  readonly filePaths: readonly string[]
  constructor(filePaths: readonly string[]) {
    super(`iceberg: ${filePaths.length} files to remove are not in the current snapshot, the first ${filePaths[0]}`)
    this.filePaths = filePaths
  }
}

/** Another engine wrote row-level deletes, which are not applied here; ignoring them would bring rows back. */
export class DeleteFilesUnsupported extends IcebergError {
  readonly filePath: string
  constructor(deletes: Pick<DataFile, 'filePath' | 'content' | 'fileFormat'>) {
    const hint = isApplicable(deletes)
      ? 'the next compaction applies them'
      : 'let that engine rewrite the data files (ALTER TABLE … EXECUTE optimize in Trino)'
    super(`iceberg: another engine has deleted rows (${deletes.content} in ${deletes.filePath}): ${hint}`)
    this.filePath = deletes.filePath
  }
}
