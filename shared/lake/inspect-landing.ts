/** What a landing object is, by its footer alone, before anything reads its rows. */
import { parquetMetadata, type SchemaElement } from 'hyparquet'
import type { OpenFooter } from '../parquet/joined-footer.js'
import { FooterUnreadable } from '../parquet/read-footer.js'
import { maxTimestamp, minTimestamp, schemaElements } from '../parquet/schema.js'
import { decodeStreams, type LandedStreams, streamsKey } from './landed-streams.js'

export interface LandingFacts {
  readonly rows: number
  readonly uncompressedBytes: number
  /** No row group has more, as its footer says. */
  readonly rowGroupBytes: number
  /** Lacks a column that this release has. */
  readonly isPartial: boolean
  readonly hasIds: boolean
  readonly hasIdless: boolean
  /** Bounds of what it holds, event times in µs; null for no rows. */
  readonly bounds: LandingBounds | null
  /** Its metric counts as text. */
  readonly metrics: string | null
  /** Null where the object does not tell. */
  readonly streams: LandedStreams | null
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

/** Looks at the schema once for all objects that have the same: most have. */
export class LandingInspector {
  readonly #schemas = new Map<string, LandingSchema | NotMergeable>()

  /** @throws FooterUnreadable */
  inspect(body: Uint8Array, footer: OpenFooter): LandingFacts | NotMergeable {
    try {
      return this.#inspect(body, footer)
    } catch (cause) {
      throw new FooterUnreadable('parquet: the footer cannot be read', { cause })
    }
  }

  #inspect(body: Uint8Array, footer: OpenFooter): LandingFacts | NotMergeable {
    const schema = this.#schemas.get(footer.frame) ?? inspectSchema(schemaOf(body))
    this.#schemas.set(footer.frame, schema)
    if ('problem' in schema) return schema
    const { rows, rowGroups, keyValues } = footer
    const lacking = schema.required.find(([, leaf]) =>
      rowGroups.some(({ chunks }) => chunks[leaf]!.statistics.nullCount),
    )
    if (lacking !== undefined) return { problem: `has rows without ${lacking[0]}` }
    const bounds = boundsOf(footer, schema)
    if (rows > 0 && bounds === null) return { problem: 'has no statistics on timestamp and log_group' }
    if (bounds !== null && !isReadable(bounds)) return { problem: 'has event times before the year 1 or after 9999' }
    const idless = idlessRows(footer, schema)
    return {
      rows,
      uncompressedBytes: rowGroups.reduce((sum, group) => sum + group.uncompressedBytes, 0),
      rowGroupBytes: Math.max(0, ...rowGroups.map(({ chunks }) => chunks.reduce((sum, { bytes }) => sum + bytes, 0))),
      isPartial: schema.isPartial,
      hasIds: idless !== rows,
      hasIdless: rows > 0 && idless !== 0,
      bounds,
      metrics: keyValues.get('tailrace.metrics') ?? null,
      streams: bounds === null ? null : decodeStreams(keyValues.get(streamsKey), rows, timesOf(bounds)),
    }
  }
}

function timesOf({ minTimestamp, maxTimestamp }: LandingBounds): { readonly min: number; readonly max: number } {
  return { min: Number(minTimestamp) / 1_000, max: Number(maxTimestamp) / 1_000 }
}

function isReadable(bounds: LandingBounds): boolean {
  const { min, max } = timesOf(bounds)
  return min >= minTimestamp && max <= maxTimestamp
}

interface LandingSchema {
  readonly isPartial: boolean
  /** Field id → place among the leaf columns. */
  readonly leaves: ReadonlyMap<number, number>
  /** Columns that every row of the table has, with their places. */
  readonly required: readonly (readonly [name: string, leaf: number])[]
}

function inspectSchema(schema: readonly SchemaElement[]): LandingSchema | NotMergeable {
  const columns = topColumns(schema)
  const expected = topColumns(schemaElements)
  // Readers count on these numbers; with wrong ones they run out of memory, or never end.
  const isLeaf = ({ type }: SchemaElement) => type !== undefined
  const children = ({ num_children: count = 0 }: SchemaElement) => count
  const odd = schema.slice(1).find(element => (isLeaf(element) ? children(element) !== 0 : children(element) < 1))
  if (odd !== undefined) return { problem: `has the column ${odd.name} with ${children(odd)} columns in it` }
  if (children(schema[0]!) !== columns.size) {
    return { problem: `says that it has ${children(schema[0]!)} columns, and names ${columns.size}` }
  }
  for (const [name, element] of columns) {
    const wanted = expected.get(name)
    if (wanted === undefined) return { problem: `has the column ${name}, which this release does not know` }
    const [found, needed] = [typeOf(element), typeOf(wanted)]
    if (found !== needed) return { problem: `has the column ${name} as ${found}, not as ${needed}` }
    const other = element.all.find((each, at) => isOther(each, wanted.all[at]!))
    if (other !== undefined) return { problem: `has the column ${name} as ${meaningOf(other)}, not as ${needed}` }
    // Columns are found by id as soon as a file has not all of them.
    const id = wanted.own.field_id
    if (element.own.field_id !== id) return { problem: `has the column ${name} without its field id ${id}` }
  }
  const missing = [...expected].filter(([name]) => !columns.has(name)).map(([, { own }]) => own)
  const needed = missing.find(({ repetition_type: repetition }) => repetition === 'REQUIRED')
  if (needed !== undefined) return { problem: `lacks the column ${needed.name}` }
  const leaves = new Map(
    schema.filter(isLeaf).flatMap(({ field_id: id }, index) => (id === undefined ? [] : [[id, index] as const])),
  )
  const required = [...expected].flatMap(([name, { own }]) =>
    own.repetition_type === 'REQUIRED' ? [[name, leaves.get(own.field_id!)!] as const] : [],
  )
  return { isPartial: missing.length > 0, leaves, required }
}

