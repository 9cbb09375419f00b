/** Manifests: the files of a table, one line each, of one partition spec and of one content. */
import { type AvroFile, readAvro, writeAvro } from './avro-file.js'
import type { Long } from './avro-long.js'
import type { DataFile, FileContent, PartitionValue } from './data-file.js'
import type { ManifestFile } from './manifest-list.js'
import { canonicalSchema, manifestEntrySchema } from './manifest-schema.js'
import { printExactly } from './metadata-json.js'
import type { PartitionSpec, Schema } from './schema.js'
import { partitionTypes } from './transform.js'

export type EntryStatus = 'existing' | 'added' | 'deleted'

/** A line of a manifest, what it inherits from the manifest list filled in. */
export interface ManifestEntry {
  readonly status: EntryStatus
  /** The snapshot that added the file, or that deleted it. */
  readonly snapshotId: bigint
  /** Data sequence number. */
  readonly sequenceNumber: number
  readonly fileSequenceNumber: number
  readonly dataFile: DataFile
}

const statuses: readonly EntryStatus[] = ['existing', 'added', 'deleted']
const contents: readonly FileContent[] = ['data', 'position deletes', 'equality deletes']

export interface ManifestContext {
  readonly spec: PartitionSpec
  readonly schemas: readonly Schema[]
  readonly currentSchema: Schema
  readonly content: 'data' | 'deletes'
}

/**
 * Added entries are written without sequence numbers and inherit them from the manifest list, as the specification has
 * it, so that the bytes do not depend on the number that the commit gets.
 */
export function encodeManifest(entries: readonly ManifestEntry[], context: ManifestContext): Uint8Array {
  const { spec, currentSchema, content } = context
  const partition = partitionTypes(spec, context.schemas)
  const schema = manifestEntrySchema(partition)
  const names = (schema.fields.at(-1)!.type as typeof schema).fields
    .filter(field => field.name === 'partition')
    .flatMap(field => (field.type as typeof schema).fields.map(({ name }) => name))
  const toPartition = ({ partition: values }: DataFile): Record<string, PartitionValue> =>
    Object.fromEntries(partition.map(({ field }, index) => [names[index]!, values[field.name] ?? null]))
  return writeAvro(
    schema,
    entries.map(entry => encodeEntry(entry, toPartition(entry.dataFile))),
    {
      schema: printExactly(currentSchema),
      'schema-id': String(currentSchema['schema-id']),
      'partition-spec': printExactly(spec.fields),
      'partition-spec-id': String(spec['spec-id']),
      'format-version': '2',
      content,
    },
  )
}

/** @throws Error when the bytes are no manifest */
export function decodeManifest(bytes: Uint8Array, manifest: ManifestFile, spec: PartitionSpec): ManifestEntry[] {
  const file: AvroFile = readAvro(bytes, canonicalSchema)
  const fields = spec.fields.map(field => ({ name: field.name, member: `p${field['field-id']}` }))
  return file.records.map(record => decodeEntry(record as unknown as EntryRecord, manifest, spec['spec-id'], fields))
}

type Pairs<T> = readonly { readonly key: number; readonly value: T }[] | null | undefined

interface EntryRecord {
  readonly status: number
  readonly snapshot_id: Long | null
  readonly sequence_number?: Long | null
  readonly file_sequence_number?: Long | null
  readonly data_file: DataFileRecord
}

interface DataFileRecord {
  readonly content?: number
  readonly file_path: string
  readonly file_format: string
  readonly partition: Readonly<Record<string, PartitionValue>>
  readonly record_count: Long
  readonly file_size_in_bytes: Long
  readonly column_sizes?: Pairs<Long>
  readonly value_counts?: Pairs<Long>
  readonly null_value_counts?: Pairs<Long>
  readonly nan_value_counts?: Pairs<Long>
  readonly lower_bounds?: Pairs<Uint8Array>
  readonly upper_bounds?: Pairs<Uint8Array>
  readonly key_metadata?: Uint8Array | null
  readonly split_offsets?: readonly Long[] | null
  readonly equality_ids?: readonly number[] | null
  readonly sort_order_id?: number | null
  readonly referenced_data_file?: string | null
}

function encodeEntry(entry: ManifestEntry, partition: Record<string, PartitionValue>): EntryRecord {
  const { dataFile: file, status } = entry
  const inherits = status === 'added'
  return {
    status: statuses.indexOf(status),
    snapshot_id: entry.snapshotId,
    sequence_number: inherits ? null : entry.sequenceNumber,
    file_sequence_number: inherits ? null : entry.fileSequenceNumber,
    data_file: {
      content: contents.indexOf(file.content),
      file_path: file.filePath,
      file_format: file.fileFormat,
      partition,
      record_count: file.recordCount,
      file_size_in_bytes: file.fileSizeInBytes,
      column_sizes: toPairs(file.columnSizes),
      value_counts: toPairs(file.valueCounts),
      null_value_counts: toPairs(file.nullValueCounts),
      nan_value_counts: toPairs(file.nanValueCounts),
      lower_bounds: toPairs(file.lowerBounds, asBuffer),
      upper_bounds: toPairs(file.upperBounds, asBuffer),
      key_metadata: file.keyMetadata === null ? null : asBuffer(file.keyMetadata),
      split_offsets: file.splitOffsets,
      equality_ids: file.equalityIds,
      sort_order_id: file.sortOrderId,
      referenced_data_file: file.referencedDataFile,
    },
  }
}

function decodeEntry(
  record: EntryRecord,
  manifest: ManifestFile,
  specId: number,
  fields: readonly { readonly name: string; readonly member: string }[],
): ManifestEntry {
  const file = record.data_file
  return {
    status: statuses[record.status]!,
    snapshotId: BigInt(record.snapshot_id ?? manifest.addedSnapshotId),
    sequenceNumber: Number(record.sequence_number ?? manifest.sequenceNumber),
    fileSequenceNumber: Number(record.file_sequence_number ?? manifest.sequenceNumber),
    dataFile: {
      content: contents[file.content ?? 0]!,
      filePath: file.file_path,
      fileFormat: file.file_format,
      specId,
      partition: Object.fromEntries(fields.map(({ name, member }) => [name, file.partition[member] ?? null])),
      recordCount: Number(file.record_count),
      fileSizeInBytes: Number(file.file_size_in_bytes),
      columnSizes: toMap(file.column_sizes, Number),
      valueCounts: toMap(file.value_counts, Number),
      nullValueCounts: toMap(file.null_value_counts, Number),
      nanValueCounts: toMap(file.nan_value_counts, Number),
      lowerBounds: toMap(file.lower_bounds, bound => bound),
      upperBounds: toMap(file.upper_bounds, bound => bound),
      keyMetadata: file.key_metadata ?? null,
      splitOffsets: file.split_offsets?.map(Number) ?? null,
      equalityIds: file.equality_ids ?? null,
      sortOrderId: file.sort_order_id ?? null,
      referencedDataFile: file.referenced_data_file ?? null,
    },
  }
}

function toPairs<T, U = T>(map: ReadonlyMap<number, T> | null, encode?: (value: T) => U): Pairs<U> {
  if (map === null) return null
  return Array.from(map, ([key, value]) => ({
    key,
    value: encode === undefined ? (value as unknown as U) : encode(value),
  }))
}

function toMap<T, U>(pairs: Pairs<T>, decode: (value: T) => U): ReadonlyMap<number, U> | null {
  if (pairs === null || pairs === undefined) return null
  return new Map(pairs.map(({ key, value }) => [key, decode(value)]))
}

/** avsc takes bytes as Buffer only. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
