import type { FileMetaData, SchemaElement } from 'hyparquet'
import type { DataFile } from '../iceberg/data-file.js'
import type { PrimitiveType } from '../iceberg/schema.js'
import { lowerBound, upperBound, writeSingleValue } from '../iceberg/single-value.js'
import { compareKeys } from '../store/key.js'

export interface DataFilePlace {
  readonly filePath: string
  readonly fileSizeInBytes: number
  readonly partition: DataFile['partition']
  readonly sortOrderId: number
}

/** Field ids whose text bounds are kept whole, because queries name them: group names share long prefixes. */
const wholeBounds: readonly number[] = [2]

/** Field ids without bounds: no query can use those of message, and they would carry its text into the metadata. */
const withoutBounds: readonly number[] = [4, 16, 17, 18]

/**
 * A data file as a manifest lists it, by what its own footer says.
 * @param types of the table's columns by field id
 */
export function dataFileOf(
  metadata: FileMetaData,
  place: DataFilePlace,
  types: ReadonlyMap<number, PrimitiveType>,
): DataFile {
  const columns = columnsOf(metadata)
  const entries = <T>(value: (column: Column) => T | null): ReadonlyMap<number, T> =>
    new Map(
      columns.flatMap(column => {
        const found = value(column)
        return found === null ? [] : [[column.id, found] as const]
      }),
    )
  const bound = (side: 'min' | 'max') =>
    entries(column => {
      const type = types.get(column.id)
      const value = column[side]
      if (type === undefined || value === null || withoutBounds.includes(column.id)) return null
      if (wholeBounds.includes(column.id)) return writeSingleValue(type, value)
      return side === 'min' ? lowerBound(type, value) : upperBound(type, value)
    })
  return {
    content: 'data',
    fileFormat: 'PARQUET',
    specId: 0,
    ...place,
    recordCount: Number(metadata.num_rows),
    columnSizes: entries(({ bytes }) => bytes),
    valueCounts: entries(({ values }) => values),
    nullValueCounts: entries(({ nulls }) => nulls),
    nanValueCounts: null,
    lowerBounds: bound('min'),
    upperBounds: bound('max'),
    keyMetadata: null,
    splitOffsets: metadata.row_groups.map(splitOffset),
    equalityIds: null,
    referencedDataFile: null,
  }
}

export interface Column {
  /** Field id. */
  readonly id: number
  readonly name: string
  readonly bytes: number
  readonly values: number
  /** Null where the file does not say, and likewise below. */
  readonly nulls: number | null
  readonly min: Bound | null
  readonly max: Bound | null
}

type Bound = string | number | bigint | boolean

/** The leaf columns that have a field id, over all row groups. */
export function columnsOf(metadata: FileMetaData): readonly Column[] {
  return leavesOf(metadata.schema).flatMap((element, index) => {
    if (element.field_id === undefined) return []
    const chunks = metadata.row_groups.map(group => group.columns[index]!.meta_data!)
    const statistics = chunks.map(chunk => chunk.statistics)
    const isUnknown = statistics.some(each => each?.null_count === undefined)
    // A chunk of nothing but nulls has no extremes, and takes none away.
    const bounded = chunks.filter(chunk => chunk.statistics?.null_count !== chunk.num_values)
    return [
      {
        id: element.field_id,
        name: element.name,
        bytes: chunks.reduce((sum, chunk) => sum + Number(chunk.total_compressed_size), 0),
        values: chunks.reduce((sum, chunk) => sum + Number(chunk.num_values), 0),
        nulls: isUnknown ? null : statistics.reduce((sum, each) => sum + Number(each!.null_count), 0),
        min: extreme(
          bounded.map(chunk => chunk.statistics?.min_value),
          isBelow,
        ),
        max: extreme(
          bounded.map(chunk => chunk.statistics?.max_value),
          (a, b) => isBelow(b, a),
        ),
      },
    ]
  })
}

function leavesOf(schema: readonly SchemaElement[]): readonly SchemaElement[] {
  return schema.filter(({ num_children: children }) => children === undefined || children === 0)
}

function extreme(values: readonly unknown[], isBetter: (a: Bound, b: Bound) => boolean): Bound | null {
  let best: Bound | null = null
  for (const value of values) {
    if (!isBound(value)) return null
    if (best === null || isBetter(value, best)) best = value
  }
  return best
}

function isBound(value: unknown): value is Bound {
  return ['string', 'number', 'bigint', 'boolean'].includes(typeof value)
}

/** Texts in the order of their UTF-8 bytes, as Parquet and Iceberg compare them. */
function isBelow(a: Bound, b: Bound): boolean {
  return typeof a === 'string' && typeof b === 'string' ? compareKeys(a, b) < 0 : a < b
}

function splitOffset({ columns }: FileMetaData['row_groups'][number]): number {
  const { dictionary_page_offset: dictionary, data_page_offset: data } = columns[0]!.meta_data!
  return Number(dictionary ?? data)
}
