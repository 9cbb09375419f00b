/** The Avro schemas of manifests and manifest lists, format version 2, with the specification's field ids. */
import type { AvroField, AvroRecord, AvroSchema } from './avro-file.js'
import type { PrimitiveType } from './schema.js'
import type { PartitionTypes } from './transform.js'

const optional = (type: AvroSchema): AvroSchema => ['null', type]
const required = (id: number, name: string, type: AvroSchema): AvroField => ({ name, type, 'field-id': id })
const nullable = (id: number, name: string, type: AvroSchema): AvroField => ({
  name,
  type: optional(type),
  default: null,
  'field-id': id,
})

/** Avro's own maps have string keys, so Iceberg writes maps by field id as arrays of pairs. */
function mapOf(keyId: number, valueId: number, value: AvroSchema): AvroSchema {
  return {
    type: 'array',
    logicalType: 'map',
    items: {
      type: 'record',
      name: `k${keyId}_v${valueId}`,
      fields: [required(keyId, 'key', 'int'), required(valueId, 'value', value)],
    },
  }
}

export function manifestEntrySchema(partition: PartitionTypes): AvroRecord {
  const partitionFields = partition.map(({ field, type }) =>
    nullable(field['field-id'], avroName(field.name), avroType(type)),
  )
  const dataFile: AvroRecord = {
    type: 'record',
    name: 'r2',
    fields: [
      required(134, 'content', 'int'),
      required(100, 'file_path', 'string'),
      required(101, 'file_format', 'string'),
      required(102, 'partition', { type: 'record', name: 'r102', fields: partitionFields }),
      required(103, 'record_count', 'long'),
      required(104, 'file_size_in_bytes', 'long'),
      nullable(108, 'column_sizes', mapOf(117, 118, 'long')),
      nullable(109, 'value_counts', mapOf(119, 120, 'long')),
      nullable(110, 'null_value_counts', mapOf(121, 122, 'long')),
      nullable(137, 'nan_value_counts', mapOf(138, 139, 'long')),
      nullable(125, 'lower_bounds', mapOf(126, 127, 'bytes')),
      nullable(128, 'upper_bounds', mapOf(129, 130, 'bytes')),
      nullable(131, 'key_metadata', 'bytes'),
      nullable(132, 'split_offsets', { type: 'array', items: 'long', 'element-id': 133 }),
      nullable(135, 'equality_ids', { type: 'array', items: 'int', 'element-id': 136 }),
      nullable(140, 'sort_order_id', 'int'),
      nullable(143, 'referenced_data_file', 'string'),
    ],
  }
  return {
    type: 'record',
    name: 'manifest_entry',
    fields: [
      required(0, 'status', 'int'),
      nullable(1, 'snapshot_id', 'long'),
      nullable(3, 'sequence_number', 'long'),
      nullable(4, 'file_sequence_number', 'long'),
      required(2, 'data_file', dataFile),
    ],
  }
}

export const manifestFileSchema: AvroRecord = {
  type: 'record',
  name: 'manifest_file',
  fields: [
    required(500, 'manifest_path', 'string'),
    required(501, 'manifest_length', 'long'),
    required(502, 'partition_spec_id', 'int'),
    required(517, 'content', 'int'),
    required(515, 'sequence_number', 'long'),
    required(516, 'min_sequence_number', 'long'),
    required(503, 'added_snapshot_id', 'long'),
    required(504, 'added_files_count', 'int'),
    required(505, 'existing_files_count', 'int'),
    required(506, 'deleted_files_count', 'int'),
    required(512, 'added_rows_count', 'long'),
    required(513, 'existing_rows_count', 'long'),
    required(514, 'deleted_rows_count', 'long'),
    nullable(507, 'partitions', {
      type: 'array',
      'element-id': 508,
      items: {
        type: 'record',
        name: 'r508',
        fields: [
          required(509, 'contains_null', 'boolean'),
          nullable(518, 'contains_nan', 'boolean'),
          nullable(510, 'lower_bound', 'bytes'),
          nullable(511, 'upper_bound', 'bytes'),
        ],
      },
    } as AvroSchema),
    nullable(519, 'key_metadata', 'bytes'),
  ],
}

const canonicalNames = new Map<number, string>(
  [...manifestEntrySchema([]).fields, ...dataFileFields(), ...manifestFileSchema.fields].map(field => [
    field['field-id']!,
    field.name,
  ]),
)

/**
 * Names the fields of any writer's schema as here, by field id: names are not part of the specification, and older
 * writers have others (`added_data_files_count`). Partition fields become `p<field id>`.
 */
export function canonicalSchema(schema: AvroRecord): AvroRecord {
  return { ...schema, fields: schema.fields.map(canonicalField) }
}

function canonicalField(field: AvroField): AvroField {
  const id = field['field-id']
  const name = (id === undefined ? undefined : canonicalNames.get(id)) ?? field.name
  if (name === 'data_file') return { ...field, name, type: canonicalSchema(field.type as AvroRecord) }
  if (name !== 'partition') return { ...field, name }
  const { fields, ...partition } = field.type as AvroRecord
  const byId = fields.map(part => ({ ...part, name: `p${part['field-id']}` }))
  return { ...field, name, type: { ...partition, fields: byId } }
}

function dataFileFields(): readonly AvroField[] {
  return (manifestEntrySchema([]).fields.at(-1)!.type as AvroRecord).fields
}

/** Avro names are ASCII letters, digits and underscores; another character is written as `_x` and its code in hex. */
function avroName(name: string): string {
  const escaped = name.replace(
    /[^A-Za-z0-9_]/gu,
    character => `_x${character.codePointAt(0)?.toString(16).toUpperCase()}`,
  )
  return /^\d/.test(escaped) ? `_${escaped}` : escaped
}

function avroType(type: PrimitiveType): AvroSchema {
  const decimal = /^decimal\((\d+), ?(\d+)\)$/.exec(type)
  const fixed = /^fixed\[(\d+)\]$/.exec(type)
  if (decimal !== null) {
    const [precision, scale] = [Number(decimal[1]), Number(decimal[2])]
    const size = Math.ceil((precision * Math.log2(10) + 1) / 8)
    return {
      type: 'fixed',
      name: `decimal_${precision}_${scale}`,
      size,
      logicalType: 'decimal',
      precision,
      scale,
    } as AvroSchema
  }
  if (fixed !== null) return { type: 'fixed', name: `fixed_${fixed[1]}`, size: Number(fixed[1]) }
  return avroTypes[type] ?? 'bytes'
}

const avroTypes: Readonly<Record<PrimitiveType, AvroSchema>> = {
  boolean: 'boolean',
  int: 'int',
  long: 'long',
  float: 'float',
  double: 'double',
  string: 'string',
  binary: 'bytes',
  date: { type: 'int', logicalType: 'date' },
  time: { type: 'long', logicalType: 'time-micros' },
  timestamp: { type: 'long', logicalType: 'timestamp-micros', 'adjust-to-utc': false } as AvroSchema,
  timestamptz: { type: 'long', logicalType: 'timestamp-micros', 'adjust-to-utc': true } as AvroSchema,
  uuid: { type: 'fixed', name: 'uuid_fixed', size: 16, logicalType: 'uuid' },
}
