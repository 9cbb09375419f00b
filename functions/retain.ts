/**
 * Lambda on a schedule for the retention of log groups. Throwing means that CloudWatch Logs or S3 failed; what was done
 * stays done, and the next run goes on from there. That another run is under way is no failure.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import pipeline from 'virtual:pipeline'
import { Logger } from '@aws-lambda-powertools/logger'
import { readEnvironment } from '../shared/config/environment.js'
import { LeaseHeld } from '../shared/jobs/errors.js'
import { retainHealth } from '../shared/jobs/job-health.js'
import { createLogsClient, logsCaller } from '../shared/jobs/logs-client.js'
import { heldInLake } from '../shared/jobs/retain/lake-holdings.js'
import { retainOperations } from '../shared/jobs/retain/logs-operations.js'
import { runRetain } from '../shared/jobs/retain/run-retain.js'
import { createS3Client, s3Store } from '../shared/store/s3.js'
import { readTable } from './composition/lake-table.js'

const { bucket, prefix, region, stack } = readEnvironment(process.env)
const logger = new Logger()
const store = s3Store({ client: createS3Client(region), bucket, prefix })
const { catalog } = readTable({ bucket, prefix, region }, store)
const wait = (ms: number, signal?: AbortSignal) => sleep(ms, undefined, signal === undefined ? {} : { signal })
const client = createLogsClient(region)
const logs = retainOperations(logsCaller({ client, now: Date.now, sleep: wait, random: Math.random }))

export async function handler(_: unknown, context: { awsRequestId: string; getRemainingTimeInMillis(): number }) {
  const { awsRequestId: requestId } = context
  const settings = pipeline.logGroupRetention
  if (settings === null) return null
  const signal = AbortSignal.timeout(Math.max(0, context.getRemainingTimeInMillis() - 30_000))
  try {
    const heldSince = await heldInLake(store, catalog, pipeline, { signal })
    const deps = { logs, store, stack, settings, heldSince, now: Date.now }
    const report = await runRetain(deps, { runId: `${requestId}-${randomUUID().slice(0, 8)}`, signal })
    logger.info('retained', { requestId, ...retainHealth(report, stack, Date.now()) })
    return report
  } catch (error) {
    logger[error instanceof LeaseHeld ? 'info' : 'error']('not retained', { requestId, error: error as Error })
    if (error instanceof LeaseHeld) return null
    throw error
  }
}
