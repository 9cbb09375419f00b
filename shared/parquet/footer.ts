/**
 * The footer of a Parquet file: what is needed to decide which bytes of the file to read, and the footer of a smaller file
 * that holds these bytes alone (https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift).
 *
 * The smaller footer names the row groups and columns that were taken and nothing else, so that a reader that asks for
 * another column fails instead of reading a hole. Statistics and types are carried over byte by byte.
 */
import { FooterUnreadable } from './read-footer.js'
import {
  type EncodedThrift,
  readThrift,
  type ThriftList,
  type ThriftStruct,
  type ThriftValue,
  thriftType,
  writeThrift,
} from './thrift.js'

export interface FileFooter {
  /** Bytes from the start of the footer to the end of the file. */
  readonly bytes: number
  readonly rows: number
  /** Top-level columns, in file order. */
  readonly columns: readonly string[]
  readonly rowGroups: readonly RowGroup[]
  readonly keyValues: ReadonlyMap<string, string>
  readonly tree: ThriftStruct
}

export interface RowGroup {
  readonly rows: number
  readonly chunks: readonly ColumnChunk[]
}

/** One leaf column of a row group. */
export interface ColumnChunk {
  /** The top-level column it belongs to. */
  readonly column: string
  readonly start: number
  readonly bytes: number
  /** Nulls among them. */
  readonly values: number
  readonly statistics: ChunkStatistics
}

/** Raw values as the file has them (PLAIN encoding, no length before a text); null where the file does not say. */
export interface ChunkStatistics {
  readonly min: Uint8Array | null
  readonly max: Uint8Array | null
  readonly nullCount: number | null
}

/** Of ColumnMetaData. */
const offsetIds = [9, 10, 11]

/** Of the length and the magic bytes at the end. */
export const tailBytes = 8

/**
 * @param tail the last bytes of the file
 * @returns the number of bytes that the footer needs, where `tail` is too short for it
 * @throws FooterUnreadable
 */
export function readFileFooter(tail: Uint8Array): FileFooter | number {
  const bytes = footerBytes(tail)
  if (bytes > tail.length) return bytes
  try {
    // A copy, since what was read with the footer would stay in memory as long as it does.
    const tree = readThrift(tail.slice(tail.length - bytes, tail.length - tailBytes))
    return { bytes, ...describe(tree), tree }
  } catch (cause) {
    throw new FooterUnreadable('parquet: the footer cannot be read', { cause })
  }
}

/**
 * What the footer takes of a file, with its length and the magic bytes behind it.
 * @param tail the last bytes of the file
 * @throws FooterUnreadable
 */
export function footerBytes(tail: Uint8Array): number {
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength)
  if (tail.length < tailBytes || view.getUint32(tail.length - 4, true) !== 0x31524150)
    throw new FooterUnreadable('parquet: the file does not end in PAR1')
  return view.getUint32(tail.length - tailBytes, true) + tailBytes
}

function describe(tree: ThriftStruct): Omit<FileFooter, 'bytes' | 'tree'> {
  const pairs = (tree.get(5)?.value as ThriftList | undefined)?.items ?? []
  return {
    rows: numberAt(tree, 3),
    columns: topLevel(listAt(tree, 2)).map(({ name }) => name),
    rowGroups: listAt(tree, 4).map(group => ({
      rows: numberAt(group, 3),
      chunks: listAt(group, 1).map(chunkOf),
    })),
    keyValues: keyValuesOf(pairs),
  }
}

export function keyValuesOf(pairs: readonly ThriftValue[]): ReadonlyMap<string, string> {
  return new Map(pairs.map(pair => [textAt(pair as ThriftStruct, 1), textAt(pair as ThriftStruct, 2)]))
}

/** Of the first data page, the index and the dictionary, where a chunk has them. */
export function pageOffsets(chunk: ThriftStruct): readonly ThriftValue[] {
  const meta = structAt(chunk, 3)
  return offsetIds.flatMap(id => meta.get(id)?.value ?? [])
}

export function chunkOf(chunk: ThriftStruct): ColumnChunk {
  const meta = structAt(chunk, 3)
  const offsets = pageOffsets(chunk).map(Number)
  const statistics = meta.has(12) ? structAt(meta, 12) : undefined
  const bytes = (id: number) => (statistics?.get(id)?.value as Uint8Array | undefined) ?? null
  const nulls = statistics?.get(3)?.value as bigint | undefined
  const [path] = (meta.get(3)!.value as ThriftList).items
  return {
    column: decoder.decode(path as Uint8Array),
    // Some writers leave the offset of a dictionary out as 0.
    start: Math.min(...offsets.filter(offset => offset > 0)),
    bytes: numberAt(meta, 7),
    values: numberAt(meta, 5),
    statistics: { min: bytes(6), max: bytes(5), nullCount: nulls === undefined ? null : Number(nulls) },
  }
}

/** Names of the top-level columns by their field ids; empty for a file without any. */
export function columnNamesById({ tree }: Pick<FileFooter, 'tree'>): ReadonlyMap<number, string> {
  const columns = topLevel(listAt(tree, 2))
  return new Map(columns.flatMap(({ name, elements: [own] }) => (own!.has(9) ? [[numberAt(own!, 9), name]] : [])))
}

/** Where a chunk stands in the smaller file. */
export interface PlacedChunk {
  readonly rowGroup: number
  /** Of the row group's chunks. */
  readonly chunk: number
  readonly start: number
}

/**
 * The end of a file that holds these chunks and no others: footer, its length and the magic bytes. All leaves of a column
 * that is named must be among the chunks.
 *
 * @param keyValues replace those of the file
 */
