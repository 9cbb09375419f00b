/** A new table, and changes to one that make no snapshot: committed like any other metadata. */
import type { NestedField, PartitionSpec, PrimitiveType, Schema, SortOrder } from './schema.js'
import { highestFieldId } from './schema.js'
import { currentSchema, type TableMetadata } from './table-metadata.js'

export interface NewTable {
  readonly uuid: string
  /** URI of the table's folder, without a slash at the end. */
  readonly location: string
  readonly schema: Schema
  readonly spec: PartitionSpec
  readonly sortOrder: SortOrder
  readonly properties?: Readonly<Record<string, string>>
  /** Ids up to this one are not given to columns that are added later; the highest id in use without it. */
  readonly lastColumnId?: number
  readonly now: Date
}

export function newTable(table: NewTable): TableMetadata {
  const { schema, spec, sortOrder } = table
  return {
    'format-version': 2,
    'table-uuid': table.uuid,
    location: table.location,
    'last-sequence-number': 0,
    'last-updated-ms': table.now.getTime(),
    'last-column-id': Math.max(highestFieldId(schema), table.lastColumnId ?? 0),
    'current-schema-id': schema['schema-id'],
    schemas: [schema],
    'default-spec-id': spec['spec-id'],
    'partition-specs': [spec],
    // Partition field ids start at 1000; 999 says that none was given yet.
    'last-partition-id': spec.fields.reduce((most, field) => Math.max(most, field['field-id']), 999),
    'default-sort-order-id': sortOrder['order-id'],
    'sort-orders': [sortOrder],
    properties: table.properties ?? {},
    'current-snapshot-id': -1n,
    refs: {},
    snapshots: [],
    statistics: [],
    'snapshot-log': [],
    'metadata-log': [],
  }
}

/** A positive snapshot id out of the random digits of a UUID; below 2^49, so that readers in JavaScript keep it exactly. */
export function newSnapshotId(uuid: string): bigint {
  return BigInt(`0x1${uuid.replaceAll('-', '').slice(-12)}`)
}

/** @param properties to set; null takes one away */
export function setProperties(
  metadata: TableMetadata,
  properties: Readonly<Record<string, string | null>>,
  now: Date,
): TableMetadata {
  return touched(changeProperties(metadata, properties), now)
}

export function changeProperties(
  metadata: TableMetadata,
  properties: Readonly<Record<string, string | null>>,
): TableMetadata {
  const kept = Object.entries({ ...metadata.properties, ...properties }).filter(
    (entry): entry is [string, string] => entry[1] !== null,
  )
  return { ...metadata, properties: Object.fromEntries(kept) }
}

/**
 * Adds optional columns of primitive types, as a new schema beside the older ones. A column that is there by name and
 * type already is left as it is; unchanged metadata is returned as the same object.
 *
 * @throws TypeError when a column of the name has another type
 */
export function addColumns(
  metadata: TableMetadata,
  columns: readonly { readonly name: string; readonly type: PrimitiveType; readonly doc?: string }[],
  now: Date,
): TableMetadata {
  const schema = currentSchema(metadata)
  const fields: NestedField[] = [...schema.fields]
  let lastId = metadata['last-column-id']
  for (const { name, type, doc } of columns) {
    const present = fields.find(field => field.name === name)
    if (present === undefined) {
      lastId++
      fields.push({ id: lastId, name, required: false, type, ...(doc === undefined ? {} : { doc }) })
    } else if (present.type !== type) {
      throw new TypeError(`iceberg: column ${name} is ${JSON.stringify(present.type)}, not ${type}`)
    }
  }
  if (fields.length === schema.fields.length) return metadata
  const id = Math.max(...metadata.schemas.map(known => known['schema-id'])) + 1
  return touched(
    {
      ...metadata,
      'last-column-id': lastId,
      'current-schema-id': id,
      schemas: [...metadata.schemas, { ...schema, 'schema-id': id, fields }],
    },
    now,
  )
}

export function touched(metadata: TableMetadata, now: Date): TableMetadata {
  return { ...metadata, 'last-updated-ms': Math.max(now.getTime(), metadata['last-updated-ms']) }
}
