/**
 * The columns that Glue shows for a table, in Hive's type names. Engines read the schema from the metadata file; these
 * are for Glue's own pages, Lake Formation and Athena's listing of columns.
 */
import type { Column } from '@aws-sdk/client-glue'
import type { FieldType, NestedField } from '../schema.js'
import { currentSchema, type TableMetadata } from '../table-metadata.js'

export function glueColumns(metadata: TableMetadata): Column[] {
  return currentSchema(metadata).fields.map(({ id, name, type, required, doc }) => ({
    Name: name,
    Type: hiveType(type),
    ...(doc === undefined ? {} : { Comment: doc.slice(0, maxComment) }),
    Parameters: {
      'iceberg.field.id': String(id),
      'iceberg.field.optional': String(!required),
      'iceberg.field.current': 'true',
    },
  }))
}

const maxComment = 255

function hiveType(type: FieldType): string {
  if (typeof type === 'string') return hiveTypes[type] ?? type.replace(/^fixed\[.*$/, 'binary').replaceAll(' ', '')
  if (type.type === 'list') return `array<${hiveType(type.element)}>`
  if (type.type === 'map') return `map<${hiveType(type.key)},${hiveType(type.value)}>`
  return `struct<${type.fields.map((field: NestedField) => `${field.name}:${hiveType(field.type)}`).join(',')}>`
}

const hiveTypes: Readonly<Record<string, string>> = {
  long: 'bigint',
  time: 'string',
  timestamptz: 'timestamp',
  uuid: 'string',
}
