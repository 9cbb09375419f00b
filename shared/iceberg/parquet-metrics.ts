/**
 * What a manifest says about a Parquet data file, read out of its footer: counts, sizes and bounds by field id, and where
 * row groups start. Bounds come from the statistics of the row groups; a column that lacks them in one group has none.
 */
import { type FileMetaData, parquetMetadata, type SchemaElement } from 'hyparquet'
import type { DataFile, PartitionValue } from './data-file.js'
import { type MetricsMode, metricsModes } from './metrics-mode.js'
import type { PrimitiveType, Schema } from './schema.js'
import { primitiveTypes } from './schema.js'
import { isOrdered, lowerBound, upperBound } from './single-value.js'
import { compareValues, type FilterValue } from './value-ranges.js'

export interface ParquetFile {
  readonly filePath: string
  readonly fileSizeInBytes: number
  /** Bytes of the file that end with its footer; the whole file does too. */
  readonly tail: Uint8Array
  /** Types by field id; columns of the file without a field id, or with one that is not in the schema, are left out. */
  readonly schema: Schema
  /** Of the table: `write.metadata.metrics.*` say which columns have counts and bounds. */
  readonly properties?: Readonly<Record<string, string>>
  readonly specId: number
  readonly partition: Readonly<Record<string, PartitionValue>>
  readonly sortOrderId: number | null
}

/** @throws Error when the bytes do not end with a Parquet footer */
export function describeParquet(file: ParquetFile): DataFile {
  const footer = parquetMetadata(new Uint8Array(file.tail).buffer, { parsers, geoparquet: false })
  const columns = measure(footer, primitiveTypes(file.schema))
  const modes = metricsModes(file.schema, file.properties)
  const each = <T>(pick: (column: ColumnMetrics, mode: MetricsMode) => T | null): ReadonlyMap<number, T> =>
    new Map(Array.from(columns, ([id, column]) => [id, pick(column, modes(id))] as const).filter(isPresent))
  return {
    content: 'data',
    filePath: file.filePath,
    fileFormat: 'PARQUET',
    specId: file.specId,
    partition: file.partition,
    recordCount: Number(footer.num_rows),
    fileSizeInBytes: file.fileSizeInBytes,
    columnSizes: each(column => column.bytes),
    valueCounts: each((column, { counts }) => (counts ? column.values : null)),
    nullValueCounts: each((column, { counts }) => (counts ? column.nulls : null)),
    nanValueCounts: null,
    lowerBounds: each(({ type, least }, { length }) =>
      least === null || length === 0 ? null : lowerBound(type, least, length),
    ),
    upperBounds: each(({ type, most }, { length }) =>
      most === null || length === 0 ? null : upperBound(type, most, length),
    ),
    keyMetadata: null,
    splitOffsets: footer.row_groups.map(startOf),
    equalityIds: null,
    sortOrderId: file.sortOrderId,
    referencedDataFile: null,
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

interface ColumnMetrics {
  readonly type: PrimitiveType
  readonly bytes: number
  readonly values: number
  /** Null where a row group does not say, and likewise the bounds. */
  readonly nulls: number | null
  readonly least: FilterValue | null
  readonly most: FilterValue | null
}

type ColumnMetaData = NonNullable<FileMetaData['row_groups'][number]['columns'][number]['meta_data']>

function measure(footer: FileMetaData, types: ReadonlyMap<number, PrimitiveType>): ReadonlyMap<number, ColumnMetrics> {
  const leaves = leavesOf(footer.schema)
  const columns = new Map<number, ColumnMetrics>()
  for (const { columns: chunks } of footer.row_groups) {
    for (const [index, { meta_data: chunk }] of chunks.entries()) {
      const leaf = leaves[index]
      const type = leaf?.element.field_id === undefined ? undefined : types.get(leaf.element.field_id)
      if (chunk === undefined || leaf === undefined || type === undefined) continue
      const id = leaf.element.field_id!
      columns.set(id, add(columns.get(id), metricsOf(chunk, type, leaf.isRepeated)))
    }
  }
  return columns
}

/** Statistics inside lists and maps are not of rows, so they have no bounds. */
function metricsOf(chunk: ColumnMetaData, type: PrimitiveType, isRepeated: boolean): ColumnMetrics {
  const { statistics } = chunk
  const values = Number(chunk.num_values)
  const nulls = statistics?.null_count === undefined ? null : Number(statistics.null_count)
  const bounded = !isRepeated && isOrdered(type) && nulls !== values
  return {
    type,
    bytes: Number(chunk.total_compressed_size),
    values,
    nulls,
    least: bounded ? toFilterValue(statistics?.min_value) : null,
    most: bounded ? toFilterValue(statistics?.max_value) : null,
  }
}

function add(sum: ColumnMetrics | undefined, next: ColumnMetrics): ColumnMetrics {
  if (sum === undefined) return next
  const isEmpty = ({ values, nulls }: ColumnMetrics): boolean => values === nulls
  const bound = (pick: (column: ColumnMetrics) => FilterValue | null, sign: number): FilterValue | null => {
    if (isEmpty(sum)) return pick(next)
    if (isEmpty(next)) return pick(sum)
    const [a, b] = [pick(sum), pick(next)]
    if (a === null || b === null) return null
    return compareValues(a, b) * sign <= 0 ? a : b
  }
  return {
    type: sum.type,
    bytes: sum.bytes + next.bytes,
    values: sum.values + next.values,
    nulls: sum.nulls === null || next.nulls === null ? null : sum.nulls + next.nulls,
    least: bound(column => column.least, 1),
    most: bound(column => column.most, -1),
  }
}

/** Statistics as they are stored: a Date would lose microseconds, and with them the upper bound. */
const parsers = {
  timestampFromMicroseconds: (microseconds: bigint) => microseconds,
  dateFromDays: (days: number) => days,
  stringFromBytes: wellFormedText,
}

/** Null for text that a writer cut inside a character: what the cut was made of is not known. */
function wellFormedText(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes)
  } catch {
    return null
  }
}

function toFilterValue(value: unknown): FilterValue | null {
  if (typeof value === 'number') return Number.isNaN(value) ? null : value
  return typeof value === 'string' || typeof value === 'bigint' || typeof value === 'boolean' ? value : null
}

/** In the order of a row group's columns. */
function leavesOf(schema: readonly SchemaElement[]): { element: SchemaElement; isRepeated: boolean }[] {
  const leaves: { element: SchemaElement; isRepeated: boolean }[] = []
  let index = 1
  const visit = (count: number, isRepeated: boolean): void => {
    for (let child = 0; child < count; child++) {
      const element = schema[index++]!
      const repeated = isRepeated || element.repetition_type === 'REPEATED'
      if (element.num_children) visit(element.num_children, repeated)
      else leaves.push({ element, isRepeated: repeated })
    }
  }
  visit(schema[0]?.num_children ?? 0, false)
  return leaves
}

function startOf({ columns, file_offset: offset }: FileMetaData['row_groups'][number]): number {
  const first = columns[0]?.meta_data
  return Number(first?.dictionary_page_offset ?? first?.data_page_offset ?? offset ?? 4n)
}

function isPresent<T>(entry: readonly [number, T | null]): entry is readonly [number, T] {
  return entry[1] !== null
}
