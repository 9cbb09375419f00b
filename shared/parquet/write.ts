/** Log rows → one Parquet file with one row group: what `ingest` lands. */
import type { FileMetaData } from 'hyparquet'
import { ByteWriter } from 'hyparquet-writer/src/bytewriter.js'
import { writeMetadata } from 'hyparquet-writer/src/metadata.js'
import { type Codec, type EncodedColumn, writeChunk } from './chunk.js'
import {
  DictionaryColumn,
  InstantColumn,
  Int32Column,
  instantKind,
  int32Kind,
  int64Kind,
  microseconds,
  TextColumn,
  textKind,
} from './columns.js'
import { MapColumn } from './map-column.js'
import { type LogRow, schemaElements } from './schema.js'

const magic = 0x31524150
const required = { optional: false } as const
const optional = { optional: true } as const

/**
 * Collects rows column by column; `finish` gives the file. A file is written once: a builder that has finished is used
 * up. Strings must be well-formed Unicode: a lone surrogate cannot be stored as UTF-8 and would read back as U+FFFD.
 */
export class LogFileBuilder {
  readonly #timestamp = new InstantColumn('timestamp')
  readonly #logGroup = new DictionaryColumn('log_group', textKind, required)
  readonly #logStream = new DictionaryColumn('log_stream', textKind, required)
  readonly #message = new TextColumn('message', required)
  readonly #arrival = new DictionaryColumn('arrival', instantKind, { optional: true, bound: microseconds })
  readonly #idRandom = new DictionaryColumn('id_random', int64Kind, optional)
  readonly #idIndex = new Int32Column('id_index')
  readonly #idRaw = new TextColumn('id_raw', optional)
  readonly #accountId = new DictionaryColumn('account_id', textKind, required)
  readonly #region = new DictionaryColumn('region', textKind, required)
  readonly #format = new DictionaryColumn('format', textKind, required)
  readonly #level = new DictionaryColumn('level', textKind, optional)
  readonly #requestId = new TextColumn('request_id', optional)
  readonly #traceId = new TextColumn('trace_id', optional)
  readonly #fields = new MapColumn('fields')
  readonly #extra = new TextColumn('extra', optional)
  readonly #retention = new DictionaryColumn('retention', int32Kind, required)
  #rows = 0

  get rows(): number {
    return this.#rows
  }

  push(row: LogRow): void {
    this.#rows++
    this.#timestamp.push(row.timestamp)
    this.#logGroup.push(row.log_group)
    this.#logStream.push(row.log_stream)
    this.#message.push(row.message)
    this.#arrival.push(row.arrival)
    this.#idRandom.push(row.id_random)
    this.#idIndex.push(row.id_index)
    this.#idRaw.push(row.id_raw)
    this.#accountId.push(row.account_id)
    this.#region.push(row.region)
    this.#format.push(row.format)
    this.#level.push(row.level)
    this.#requestId.push(row.request_id)
    this.#traceId.push(row.trace_id)
    this.#fields.push(row.fields)
    this.#extra.push(row.extra)
    this.#retention.push(row.retention)
  }

  /** @param metadata key-value pairs for the footer */
  finish(codec: Codec, metadata: Readonly<Record<string, string>>): Uint8Array {
    const writer = new ByteWriter(1 << 16)
    writer.appendUint32(magic)
    const columns = this.#encode().map(column => writeChunk(writer, column, codec))
    const rows = BigInt(this.#rows)
    const bytes = columns.reduce((sum, { meta_data }) => sum + (meta_data?.total_uncompressed_size ?? 0n), 0n)
    const footer: FileMetaData = {
      version: 2,
      created_by: 'tailrace',
      schema: schemaElements,
      num_rows: rows,
      row_groups: [
        { columns, num_rows: rows, total_byte_size: bytes, total_compressed_size: BigInt(writer.offset - 4) },
      ],
      key_value_metadata: Object.entries(metadata).map(([key, value]) => ({ key, value })),
      metadata_length: 0,
    }
    writeMetadata(writer, footer, Number.POSITIVE_INFINITY)
    writer.appendUint32(magic)
    return writer.getBytes()
  }

  /** In the order of `schemaElements`. */
  #encode(): readonly EncodedColumn[] {
    const flat = (column: { encode(rows: number): EncodedColumn }) => column.encode(this.#rows)
    const before = [
      this.#timestamp,
      this.#logGroup,
      this.#logStream,
      this.#message,
      this.#arrival,
      this.#idRandom,
      this.#idIndex,
      this.#idRaw,
      this.#accountId,
      this.#region,
      this.#format,
      this.#level,
      this.#requestId,
      this.#traceId,
    ]
    return [...before.map(flat), ...this.#fields.encode(this.#rows), flat(this.#extra), flat(this.#retention)]
  }
}
