/** Lakes in a local S3 that Trino writes to as well: both hold a table in a catalogue of their own, and hand its state over. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { startEndpoint } from '../../local/endpoint.js'
import { memoryBuckets } from '../../local/services/s3/buckets.js'
import { s3Service } from '../../local/services/s3/s3-service.js'
import type { Trino } from '../../scripts/trino/obtain.js'
import { type RunningTrino, startTrino } from '../../scripts/trino/start.js'
import { athenaStatement } from '../../shared/engine/athena.js'
import { type DuckDb, openDuckDb } from '../../shared/engine/duckdb.js'
import { duckDbMerge } from '../../shared/engine/duckdb-merge.js'
import { LocalParts } from '../../shared/engine/local-parts.js'
import { createQueryEngine, type QueryEngine } from '../../shared/engine/query-engine.js'
import type { Catalog } from '../../shared/iceberg/catalog.js'
import { glueCatalog } from '../../shared/iceberg/catalogs/glue.js'
import { commitLanding } from '../../shared/lake/commit.js'
import { compact } from '../../shared/lake/compact.js'
import { type LakeDependencies, mergeLimits } from '../../shared/lake/lake-dependencies.js'
import { lakeReader } from '../../shared/lake/lake-reader.js'
import type { LogRow } from '../../shared/parquet/schema.js'
import { optimize } from '../../shared/plan/rules/optimize.js'
import { s3Store } from '../../shared/store/s3.js'
import { planOf } from '../engine/lake-of-files.js'
import { logTableOptions } from '../iceberg/log-table.js'
import { memoryGlue } from '../iceberg/memory-glue.js'
import { rowsOf } from '../lake/engine-reader.js'
import { landingFile } from '../lake/landed.js'

const credentials = { accessKeyId: 'local', secretAccessKey: 'test' }
const region = 'us-east-1'
const bucket = 'lake'

/** One Trino over one S3, for lakes that have nothing else in common. */
export interface TrinoAndLakes {
  /** ms that our clock and that of the S3 are ahead. */
  ahead: number
  lake(name: string, promote: LakeDependencies['promote']): SharedLake
  close(): Promise<void>
}

export interface SharedLake {
  readonly catalog: Catalog
  land(rows: readonly LogRow[]): Promise<void>
  /** Commits what waits, after it has landed these rows. */
  commit(rows?: readonly LogRow[]): ReturnType<typeof commitLanding>
  compact(): ReturnType<typeof compact>
  /** Runs a statement of Trino on the table as it is, and takes over what it made of it. */
  trino(sql: string): Promise<readonly (readonly unknown[])[]>
  /** What our engine answers: the values of the fields that the query displays. */
  ask(query: string): Promise<readonly (readonly (string | null)[])[]>
  /** What Athena would be asked, and what Trino answers. */
  askLikeAthena(query: string): Promise<{ readonly sql: string; readonly rows: readonly (readonly unknown[])[] }>
}

export async function trinoAndLakes(trino: Trino): Promise<TrinoAndLakes> {
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-shared-'))
  const clock = { ahead: 0 }
  const now = () => Date.now() + clock.ahead
  const s3 = await startEndpoint({ port: 0, services: [s3Service({ buckets: memoryBuckets(() => new Date(now())) })] })
  const client = new S3Client({ endpoint: s3.url, region, forcePathStyle: true, credentials })
  await client.send(new CreateBucketCommand({ Bucket: bucket }))
  const storage = { url: s3.url, region, ...credentials, catalog: `s3://${bucket}/catalog` }
  const server = await startTrino(trino, storage, folder)
  await server.query('CREATE SCHEMA tailrace')
  const duckdb = await openDuckDb({ memoryLimitMb: 256, threads: 1 })
  return Object.assign(clock, {
    lake: (name: string, promote: LakeDependencies['promote']) =>
      sharedLake({ server, duckdb, client, folder, now, name, promote }),
    async close() {
      await server.stop()
      duckdb.close()
      client.destroy()
      await s3.close()
      await rm(folder, { recursive: true })
    },
  })
}

interface LakeOptions {
  readonly server: RunningTrino
  readonly duckdb: DuckDb
  readonly client: S3Client
  readonly folder: string
  readonly now: () => number
  readonly name: string
  readonly promote: LakeDependencies['promote']
}

function sharedLake({ server, duckdb, client, folder, now, name, promote }: LakeOptions): SharedLake {
  const location = `s3://${bucket}/${name}/table`
  const store = s3Store({ client, bucket, prefix: `${name}/` })
  const files = { store, location }
  const glue = memoryGlue()
  const catalog = glueCatalog(glue, files, { database: 'db', table: 'logs', ...logTableOptions })
  const deps: LakeDependencies = {
    files,
    catalog,
    merge: duckDbMerge({ memoryLimitMb: 256, threads: 1 }),
    folder,
    settings: { ...mergeLimits, commitBytes: 0, commitAfterMs: 0, fileBytes: 192_000_000 },
    promote,
    now,
    newId: randomUUID,
  }
  let landed = 0
  async function land(rows: readonly LogRow[]): Promise<void> {
    const times = rows.map(({ timestamp }) => timestamp)
    const [min, max] = [Math.min(...times), Math.max(...times)]
    const object = `${min}-${max}-${String(++landed).padStart(24, '0')}`
    await store.put(`landing/${new Date(min).toISOString().slice(0, 10)}/${object}.parquet`, landingFile(rows))
  }
  async function trino(sql: string): Promise<readonly (readonly unknown[])[]> {
    const table = glue.tables.get('db.logs')!
    const metadata = basename(table.Parameters!.metadata_location!)
    await server.query(`CALL system.register_table('tailrace', 'logs', '${location}', '${metadata}')`)
    const { rows } = await server.query(sql)
    const isRead = /^(SELECT|WITH)\b/.test(sql)
    const log = isRead
      ? null
      : await server.query('SELECT file FROM "logs$metadata_log_entries" ORDER BY timestamp, latest_sequence_number')
    if (log !== null) {
      const metadataLocation = String(log.rows.at(-1)![0])
      const Parameters = { ...table.Parameters, metadata_location: metadataLocation }
      glue.tables.set('db.logs', { ...table, Parameters, VersionId: String(Number(table.VersionId) + 1) })
    }
    await server.query("CALL system.unregister_table('tailrace', 'logs')")
    return rows
  }
  function engine(): QueryEngine {
    const parts = new LocalParts({ store, place: randomUUID(), folder: join(folder, randomUUID()), maxBytes: 1e9 })
    return createQueryEngine({
      duckdb,
      reader: lakeReader({ store, catalog, table: files }),
      parts,
      maxScanBytes: null,
    })
  }
  return {
    catalog,
    land,
    trino,
    async commit(rows = []) {
      if (rows.length > 0) await land(rows)
      return commitLanding(deps)
    },
    compact: () => compact({ ...deps, retentionOf: () => 0 }),
    async ask(query) {
      const rows = await rowsOf(engine(), planOf(query))
      const names = /\| display ([^|]+)$/.exec(query)![1]!.trim().split(', ')
      return rows.map(row => names.map(field => row[field] ?? null))
    },
    async askLikeAthena(query) {
      const { plan } = optimize(planOf(query))
      const { inAthena, asOf } = await engine().estimate(plan)
      const promoted = inAthena.promoted.map(fields => new Map(Object.entries(fields)))
      const { sql } = athenaStatement(plan, { snapshotId: BigInt(asOf.snapshotId!), promoted }, 'logs')
      return { sql, rows: await trino(sql) }
    },
  }
}
