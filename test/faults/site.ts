/**
 * Where the fault tests run: the built function in processes of its own, as Lambda runs it, against the local S3, whose
 * requests a test can fail, hold or kill the function at.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { S3Client } from '@aws-sdk/client-s3'
import { startEndpoint } from '../../local/endpoint.js'
import type { FaultHook } from '../../local/fault.js'
import { type Environment, startEnvironment } from '../../local/lambda/environment.js'
import { startFunction } from '../../local/lambda/lambda-function.js'
import { memoryBuckets } from '../../local/services/s3/buckets.js'
import { s3Service } from '../../local/services/s3/s3-service.js'
import { localSecret } from '../../local/signature.js'
import { openDuckDb } from '../../shared/engine/duckdb.js'
import { s3Store } from '../../shared/store/s3.js'
import { type BuiltFunction, buildIngest, ingestDefinition, prefix } from './built-function.js'
import { type BucketLookup, type Holds, heldBuckets } from './held-buckets.js'
import { readerOf } from './reader.js'
import { type Attempt, attemptOf, eventOf, type FunctionQueue, type Limits, type World } from './world.js'

export interface Site {
  newWorld(): Promise<World>
  /** What S3's clock is ahead of the function's, ms. */
  skewMs: number
  close(): Promise<void>
}

interface BucketNames {
  readonly main: string
  readonly raw: string
}

/** Of the process that stays: they stand for the buckets of the world that it is invoked for. */
const warmNames: BucketNames = { main: 'main-warm', raw: 'raw-warm' }

/** Who signs with this is not the function. */
const observer = 'observer'

export async function startSite(): Promise<Site> {
  const [built, duckdb, folder] = await Promise.all([
    buildIngest(),
    openDuckDb({ memoryLimitMb: 512, threads: 1 }),
    mkdtemp(join(tmpdir(), 'tailrace-worlds-')),
  ])
  const s3 = await startS3(() => new Date(Date.now() + site.skewMs))
  const lambda = startLambda(built, s3.url)
  let warm: Environment | undefined
  let count = 0
  const site: Site = {
    skewMs: 0,
    async newWorld() {
      const number = ++count
      const names = { main: `main-${number}`, raw: `raw-${number}` }
      const holds: Holds = { requests: [], onRequest: undefined, onMoment: undefined }
      const { main, raw } = await s3.addBuckets(names, holds)
      const attempts: Attempt[] = []
      const kept = (attempt: Attempt) => {
        attempts.push(attempt)
        return attempt
      }
      return Object.assign(holds, {
        main,
        raw,
        rawOverS3: s3Store({ client: s3.client, bucket: names.raw }),
        attempts,
        reader: readerOf(duckdb, main, prefix, await mkdtemp(join(folder, 'world-'))),
        async deliver(delivery) {
          s3.warmUpFor(names)
          if (!warm?.isAlive) warm = await lambda.start(warmNames)
          return kept(attemptOf(delivery, await warm.invoke(`request-${number}`, eventOf(delivery))))
        },
        async start(limits) {
          const environment = await lambda.start(names, limits)
          return {
            invoke: async delivery => kept(attemptOf(delivery, await environment.invoke('request', eventOf(delivery)))),
            kill: () => environment.close(),
          }
        },
        startQueue: limits => lambda.startQueue(names, limits, raw, kept),
      } satisfies Omit<World, keyof Holds>)
    },
    async close() {
      await lambda.close()
      await s3.close()
      duckdb.close()
      await Promise.all([built.remove(), rm(folder, { recursive: true })])
    },
  }
  return site
}

async function startS3(clock: () => Date) {
  const worlds = new Map<string, { readonly bucket: string; readonly holds: Holds }>()
  const lookup: BucketLookup = name => worlds.get(name)
  const kept = memoryBuckets(clock)
  const onRequest: FaultHook = info => {
    if (String(info.headers.authorization).includes(`Credential=${observer}/`)) return undefined
    const holds = lookup(info.bucket ?? '')?.holds
    holds?.requests.push(info)
    return holds?.onRequest?.(info)
  }
  const buckets = heldBuckets(kept, lookup)
  const service = s3Service({ buckets, now: clock, onRequest, onError: () => undefined })
  const endpoint = await startEndpoint({ port: 0, services: [service] })
  const credentials = { accessKeyId: observer, secretAccessKey: localSecret }
  const client = new S3Client({ endpoint: endpoint.url, region: 'us-east-1', forcePathStyle: true, credentials })
  return {
    url: endpoint.url,
    client,
    async addBuckets({ main, raw }: BucketNames, holds: Holds) {
      for (const bucket of [main, raw]) {
        await kept.create(bucket)
        worlds.set(bucket, { bucket, holds })
      }
      return { main: (await kept.open(main))!, raw: (await kept.open(raw))! }
    },
    warmUpFor({ main, raw }: BucketNames) {
      worlds.set(warmNames.main, worlds.get(main)!).set(warmNames.raw, worlds.get(raw)!)
    },
    async close() {
      client.destroy()
      await endpoint.close()
    },
  }
}

function startLambda(built: BuiltFunction, url: string) {
  const variables = {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: localSecret,
    AWS_ENDPOINT_URL: url,
  }
  const running: { close(): Promise<void> }[] = []
  return {
    async start(names: BucketNames, limits: Limits = {}): Promise<Environment> {
      const environment = await startEnvironment({ definition: ingestDefinition(names, limits), ...built, variables })
      running.push(environment)
      return environment
    },
    async startQueue(
      names: BucketNames,
      limits: Limits = {},
      failures: World['raw'],
      kept: (attempt: Attempt) => void,
    ): Promise<FunctionQueue> {
      const definition = ingestDefinition(names, limits)
      const logs: (readonly string[])[] = []
      const onLog = ({ lines }: { readonly lines: readonly string[] }) => logs.push(lines)
      const options = { definition, package: built.zip, node: built.node, variables, failures, onLog }
      const queue = await startFunction({ ...options, retryAfterMs: [1, 1] })
      running.push(queue)
      return {
        async enqueue(delivery) {
          const before = logs.length
          const result = await queue.enqueue(eventOf(delivery)).done
          const last = attemptOf(delivery, result.last!)
          // Of the tries before it, Lambda tells only the log.
          for (const log of logs.slice(before, -1)) kept({ ...last, outcome: 'killed', report: undefined, log })
          kept(last)
          return result
        },
      }
    },
    async close() {
      await Promise.all(running.map(one => one.close()))
    },
  }
}
