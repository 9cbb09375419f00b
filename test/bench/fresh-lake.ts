/** Peak memory of `commit` and `compact`, as packaged, in a process of their own against S3 on this machine. */
import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { startEndpoint } from '../../local/endpoint.js'
import { memoryBuckets } from '../../local/services/s3/buckets.js'
import { s3Service } from '../../local/services/s3/s3-service.js'
import type { ObjectStore } from '../../shared/store/object-store.js'

const script = `
const { handler } = await import(process.argv[1])
const report = await handler({}, { awsRequestId: 'bench', getRemainingTimeInMillis: () => 600_000 })
const peakMb = process.resourceUsage().maxRSS / 1024
process.stderr.write(JSON.stringify({ peakMb, report }), () => process.exit(0))
`

/** A function with 512 MB. */
const memoryMb = 512

/** @param store what its bucket holds; it is not changed */
export async function peakOfFunction(name: 'commit' | 'compact', store: ObjectStore): Promise<number> {
  // Older than any wait for more.
  const buckets = memoryBuckets(() => new Date(Date.now() - 3_600_000))
  await buckets.create('bench')
  const bucket = (await buckets.open('bench'))!
  for await (const { key } of store.list('')) await bucket.put(key, (await store.get(key)).body)
  const onError = (error: unknown) => {
    throw error
  }
  const endpoint = await startEndpoint({ port: 0, services: [s3Service({ buckets, onError })], onError })
  try {
    const { peakMb, report } = await run(resolve(`dist/${name}/index.mjs`), endpoint.url)
    const done = name === 'commit' ? report.objects : report.rewrites?.length
    if (done === undefined || done === 0) throw new Error(`bench: ${name} did nothing: ${JSON.stringify(report)}`)
    return peakMb
  } finally {
    await endpoint.close()
  }
}

interface Measured {
  readonly peakMb: number
  readonly report: { readonly objects?: number; readonly rewrites?: readonly unknown[] }
}

function run(bundle: string, url: string): Promise<Measured> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script, bundle], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        AWS_ENDPOINT_URL: url,
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
        TAILRACE_BUCKET: 'bench',
        TAILRACE_RAW_BUCKET: 'raw',
        TAILRACE_STACK: 'tailrace-bench',
        POWERTOOLS_SERVICE_NAME: 'tailrace',
      },
    })
    let answer = ''
    child.stderr.setEncoding('utf8').on('data', chunk => {
      answer += chunk
    })
    child.on('error', fail)
    child.on('close', () => {
      try {
        done(JSON.parse(answer.slice(answer.lastIndexOf('{"peakMb"'))) as Measured)
      } catch {
        fail(new Error(`bench: the process of its own ended with: ${answer.slice(0, 2000)}`))
      }
    })
  })
}
