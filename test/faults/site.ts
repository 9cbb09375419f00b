/**
 * Where the fault tests run: the built function in processes of its own, as Lambda runs it, against the local S3, whose
 * requests a test can fail, hold or kill the function at.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEndpoint } from '../../local/endpoint.js'
import type { FaultHook, RequestInfo } from '../../local/fault.js'
import { startEnvironment } from '../../local/lambda/environment.js'
import { type LambdaFunction, startFunction } from '../../local/lambda/lambda-function.js'
import { type Buckets, memoryBuckets } from '../../local/services/s3/buckets.js'
import { s3Service } from '../../local/services/s3/s3-service.js'
import { localSecret } from '../../local/signature.js'
import { openDuckDb } from '../../shared/engine/duckdb.js'
import type { IngestReport } from '../../shared/pipeline/report.js'
import type { KeepingStore } from '../../shared/store/keeping-store.js'
import { buildIngest, ingestDefinition, prefix } from './built-function.js'
import type { Delivery } from './delivery.js'
import { type Reader, readerOf } from './reader.js'

/** A request about to be applied, or applied and not answered yet; the store waits for who is told of it. */
export interface Moment {
  readonly when: 'before' | 'after'
  readonly operation: 'put' | 'head'
  /** `landing`, or `quarantine/<reason>`. */
  readonly place: string
}

/** One try at one delivery. */
export interface Attempt {
  readonly delivery: Delivery
  /** `killed`: it ended without saying how it went. */
  readonly outcome: 'acknowledged' | 'failed' | 'killed'
  /** What an acknowledged one returned. */
  readonly report: IngestReport | undefined
  readonly error: { readonly errorType: string; readonly errorMessage: string } | undefined
  /** All that the process has printed. */
  readonly log: readonly string[]
}

export interface FunctionProcess {
  invoke(delivery: Delivery): Promise<Attempt>
  /** SIGKILL. */
  kill(): Promise<void>
}

export interface Limits {
  readonly memoryMb?: number
  readonly timeoutSeconds?: number
}

/** Two buckets of their own, and everything that was done to them. */
export interface World {
  /** The main bucket with its prefix, and the raw bucket. */
  readonly main: KeepingStore
  readonly raw: KeepingStore
  readonly reader: Reader
  readonly attempts: readonly Attempt[]
  /** Requests that S3 got, in order. */
  readonly requests: readonly RequestInfo[]
  /** Fails requests. */
  onRequest: FaultHook | undefined
  /** Holds requests; a rejection keeps one from being applied, or answered. */
  onMoment: ((moment: Moment) => Promise<void> | void) | undefined
  start(limits?: Limits): Promise<FunctionProcess>
  /** Invokes a process that stays, one delivery at a time. */
  deliver(delivery: Delivery): Promise<Attempt>
  /** With Lambda's queue in front of it; its asynchronous invocations are not in `attempts`. */
  startFunction(limits?: Limits): Promise<LambdaFunction>
}

export interface Site {
  newWorld(): Promise<World>
  /** What S3's clock is ahead of the function's, ms. */
  skewMs: number
  close(): Promise<void>
}

