/** The log table as Iceberg describes it. Field ids are those of `shared/parquet/schema.ts`, for ever. */
import type { NestedField, PartitionSpec, PrimitiveType, Schema, SortOrder } from '../iceberg/schema.js'
import type { TableMetadata } from '../iceberg/table-metadata.js'
import type { PromotedColumn, PromotedType } from './merge.js'

const column = (id: number, name: string, type: NestedField['type'], required = false): NestedField => ({
  id,
  name,
  required,
  type,
})

const fields: readonly NestedField[] = [
  column(1, 'timestamp', 'timestamptz', true),
  column(2, 'log_group', 'string', true),
  column(3, 'log_stream', 'string', true),
  column(4, 'message', 'string', true),
  column(5, 'arrival', 'timestamptz'),
  column(6, 'id_random', 'long'),
  column(7, 'id_index', 'int'),
  column(8, 'id_raw', 'string'),
  column(9, 'account_id', 'string', true),
  column(10, 'region', 'string', true),
  column(11, 'format', 'string', true),
  column(12, 'level', 'string'),
  column(13, 'request_id', 'string'),
  column(14, 'trace_id', 'string'),
  column(15, 'fields', {
    type: 'map',
    'key-id': 16,
    key: 'string',
    'value-id': 17,
    value: 'string',
    'value-required': false,
  }),
  column(18, 'extra', 'string'),
  column(19, 'retention', 'int', true),
]

export const logSchema: Schema = { type: 'struct', 'schema-id': 0, fields }

const spec: PartitionSpec = {
  'spec-id': 0,
  fields: [
    { 'source-id': 1, 'field-id': 1000, name: 'timestamp_day', transform: 'day' },
    { 'source-id': 19, 'field-id': 1001, name: 'retention', transform: 'identity' },
  ],
}

/** The names of the partition fields in a data file's `partition`. */
export interface LogPartition {
  /** Days since 1970. */
  readonly timestamp_day: number
  readonly retention: number
}

export const logSortOrderId = 1

const sortOrder: SortOrder = {
  'order-id': logSortOrderId,
  fields: [
    { 'source-id': 2, transform: 'identity', direction: 'asc', 'null-order': 'nulls-first' },
    { 'source-id': 1, transform: 'identity', direction: 'asc', 'null-order': 'nulls-first' },
  ],
}

/** Promoted columns get ids from here on. */
export const firstPromotedId = 100

/** Properties that other engines follow when they write. */
const properties: Readonly<Record<string, string>> = {
  'write.format.default': 'parquet',
  'write.parquet.compression-codec': 'zstd',
  'write.metadata.metrics.column.message': 'counts',
  'write.metadata.metrics.column.extra': 'counts',
  'write.metadata.metrics.column.log_group': 'full',
}

/**
 * The metadata of a new table, without a snapshot.
 * @param location URI of the table's folder
 */
export function newLogTable(location: string, uuid: string, now: Date): TableMetadata {
  return {
    'format-version': 2,
    'table-uuid': uuid,
    location,
    'last-sequence-number': 0,
    'last-updated-ms': now.getTime(),
    'last-column-id': 19,
    'current-schema-id': 0,
    schemas: [logSchema],
    'default-spec-id': 0,
    'partition-specs': [spec],
    'last-partition-id': 1001,
    'default-sort-order-id': logSortOrderId,
    'sort-orders': [{ 'order-id': 0, fields: [] }, sortOrder],
    properties,
    'current-snapshot-id': null,
    snapshots: [],
    'snapshot-log': [],
    'metadata-log': [],
    refs: {},
  }
}

const icebergTypes: Readonly<Record<PromotedType, PrimitiveType>> = {
  string: 'string',
  long: 'long',
  double: 'double',
  boolean: 'boolean',
}

export type PromotedSetting = Omit<PromotedColumn, 'id'>

export interface PromotedTable {
  readonly metadata: TableMetadata
  readonly promoted: readonly PromotedColumn[]
  /** Columns that the table has with another type: they stay as they are, and are not written. */
  readonly conflicting: readonly string[]
}

/**
 * The table with the columns that the settings promote; unchanged when it has them all. A column that is promoted no
 * more stays in the schema, so that its data can be read.
 */
export function withPromoted(metadata: TableMetadata, settings: readonly PromotedSetting[]): PromotedTable {
  const schema = metadata.schemas.find(each => each['schema-id'] === metadata['current-schema-id'])!
  const promoted: PromotedColumn[] = []
  const conflicting: string[] = []
  const added: NestedField[] = []
  let lastId = Math.max(metadata['last-column-id'], firstPromotedId - 1)
  for (const setting of settings) {
    const known = schema.fields.find(({ name }) => name === setting.column)
    const type = icebergTypes[setting.type]
    if (known === undefined) {
      lastId++
      added.push({ ...column(lastId, setting.column, type), doc: `the field ${setting.field}` })
      promoted.push({ ...setting, id: lastId })
    } else if (known.type === type && known.id >= firstPromotedId) promoted.push({ ...setting, id: known.id })
    else conflicting.push(setting.column)
  }
  if (added.length === 0) return { metadata, promoted, conflicting }
  const schemaId = Math.max(...metadata.schemas.map(each => each['schema-id'])) + 1
  const next: Schema = { ...schema, 'schema-id': schemaId, fields: [...schema.fields, ...added] }
  return {
    metadata: {
      ...metadata,
      'last-column-id': lastId,
      schemas: [...metadata.schemas, next],
      'current-schema-id': schemaId,
    },
    promoted,
    conflicting,
  }
}
