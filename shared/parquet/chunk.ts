/**
 * Writes one column chunk: an optional dictionary page and one data page, with the page headers of
 * hyparquet-writer. What is ours is that the values arrive already encoded: see
 * docs/decisions/0002-parquet-writer.md for the measurement behind that.
 */
import type { ColumnChunk, CompressionCodec, Encoding, ParquetType, Statistics } from 'hyparquet'
import { ByteWriter } from 'hyparquet-writer/src/bytewriter.js'
import { writePageHeader } from 'hyparquet-writer/src/datapage.js'
import type { BufferLease } from './buffer-pool.js'
import type { Levels } from './levels.js'

export interface Codec {
  readonly name: CompressionCodec
  readonly compress: (bytes: Uint8Array) => Uint8Array
}

export interface EncodedColumn {
  readonly path: readonly string[]
  readonly type: ParquetType
  readonly encoding: Encoding
  /** PLAIN-encoded distinct values, with RLE_DICTIONARY. */
  readonly dictionary?: { readonly bytes: Uint8Array; readonly count: number }
  /** The values that are not null, encoded, in pieces that follow each other. */
  readonly body: readonly Uint8Array[]
  /** Values, nulls included. */
  readonly count: number
  readonly nulls: number
  readonly repetition?: Levels
  readonly definition?: Levels
  readonly statistics: Statistics
}

/**
 * A chunk below this many bytes is written as it is. Setting a compressor up takes longer than writing all of a small
 * batch's columns, most of which are a few bytes.
 */
const smallestCompressed = 256

const uncompressedCodec: Codec = { name: 'UNCOMPRESSED', compress: bytes => bytes }

export function writeChunk(writer: ByteWriter, column: EncodedColumn, given: Codec, lease: BufferLease): ColumnChunk {
  const start = writer.offset
  const page = pageOf(column, lease)
  const size = page.length + (column.dictionary?.bytes.length ?? 0)
  const codec = size < smallestCompressed ? uncompressedCodec : given
  let uncompressed = 0
  if (column.dictionary !== undefined) {
    const { bytes, count } = column.dictionary
    const compressed = codec.compress(bytes)
    writePageHeader(writer, {
      type: 'DICTIONARY_PAGE',
      uncompressed_page_size: bytes.length,
      compressed_page_size: compressed.length,
      dictionary_page_header: { num_values: count, encoding: 'PLAIN' },
    })
    uncompressed += writer.offset - start + bytes.length
    writer.appendBytes(compressed)
  }
  const dataStart = writer.offset
  uncompressed += writeDataPage(writer, column, page, codec)
  return {
    file_offset: BigInt(start),
    meta_data: {
      type: column.type,
      encodings: column.dictionary === undefined ? [column.encoding] : ['PLAIN', column.encoding],
      path_in_schema: [...column.path],
      codec: codec.name,
      num_values: BigInt(column.count),
      total_uncompressed_size: BigInt(uncompressed),
      total_compressed_size: BigInt(writer.offset - start),
      data_page_offset: BigInt(dataStart),
      ...(column.dictionary === undefined ? {} : { dictionary_page_offset: BigInt(start) }),
      statistics: { null_count: BigInt(column.nulls), ...column.statistics },
    },
  }
}

/** Levels and values of a version 1 page. */
function pageOf(column: EncodedColumn, lease: BufferLease): Uint8Array {
  const levels = new ByteWriter(64)
  if (column.repetition !== undefined) writeLevels(levels, column.repetition)
  if (column.definition !== undefined) writeLevels(levels, column.definition)
  return joined([levels.getBytes(), ...column.body], lease)
}

/**
 * A version 1 page, whose levels are compressed together with the values: the levels of a map repeat row by row, and a
 * version 2 page would store them as they are.
 */
function writeDataPage(writer: ByteWriter, column: EncodedColumn, page: Uint8Array, codec: Codec): number {
  const compressed = codec.compress(page)
  const start = writer.offset
  writePageHeader(writer, {
    type: 'DATA_PAGE',
    uncompressed_page_size: page.length,
    compressed_page_size: compressed.length,
    data_page_header: {
      num_values: column.count,
      encoding: column.encoding,
      definition_level_encoding: 'RLE',
      repetition_level_encoding: 'RLE',
    },
  })
  const header = writer.offset - start
  writer.appendBytes(compressed)
  return header + page.length
}

function joined(pieces: readonly Uint8Array[], lease: BufferLease): Uint8Array {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
  const page = lease.take(length)
  let at = 0
  for (const piece of pieces) {
    page.set(piece, at)
    at += piece.length
  }
  return page.subarray(0, length)
}

/** Run-length encoded, after their length in bytes. */
function writeLevels(writer: ByteWriter, levels: Levels): void {
  const encoded = levels.encode()
  writer.appendUint32(encoded.length)
  writer.appendBytes(encoded)
}
