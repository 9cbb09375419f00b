/** Rows and landing files for tests of the lake. */
import { StreamCounter, streamsKey } from '../../shared/lake/landed-streams.js'
import { BufferPool } from '../../shared/parquet/buffer-pool.js'
import { runtimeCodec } from '../../shared/parquet/codec.js'
import { emptyRow, type LogRow } from '../../shared/parquet/schema.js'
import { LogFileBuilder } from '../../shared/parquet/write.js'

export const noon = Date.UTC(2026, 0, 15, 12)

const plain: LogRow = {
  ...emptyRow,
  timestamp: noon,
  log_group: '/ecs/orders',
  log_stream: 'web/1',
  message: 'GET /',
  account_id: '123456789012',
  region: 'us-east-1',
  format: 'text',
}

/** An event without an id, as export files give it. */
export function exported(change: Partial<LogRow> = {}): LogRow {
  return { ...plain, ...change }
}

/** An event with the id of that number. */
export function event(id: number, change: Partial<LogRow> = {}): LogRow {
  const row = { ...plain, message: `event ${id}`, ...change }
  return { ...row, arrival: row.timestamp + 500, id_random: BigInt(id), id_index: id % 1_000, ...change }
}

const pool = new BufferPool(8_000_000)

/** @param metadata without `tailrace.streams` for an object that says of its streams what ingest says of them */
export function landingFile(rows: readonly LogRow[], metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const builder = new LogFileBuilder(pool)
  const streams = new StreamCounter()
  for (const row of rows) {
    const { account_id: account, log_group: group, log_stream: stream, timestamp, message } = row
    builder.push(row)
    streams.payload(group, stream, [{ id: row.id_random === null ? row.id_raw : idOf(row) }])
    streams.add(account, group, stream, timestamp, message)
  }
  const said = streams.encode()
  const entries = { 'tailrace.schema-version': '1', ...(said !== null && { [streamsKey]: said }), ...metadata }
  return builder.finish(runtimeCodec(), entries)
}

function idOf({ timestamp, arrival, id_random: random, id_index: index }: LogRow): string {
  return [timestamp, arrival, random, index].map(part => String(part).padStart(20, '0')).join()
}
