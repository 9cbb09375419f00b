/** Where commits and compactions are killed: the bundled functions in processes of their own, against the local S3. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { startEndpoint } from '../../local/endpoint.js'
import { startEnvironment } from '../../local/lambda/environment.js'
import { findNode } from '../../local/lambda/node-binary.js'
import { type Buckets, memoryBuckets } from '../../local/services/s3/buckets.js'
import { s3Service } from '../../local/services/s3/s3-service.js'
import { localSecret } from '../../local/signature.js'
import { bundleFunction } from '../../scripts/build/bundle-function.js'
import { readPipeline } from '../../scripts/build/read-pipeline.js'
import type { KeepingStore } from '../../shared/store/keeping-store.js'

const root = resolve(import.meta.dirname, '../..')

export type LakeFunction = 'commit' | 'compact'

/** A request about to be applied, or applied and not answered yet; the store waits for who is told of it. */
export interface LakeMoment {
  readonly when: 'before' | 'after'
  readonly operation: 'get' | 'head' | 'put' | 'list' | 'delete'
}

export interface LakeBucket {
  readonly name: string
  /** Its objects, past all moments. */
  readonly store: KeepingStore
  /** Told of the functions' requests; a rejection keeps one from being applied, or answered. */
  onMoment: ((moment: LakeMoment) => Promise<void>) | undefined
}

/** What came of a run: the function's report, its error, or nothing when it was killed. */
export type LakeRun =
  | { readonly outcome: 'done'; readonly report: Readonly<Record<string, unknown>> }
  | { readonly outcome: 'failed' | 'killed'; readonly error: string }

export interface LakeProcess {
  readonly ended: Promise<LakeRun>
  /** SIGKILL. */
  kill(): Promise<void>
}

export interface LakeSite {
  newBucket(): Promise<LakeBucket>
  /** A process of its own, which runs once. */
  start(name: LakeFunction, bucket: LakeBucket): Promise<LakeProcess>
  close(): Promise<void>
}

export async function startLakeSite(): Promise<LakeSite> {
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-lake-site-'))
  const [scratch, { path: node }] = [join(folder, 'scratch'), await findNode(root)]
  await Promise.all([bundle('commit', folder), bundle('compact', folder), mkdir(scratch)])
  const known = new Map<string, LakeBucket>()
  const kept = memoryBuckets(() => new Date())
  const service = s3Service({ buckets: held(kept, name => known.get(name)), onError: () => undefined })
  const endpoint = await startEndpoint({ port: 0, services: [service] })
  const variables = {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: localSecret,
    AWS_ENDPOINT_URL: endpoint.url,
  }
  let runs = 0
  return {
    async newBucket() {
      const name = `lake-${known.size + 1}`
      await kept.create(name)
      const bucket: LakeBucket = { name, store: (await kept.open(name))!, onMoment: undefined }
      known.set(name, bucket)
      return bucket
    },
    async start(name, bucket) {
      // Lambda gives each environment a `/tmp` of its own.
      const temporary = join(folder, `tmp-${++runs}`)
      await mkdir(temporary)
      const environment = await startEnvironment({
        definition: definitionOf(name, bucket),
        code: join(folder, name),
        scratch,
        node,
        variables: { ...variables, TMPDIR: temporary },
      })
      const ended = environment.invoke(`run-${runs}`, Buffer.from('{}')).then(async ({ functionError, payload }) => {
        await environment.close()
        const said = JSON.parse(Buffer.from(payload).toString('utf8'))
        if (functionError === undefined) return { outcome: 'done' as const, report: said }
        const outcome = said.errorType === 'Runtime.ExitError' ? ('killed' as const) : ('failed' as const)
        return { outcome, error: `${said.errorType}: ${said.errorMessage}` }
      })
      return { ended, kill: () => environment.close() }
    },
    async close() {
      await endpoint.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function bundle(name: LakeFunction, folder: string): Promise<void> {
  const { config: pipeline } = await readPipeline(join(import.meta.dirname, 'lake-pipeline.yml'))
  const { code } = await bundleFunction({ root, entry: join('functions', `${name}.ts`), pipeline })
  await mkdir(join(folder, name))
  // DuckDB's library for this machine.
  await symlink(join(root, 'node_modules'), join(folder, name, 'node_modules'))
  for (const [file, bytes] of Object.entries(code)) await writeFile(join(folder, name, file), bytes)
}

function definitionOf(name: LakeFunction, bucket: LakeBucket) {
  return {
    name: `tailrace-test-${name}`,
    arn: `arn:aws:lambda:us-east-1:123456789012:function:tailrace-test-${name}`,
    handler: 'index.handler',
    runtime: 'nodejs24.x',
    memoryMb: 2048,
    timeoutSeconds: 120,
    environment: {
      TAILRACE_BUCKET: bucket.name,
      TAILRACE_RAW_BUCKET: 'raw',
      TAILRACE_PREFIX: '',
      TAILRACE_STACK: 'tailrace-test',
      POWERTOOLS_SERVICE_NAME: `tailrace-test-${name}`,
    },
    reservedConcurrency: undefined,
    package: `${name}.zip`,
    asynchronous: { maxRetries: 0, onFailureBucket: undefined },
  }
}

function held(buckets: Buckets, lookup: (name: string) => LakeBucket | undefined): Buckets {
  return {
    ...buckets,
    async open(name) {
      const store = await buckets.open(name)
      const bucket = lookup(name)
      return store === undefined || bucket === undefined ? store : heldStore(store, bucket)
    },
  }
}

function heldStore(store: KeepingStore, bucket: LakeBucket): KeepingStore {
  async function step<T>(operation: LakeMoment['operation'], run: () => Promise<T>): Promise<T> {
    await bucket.onMoment?.({ when: 'before', operation })
    try {
      return await run()
    } finally {
      await bucket.onMoment?.({ when: 'after', operation })
    }
  }
  return {
    get: (...call) => step('get', () => store.get(...call)),
    head: (...call) => step('head', () => store.head(...call)),
    put: (...call) => step('put', () => store.put(...call)),
    delete: (...call) => step('delete', () => store.delete(...call)),
    async *list(...call) {
      await step('list', async () => undefined)
      yield* store.list(...call)
    },
  }
}
