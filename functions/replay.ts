/**
 * Lambda on a schedule for deliveries that failed to the end, and on demand for anything in the raw bucket:
 * `{ "reasons": ["compression"] }`. Throwing means that a store failed for some objects; all others were replayed, and
 * the next run takes what is left.
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
import { createQueryEngine, type QueryEngine } from '../shared/engine/query-engine.js'
import { createReplay } from '../shared/jobs/create-replay.js'
import { heldInLake } from '../shared/jobs/held-events.js'
import { isConsumedBy } from '../shared/jobs/is-consumed.js'
import { replayFailureMembers, replayMembers } from '../shared/jobs/replay-health.js'
import { lakeReader } from '../shared/lake/lake-reader.js'
import { createS3Client, s3Store } from '../shared/store/s3.js'
import { readTable } from './composition/lake-table.js'

const { bucket, rawBucket, prefix, region, stack } = readEnvironment(process.env)
const logger = new Logger()
const client = createS3Client(region)
const store = s3Store({ client, bucket, prefix })
const { files: table, catalog } = readTable({ bucket, prefix, region }, store)
let engine: Promise<QueryEngine> | undefined

/** Only deliveries of times that were imported need one. */
async function openEngine(): Promise<QueryEngine> {
  const duckdb = await openDuckDb({ memoryLimitMb: 512, threads: 1 })
  const parts = { store, place: bucket, folder: join(tmpdir(), 'parts'), maxBytes: 1e9, onFetch: () => undefined }
  const reader = lakeReader({ store, catalog, table })
  return createQueryEngine({ duckdb, reader, parts: new LocalParts(parts), maxScanBytes: null })
}

const replay = await createReplay(pipeline, {
  store,
  raw: s3Store({ client, bucket: rawBucket }),
  isConsumed: isConsumedBy(catalog, store, Date.now),
  held: async query => {
    engine ??= openEngine()
    engine.catch(() => {
      engine = undefined
    })
    return heldInLake(await engine)(query)
  },
  print: line => process.stdout.write(`${line}\n`),
  stack,
  region,
  now: Date.now,
  sleep: ms => sleep(ms),
})
const failedDeliveries = ['failed-async', 'failed-stream']

export async function handler(
  event: { readonly reasons?: readonly string[] } | null,
  context: { awsRequestId: string; getRemainingTimeInMillis(): number },
) {
  const { awsRequestId: requestId } = context
  const signal = AbortSignal.timeout(Math.max(0, context.getRemainingTimeInMillis() - 1_000))
  const isTimeUp = () => context.getRemainingTimeInMillis() < 30_000
  const selection = { reasons: event?.reasons ?? failedDeliveries, since: null, until: null }
  try {
    const report = await replay({ ...selection, attemptId: `${requestId}/${randomUUID()}`, signal, isTimeUp })
    logger.info('replayed', { requestId, ...replayMembers(report, stack, Date.now()) })
    return report
  } catch (error) {
    logger.error('replay failed', {
      requestId,
      ...replayFailureMembers(error, stack, Date.now()),
      error: error as Error,
    })
    throw error
  }
}
