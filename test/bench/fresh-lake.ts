/** Peak memory of `commit` and `compact`, as packaged, in a process of their own against S3 on this machine. */
import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import { type Endpoint, type LocalService, startEndpoint } from '../../local/endpoint.js'
import { memoryBuckets } from '../../local/services/s3/buckets.js'
import { s3Service } from '../../local/services/s3/s3-service.js'
import type { ObjectStore } from '../../shared/store/object-store.js'
import { runPackaged } from './packaged-function.js'

const script = `
const { handler } = await import(bundle)
const done = await handler({}, { awsRequestId: 'bench', getRemainingTimeInMillis: () => 600_000 })
report({ peakMb: peakMb(), done })
`

/** A function with 512 MB. */
const memoryMb = 512

/** @param store what its bucket holds; it is not changed */
export async function peakOfFunction(name: 'commit' | 'compact', store: ObjectStore): Promise<number> {
  const endpoint = await serveCopy(store)
  try {
    const environment = { AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb), [allocator]: await allocatorOf(name) }
    const { peakMb, done } = await runPackaged<Measured>({ name, url: endpoint.url, script, environment })
    const count = name === 'commit' ? done.objects : done.rewrites?.length
    if (count === undefined || count === 0) throw new Error(`bench: ${name} did nothing: ${JSON.stringify(done)}`)
    return peakMb
  } finally {
    await endpoint.close()
  }
}

const allocator = 'DUCKDB_JE_MALLOC_CONF'

/** As the stack sets it. */
async function allocatorOf(name: string): Promise<string> {
  const template = await readFile(`infra/functions/${name}.yml`, 'utf8')
  const definition = parse(template, { logLevel: 'silent' }) as Record<string, { environment: Record<string, string> }>
  return definition[name]!.environment[allocator]!
}

interface Measured {
  readonly peakMb: number
  readonly done: { readonly objects?: number; readonly rewrites?: readonly unknown[] }
}

/** A copy of the objects in the bucket `bench`, in memory, behind S3 and these services. */
export async function serveCopy(store: ObjectStore, services: readonly LocalService[] = []): Promise<Endpoint> {
  // Older than any wait for more.
  const buckets = memoryBuckets(() => new Date(Date.now() - 3_600_000))
  await buckets.create('bench')
  const bucket = (await buckets.open('bench'))!
  for await (const { key } of store.list('')) await bucket.put(key, (await store.get(key)).body)
  const onError = (error: unknown) => {
    throw error
  }
  return startEndpoint({ port: 0, services: [...services, s3Service({ buckets, onError })], onError })
}
