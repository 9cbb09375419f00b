/** Measurements that need a process of their own: the first invocation after a cold start, and peak memory. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Sample, summarise } from './measure.js'
import { runPackaged } from './packaged-function.js'

/** Times in ms, memory in MB. */
export interface FreshProcess {
  /** Loading the bundle: Lambda's init phase. */
  readonly init: number
  readonly first: number
  readonly peakMb: number
}

const whole = (invocations: number) => `
const start = performance.now()
const { handler } = await import(bundle)
const event = JSON.parse(await new Response(process.stdin).text())
const context = { awsRequestId: 'bench', getRemainingTimeInMillis: () => 60_000 }
const init = performance.now()
await handler(event, context)
const first = performance.now()
for (let index = 1; index < ${invocations}; index++) await handler(event, context)
report({ init: init - start, first: first - init, peakMb: peakMb() })
`
const floor = `
const { gunzipSync } = await import('node:zlib')
const event = JSON.parse(await new Response(process.stdin).text())
const init = performance.now()
JSON.parse(gunzipSync(Buffer.from(event.awslogs.data, 'base64')).toString('utf8'))
const first = performance.now() - init
report({ init: 0, first, peakMb: peakMb() })
`

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
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const script = kind === 'whole' ? whole(options.invocations) : floor
  const results: FreshProcess[] = []
  for (let count = 0; count < options.processes; count++) {
    results.push(await runPackaged<FreshProcess>({ name: 'ingest', url, script, event }))
  }
  server.close()
  return {
    init: summarise(results.map(({ init }) => init)),
    first: summarise(results.map(({ first }) => first)),
    peakMb: Math.max(...results.map(({ peakMb }) => peakMb)),
  }
}
