/** A data file as a manifest lists it (Iceberg specification, `data_file`), in JavaScript's spelling. */

export type FileContent = 'data' | 'position deletes' | 'equality deletes'

/** Of `day` and `date`: days since 1970; of timestamps: µs. Longs beyond 2^53 are bigint. */
export type PartitionValue = string | number | bigint | boolean | Uint8Array | null

export interface DataFile {
  readonly content: FileContent
  /** The full URI. */
  readonly filePath: string
  /** `PARQUET`; other engines may have others. */
  readonly fileFormat: string
  /** The partition spec that `partition` is of. */
  readonly specId: number
  /** By the name of the partition field: `{ timestamp_day: 20454, retention: 30 }`. */
  readonly partition: Readonly<Record<string, PartitionValue>>
  readonly recordCount: number
  readonly fileSizeInBytes: number
  /** Bytes on disk by field id, and likewise below; null where the writer did not say. */
  readonly columnSizes: ReadonlyMap<number, number> | null
  readonly valueCounts: ReadonlyMap<number, number> | null
  readonly nullValueCounts: ReadonlyMap<number, number> | null
  readonly nanValueCounts: ReadonlyMap<number, number> | null
  /** Single values as the specification serialises them (`readBound`); shortened ones lie below or above the true bound. */
  readonly lowerBounds: ReadonlyMap<number, Uint8Array> | null
  readonly upperBounds: ReadonlyMap<number, Uint8Array> | null
  readonly keyMetadata: Uint8Array | null
  /** Where row groups start, ascending. */
  readonly splitOffsets: readonly number[] | null
  readonly equalityIds: readonly number[] | null
  readonly sortOrderId: number | null
  /** The one data file that a file of position deletes is about. */
  readonly referencedDataFile: string | null
}

/** Whether a file of row-level deletes is of a kind that is applied here: of positions, in Parquet. */
export function isApplicable({ content, fileFormat }: Pick<DataFile, 'content' | 'fileFormat'>): boolean {
  return content === 'position deletes' && fileFormat.toUpperCase() === 'PARQUET'
}