function schemaOf(body: Uint8Array): readonly SchemaElement[] {
  // The look for places on the globe never ends where a column says that it has fewer columns than none.
  return parquetMetadata(new Uint8Array(body).buffer, { geoparquet: false }).schema
}

/** Rows without an id: each row has its parts or its raw text, or neither. Null when the file does not say. */
function idlessRows({ rows, rowGroups }: OpenFooter, { leaves }: LandingSchema): number | null {
  const nulls = (id: number) => {
    const leaf = leaves.get(id)
    if (leaf === undefined) return rows
    const counts = rowGroups.map(({ chunks }) => chunks[leaf]?.statistics.nullCount ?? null)
    return counts.includes(null) ? null : counts.reduce<number>((sum, count) => sum + count!, 0)
  }
  const [random, raw] = [nulls(6), nulls(8)]
  return random === null || raw === null ? null : random + raw - rows
}

function boundsOf({ rowGroups }: OpenFooter, { leaves }: LandingSchema): LandingBounds | null {
  // A chunk of nothing but nulls has no extremes, and takes none away.
  const statistics = (id: number) =>
    rowGroups
      .flatMap(({ chunks }) => chunks[leaves.get(id) ?? -1] ?? [])
      .filter(({ values, statistics: { nullCount } }) => nullCount !== values)
      .map(chunk => chunk.statistics)
  const [times, groups] = [statistics(1), statistics(2)]
  if (times.length === 0 || groups.length === 0) return null
  const instants = times.map(({ min, max }) => ({ min: instantOf(min), max: instantOf(max) }))
  if (instants.some(({ min, max }) => min === null || max === null)) return null
  if (groups.some(({ min, max }) => min === null || max === null)) return null
  const names = groups.map(({ min, max }) => ({ min: Buffer.from(min!), max: Buffer.from(max!) }))
  return {
    minTimestamp: instants.reduce((least, { min }) => (min! < least ? min! : least), instants[0]!.min!),
    maxTimestamp: instants.reduce((most, { max }) => (max! > most ? max! : most), instants[0]!.max!),
    minGroup: names.reduce((least, { min }) => (min.compare(least) < 0 ? min : least), names[0]!.min).toString(),
    maxGroup: names.reduce((most, { max }) => (max.compare(most) > 0 ? max : most), names[0]!.max).toString(),
  }
}

function instantOf(bytes: Uint8Array | null): bigint | null {
  return bytes?.length === 8 ? new DataView(bytes.buffer, bytes.byteOffset, 8).getBigInt64(0, true) : null
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

/** Newer files say twice what a value means, and engines go by what is said here. */
function isOther(found: SchemaElement, wanted: SchemaElement): boolean {
  const isRepeated = ({ repetition_type: repetition }: SchemaElement) => repetition === 'REPEATED'
  if (isRepeated(found) !== isRepeated(wanted)) return true
  const { logical_type: logical } = found
  if (logical === undefined) return false
  return logical.type === 'INTEGER' ? !logical.isSigned : meaningOf(found) !== meaningOf(wanted)
}

function meaningOf({ repetition_type: repetition, logical_type: logical }: SchemaElement): string {
  const time = logical?.type === 'TIMESTAMP' ? [logical.unit, logical.isAdjustedToUTC ? 'UTC' : 'local'] : []
  return [logical?.type, ...time, repetition === 'REPEATED' ? repetition : undefined]
    .filter(word => word !== undefined)
    .join(' ')
}

/** Physical and older logical types of a column and what is nested in it; that a whole number is one need not be said. */
function typeOf({ all }: TopColumn): string {
  const names = all.map(({ type, converted_type: converted }) =>
    [type, converted].filter(name => name !== undefined && name !== 'INT_64' && name !== 'INT_32').join(' '),
  )
  return names.join('/')
}
