/** Measurements that need a process of their own: the first invocation after a cold start, and peak memory. */
import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import { type Sample, summarise } from './measure.js'

const bundle = resolve('dist/ingest/index.mjs')

/** Times in ms, memory in MB. */
export interface FreshProcess {
  /** Loading the bundle: Lambda's init phase. */
  readonly init: number
  readonly first: number
  readonly peakMb: number
}

const whole = `
const start = performance.now()
const { handler } = await import(process.argv[1])
const event = JSON.parse(await new Response(process.stdin).text())
const context = { awsRequestId: 'bench', getRemainingTimeInMillis: () => 60_000 }
const init = performance.now()
await handler(event, context)
const first = performance.now()
for (let index = 1; index < Number(process.argv[2]); index++) await handler(event, context)
report(init - start, first - init)
`
const floor = `
const { gunzipSync } = await import('node:zlib')
const event = JSON.parse(await new Response(process.stdin).text())
const init = performance.now()
JSON.parse(gunzipSync(Buffer.from(event.awslogs.data, 'base64')).toString('utf8'))
report(0, performance.now() - init)
`
const report = `function report(init, first) {
  const peakMb = process.resourceUsage().maxRSS / 1024
  process.stderr.write(JSON.stringify({ init, first, peakMb }), () => process.exit(0))
}`

/** The packaged function, against a store that answers at once, in processes of their own. */
export async function measureFresh(
  kind: 'whole' | 'floor',
  event: unknown,
  options: { readonly processes: number; readonly invocations: number },
): Promise<{ readonly init: Sample; readonly first: Sample; readonly peakMb: number }> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(200, { etag: '"0"' }).end())
  })
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening))
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const results: FreshProcess[] = []
  for (let count = 0; count < options.processes; count++) {
    results.push(await runOnce(kind === 'whole' ? whole : floor, JSON.stringify(event), endpoint, options.invocations))
  }
  server.close()
  return {
    init: summarise(results.map(({ init }) => init)),
    first: summarise(results.map(({ first }) => first)),
    peakMb: Math.max(...results.map(({ peakMb }) => peakMb)),
  }
}

function runOnce(script: string, event: string, endpoint: string, invocations: number): Promise<FreshProcess> {
  return new Promise((done, fail) => {
    const child = spawn(
      process.execPath,
      ['--input-type=module', '--eval', `${report}\n${script}`, bundle, String(invocations)],
      {
        stdio: ['pipe', 'ignore', 'pipe'],
        env: {
          AWS_ENDPOINT_URL: endpoint,
          AWS_REGION: 'us-east-1',
          AWS_ACCESS_KEY_ID: 'test',
          AWS_SECRET_ACCESS_KEY: 'test',
          TAILRACE_BUCKET: 'main',
          TAILRACE_RAW_BUCKET: 'raw',
          TAILRACE_STACK: 'tailrace-bench',
          POWERTOOLS_SERVICE_NAME: 'tailrace',
        },
      },
    )
    let answer = ''
    child.stderr.setEncoding('utf8').on('data', chunk => {
      answer += chunk
    })
    child.on('error', fail)
    child.on('close', () => {
      try {
        done(JSON.parse(answer.slice(answer.lastIndexOf('{"init"'))) as FreshProcess)
      } catch {
        fail(new Error(`bench: the process of its own ended with: ${answer.slice(0, 2000)}`))
      }
    })
    child.stdin.end(event)
  })
}
