import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { startEndpoint } from '../../local/endpoint.js'
import { memoryBuckets } from '../../local/services/s3/buckets.js'
import { s3Service } from '../../local/services/s3/s3-service.js'
import type { JsonValue } from '../../shared/engine/duckdb.js'
import { renderRow } from '../../shared/engine/render-row.js'
import { compilePlan } from '../../shared/sql/compile.js'
import { trino as dialect } from '../../shared/sql/dialects/trino.js'
import { s3Store } from '../../shared/store/s3.js'
import type { Trino } from '../trino/obtain.js'
import { startTrino } from '../trino/start.js'
import type { InsightsEngine } from './insights-engine.js'

const bucket = 'tailrace'
const credentials = { accessKeyId: 'local', secretAccessKey: 'test' }
const region = 'us-east-1'

/** Trino over an Iceberg table of the landed events, in a local S3. */
export async function trinoEngine(trino: Trino): Promise<InsightsEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-trino-'))
  const s3 = await startEndpoint({ port: 0, services: [s3Service({ buckets: memoryBuckets(() => new Date()) })] })
  const client = new S3Client({ endpoint: s3.url, region, forcePathStyle: true, credentials })
  await client.send(new CreateBucketCommand({ Bucket: bucket }))
  const storage = { url: s3.url, region, ...credentials, catalog: `s3://${bucket}/catalog` }
  const server = await startTrino(trino, storage, folder)
  await server.query('CREATE SCHEMA tailrace')
  const close = async () => {
    await server.stop()
    client.destroy()
    await s3.close()
    await rm(folder, { recursive: true })
  }
  return {
    name: `Trino ${server.version}`,
    storeOf: dataset => s3Store({ client, bucket, prefix: `${dataset}/` }),
    async use(dataset) {
      await server.query('DROP TABLE IF EXISTS logs')
      await server.query(`CREATE TABLE logs (
        timestamp timestamp(6) with time zone, log_group varchar, log_stream varchar, message varchar,
        arrival timestamp(6) with time zone, id_random bigint, id_index integer, id_raw varchar, account_id varchar,
        region varchar, format varchar, level varchar, request_id varchar, trace_id varchar,
        fields map(varchar, varchar), extra varchar, retention integer)`)
      await server.query(
        `ALTER TABLE logs EXECUTE add_files(location => 's3://${bucket}/${dataset}/landing/', format => 'PARQUET', recursive_directory => 'TRUE')`,
      )
    },
    async run(plan) {
      const { sql, params, columns } = compilePlan(plan, dialect)
      if (params.length > 0) throw new Error('Trino gets its values as literals')
      const { rows } = await server.query(sql)
      return rows.map(values => renderRow(columns, values as readonly JsonValue[]))
    },
    close,
  }
}
