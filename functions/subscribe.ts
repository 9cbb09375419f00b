/**
 * Lambda on a schedule for the subscriptions of all log groups, and on CreateLogGroup for a new one. Throwing means that
 * CloudWatch Logs or S3 failed; what was done stays done, and the next run goes on from there. That another run is under
 * way is no failure.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import pipeline from 'virtual:pipeline'
import { Logger } from '@aws-lambda-powertools/logger'
import { readDestination, readEnvironment } from '../shared/config/environment.js'
import { matchSampled } from '../shared/config/match.js'
import { LeaseHeld } from '../shared/jobs/errors.js'
import { subscribeHealth } from '../shared/jobs/job-health.js'
import { createLogsClient, logsCaller } from '../shared/jobs/logs-client.js'
import { subscribeOperations } from '../shared/jobs/subscribe/logs-operations.js'
import { runSubscribe } from '../shared/jobs/subscribe/run-subscribe.js'
import { createdGroup, subscribeCreated } from '../shared/jobs/subscribe/subscribe-created.js'
import { createS3Client, s3Store } from '../shared/store/s3.js'

const { bucket, prefix, region, stack } = readEnvironment(process.env)
const destination = readDestination(process.env)
const logger = new Logger()
const store = s3Store({ client: createS3Client(region), bucket, prefix })
const wait = (ms: number, signal?: AbortSignal) => sleep(ms, undefined, signal === undefined ? {} : { signal })
const client = createLogsClient(region)
const logs = subscribeOperations(logsCaller({ client, now: Date.now, sleep: wait, random: Math.random }))

export async function handler(event: unknown, context: { awsRequestId: string; getRemainingTimeInMillis(): number }) {
  const { awsRequestId: requestId } = context
  const settings = pipeline.subscriptions
  if (settings === null) return null
  const deps = { logs, store, stack, settings, destination, isSampled: matchSampled(pipeline), now: Date.now }
  const run = {
    runId: `${requestId}-${randomUUID().slice(0, 8)}`,
    signal: AbortSignal.timeout(Math.max(0, context.getRemainingTimeInMillis() - 30_000)),
  }
  try {
    const group = createdGroup(event)
    const report = group === null ? await runSubscribe(deps, run) : await subscribeCreated(deps, group, run)
    if (report !== null) logger.info('subscribed', { requestId, ...subscribeHealth(report, stack, Date.now()) })
    return report
  } catch (error) {
    logger[error instanceof LeaseHeld ? 'info' : 'error']('not subscribed', { requestId, error: error as Error })
    if (error instanceof LeaseHeld) return null
    throw error
  }
}
