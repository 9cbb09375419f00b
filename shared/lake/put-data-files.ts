import { readFile } from 'node:fs/promises'
import type { DataFile } from '../iceberg/data-file.js'
import { primitiveTypes } from '../iceberg/schema.js'
import { dataFolder, type TableFiles, uriOf } from '../iceberg/table-files.js'
import { currentSchema, type TableMetadata } from '../iceberg/table-metadata.js'
import { dataFileOf } from './data-file-of.js'
import { logSortOrderId } from './log-table.js'
import type { MergedFile } from './merge.js'
import { readMetadata } from './read-metadata.js'

const msPerDay = 86_400_000

/** Puts merged files into the table's folder, one at a time. Nothing refers to them before a snapshot does. */
export async function putDataFiles(
  metadata: TableMetadata,
  files: TableFiles,
  merged: readonly MergedFile[],
  { newId, signal }: { readonly newId: () => string; readonly signal?: AbortSignal },
): Promise<readonly DataFile[]> {
  const types = primitiveTypes(currentSchema(metadata))
  const written: DataFile[] = []
  for (const { path, day, retention } of merged) {
    const local = await readMetadata(path)
    const date = new Date(day * msPerDay).toISOString().slice(0, 10)
    const key = `${dataFolder(files)}timestamp_day=${date}/retention=${retention}/${newId()}.parquet`
    await files.store.put(key, await readFile(path), {
      contentType: 'application/vnd.apache.parquet',
      ...(signal === undefined ? {} : { signal }),
    })
    const place = {
      filePath: uriOf(files, key),
      fileSizeInBytes: local.size,
      partition: { timestamp_day: day, retention },
      sortOrderId: logSortOrderId,
    }
    written.push(dataFileOf(local.metadata, place, types))
  }
  return written
}