export function subsetFooter(
  { tree }: Pick<FileFooter, 'tree'>,
  rowGroups: readonly number[],
  columns: ReadonlySet<string>,
  placed: readonly PlacedChunk[],
  keyValues: Readonly<Record<string, string>>,
): Uint8Array {
  const starts = new Map(placed.map(({ rowGroup, chunk, start }) => [`${rowGroup}/${chunk}`, start]))
  const groups = rowGroups.map(index => {
    const group = listAt(tree, 4)[index]!
    const chunks: ThriftStruct[] = []
    listAt(group, 1).forEach((chunk, at) => {
      const start = starts.get(`${index}/${at}`)
      if (start !== undefined) chunks.push(moved(chunk, chunkOf(chunk).start, start))
    })
    // The offset of a row group and its ordinal no longer hold; both are optional.
    return edited(group, { 1: listOf(chunks) }, [4, 5, 6, 7])
  })
  const rows = groups.reduce((sum, group) => sum + (group.get(3)!.value as bigint), 0n)
  const schema = listAt(tree, 2)
  const kept = topLevel(schema).filter(({ name }) => columns.has(name))
  const root = edited(schema[0]!, { 5: { type: thriftType.i32, value: BigInt(kept.length) } }, [])
  const pairs = Object.entries(keyValues).map(
    ([key, value]): ThriftStruct =>
      new Map([
        [1, { type: thriftType.binary, value: encoder.encode(key) }],
        [2, { type: thriftType.binary, value: encoder.encode(value) }],
      ]),
  )
  const isKept = schemaLeaves(schema).map(name => columns.has(name))
  const orders = tree.get(7)?.value as ThriftList | undefined
  const changes: Record<number, { type: number; value: ThriftValue }> = {
    2: listOf([root, ...kept.flatMap(({ elements }) => elements)]),
    3: { type: thriftType.i64, value: rows },
    4: listOf(groups),
    5: listOf(pairs),
  }
  if (orders !== undefined) {
    const items = orders.items.filter((_, index) => isKept[index] === true)
    changes[7] = { type: thriftType.list, value: { type: orders.type, items } }
  }
  return withTail(writeThrift(edited(tree, changes, [])))
}

/** A footer with what comes behind it at the end of a file. */
export function withTail(footer: Uint8Array): Uint8Array {
  const whole = new Uint8Array(footer.length + tailBytes)
  whole.set(footer)
  const view = new DataView(whole.buffer)
  view.setUint32(footer.length, footer.length, true)
  view.setUint32(footer.length + 4, 0x31524150, true)
  return whole
}

/** A chunk at another place; indexes and bloom filters stay behind. */
export function moved(chunk: ThriftStruct, from: number, to: number): ThriftStruct {
  const meta = structAt(chunk, 3)
  const shift = BigInt(to - from)
  const offsets = offsetIds
    .filter(id => meta.has(id) && (meta.get(id)!.value as bigint) > 0n)
    .map(id => [id, { type: thriftType.i64, value: (meta.get(id)!.value as bigint) + shift }])
  const metadata = edited(meta, Object.fromEntries(offsets), [14, 15])
  const place = { type: thriftType.i64, value: BigInt(to) }
  return edited(chunk, { 2: place, 3: { type: thriftType.struct, value: metadata } }, [4, 5, 6, 7])
}

export function edited(
  struct: ThriftStruct,
  changes: Readonly<Record<number, { readonly type: number; readonly value: ThriftValue }>>,
  without: readonly number[],
): ThriftStruct {
  const copy = new Map(struct)
  for (const id of without) copy.delete(id)
  for (const [id, field] of Object.entries(changes)) copy.set(Number(id), field)
  return copy
}

export function listOf(items: readonly (ThriftStruct | EncodedThrift)[]): {
  readonly type: number
  readonly value: ThriftList
} {
  return { type: thriftType.list, value: { type: thriftType.struct, items } }
}

/** The columns below the root, each with its own elements and those below it. */
function topLevel(schema: readonly ThriftStruct[]): readonly { name: string; elements: readonly ThriftStruct[] }[] {
  const found: { name: string; elements: readonly ThriftStruct[] }[] = []
  for (let at = 1; at < schema.length; ) {
    const end = endOf(schema, at)
    found.push({ name: textAt(schema[at]!, 4), elements: schema.slice(at, end) })
    at = end
  }
  return found
}

/** For each leaf in file order, the top-level column it belongs to. */
function schemaLeaves(schema: readonly ThriftStruct[]): readonly string[] {
  return topLevel(schema).flatMap(({ name, elements }) => elements.filter(one => !hasChildren(one)).map(() => name))
}

function endOf(schema: readonly ThriftStruct[], at: number): number {
  let end = at + 1
  for (let child = hasChildren(schema[at]!) ? numberAt(schema[at]!, 5) : 0; child > 0; child--) end = endOf(schema, end)
  return end
}

function hasChildren(element: ThriftStruct): boolean {
  return element.has(5) && numberAt(element, 5) > 0
}

const decoder = new TextDecoder()
const encoder = new TextEncoder()

export function numberAt(struct: ThriftStruct, id: number): number {
  return Number(struct.get(id)?.value as bigint)
}

function textAt(struct: ThriftStruct, id: number): string {
  const value = struct.get(id)?.value
  return value instanceof Uint8Array ? decoder.decode(value) : ''
}

function structAt(struct: ThriftStruct, id: number): ThriftStruct {
  const value = struct.get(id)?.value
  if (!(value instanceof Map)) throw new FooterUnreadable(`parquet: the footer has no member ${id}`)
  return value
}

export function listAt(struct: ThriftStruct, id: number): readonly ThriftStruct[] {
  const value = struct.get(id)?.value as ThriftList | undefined
  if (value === undefined) throw new FooterUnreadable(`parquet: the footer has no list ${id}`)
  return value.items as readonly ThriftStruct[]
}
