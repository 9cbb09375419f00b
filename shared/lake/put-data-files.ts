import { readFile } from 'node:fs/promises'
import type { DataFile } from '../iceberg/data-file.js'
import { describeParquet } from '../iceberg/parquet-metrics.js'
import { dataFolder, type TableFiles, uriOf } from '../iceberg/table-files.js'
import { currentSchema, type TableMetadata } from '../iceberg/table-metadata.js'
import { logSortOrderId } from './log-table.js'
import type { MergedFile } from './merge.js'

const msPerDay = 86_400_000

/** Puts merged files into the table's folder, one at a time. Nothing refers to them before a snapshot does. */
export async function putDataFiles(
  metadata: TableMetadata,
  files: TableFiles,
  merged: readonly MergedFile[],
  { newId, signal }: { readonly newId: () => string; readonly signal?: AbortSignal },
): Promise<readonly DataFile[]> {
  const { properties = {} } = metadata
  const table = { schema: currentSchema(metadata), properties, specId: 0, sortOrderId: logSortOrderId }
  const written: DataFile[] = []
  for (const { path, day, retention } of merged) {
    const body = await readFile(path)
    const date = new Date(day * msPerDay).toISOString().slice(0, 10)
    const key = `${dataFolder(files)}timestamp_day=${date}/retention=${retention}/${newId()}.parquet`
    await files.store.put(key, body, {
      contentType: 'application/vnd.apache.parquet',
      ...(signal === undefined ? {} : { signal }),
    })
    const tail = body.subarray(-(body.readUInt32LE(body.length - tailBytes) + tailBytes))
    const partition = { timestamp_day: day, retention }
    written.push(
      describeParquet({ ...table, filePath: uriOf(files, key), fileSizeInBytes: body.length, tail, partition }),
    )
  }
  return written
}

/** The footer's length and the magic number, with which a Parquet file ends. */
const tailBytes = 8
