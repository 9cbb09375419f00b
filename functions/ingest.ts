/**
 * Lambda behind CloudWatch Logs subscriptions, direct or through Kinesis. Returning acknowledges the whole event: every
 * log event in it is landed, quarantined or a counted drop. Throwing asks for the whole event again, which is always
 * safe: object keys depend on the events alone.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import pipeline from 'virtual:pipeline'
import { Logger } from '@aws-lambda-powertools/logger'
import { readEnvironment } from '../shared/config/environment.js'
import { createIngest } from '../shared/pipeline/create-ingest.js'
import { failureMembers, healthMembers } from '../shared/pipeline/health.js'
import { createS3Client, s3Writer } from '../shared/store/s3.js'

const { bucket, rawBucket, prefix, region, stack } = readEnvironment(process.env)
const logger = new Logger()
const client = createS3Client(region)
const ingest = await createIngest(pipeline, {
  store: s3Writer({ client, bucket, prefix }),
  raw: s3Writer({ client, bucket: rawBucket }),
  print: line => process.stdout.write(`${line}\n`),
  stack,
  region,
  now: Date.now,
  sleep: ms => sleep(ms),
})

export async function handler(event: unknown, context: { awsRequestId: string; getRemainingTimeInMillis(): number }) {
  const { awsRequestId: requestId } = context
  const signal = AbortSignal.timeout(Math.max(0, context.getRemainingTimeInMillis() - 1_000))
  try {
    const report = await ingest(event, { attemptId: `${requestId}/${randomUUID()}`, signal })
    logger.info('ingested', { requestId, ...healthMembers(report, stack, Date.now()) })
    return report
  } catch (error) {
    logger.error('ingest failed', { requestId, ...failureMembers(error, stack, Date.now()), error: error as Error })
    throw error
  }
}
