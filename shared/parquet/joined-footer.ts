/**
 * Parquet files of the same columns as one file: their bytes one after another, as they are, and behind them a footer that
 * names the row groups of all. What reads such a file opens and closes one, not hundreds.
 */

import {
  type ColumnChunk,
  chunkOf,
  edited,
  footerBytes,
  keyValuesOf,
  listAt,
  listOf,
  moved,
  numberAt,
  pageOffsets,
  tailBytes,
  withTail,
} from './footer.js'
import { FooterUnreadable } from './read-footer.js'
import {
  EncodedThrift,
  findThriftFields,
  readThrift,
  readThriftValue,
  type ThriftField,
  type ThriftList,
  type ThriftStruct,
  type ThriftValue,
  thriftType,
  writeThrift,
} from './thrift.js'

/** Of FileMetaData: what differs from file to file though the columns are the same. */
const [rowsId, groupsId, keyValuesId] = [3, 4, 5]

export interface OpenFooter {
  /**
   * All that is not said below, as bytes in Latin-1: the schema, the version, who wrote it, how columns compare. Files can be
   * one if theirs are equal.
   */
  readonly frame: string
  readonly rows: number
  readonly rowGroups: readonly OpenRowGroup[]
  readonly keyValues: ReadonlyMap<string, string>
  /** Each byte that it speaks of stands before it, in the same file and as it is. */
  readonly isSound: boolean
}

export interface OpenRowGroup {
  readonly rows: number
  readonly uncompressedBytes: number
  /** By leaf column, in file order. */
  readonly chunks: readonly ColumnChunk[]
  readonly tree: ThriftStruct
}

/**
 * @param file a whole Parquet file
 * @throws FooterUnreadable
 */
export function openFooter(file: Uint8Array): OpenFooter {
  if (file.length < tailBytes + 4) throw new FooterUnreadable(`parquet: a file of ${file.length} bytes`)
  const bytes = footerBytes(file)
  if (bytes > file.length) throw new FooterUnreadable(`parquet: a footer of ${bytes} bytes in a file of ${file.length}`)
  const end = file.length - bytes
  const footer = opened(file.subarray(end, file.length - tailBytes), end)
  const { rows, rowGroups } = footer
  const held = rowGroups.reduce((sum, group) => sum + group.rows, 0)
  if (rows !== held || rowGroups.some(group => group.rows < 0)) {
    throw new FooterUnreadable(`parquet: a file of ${rows} rows whose row groups have ${held}`)
  }
  return footer
}

function opened(footer: Uint8Array, dataEnd: number): OpenFooter {
  try {
    return open(footer, dataEnd)
  } catch (cause) {
    throw new FooterUnreadable('parquet: the footer cannot be read', { cause })
  }
}

/** @param dataEnd where the footer begins */
function open(footer: Uint8Array, dataEnd: number): OpenFooter {
  const own = new Map<number, ThriftValue>()
  const frame = new Map<number, ThriftField>()
  for (const [id, span] of findThriftFields(footer)) {
    if (id === rowsId || id === groupsId || id === keyValuesId) own.set(id, readThriftValue(footer, span))
    else frame.set(id, { type: span.type, value: new EncodedThrift(footer.subarray(span.start, span.end)) })
  }
  const groups = (own.get(groupsId) as ThriftList).items as readonly ThriftStruct[]
  const rowGroups = groups.map(tree => ({
    rows: numberAt(tree, 3),
    uncompressedBytes: numberAt(tree, 2),
    chunks: listAt(tree, 1).map(chunkOf),
    tree,
  }))
  return {
    frame: Buffer.from(writeThrift(frame)).toString('latin1'),
    rows: Number(own.get(rowsId) as bigint),
    rowGroups,
    keyValues: keyValuesOf((own.get(keyValuesId) as ThriftList | undefined)?.items ?? []),
    isSound:
      !frame.has(encryptionId) &&
      rowGroups.every(({ tree, chunks }) =>
        listAt(tree, 1).every((chunk, index) => isWithin(chunk, chunks[index]!, dataEnd)),
      ),
  }
}

/** Whether the pages of a chunk stand where it does, and that is in this file. Engines begin at either of the offsets. */
function isWithin(chunk: ThriftStruct, { start, bytes }: ColumnChunk, dataEnd: number): boolean {
  const offsets = pageOffsets(chunk)
  const isHere = (offset: unknown) => typeof offset === 'bigint' && Number(offset) < start + bytes
  return start >= 4 && start + bytes <= dataEnd && offsets.every(isHere) && !elsewhere.some(id => chunk.has(id))
}

/** Of FileMetaData. */
const encryptionId = 8
/** Of ColumnChunk: the path of another file, and what says how it is encrypted. */
const elsewhere = [1, 8, 9]

/** A row group of a file that stands so many bytes into another one, for the other's footer. */
export function shiftedRowGroup({ tree, chunks }: OpenRowGroup, shift: number): EncodedThrift {
  const shifted = listAt(tree, 1).map((chunk, index) =>
    moved(chunk, chunks[index]!.start, chunks[index]!.start + shift),
  )
  // Where it begins and how many come before it: both are optional.
  return new EncodedThrift(writeThrift(edited(tree, { 1: listOf(shifted) }, [5, 7])))
}

/** The end of a file that begins with the bytes of others, which all had this frame. */
export function joinedFooter(frame: string, rows: number, rowGroups: readonly EncodedThrift[]): Uint8Array {
  const changes = {
    [rowsId]: { type: thriftType.i64, value: BigInt(rows) },
    [groupsId]: listOf(rowGroups),
  }
  return withTail(writeThrift(edited(readThrift(Buffer.from(frame, 'latin1')), changes, [])))
}
