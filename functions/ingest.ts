/**
 * Lambda behind CloudWatch Logs subscriptions, direct or through Kinesis. Returning acknowledges the whole event: every
 * log event in it is landed, quarantined or a counted drop. Throwing asks for the whole event again, which is always
 * safe: object keys depend on the events alone.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import pipeline from 'virtual:pipeline'
import { Logger } from '@aws-lambda-powertools/logger'
import { S3Client } from '@aws-sdk/client-s3'
import { isOwnGroup } from '../shared/cloudwatch/own-groups.js'
import { readEnvironment } from '../shared/config/environment.js'
import { compileGroups as matchGroups, matchMetricFilters } from '../shared/config/match.js'
import { loadPatternEngine } from '../shared/enrich/redact/pattern-engine.js'
import { dimensionLimit } from '../shared/metrics/dimension-limit.js'
import { filterSets } from '../shared/metrics/filter-sets.js'
import { BufferPool } from '../shared/parquet/buffer-pool.js'
import { runtimeCodec } from '../shared/parquet/codec.js'
import { compileGroups } from '../shared/pipeline/group.js'
import { healthMembers } from '../shared/pipeline/health.js'
import { type IngestDependencies, IngestFailed, ingest } from '../shared/pipeline/ingest.js'
import type { IngestReport } from '../shared/pipeline/report.js'
import { s3Writer } from '../shared/store/s3.js'

const { bucket, rawBucket, prefix, region, stack } = readEnvironment(process.env)
const logger = new Logger()
const client = new S3Client({
  region,
  maxAttempts: 4,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
})
const redactions = [pipeline.defaults, ...pipeline.groups].flatMap(({ redact }) => redact)
const deps: IngestDependencies = {
  store: s3Writer({ client, bucket, prefix }),
  raw: s3Writer({ client, bucket: rawBucket }),
  groupOf: compileGroups(
    matchGroups(pipeline),
    await loadPatternEngine(redactions),
    filterSets(matchMetricFilters(pipeline)),
  ),
  // Not through the logger: nothing may stand before or behind the document on its line.
  metrics: { limit: dimensionLimit(), emit: document => process.stdout.write(`${JSON.stringify(document)}\n`) },
  isOwnGroup: logGroup => isOwnGroup(stack, logGroup),
  codec: runtimeCodec(),
  buffers: new BufferPool(64 * 1024 * 1024),
  region,
  maxDecodedBytes: 32 * 1024 * 1024,
  now: Date.now,
  sleep: ms => sleep(ms),
}

interface Context {
  readonly awsRequestId: string
  getRemainingTimeInMillis(): number
}

export async function handler(event: unknown, context: Context): Promise<IngestReport> {
  const signal = AbortSignal.timeout(Math.max(0, context.getRemainingTimeInMillis() - 1_000))
  const attemptId = `${context.awsRequestId}/${randomUUID()}`
  try {
    const report = await ingest(event, { attemptId, signal }, deps)
    logger.info('ingested', { requestId: context.awsRequestId, ...healthMembers(report, stack, Date.now()) })
    return report
  } catch (error) {
    const known = error instanceof IngestFailed ? healthMembers(error.report, stack, Date.now()) : {}
    logger.error('ingest failed', { requestId: context.awsRequestId, ...known, error: error as Error })
    throw error
  }
}
