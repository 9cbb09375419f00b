import type { DataFile } from './data-file.js'

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
