/** A lake of two million events on disk: six hours of four services' JSON, as `commit` writes it. */
import { createHash, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDb } from '../../shared/engine/duckdb.js'
import { duckDbMerge } from '../../shared/engine/duckdb-merge.js'
import { s3Catalog } from '../../shared/iceberg/catalogs/s3.js'
import { describeParquet } from '../../shared/iceberg/parquet-metrics.js'
import { stageSnapshot } from '../../shared/iceberg/stage-snapshot.js'
import { newSnapshotId } from '../../shared/iceberg/table-changes.js'
import { currentSchema } from '../../shared/iceberg/table-metadata.js'
import { newLogTable } from '../../shared/lake/log-table.js'
import { type PromotedSetting, withPromoted } from '../../shared/lake/promoted-columns.js'
import { diskStore } from '../../shared/store/disk.js'

export const start = Date.UTC(2026, 0, 15, 10)
export const hours = 6

/**
 * Real-shaped: a line of a JSON logger, some 300 bytes, from numbers that a hash scatters. The request stands in its column too,
 * as ingest finds it; the level does not, which there is spelled in one way for all formats.
 */
function eventsSql(count: number): string {
  const pick = (salt: number, values: readonly string[]) =>
    `list_extract([${values.map(value => `'${value}'`).join(', ')}], 1 + CAST(hash(i + ${salt}) % ${values.length} AS INTEGER))`
  const service = pick(1, ['orders', 'payments', 'basket', 'search'])
  const text = `CASE WHEN hash(i + 9) % 500 = 0 THEN 'timeout after ' || (hash(i) % 9000) || ' ms' WHEN hash(i + 8) % 900 = 0 THEN 'connection refused by 10.0.3.' || (hash(i) % 250) ELSE 'request took ' || (hash(i + 7) % 2000) || ' ms in ' || ${pick(6, ['eu-1a', 'eu-1b', 'eu-1c'])} END`
  const at = `make_timestamptz(${start * 1000} + i * ${Math.floor((hours * 3_600_000_000) / count)} // 1000 * 1000)`
  const request = `'req-' || lpad(CAST(i // 2 AS VARCHAR), 12, '0')`
  const message = `'{"timestamp":"' || strftime(ts, '%Y-%m-%dT%H:%M:%S.%gZ') || '","level":"' || ${pick(2, ['info', 'info', 'info', 'info', 'info', 'debug', 'warn', 'error'])} || '","service":"' || service || '","requestId":"' || ${request} || '","path":"/api/' || ${pick(3, ['orders', 'users', 'items', 'carts'])} || '/' || (hash(i + 4) % 400) || '","status":' || ${pick(5, ['200', '200', '200', '201', '204', '304', '404', '500', '503'])} || ',"latency":' || (hash(i + 7) % 2000) || ',"userId":"u-' || (hash(i + 11) % 50000) || '","message":"' || ${text} || '"}'`
  return `SELECT ts AS timestamp, '/ecs/' || service AS log_group, service || '/' || (i % 8) AS log_stream, ${message} AS message,
    ts + INTERVAL '700 milliseconds' AS arrival, CAST(i // 250 AS BIGINT) AS id_random, CAST(i % 250 AS INTEGER) AS id_index,
    NULL::VARCHAR AS id_raw, '123456789012' AS account_id, 'eu-west-1' AS region, 'json' AS format, NULL::VARCHAR AS level,
    ${request} AS request_id, NULL::VARCHAR AS trace_id, NULL::MAP(VARCHAR, VARCHAR) AS fields, NULL::VARCHAR AS extra,
    0::INTEGER AS retention
    FROM (SELECT i, ${at} AS ts, ${service} AS service FROM range(${count}) t(i))`
}

export interface BenchLake {
  /** Data files, in order. */
  readonly files: readonly string[]
  /** The root of the lake. */
  readonly root: string
  /** The messages, a line each. */
  readonly lines: string
}

/** Fields that the second lake holds in columns. */
export const promotedFields = [
  { field: 'level', column: 'p_level', type: 'string' },
  { field: 'service', column: 'p_service', type: 'string' },
  { field: 'path', column: 'p_path', type: 'string' },
  { field: 'requestId', column: 'p_request_id', type: 'string' },
  { field: 'status', column: 'p_status', type: 'long' },
  { field: 'latency', column: 'p_latency', type: 'double' },
] as const

/** The lake in a folder named for its events, which an earlier run may have made. */
export async function openLake(
  folder: string,
  count: number,
  duckdb: DuckDb,
  settings: readonly PromotedSetting[] = [],
): Promise<BenchLake> {
  const made = `${folder}-${createHash('sha256').update(eventsSql(count)).digest('hex').slice(0, 8)}`
  const done = join(made, 'done.json')
  if (!existsSync(done)) {
    await rm(made, { recursive: true, force: true })
    await mkdir(made, { recursive: true })
    await writeFile(done, JSON.stringify(await makeLake(made, count, duckdb, settings)))
  }
  return JSON.parse(await readFile(done, 'utf8')) as BenchLake
}

export async function makeLake(
  folder: string,
  count: number,
  duckdb: DuckDb,
  settings: readonly PromotedSetting[] = [],
): Promise<BenchLake> {
  const input = join(folder, 'events.parquet')
  const lines = join(folder, 'lines.gz')
  await duckdb.query(`COPY (${eventsSql(count)}) TO '${input}' (FORMAT parquet, COMPRESSION zstd)`)
  await duckdb.query(
    `COPY (SELECT message FROM '${input}') TO '${lines}' (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER E'\\x01', COMPRESSION gzip)`,
  )
  const root = join(folder, 'lake')
  const merged = join(folder, 'merged')
  await mkdir(merged)
  await mkdir(root)
  const { size } = await stat(input)
  const store = diskStore(root)
  const table = { store, location: 's3://bench/table' }
  const catalog = s3Catalog(table, { newId: randomUUID, sleep: async () => {} })
  const created = newLogTable(table.location, randomUUID(), new Date(start))
  const { metadata, promoted } = withPromoted(created, settings, new Date(start))
  const base = await catalog.create(metadata)
  const { files } = await duckDbMerge({ memoryLimitMb: 1024, threads: 2 }).merge({
    inputs: [
      { path: input, kind: 'landing', bytes: size, uncompressedBytes: count * 400, rows: count, isPartial: false },
    ],
    against: [],
    hasIdless: false,
    promoted,
    targetBytes: 128 * 1024 * 1024,
    folder: merged,
  })
  const paths: string[] = []
  const added = []
  for (const file of files) {
    const key = `table/data/${paths.length}.parquet`
    const tail = await readFile(file.path)
    await store.put(key, tail)
    const partition = { timestamp_day: file.day, retention: file.retention }
    const place = { specId: 0, partition, sortOrderId: 1, schema: currentSchema(metadata) }
    added.push(describeParquet({ filePath: `s3://bench/${key}`, fileSizeInBytes: tail.length, tail, ...place }))
    paths.push(join(root, key))
  }
  const snapshot = { snapshotId: newSnapshotId(randomUUID()), now: new Date(start), newId: randomUUID }
  const staged = await stageSnapshot(base.metadata, table, { operation: 'append', added }, snapshot)
  await catalog.commit(base, staged.metadata)
  return { files: paths, root, lines }
}
