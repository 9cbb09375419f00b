/** Row-level deletes as another engine commits them. */
import { randomUUID } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import type { Catalog } from '../../shared/iceberg/catalog.js'
import type { DataFile } from '../../shared/iceberg/data-file.js'
import { encodeManifest } from '../../shared/iceberg/manifest.js'
import { decodeManifestList, encodeManifestList, type ManifestFile } from '../../shared/iceberg/manifest-list.js'
import { keyOf, type TableFiles } from '../../shared/iceberg/table-files.js'
import { currentSchema, currentSnapshot } from '../../shared/iceberg/table-metadata.js'

/** A data file and the positions of its rows that are deleted. */
export type Deleted = readonly [file: DataFile, positions: Iterable<number>]

/**
 * Puts one file of position deletes into the store, about one data file or several of one partition.
 * @param bounds whether the manifest says which paths it names
 */
export async function positionDeletes(
  files: TableFiles,
  deleted: readonly Deleted[],
  { bounds = false, columns = '' } = {},
): Promise<DataFile> {
  const rows = deleted.flatMap(([{ filePath }, positions]) => Array.from(positions, pos => ({ filePath, pos })))
  const local = join(tmpdir(), `${randomUUID()}.parquet`)
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  await connection.run('CREATE TABLE deletes (file_path VARCHAR, pos BIGINT)')
  const appender = await connection.createAppender('deletes')
  for (const { filePath, pos } of rows) {
    appender.appendVarchar(filePath)
    appender.appendBigInt(BigInt(pos))
    appender.endRow()
  }
  appender.closeSync()
  const sorted = `SELECT ${columns}* FROM deletes ORDER BY file_path, pos`
  await connection.run(`COPY (${sorted}) TO '${local}' (FORMAT parquet, ROW_GROUP_SIZE 2048)`)
  connection.closeSync()
  const body = await readFile(local)
  await rm(local)
  const filePath = `${files.location}/data/${randomUUID()}-deletes.parquet`
  await files.store.put(keyOf(files, filePath), body)
  const paths = rows.map(row => row.filePath).sort()
  const bound = (path: string | undefined) => new Map([[2_147_483_546, Buffer.from(path!)]])
  const [lowerBounds, upperBounds] = bounds ? [bound(paths[0]), bound(paths.at(-1))] : [null, null]
  const described = { filePath, fileSizeInBytes: body.length, recordCount: rows.length, lowerBounds, upperBounds }
  return { ...deleted[0]![0], ...described, content: 'position deletes' }
}

export interface Committed {
  readonly files: TableFiles
  readonly deps: { readonly catalog: Catalog }
  readonly clock: number
}

/**
 * @param deletes the files that say which rows; they stand in the store already where they are read
 * @param appliesUpTo their sequence number, which is that of the snapshot without it
 */
export async function commitDeletes(
  { files, deps, clock }: Committed,
  deletes: readonly DataFile[],
  appliesUpTo?: number,
): Promise<void> {
  const table = (await deps.catalog.load())!
  const { metadata } = table
  const last = currentSnapshot(metadata)!
  const [schema, spec] = [currentSchema(metadata), metadata['partition-specs'][0]!]
  const [snapshotId, sequenceNumber] = [
    2n ** 40n + BigInt(metadata['last-sequence-number']),
    metadata['last-sequence-number'] + 1,
  ]
  const entries = deletes.map(dataFile => {
    const ofFile = appliesUpTo ?? sequenceNumber
    const status = appliesUpTo === undefined ? ('added' as const) : ('existing' as const)
    return { status, snapshotId, sequenceNumber: ofFile, fileSequenceNumber: ofFile, dataFile }
  })
  const body = encodeManifest(entries, { spec, schemas: [schema], currentSchema: schema, content: 'deletes' })
  const manifestPath = `${files.location}/metadata/${randomUUID()}.avro`
  await files.store.put(keyOf(files, manifestPath), body)
  const list = decodeManifestList((await files.store.get(keyOf(files, last['manifest-list']))).body)
  const manifest: ManifestFile = {
    ...list[0]!,
    manifestPath,
    manifestLength: body.length,
    content: 'deletes',
    sequenceNumber,
    minSequenceNumber: appliesUpTo ?? sequenceNumber,
    addedSnapshotId: snapshotId,
    addedFilesCount: deletes.length,
    partitions: null,
  }
  const listPath = `${files.location}/metadata/snap-${randomUUID()}.avro`
  const parentId = last['snapshot-id']
  await files.store.put(
    keyOf(files, listPath),
    encodeManifestList([...list, manifest], { snapshotId, parentId, sequenceNumber }),
  )
  const ofContent = (content: DataFile['content']) => deletes.filter(file => file.content === content)
  const total = (name: string, added: readonly DataFile[], count = (_: DataFile) => 1) => ({
    [name]: String(added.reduce((sum, file) => sum + count(file), Number(last.summary[name]))),
  })
  const snapshot = {
    ...last,
    'snapshot-id': snapshotId,
    'parent-snapshot-id': parentId,
    'sequence-number': sequenceNumber,
    'timestamp-ms': clock,
    'manifest-list': listPath,
    summary: {
      ...last.summary,
      operation: 'overwrite' as const,
      ...total('total-delete-files', deletes),
      ...total('total-position-deletes', ofContent('position deletes'), ({ recordCount }) => recordCount),
      ...total('total-equality-deletes', ofContent('equality deletes'), ({ recordCount }) => recordCount),
      ...total('total-files-size', deletes, ({ fileSizeInBytes }) => fileSizeInBytes),
    },
  }
  await deps.catalog.commit(table, {
    ...metadata,
    'last-sequence-number': sequenceNumber,
    'last-updated-ms': clock,
    'current-snapshot-id': snapshotId,
    refs: { ...metadata.refs, main: { type: 'branch', 'snapshot-id': snapshotId } },
    snapshots: [...metadata.snapshots!, snapshot],
  })
}
