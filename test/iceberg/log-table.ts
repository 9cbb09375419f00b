/** A table like Tailrace's own, and real data files for it. */
import { randomUUID } from 'node:crypto'
import type { Catalog, LoadedTable } from '../../shared/iceberg/catalog.js'
import { s3Catalog } from '../../shared/iceberg/catalogs/s3.js'
import type { DataFile } from '../../shared/iceberg/data-file.js'
import { describeParquet } from '../../shared/iceberg/parquet-metrics.js'
import type { PartitionSpec, Schema, SortOrder } from '../../shared/iceberg/schema.js'
import { type SnapshotChanges, type StagedSnapshot, stageSnapshot } from '../../shared/iceberg/stage-snapshot.js'
import { newSnapshotId, newTable } from '../../shared/iceberg/table-changes.js'
import { dataFolder, type TableFiles, uriOf } from '../../shared/iceberg/table-files.js'
import { currentSchema, type TableMetadata } from '../../shared/iceberg/table-metadata.js'
import { dayOf } from '../../shared/iceberg/transform.js'
import { BufferPool } from '../../shared/parquet/buffer-pool.js'
import { gzipCodec } from '../../shared/parquet/codec.js'
import { LogFileBuilder } from '../../shared/parquet/write.js'
import type { ObjectStore } from '../../shared/store/object-store.js'

const text = (id: number, name: string, required = true) => ({ id, name, required, type: 'string' })

export const logSchema: Schema = {
  type: 'struct',
  'schema-id': 0,
  fields: [
    { id: 1, name: 'timestamp', required: true, type: 'timestamptz' },
    text(2, 'log_group'),
    text(3, 'log_stream'),
    text(4, 'message'),
    { id: 5, name: 'arrival', required: false, type: 'timestamptz' },
    { id: 6, name: 'id_random', required: false, type: 'long' },
    { id: 7, name: 'id_index', required: false, type: 'int' },
    text(8, 'id_raw', false),
    text(9, 'account_id'),
    text(10, 'region'),
    text(11, 'format'),
    text(12, 'level', false),
    text(13, 'request_id', false),
    text(14, 'trace_id', false),
    {
      id: 15,
      name: 'fields',
      required: false,
      type: {
        type: 'map',
        'key-id': 16,
        key: 'string',
        'value-id': 17,
        value: 'string',
        'value-required': false,
      },
    },
    text(18, 'extra', false),
    { id: 19, name: 'retention', required: true, type: 'int' },
  ],
}

export const logSpec: PartitionSpec = {
  'spec-id': 0,
  fields: [
    { 'source-id': 1, 'field-id': 1000, name: 'timestamp_day', transform: 'day' },
    { 'source-id': 19, 'field-id': 1001, name: 'retention', transform: 'identity' },
  ],
}

const logOrder: SortOrder = {
  'order-id': 1,
  fields: [
    { 'source-id': 2, transform: 'identity', direction: 'asc', 'null-order': 'nulls-first' },
    { 'source-id': 1, transform: 'identity', direction: 'asc', 'null-order': 'nulls-first' },
  ],
}

export const logTableOptions = { newId: randomUUID, sleep: async () => undefined }

export function newLogTable(location: string, properties: Record<string, string> = {}): TableMetadata {
  return newTable({
    uuid: randomUUID(),
    location,
    schema: logSchema,
    spec: logSpec,
    sortOrder: logOrder,
    properties,
    lastColumnId: 99,
    now: new Date('2026-01-01T00:00:00Z'),
  })
}

export interface LogTable {
  readonly files: TableFiles
  readonly catalog: Catalog
  table: LoadedTable
  /** Stages and commits on what this table last saw. */
  commit(changes: SnapshotChanges): Promise<LoadedTable>
}

export async function createLogTable(store: ObjectStore, location: string, properties = {}): Promise<LogTable> {
  const files = { store, location }
  const catalog = s3Catalog(files, logTableOptions)
  const log: LogTable = {
    files,
    catalog,
    table: await catalog.create(newLogTable(location, properties)),
    async commit(changes) {
      log.table = await catalog.commit(log.table, (await stage(log.table.metadata, files, changes)).metadata)
      return log.table
    },
  }
  return log
}

export function stage(metadata: TableMetadata, files: TableFiles, changes: SnapshotChanges): Promise<StagedSnapshot> {
  return stageSnapshot(metadata, files, changes, {
    snapshotId: newSnapshotId(randomUUID()),
    now: new Date(),
    newId: randomUUID,
  })
}

export interface Event {
  /** ms */
  readonly timestamp: number
  readonly group: string
  readonly message: string
  readonly fields?: Readonly<Record<string, string>>
}

const pool = new BufferPool(8_000_000)

/** Writes the events, all of one day, to one Parquet file in the table's folder. */
export async function writeDataFile(
  { files, table }: Pick<LogTable, 'files' | 'table'>,
  events: readonly Event[],
  retention = 30,
): Promise<DataFile> {
  const builder = new LogFileBuilder(pool)
  for (const { timestamp, group, message, fields } of events) {
    builder.push({
      timestamp,
      log_group: group,
      log_stream: 'stream',
      message,
      arrival: null,
      id_random: 2n ** 60n + 1n,
      id_index: 0,
      id_raw: null,
      account_id: '123456789012',
      region: 'us-east-1',
      format: 'text',
      level: null,
      request_id: null,
      trace_id: null,
      fields: fields === undefined ? null : { keys: Object.keys(fields), values: Object.values(fields) },
      extra: null,
      retention,
    })
  }
  const body = builder.finish(gzipCodec(), {})
  const day = dayOf(BigInt(events[0]!.timestamp) * 1000n)
  const key = `${dataFolder(files)}${randomUUID()}.parquet`
  await files.store.put(key, body)
  return describeParquet({
    filePath: uriOf(files, key),
    fileSizeInBytes: body.byteLength,
    tail: body,
    schema: currentSchema(table.metadata),
    specId: 0,
    partition: { timestamp_day: day, retention },
    sortOrderId: 1,
  })
}

/** What CloudWatch allows or may allow one day: slashes, blanks, percent signs, other planes, 512 characters. */
export const oddGroups = [
  '/aws/lambda/a b',
  '100%25 #1',
  'gruppe/ä/😀',
  'x=1&y=2?',
  '../up',
  'it\'s "quoted"',
  '\u{10ffff}'.repeat(256),
  `/${'n'.repeat(511)}`,
]
