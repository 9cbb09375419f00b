/**
 * Lambda on a schedule, one at a time: log groups → files through CreateExportTask, finished files → landing, and the lake
 * → files, as `exports` of pipeline.yml says. Throwing means that CloudWatch Logs or S3 failed; what was done stays done.
 */
import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pipeline from 'virtual:pipeline'
import { Logger } from '@aws-lambda-powertools/logger'
import { readEnvironment } from '../shared/config/environment.js'
import { openDuckDb } from '../shared/engine/duckdb.js'
import { LocalParts } from '../shared/engine/local-parts.js'
import { createQueryEngine } from '../shared/engine/query-engine.js'
import { writeParquet } from '../shared/engine/write-parquet.js'
import { LeaseHeld } from '../shared/jobs/errors.js'
import { exportMembers } from '../shared/jobs/export-health.js'
import { exportOperations } from '../shared/jobs/export-operations.js'
import { createLogsClient, logsCaller } from '../shared/jobs/logs-client.js'
import { runExports } from '../shared/jobs/run-exports.js'
import { lakeReader } from '../shared/lake/lake-reader.js'
import { createS3Client, s3Store } from '../shared/store/s3.js'
import { s3Upload } from '../shared/store/s3-upload.js'
import { readTable } from './composition/lake-table.js'

const { bucket, rawBucket, prefix, region, stack } = readEnvironment(process.env)
const logger = new Logger()
const s3 = createS3Client(region)
const store = s3Store({ client: s3, bucket, prefix })
const upload = s3Upload({ client: s3, bucket, prefix })
const wait = (ms: number, signal?: AbortSignal) => sleep(ms, undefined, signal === undefined ? {} : { signal })
const clocks = { now: Date.now, sleep: wait, random: Math.random }
const logs = exportOperations(logsCaller({ client: createLogsClient(region), ...clocks }))
const { files: table, catalog } = readTable({ bucket, prefix, region }, store)
const parts = { store, place: bucket, folder: join(tmpdir(), 'parts'), maxBytes: 1e9, onFetch: () => undefined }
const places = { bucket, root: prefix, stack, region, scratch: tmpdir() }

async function openEngine() {
  const duckdb = await openDuckDb({ memoryLimitMb: 1024, threads: 2 })
  const reader = lakeReader({ store, catalog, table })
  const engine = createQueryEngine({ duckdb, reader, parts: new LocalParts(parts), maxScanBytes: null })
  const toParquet = (lines: string, columns: readonly string[], path: string) =>
    writeParquet(duckdb, lines, columns, path)
  return { engine, toParquet, close: () => duckdb.close() }
}

export async function handler(_: unknown, context: { awsRequestId: string; getRemainingTimeInMillis(): number }) {
  const { awsRequestId: requestId } = context
  const isTimeUp = () => context.getRemainingTimeInMillis() < 120_000
  const raw = s3Store({ client: s3, bucket: rawBucket })
  try {
    const deps = { ...places, ...clocks, pipeline, logs, store, raw, upload, catalog, openEngine }
    const report = await runExports({ attemptId: `${requestId}/${randomUUID()}`, isTimeUp }, deps)
    logger.info('exported', { requestId, ...exportMembers(report, stack, Date.now()) })
    return report
  } catch (error) {
    logger[error instanceof LeaseHeld ? 'info' : 'error']('not exported', { requestId, error: error as Error })
    if (error instanceof LeaseHeld) return null
    throw error
  }
}
