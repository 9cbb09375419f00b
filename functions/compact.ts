/**
 * Lambda on a schedule, one at a time: few large files in place of many small ones, and away with what has had its time.
 * Throwing means that S3 or the catalog failed, or that a file cannot be merged, after all that does not need it was done;
 * each step that was committed stays, and the next run goes on from there.
 */
import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pipeline from 'virtual:pipeline'
import { Logger } from '@aws-lambda-powertools/logger'
import { readEnvironment } from '../shared/config/environment.js'
import { lakeDependencies } from '../shared/jobs/lake/lake-dependencies.js'
import { compactHealth } from '../shared/jobs/lake/lake-health.js'
import { compact, failuresOf } from '../shared/lake/compact.js'
import { CompactionIncomplete } from '../shared/lake/errors.js'
import { createS3Client, s3Store } from '../shared/store/s3.js'
import { writtenTable } from './composition/lake-table.js'

const { bucket, prefix, region, stack } = readEnvironment(process.env)
const logger = new Logger()
const store = s3Store({ client: createS3Client(region), bucket, prefix })
const table = writtenTable({ bucket, prefix, region }, store)
const memoryMb = Number(process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE ?? 1024)
const machine = { folder: join(tmpdir(), 'tailrace-compact'), memoryMb, threads: 2, now: Date.now, newId: randomUUID }

export async function handler(_event: unknown, context: { awsRequestId: string; getRemainingTimeInMillis(): number }) {
  const { awsRequestId: requestId } = context
  const left = context.getRemainingTimeInMillis()
  const limits = { signal: AbortSignal.timeout(Math.max(0, left - 10_000)), deadline: Date.now() + left / 2 }
  try {
    const report = await compact(await lakeDependencies(pipeline, { ...table, ...machine }), limits)
    logger.info('compacted', { requestId, ...compactHealth(report, stack, Date.now()) })
    const failures = failuresOf(report)
    if (failures.length > 0) throw new CompactionIncomplete(failures)
    return report
  } catch (error) {
    logger.error('not compacted', { requestId, error: error as Error })
    throw error
  }
}
