/**
 * Lambda for queries over the lake, invoked by whoever IAM lets: `start`, `poll`, `cancel`, `estimate`, `groups`, `streams`
 * and `fields` (docs/query.md). A wrong query or request is an answer, not a failure; throwing means that the lake could
 * not be read. It invokes itself to run what was started; a second such invocation finds nothing to do.
 */
import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Logger } from '@aws-lambda-powertools/logger'
import { readEnvironment } from '../shared/config/environment.js'
import { openDuckDb } from '../shared/engine/duckdb.js'
import { createQueryFunction, refusalOf } from '../shared/jobs/query/query-function.js'
import { createS3Client, s3Store } from '../shared/store/s3.js'
import { athenaRunner } from './composition/athena-runner.js'
import { readTable } from './composition/lake-table.js'

const { bucket, prefix, region } = readEnvironment(process.env)
const { AWS_LAMBDA_FUNCTION_NAME: FunctionName, AWS_LAMBDA_FUNCTION_MEMORY_SIZE: memory = '1769' } = process.env
const logger = new Logger()
const store = s3Store({ client: createS3Client(region), bucket, prefix })
const { files, catalog } = readTable({ bucket, prefix, region }, store)
let invoke: Promise<(request: unknown) => Promise<void>> | undefined
const service = createQueryFunction({
  store,
  table: files,
  openDuckDb,
  catalog,
  place: `s3://${bucket}/${prefix}`,
  folder: join(tmpdir(), 'tailrace-query'),
  memoryMb: Number(memory),
  maxScanBytes: Number(process.env.TAILRACE_SCAN_CAP_BYTES),
  athena: athenaRunner(region),
  maxRunMs: 900_000,
  now: Date.now,
  newId: randomUUID,
  sleep: ms => sleep(ms),
  invokeSelf: async request => {
    // Loaded here: a run, which is what somebody waits for, does not need it.
    invoke ??= import('./composition/invoke-function.js').then(({ invoker }) => invoker(region, FunctionName))
    await (await invoke)(request)
  },
})

export async function handler(event: unknown, context: { awsRequestId: string; getRemainingTimeInMillis(): number }) {
  const { awsRequestId: requestId } = context
  const signal = AbortSignal.timeout(Math.max(0, context.getRemainingTimeInMillis() - 5_000))
  try {
    const { action, answer } = await service.handle(event, signal)
    logger.info('answered', { requestId, action })
    return answer
  } catch (error) {
    const refusal = refusalOf(error)
    if (refusal === null) logger.error('query failed', { requestId, error: error as Error })
    if (refusal === null) throw error
    return refusal
  }
}
