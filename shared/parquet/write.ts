/** Log rows → one Parquet file with one row group: what `ingest` lands. */
import type { FileMetaData } from 'hyparquet'
import { ByteWriter } from 'hyparquet-writer/src/bytewriter.js'
import { writeMetadata } from 'hyparquet-writer/src/metadata.js'
import { BufferLease, type BufferPool } from './buffer-pool.js'
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
  readonly #lease: BufferLease
  readonly #timestamp = new InstantColumn('timestamp')
  readonly #logGroup: DictionaryColumn<string>
  readonly #logStream: DictionaryColumn<string>
  readonly #message: TextColumn
  readonly #arrival: DictionaryColumn<number>
  readonly #idRandom: DictionaryColumn<bigint>
  readonly #idIndex: Int32Column
  readonly #idRaw: TextColumn
  readonly #accountId: DictionaryColumn<string>
  readonly #region: DictionaryColumn<string>
  readonly #format: DictionaryColumn<string>
  readonly #level: DictionaryColumn<string>
  readonly #requestId: TextColumn
  readonly #traceId: TextColumn
  readonly #fields: MapColumn
  readonly #extra: TextColumn
  readonly #retention: DictionaryColumn<number>
  #rows = 0

  /** @param pool where the buffers come from that the file is made in */
  constructor(pool: BufferPool) {
    const lease = new BufferLease(pool)
    this.#lease = lease
    this.#logGroup = new DictionaryColumn('log_group', textKind, lease, required)
    this.#logStream = new DictionaryColumn('log_stream', textKind, lease, required)
    this.#message = new TextColumn('message', lease, required)
    this.#arrival = new DictionaryColumn('arrival', instantKind, lease, { optional: true, bound: microseconds })
    this.#idRandom = new DictionaryColumn('id_random', int64Kind, lease, optional)
    this.#idIndex = new Int32Column('id_index', lease)
    this.#idRaw = new TextColumn('id_raw', lease, optional)
    this.#accountId = new DictionaryColumn('account_id', textKind, lease, required)
    this.#region = new DictionaryColumn('region', textKind, lease, required)
    this.#format = new DictionaryColumn('format', textKind, lease, required)
    this.#level = new DictionaryColumn('level', textKind, lease, optional)
    this.#requestId = new TextColumn('request_id', lease, optional)
    this.#traceId = new TextColumn('trace_id', lease, optional)
    this.#fields = new MapColumn('fields', lease)
    this.#extra = new TextColumn('extra', lease, optional)
    this.#retention = new DictionaryColumn('retention', int32Kind, lease, required)
  }

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
    const columns = this.#encode().map(column => writeChunk(writer, column, codec, this.#lease))
    this.#lease.giveAllBack()
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
    return [...before.map(flat), ...this.#fields.encode(), flat(this.#extra), flat(this.#retention)]
  }
}
