/** What another engine has deleted of data files that are read, or about to be written anew. */
import { join } from 'node:path'
import { type DataFile, isApplicable } from '../iceberg/data-file.js'
import { DeleteFilesUnsupported } from '../iceberg/errors.js'
import { keyOf, type TableFiles } from '../iceberg/table-files.js'
import { fetchWhole } from './fetch-columns.js'
import type { PositionDeletes } from './merge.js'

/** By the path of the data file, as `planFiles` tells it. */
export type RowDeletesByFile = ReadonlyMap<string, readonly DataFile[]>

/** Whether the rows that are left can be told: equality deletes are not applied here. */
export function canApply(deletes: readonly DataFile[]): boolean {
  return deletes.every(isApplicable)
}

/**
 * Of a data file.
 * @throws DeleteFilesUnsupported when the rows that are left cannot be told
 */
export function positionDeletesOf({ filePath }: DataFile, rowDeletes: RowDeletesByFile): readonly DataFile[] {
  const deletes = rowDeletes.get(filePath) ?? []
  const refused = deletes.find(each => !isApplicable(each))
  if (refused !== undefined) throw new DeleteFilesUnsupported(refused)
  return deletes
}

/**
 * Local copies of the position deletes of some data files; each is fetched once.
 * @throws DeleteFilesUnsupported for deletes of another kind
 * @throws NotFound when the table has changed
 */
export class DeletesFetcher {
  readonly #files: TableFiles
  readonly #folder: string
  readonly #signal: AbortSignal | undefined
  readonly #fetched = new Map<string, Promise<string>>()

  constructor(files: TableFiles, folder: string, signal: AbortSignal | undefined) {
    this.#files = files
    this.#folder = folder
    this.#signal = signal
  }

  /** Paths of the delete files that were fetched. */
  get applied(): ReadonlySet<string> {
    return new Set(this.#fetched.keys())
  }

  async of(file: DataFile, rowDeletes: RowDeletesByFile): Promise<{ readonly deletes?: PositionDeletes }> {
    const deletes = positionDeletesOf(file, rowDeletes)
    if (deletes.length === 0) return {}
    return { deletes: { uri: file.filePath, paths: await Promise.all(deletes.map(each => this.#fetch(each))) } }
  }

  #fetch({ filePath }: DataFile): Promise<string> {
    const known = this.#fetched.get(filePath)
    if (known !== undefined) return known
    const path = join(this.#folder, `deletes-${this.#fetched.size}.parquet`)
    const fetched = fetchWhole(this.#files.store, keyOf(this.#files, filePath), path, this.#signal).then(() => path)
    this.#fetched.set(filePath, fetched)
    return fetched
  }
}
