/** The log table as Iceberg describes it. Field ids are those of `shared/parquet/schema.ts`, for ever. */

import type { DataFile } from '../iceberg/data-file.js'
import type { NestedField, PartitionSpec, Schema, SortOrder } from '../iceberg/schema.js'
import { primitiveTypes } from '../iceberg/schema.js'
import { newTable } from '../iceberg/table-changes.js'
import { currentSchema, type TableMetadata } from '../iceberg/table-metadata.js'
import type { CarriedColumn, PromotedColumn } from './merge.js'
import { firstPromotedId, promotedProperty } from './promoted-columns.js'

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

const logSchema: Schema = { type: 'struct', 'schema-id': 0, fields }

const spec: PartitionSpec = {
  'spec-id': 0,
  fields: [
    { 'source-id': 1, 'field-id': 1000, name: 'timestamp_day', transform: 'day' },
    { 'source-id': 19, 'field-id': 1001, name: 'retention', transform: 'identity' },
  ],
}

/** The partition of a data file. */
export interface LogPartition {
  /** Days since 1970. */
  readonly timestamp_day: number
  /** Days, 0 for ever. */
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

/** What other engines follow when they write to the table. */
const properties: Readonly<Record<string, string>> = {
  'write.format.default': 'parquet',
  'write.parquet.compression-codec': 'zstd',
  'write.metadata.metrics.column.log_group': 'full',
  'write.metadata.metrics.column.message': 'counts',
  'write.metadata.metrics.column.extra': 'counts',
  // Some 4,000 files, which take 17 MB of memory while a plan reads them; the default would take 130 MB.
  'commit.manifest.target-size-bytes': '1048576',
  // A commit a minute makes a manifest a minute, and a query on today opens all of them.
  'commit.manifest.min-count-to-merge': '20',
  [promotedProperty]: '{}',
}

/**
 * The metadata of a new table, without a snapshot.
 * @param location URI of the table's folder
 */
export function newLogTable(location: string, uuid: string, now: Date): TableMetadata {
  const lastColumnId = firstPromotedId - 1
  return newTable({ uuid, location, schema: logSchema, spec, sortOrder, properties, lastColumnId, now })
}

/** Columns that are neither ours nor worked out anew, and of which one of the files may hold values. */
export function carriedColumns(
  metadata: TableMetadata,
  promoted: readonly PromotedColumn[],
  files: readonly DataFile[],
): readonly CarriedColumn[] {
  const known = new Set([...fields, ...promoted].map(({ id }) => id))
  return currentSchema(metadata).fields.filter(field => {
    const leaves = [...primitiveTypes({ type: 'struct', fields: [field] }).keys()]
    return !known.has(field.id) && leaves.some(leaf => files.some(file => mayHaveValues(file, leaf)))
  })
}

function mayHaveValues({ columnSizes, valueCounts, nullValueCounts }: DataFile, id: number): boolean {
  const values = valueCounts?.get(id)
  // What is counted is up to properties of the table (`write.metadata.metrics.default`), sizes are not.
  if (values === undefined) return columnSizes?.has(id) ?? true
  return values !== nullValueCounts?.get(id)
}

/** Fields of our columns that hold values themselves. */
const leafIds: readonly number[] = [...primitiveTypes(logSchema).keys()]

/** Whether the file may lack one of our columns, as another engine may leave out those that the table does not require. */
export function mayLackColumns({ columnSizes }: DataFile): boolean {
  return columnSizes === null || leafIds.some(id => !columnSizes.has(id))
}

/** Whether our columns have or had other names, or are gone: files that another engine wrote may be like that. */
export function hasOtherNames({ schemas }: TableMetadata): boolean {
  return schemas.some(schema => {
    const names = new Map(schema.fields.map(({ id, name }) => [id, name]))
    return fields.some(({ id, name }) => names.get(id) !== name)
  })
}
