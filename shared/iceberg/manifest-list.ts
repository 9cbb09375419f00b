/** Manifest lists: the manifests of a snapshot, with counts and partition ranges to choose by. */
import { readAvro, writeAvro } from './avro-file.js'
import type { Long } from './avro-long.js'
import { canonicalSchema, manifestFileSchema } from './manifest-schema.js'

export interface ManifestFile {
  readonly manifestPath: string
  readonly manifestLength: number
  readonly partitionSpecId: number
  readonly content: 'data' | 'deletes'
  readonly sequenceNumber: number
  /** The lowest data sequence number of its live files. */
  readonly minSequenceNumber: number
  readonly addedSnapshotId: bigint
  readonly addedFilesCount: number
  readonly existingFilesCount: number
  readonly deletedFilesCount: number
  readonly addedRowsCount: number
  readonly existingRowsCount: number
  readonly deletedRowsCount: number
  /** One for each field of the spec, in its order. */
  readonly partitions: readonly FieldSummary[] | null
  readonly keyMetadata: Uint8Array | null
}

export interface FieldSummary {
  readonly containsNull: boolean
  readonly containsNan: boolean | null
  /** Null where all values are null (or NaN). */
  readonly lowerBound: Uint8Array | null
  readonly upperBound: Uint8Array | null
}

/** Whether any of the manifest's files is part of the snapshot; one that only tells of deletions has none. */
export function hasLiveFiles({ addedFilesCount, existingFilesCount }: ManifestFile): boolean {
  return addedFilesCount !== 0 || existingFilesCount !== 0
}

export function encodeManifestList(
  manifests: readonly ManifestFile[],
  snapshot: { readonly snapshotId: bigint; readonly parentId: bigint | null; readonly sequenceNumber: number },
): Uint8Array {
  const records = manifests.map(manifest => ({
    manifest_path: manifest.manifestPath,
    manifest_length: manifest.manifestLength,
    partition_spec_id: manifest.partitionSpecId,
    content: manifest.content === 'data' ? 0 : 1,
    sequence_number: manifest.sequenceNumber,
    min_sequence_number: manifest.minSequenceNumber,
    added_snapshot_id: manifest.addedSnapshotId,
    added_files_count: manifest.addedFilesCount,
    existing_files_count: manifest.existingFilesCount,
    deleted_files_count: manifest.deletedFilesCount,
    added_rows_count: manifest.addedRowsCount,
    existing_rows_count: manifest.existingRowsCount,
    deleted_rows_count: manifest.deletedRowsCount,
    partitions: manifest.partitions?.map(encodeSummary) ?? null,
    key_metadata: asBuffer(manifest.keyMetadata),
  }))
  return writeAvro(manifestFileSchema, records, {
    'snapshot-id': String(snapshot.snapshotId),
    'parent-snapshot-id': String(snapshot.parentId),
    'sequence-number': String(snapshot.sequenceNumber),
    'format-version': '2',
  })
}

/** @throws Error when the bytes are no manifest list */
export function decodeManifestList(bytes: Uint8Array): ManifestFile[] {
  return readAvro(bytes, canonicalSchema).records.map(record =>
    decodeManifestFile(record as unknown as ManifestFileRecord),
  )
}

interface ManifestFileRecord {
  readonly manifest_path: string
  readonly manifest_length: Long
  readonly partition_spec_id: number
  readonly content?: number
  readonly sequence_number?: Long
  readonly min_sequence_number?: Long
  readonly added_snapshot_id: Long
  readonly added_files_count?: number | null
  readonly existing_files_count?: number | null
  readonly deleted_files_count?: number | null
  readonly added_rows_count?: Long | null
  readonly existing_rows_count?: Long | null
  readonly deleted_rows_count?: Long | null
  readonly partitions?: readonly SummaryRecord[] | null
  readonly key_metadata?: Uint8Array | null
}

interface SummaryRecord {
  readonly contains_null: boolean
  readonly contains_nan?: boolean | null
  readonly lower_bound?: Uint8Array | null
  readonly upper_bound?: Uint8Array | null
}

function decodeManifestFile(record: ManifestFileRecord): ManifestFile {
  const count = (value: Long | null | undefined): number => {
    // Required since format version 2; writers of version 1 could leave the counts out.
    if (value === null || value === undefined) throw new Error(`no file counts for ${record.manifest_path}`)
    return Number(value)
  }
  return {
    manifestPath: record.manifest_path,
    manifestLength: Number(record.manifest_length),
    partitionSpecId: record.partition_spec_id,
    content: record.content === 1 ? 'deletes' : 'data',
    sequenceNumber: Number(record.sequence_number ?? 0),
    minSequenceNumber: Number(record.min_sequence_number ?? 0),
    addedSnapshotId: BigInt(record.added_snapshot_id),
    addedFilesCount: count(record.added_files_count),
    existingFilesCount: count(record.existing_files_count),
    deletedFilesCount: count(record.deleted_files_count),
    addedRowsCount: count(record.added_rows_count),
    existingRowsCount: count(record.existing_rows_count),
    deletedRowsCount: count(record.deleted_rows_count),
    partitions: record.partitions?.map(decodeSummary) ?? null,
    keyMetadata: record.key_metadata ?? null,
  }
}

function decodeSummary(record: SummaryRecord): FieldSummary {
  return {
    containsNull: record.contains_null,
    containsNan: record.contains_nan ?? null,
    lowerBound: record.lower_bound ?? null,
    upperBound: record.upper_bound ?? null,
  }
}

function encodeSummary(summary: FieldSummary): SummaryRecord {
  return {
    contains_null: summary.containsNull,
    contains_nan: summary.containsNan,
    lower_bound: asBuffer(summary.lowerBound),
    upper_bound: asBuffer(summary.upperBound),
  }
}

function asBuffer(bytes: Uint8Array | null): Buffer | null {
  return bytes === null ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
