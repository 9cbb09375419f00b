/** A table of ours in a Glue catalog that Trino changes between our commits, where a Trino was obtained before. */
import { createHash, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Endpoint, startEndpoint } from '../../local/endpoint.js'
import { memoryBuckets } from '../../local/services/s3/buckets.js'
import { s3Service } from '../../local/services/s3/s3-service.js'
import { TrinoAbsent } from '../../scripts/trino/errors.js'
import { presentTrino } from '../../scripts/trino/obtain.js'
import { type RunningTrino, startTrino } from '../../scripts/trino/start.js'
import { type DuckDb, openDuckDb } from '../../shared/engine/duckdb.js'
import { duckDbMerge } from '../../shared/engine/duckdb-merge.js'
import { LocalParts } from '../../shared/engine/local-parts.js'
import { createQueryEngine } from '../../shared/engine/query-engine.js'
import { glueCatalog } from '../../shared/iceberg/catalogs/glue.js'
import { commitLanding } from '../../shared/lake/commit.js'
import { compact } from '../../shared/lake/compact.js'
import { mergeLimits } from '../../shared/lake/lake-dependencies.js'
import { lakeReader } from '../../shared/lake/lake-reader.js'
import { landingKey } from '../../shared/lake/landing-key.js'
import type { LogRow } from '../../shared/parquet/schema.js'
import type { KeepingStore } from '../../shared/store/keeping-store.js'
import { planOf } from '../engine/lake-of-files.js'
import { memoryGlue } from '../iceberg/memory-glue.js'
import { rowsOf } from '../lake/engine-reader.js'
import { event, exported, landingFile, noon } from '../lake/landed.js'

const trino = presentTrino()
const isPresent = !(trino instanceof TrinoAbsent)

const day = 86_400_000
const bucket = 'tailrace'
const location = `s3://${bucket}/table`
const timeout = 600_000

let folder: string
let s3: Endpoint
let store: KeepingStore
let server: RunningTrino
let duckdb: DuckDb
/** What is there when Trino begins is older than it lets go at once. */
let clock = Date.now() - 30 * day
const now = () => clock
const glue = memoryGlue()

beforeAll(async () => {
  if (!isPresent) return
  folder = await mkdtemp(join(tmpdir(), 'tailrace-foreign-'))
  const buckets = memoryBuckets(() => new Date(clock))
  await buckets.create(bucket)
  store = (await buckets.open(bucket))!
  s3 = await startEndpoint({ port: 0, services: [s3Service({ buckets })] })
  duckdb = await openDuckDb({ memoryLimitMb: 256, threads: 1 })
  const credentials = { accessKeyId: 'local', secretAccessKey: 'test' }
  const storage = { url: s3.url, region: 'us-east-1', ...credentials, catalog: `s3://${bucket}/catalog` }
  server = await startTrino(trino, storage, folder)
  await server.query('CREATE SCHEMA tailrace')
}, timeout)
afterAll(async () => {
  if (!isPresent) return
  await server.stop()
  await s3.close()
  duckdb.close()
  await rm(folder, { recursive: true })
})

function lake() {
  const files = { store, location }
  const place = { database: 'tailrace', table: 'logs' }
  const catalog = glueCatalog(glue, files, { ...place, newId: randomUUID, sleep: async () => undefined })
  const deps = {
    files,
    catalog,
    merge: duckDbMerge({ memoryLimitMb: 256, threads: 1 }),
    folder,
    settings: { ...mergeLimits, commitBytes: 0, commitAfterMs: 0, fileBytes: 1_000_000 },
    promote: [{ field: 'status', column: 'status', type: 'long' }] as const,
    retentionOf: () => 0,
    now,
    newId: randomUUID,
  }
  return { files, catalog, deps }
}

async function land(rows: readonly LogRow[]): Promise<void> {
  const times = rows.map(({ timestamp }) => timestamp)
  const id = createHash('sha256').update(JSON.stringify(rows.map(row => `${row.id_random} ${row.message}`)))
  const logEvents = [{ id: id.digest('hex'), timestamp: times[0]!, message: '' }]
  const payload = { owner: '123456789012', logGroup: '/a', logStream: 's', logEvents }
  await store.put(landingKey([payload], Math.min(...times), Math.max(...times)), landingFile(rows))
}

/** What a query of ours sees, table and landing. */
async function seen(): Promise<readonly string[]> {
  const { files, catalog } = lake()
  const parts = new LocalParts({ store, place: folder, folder: join(folder, 'parts'), maxBytes: 1e9 })
  const reader = lakeReader({ store, catalog, table: files })
  const engine = createQueryEngine({ duckdb, reader, parts, maxScanBytes: null })
  const rows = await rowsOf(engine, planOf('fields @message, status | limit 10000'))
  return rows.map(row => `${row['@message']} ${row.status ?? ''}`).sort()
}