export async function startSite(): Promise<Site> {
  const [built, duckdb, folder] = await Promise.all([
    buildIngest(),
    openDuckDb({ memoryLimitMb: 512, threads: 1 }),
    mkdtemp(join(tmpdir(), 'tailrace-worlds-')),
  ])
  const worlds = new Map<string, WorldState>()
  const clock = () => new Date(Date.now() + site.skewMs)
  const buckets = heldBuckets(memoryBuckets(clock), worlds)
  const onRequest: FaultHook = info => {
    const world = worlds.get(info.bucket ?? '')
    world?.requests.push(info)
    return world?.onRequest?.(info)
  }
  const service = s3Service({ buckets, now: clock, onRequest, onError: () => undefined })
  const endpoint = await startEndpoint({ port: 0, services: [service] })
  const variables = {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: localSecret,
    AWS_ENDPOINT_URL: endpoint.url,
  }
  const ending: (() => Promise<unknown>)[] = []
  const site: Site = {
    skewMs: 0,
    async newWorld() {
      const number = worlds.size / 2 + 1
      const names = { main: `main-${number}`, raw: `raw-${number}` }
      await Promise.all([buckets.create(names.main), buckets.create(names.raw)])
      const [main, raw] = await Promise.all([buckets.open(names.main), buckets.open(names.raw)])
      const state: WorldState = { requests: [], onRequest: undefined, onMoment: undefined }
      worlds.set(names.main, state).set(names.raw, state)
      const attempts: Attempt[] = []

      async function start(limits: Limits = {}): Promise<FunctionProcess & { readonly isAlive: boolean }> {
        const definition = ingestDefinition(names, limits)
        const environment = await startEnvironment({ definition, ...built, variables })
        ending.push(() => environment.close())
        let count = 0
        return {
          get isAlive() {
            return environment.isAlive
          },
          kill: () => environment.close(),
          async invoke(delivery) {
            const event = Buffer.from(JSON.stringify(delivery.event))
            const { functionError, payload, log } = await environment.invoke(`request-${++count}`, event)
            const said = JSON.parse(Buffer.from(payload).toString('utf8'))
            const error = functionError === undefined ? undefined : said
            const attempt: Attempt = {
              delivery,
              outcome: error === undefined ? 'acknowledged' : wasKilled(error.errorType) ? 'killed' : 'failed',
              report: error === undefined ? said : undefined,
              error,
              log,
            }
            attempts.push(attempt)
            return attempt
          },
        }
      }

      let warm: ReturnType<typeof start> | undefined
      return Object.assign(state, {
        main: main!.inner,
        raw: raw!.inner,
        attempts,
        reader: readerOf(duckdb, main!.inner, `${prefix}landing/`, await mkdtemp(join(folder, 'world-'))),
        start,
        async deliver(delivery: Delivery) {
          if (warm === undefined || !(await warm).isAlive) warm = start()
          return (await warm).invoke(delivery)
        },
        async startFunction(limits: Limits = {}) {
          const definition = ingestDefinition(names, limits)
          const options = { definition, package: built.zip, node: built.node, variables, failures: raw!.inner }
          const running = await startFunction({ ...options, retryAfterMs: [1, 1] })
          ending.push(() => running.close())
          return running
        },
      })
    },
    async close() {
      await Promise.all(ending.map(end => end()))
      await endpoint.close()
      duckdb.close()
      await Promise.all([built.remove(), rm(folder, { recursive: true })])
    },
  }
  return site
}

interface WorldState {
  readonly requests: RequestInfo[]
  onRequest: FaultHook | undefined
  onMoment: World['onMoment']
}

function wasKilled(errorType: string): boolean {
  return errorType === 'Runtime.ExitError' || errorType === 'Sandbox.Timedout'
}

interface HeldStore extends KeepingStore {
  /** The store as it is, for those who look at it from outside. */
  readonly inner: KeepingStore
}

type HeldBuckets = Omit<Buckets, 'open'> & { open(name: string): Promise<HeldStore | undefined> }

/** Buckets whose stores tell a world's `onMoment` of each write and look before and after it is done. */
function heldBuckets(buckets: Buckets, worlds: ReadonlyMap<string, WorldState>): HeldBuckets {
  return {
    ...buckets,
    async open(name) {
      const inner = await buckets.open(name)
      if (inner === undefined) return undefined
      const held = async <T>(operation: Moment['operation'], key: string, run: () => Promise<T>): Promise<T> => {
        const place = key.startsWith(prefix) ? 'landing' : key.split('/').slice(0, -1).join('/')
        await worlds.get(name)?.onMoment?.({ when: 'before', operation, place })
        try {
          return await run()
        } finally {
          await worlds.get(name)?.onMoment?.({ when: 'after', operation, place })
        }
      }
      return {
        ...inner,
        inner,
        put: (key, body, options) => held('put', key, () => inner.put(key, body, options)),
        head: (key, options) => held('head', key, () => inner.head(key, options)),
      }
    },
  }
}
