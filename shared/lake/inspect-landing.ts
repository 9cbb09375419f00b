/** What a landing object is, by its footer alone, before anything reads its rows. */
import type { FileMetaData, SchemaElement } from 'hyparquet'
import { schemaElements } from '../parquet/schema.js'
import { columnsOf } from './columns-of.js'
import { keyValuesOf, type LocalFile } from './read-metadata.js'

export interface LandingFacts {
  readonly rows: number
  readonly uncompressedBytes: number
  /** Lacks a column that this release has. */
  readonly isPartial: boolean
  readonly hasIds: boolean
  readonly hasIdless: boolean
  /** Bounds of what it holds, event times in µs; null for no rows. */
  readonly bounds: LandingBounds | null
  /** Its metric counts as text. */
  readonly metrics: string | null
}

export interface LandingBounds {
  readonly minTimestamp: bigint
  readonly maxTimestamp: bigint
  readonly minGroup: string
  readonly maxGroup: string
}

/** An object that cannot be merged as it is; it stays where it is. */
export interface NotMergeable {
  readonly problem: string
}

export function inspectLanding({ metadata }: LocalFile): LandingFacts | NotMergeable {
  const columns = topColumns(metadata.schema)
  const expected = topColumns(schemaElements)
  for (const [name, element] of columns) {
    const wanted = expected.get(name)
    if (wanted === undefined) return { problem: `has the column ${name}, which this release does not know` }
    const [found, needed] = [typeOf(element), typeOf(wanted)]
    if (found !== needed) return { problem: `has the column ${name} as ${found}, not as ${needed}` }
  }
  const missing = [...expected].filter(([name]) => !columns.has(name)).map(([, { own }]) => own)
  const needed = missing.find(({ repetition_type: repetition }) => repetition === 'REQUIRED')
  if (needed !== undefined) return { problem: `lacks the column ${needed.name}` }
  const rows = Number(metadata.num_rows)
  const bounds = boundsOf(metadata)
  if (rows > 0 && bounds === null) return { problem: 'has no statistics on timestamp and log_group' }
  return {
    rows,
    uncompressedBytes: metadata.row_groups.reduce((sum, group) => sum + Number(group.total_byte_size), 0),
    isPartial: missing.length > 0,
    hasIds: idlessRows(metadata) !== rows,
    hasIdless: rows > 0 && idlessRows(metadata) !== 0,
    bounds,
    metrics: keyValuesOf(metadata).get('tailrace.metrics') ?? null,
  }
}

/** Rows without an id: each row has its parts or its raw text, or neither. Null when the file does not say. */
export function idlessRows(metadata: FileMetaData): number | null {
  const rows = Number(metadata.num_rows)
  const columns = new Map(columnsOf(metadata).map(column => [column.id, column]))
  const nulls = (id: number) => (columns.has(id) ? columns.get(id)!.nulls : rows)
  const [random, raw] = [nulls(6), nulls(8)]
  return random === null || raw === null ? null : random + raw - rows
}

function boundsOf(metadata: FileMetaData): LandingBounds | null {
  const columns = columnsOf(metadata)
  const timestamp = columns.find(({ id }) => id === 1)
  const group = columns.find(({ id }) => id === 2)
  const [minTimestamp, maxTimestamp, minGroup, maxGroup] = [timestamp?.min, timestamp?.max, group?.min, group?.max]
  if (typeof minTimestamp !== 'bigint' || typeof maxTimestamp !== 'bigint') return null
  if (typeof minGroup !== 'string' || typeof maxGroup !== 'string') return null
  return { minTimestamp, maxTimestamp, minGroup, maxGroup }
}

interface TopColumn {
  readonly own: SchemaElement
  /** Itself and what is nested in it. */
  readonly all: readonly SchemaElement[]
}

function topColumns(schema: readonly SchemaElement[]): ReadonlyMap<string, TopColumn> {
  const columns = new Map<string, TopColumn>()
  for (let at = 1; at < schema.length; ) {
    const end = endOf(schema, at)
    columns.set(schema[at]!.name, { own: schema[at]!, all: schema.slice(at, end) })
    at = end
  }
  return columns
}

function endOf(schema: readonly SchemaElement[], at: number): number {
  let end = at + 1
  for (let child = 0; child < (schema[at]!.num_children ?? 0) && end < schema.length; child++) end = endOf(schema, end)
  return end
}

/** Physical and logical types of a column and what is nested in it; that a whole number is one need not be said. */
function typeOf({ all }: TopColumn): string {
  const names = all.map(({ type, converted_type: converted }) =>
    [type, converted].filter(name => name !== undefined && name !== 'INT_64' && name !== 'INT_32').join(' '),
  )
  return names.join('/')
}
