/** What a file's footer says, as hyparquet reads it: its columns by field id. */
import { readFile } from 'node:fs/promises'
import { type FileMetaData, parquetMetadata, type SchemaElement } from 'hyparquet'
import { compareKeys } from '../../shared/store/key.js'

/** Of a local file, with times in statistics as µs. */
export async function readMetadata(path: string): Promise<FileMetaData> {
  const parsers = { timestampFromMicroseconds: (micros: bigint) => micros }
  return parquetMetadata(new Uint8Array(await readFile(path)).buffer, { parsers })
}

export function keyValuesOf({ key_value_metadata: pairs = [] }: FileMetaData): ReadonlyMap<string, string> {
  return new Map(pairs.map(({ key, value = '' }) => [key, value]))
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
