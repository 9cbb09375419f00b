/**
 * Table metadata as its JSON file has it, members spelled as in the specification; what is not known here (other
 * engines' members, newer ones) stays where it is through every change. Snapshot ids are bigint: other engines draw them
 * from all 63 bits, which a JavaScript number cannot hold.
 */
import { TableUnreadable } from './errors.js'
import type { PartitionSpec, Schema, SortOrder } from './schema.js'

export interface TableMetadata {
  readonly 'format-version': number
  readonly 'table-uuid': string
  /** URI of the table's folder, without a slash at the end. */
  readonly location: string
  readonly 'last-sequence-number': number
  readonly 'last-updated-ms': number
  readonly 'last-column-id': number
  readonly 'current-schema-id': number
  readonly schemas: readonly Schema[]
  readonly 'default-spec-id': number
  readonly 'partition-specs': readonly PartitionSpec[]
  readonly 'last-partition-id': number
  readonly 'default-sort-order-id': number
  readonly 'sort-orders': readonly SortOrder[]
  readonly properties?: Readonly<Record<string, string>>
  /** -1n, null or absent where the table has no snapshot yet. */
  readonly 'current-snapshot-id'?: bigint | null
  readonly snapshots?: readonly Snapshot[]
  readonly 'snapshot-log'?: readonly SnapshotLogEntry[]
  readonly 'metadata-log'?: readonly MetadataLogEntry[]
  readonly refs?: Readonly<Record<string, SnapshotRef>>
  readonly statistics?: readonly StatisticsFile[]
  readonly 'partition-statistics'?: readonly StatisticsFile[]
}

export type Operation = 'append' | 'replace' | 'overwrite' | 'delete'

export interface Snapshot {
  readonly 'snapshot-id': bigint
  readonly 'parent-snapshot-id'?: bigint | null
  readonly 'sequence-number': number
  readonly 'timestamp-ms': number
  readonly 'manifest-list': string
  readonly summary: Readonly<Record<string, string>> & { readonly operation: string }
  readonly 'schema-id'?: number
}

export interface SnapshotLogEntry {
  readonly 'snapshot-id': bigint
  readonly 'timestamp-ms': number
}

export interface MetadataLogEntry {
  readonly 'metadata-file': string
  readonly 'timestamp-ms': number
}

export interface SnapshotRef {
  readonly 'snapshot-id': bigint
  readonly type: 'branch' | 'tag'
  readonly 'min-snapshots-to-keep'?: number
  readonly 'max-snapshot-age-ms'?: number
  readonly 'max-ref-age-ms'?: number
}

export interface StatisticsFile {
  readonly 'snapshot-id': bigint
  readonly 'statistics-path': string
}

/** The current snapshot; null for a table that has none yet. */
export function currentSnapshot(metadata: TableMetadata): Snapshot | null {
  const id = metadata['current-snapshot-id']
  return metadata.snapshots?.find(snapshot => snapshot['snapshot-id'] === id) ?? null
}

/** Whether a snapshot is in the table: how a writer learns that a commit with a lost answer was applied. */
export function hasSnapshot(metadata: TableMetadata, snapshotId: bigint): boolean {
  return metadata.snapshots?.some(snapshot => snapshot['snapshot-id'] === snapshotId) ?? false
}

export function currentSchema(metadata: TableMetadata): Schema {
  const id = metadata['current-schema-id']
  return found(
    metadata.schemas.find(schema => schema['schema-id'] === id),
    `schema ${id}`,
  )
}

/** @throws TableUnreadable when the metadata has no such partition spec */
export function specOf(metadata: TableMetadata, id: number): PartitionSpec {
  return found(
    metadata['partition-specs'].find(spec => spec['spec-id'] === id),
    `partition spec ${id}`,
  )
}

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new TableUnreadable(`iceberg: the metadata has no ${what}`)
  return value
}

/** Whether files may be deleted: `gc.enabled=false` says that others than this table need them. */
export function isGarbageCollected({ properties }: TableMetadata): boolean {
  return properties?.['gc.enabled']?.toLowerCase() !== 'false'
}
