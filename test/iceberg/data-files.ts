import type { DataFile } from '../../shared/iceberg/data-file.js'
import { lowerBound, upperBound } from '../../shared/iceberg/single-value.js'
import { dayOf } from '../../shared/iceberg/transform.js'
import type { FilterValue } from '../../shared/iceberg/value-ranges.js'

export interface Described {
  readonly path: string
  /** ms */
  readonly from: number
  readonly to: number
  readonly groups: readonly [string, string]
  readonly retention?: number
}

/** A data file as a manifest would list it; there is no such file. */
export function describedFile({ path, from, to, groups, retention = 30 }: Described): DataFile {
  const bounds = (bound: typeof lowerBound, values: readonly (readonly [number, string, FilterValue])[]) =>
    new Map(values.map(([id, type, value]) => [id, Buffer.from(bound(type, value)!)]))
  return {
    content: 'data',
    filePath: path,
    fileFormat: 'PARQUET',
    specId: 0,
    partition: { timestamp_day: dayOf(BigInt(from) * 1000n), retention },
    recordCount: 10,
    fileSizeInBytes: 1000,
    columnSizes: new Map(Array.from({ length: 18 }, (_, index) => [index + 1, 50 + index])),
    valueCounts: new Map(Array.from({ length: 18 }, (_, index) => [index + 1, 10])),
    nullValueCounts: new Map([
      [2, 0],
      [12, 10],
    ]),
    nanValueCounts: null,
    lowerBounds: bounds(lowerBound, [
      [1, 'timestamptz', BigInt(from) * 1000n],
      [2, 'string', groups[0]],
    ]),
    upperBounds: bounds(upperBound, [
      [1, 'timestamptz', BigInt(to) * 1000n],
      [2, 'string', groups[1]],
    ]),
    keyMetadata: null,
    splitOffsets: [4],
    equalityIds: null,
    sortOrderId: 1,
    referencedDataFile: null,
  }
}