/** Trino on the table as Glue has it, as in Athena; what it makes of it is what Glue has then. */
async function inTrino(...statements: readonly string[]): Promise<void> {
  const { metadata_location: before } = glue.tables.get('tailrace.logs')!.Parameters!
  await server.query(`CALL system.register_table('tailrace', 'logs', '${location}', '${before!.split('/').at(-1)}')`)
  for (const sql of statements) await server.query(sql)
  const log = await server.query(
    'SELECT file FROM "logs$metadata_log_entries" ORDER BY timestamp DESC, file DESC LIMIT 1',
  )
  const table = glue.tables.get('tailrace.logs')!
  glue.tables.set('tailrace.logs', {
    ...table,
    Parameters: { ...table.Parameters, metadata_location: String(log.rows[0]![0]) },
    VersionId: String(Number(table.VersionId) + 1),
  })
  await server.query("CALL system.unregister_table('tailrace', 'logs')")
}

/** What Trino reads of the table. */
async function trinoRows(): Promise<number> {
  const { metadata_location: at } = glue.tables.get('tailrace.logs')!.Parameters!
  await server.query(`CALL system.register_table('tailrace', 'logs', '${location}', '${at!.split('/').at(-1)}')`)
  const { rows } = await server.query('SELECT count(*) FROM logs')
  await server.query("CALL system.unregister_table('tailrace', 'logs')")
  return Number(rows[0]![0])
}

const json = (id: number, change: Partial<LogRow> = {}): LogRow =>
  event(id, { message: `{"status":${id}}`, format: 'json', timestamp: noon + (id % 3) * day, ...change })
const textOf = (id: number) => `{"status":${id}} ${id}`
const odd = json(90, { message: '{"status":"0x1"}' })
const tick = exported({ message: 'tick' })

/** Columns and values of a statement that inserts the row. */
function insertOf(row: LogRow): readonly [string, string] {
  const { fields: _, timestamp, arrival, ...plain } = row
  const at = (ms: number | null) => `from_unixtime(${ms! / 1_000})`
  const literal = (value: unknown) =>
    typeof value === 'string' ? `'${value}'` : value === null ? 'NULL' : String(value)
  const entries = Object.entries(plain)
  return [
    ['timestamp', 'arrival', ...entries.map(([name]) => name)].join(', '),
    [at(timestamp), at(arrival), ...entries.map(([, value]) => literal(value))].join(', '),
  ]
}

describe.runIf(isPresent)('a table that Trino changes between our commits', () => {
  it('shows each event once, to us and to Trino, and goes on', { timeout }, async () => {
    const { deps, catalog } = lake()
    const ids = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)
    let wanted: readonly string[] = []
    const check = async (when: string) => {
      expect(await seen(), when).toEqual([...wanted].sort())
      await commitLanding(deps)
      expect(await seen(), `${when}, committed`).toEqual([...wanted].sort())
      expect(await trinoRows(), `${when}, in Trino`).toBe(wanted.length)
    }
    for (const from of [1, 5, 9]) {
      await land(ids(from, from + 3).map(id => json(id)))
      await commitLanding(deps)
    }
    await land([odd, tick, tick])
    wanted = [...ids(1, 12).map(textOf), '{"status":"0x1"} 0x1', 'tick ', 'tick ']
    await check('before')

    clock = Date.now()
    await inTrino('ALTER TABLE logs EXECUTE optimize')
    await land([...ids(3, 6).map(id => json(id)), tick])
    await check('after OPTIMIZE')

    await inTrino(
      "ALTER TABLE logs EXECUTE expire_snapshots(retention_threshold => '7d')",
      "ALTER TABLE logs EXECUTE remove_orphan_files(retention_threshold => '7d')",
    )
    const { metadata } = (await catalog.load())!
    expect(metadata.snapshots!.length).toBeLessThan(4)
    await land([json(13), json(1)])
    wanted = [...wanted, textOf(13)]
    await check('after expire_snapshots')

    // An event that is delivered afterwards.
    const late = json(14)
    const [columns, values] = insertOf(late)
    await inTrino(`INSERT INTO logs (${columns}) VALUES (${values})`)
    wanted = [...wanted, textOf(14)]
    await land([late, json(2)])
    await check('after INSERT')

    const first = new Date(noon).toISOString().slice(0, 10)
    await inTrino(`DELETE FROM logs WHERE timestamp >= TIMESTAMP '${first} 00:00:00 UTC'
      AND timestamp < TIMESTAMP '${first} 00:00:00 UTC' + INTERVAL '1' DAY`)
    wanted = ids(1, 14)
      .filter(id => id % 3 !== 0)
      .map(textOf)
    await check('after DELETE of a day')

    expect((await compact(deps)).rewrites.length).toBeGreaterThan(0)
    await land([json(15), json(14)])
    wanted = [...wanted, textOf(15)]
    await check('compacted')
  })
})
