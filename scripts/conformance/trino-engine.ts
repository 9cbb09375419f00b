import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { startEndpoint } from '../../local/endpoint.js'
import { memoryBuckets } from '../../local/services/s3/buckets.js'
import { s3Service } from '../../local/services/s3/s3-service.js'
import { athenaStatement } from '../../shared/engine/athena.js'
import type { JsonValue } from '../../shared/engine/duckdb.js'
import { duckDbMerge } from '../../shared/engine/duckdb-merge.js'
import { renderRow } from '../../shared/engine/render-row.js'
import type { LoadedTable } from '../../shared/iceberg/catalog.js'
import { s3Catalog } from '../../shared/iceberg/catalogs/s3.js'
import { currentSnapshot } from '../../shared/iceberg/table-metadata.js'
import { commitLanding } from '../../shared/lake/commit.js'
import { mergeLimits } from '../../shared/lake/lake-dependencies.js'
import { optimize } from '../../shared/plan/rules/optimize.js'
import type { ObjectStore } from '../../shared/store/object-store.js'
import { s3Store } from '../../shared/store/s3.js'
import type { Trino } from '../trino/obtain.js'
import { startTrino } from '../trino/start.js'
import type { InsightsEngine } from './insights-engine.js'

const bucket = 'tailrace'
const credentials = { accessKeyId: 'local', secretAccessKey: 'test' }
const region = 'us-east-1'

/** Trino, asked what Athena would be, over the Iceberg table that `commit` makes of the landed events, in a local S3. */
export async function trinoEngine(trino: Trino): Promise<InsightsEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-trino-'))
  const s3 = await startEndpoint({ port: 0, services: [s3Service({ buckets: memoryBuckets(() => new Date()) })] })
  const client = new S3Client({ endpoint: s3.url, region, forcePathStyle: true, credentials })
  await client.send(new CreateBucketCommand({ Bucket: bucket }))
  const storage = { url: s3.url, region, ...credentials, catalog: `s3://${bucket}/catalog` }
  const server = await startTrino(trino, storage, folder)
  await server.query('CREATE SCHEMA tailrace')
  let snapshotId: bigint | null = null
  let isRegistered = false
  return {
    name: `Trino ${server.version}`,
    storeOf: dataset => s3Store({ client, bucket, prefix: `${dataset}/` }),
    async use(dataset) {
      const store = s3Store({ client, bucket, prefix: `${dataset}/` })
      const location = `s3://${bucket}/${dataset}/table`
      const { metadata, metadataLocation } = await commitAll(store, location, folder)
      snapshotId = currentSnapshot(metadata)?.['snapshot-id'] ?? null
      if (isRegistered) await server.query("CALL system.unregister_table('tailrace', 'logs')")
      await server.query(
        `CALL system.register_table('tailrace', 'logs', '${location}', '${basename(metadataLocation)}')`,
      )
      isRegistered = true
    },
    async run(plan) {
      const { sql, columns } = athenaStatement(optimize(plan).plan, { snapshotId }, 'logs')
      const { rows } = await server.query(sql)
      return rows.map(values => renderRow(columns, values as readonly JsonValue[]))
    },
    async close() {
      await server.stop()
      client.destroy()
      await s3.close()
      await rm(folder, { recursive: true })
    },
  }
}

/** Commits what has landed, as the function does. */
async function commitAll(store: ObjectStore, location: string, folder: string): Promise<LoadedTable> {
  const files = { store, location }
  const catalog = s3Catalog(files, { newId: randomUUID, sleep: ms => sleep(ms) })
  await commitLanding({
    files,
    catalog,
    merge: duckDbMerge({ memoryLimitMb: 256, threads: 2 }),
    folder,
    settings: { ...mergeLimits, commitBytes: 0, commitAfterMs: 0, fileBytes: 192_000_000 },
    promote: [],
    now: Date.now,
    newId: randomUUID,
  })
  return (await catalog.load())!
}
