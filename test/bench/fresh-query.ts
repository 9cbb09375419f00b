/**
 * The first answer of the query function where nothing is warm: one new process starts the query, another runs it, each
 * against S3 on this machine.
 */
import { json } from 'node:stream/consumers'
import type { LocalService } from '../../local/endpoint.js'
import type { ObjectStore } from '../../shared/store/object-store.js'
import { serveCopy } from './fresh-lake.js'
import { type Sample, summarise } from './measure.js'
import { runPackaged } from './packaged-function.js'

const script = `
const { json } = await import('node:stream/consumers')
const began = performance.now()
const { handler } = await import(bundle)
const init = performance.now() - began
const event = await json(process.stdin)
const handled = performance.now()
const answer = await handler(event, { awsRequestId: 'bench', getRemainingTimeInMillis: () => 900_000 })
const { user, system } = process.cpuUsage()
report({ init, first: performance.now() - handled, cpu: (user + system) / 1000, answer })
`

/** Times in ms: loading the bundle, the invocation, and CPU time of the whole process. */
interface Measured {
  readonly init: number
  readonly first: number
  readonly cpu: number
  readonly answer: { readonly queryId?: string; readonly status?: string }
}

export type Phase = 'start' | 'run'

/** @param input of `start`; @param processes of each phase */
export async function freshQueries(
  store: ObjectStore,
  input: { readonly query: string; readonly from: number; readonly to: number },
  processes: number,
): Promise<Record<Phase, { readonly wall: Sample; readonly cpu: Sample }>> {
  let invoked: unknown
  // Takes the asynchronous invocation, which the bench makes itself.
  const lambda: LocalService = {
    name: 'lambda',
    matches: ({ signedFor }) => signedFor === 'lambda',
    async handle({ incoming }, response) {
      invoked = await json(incoming)
      response.writeHead(202).end()
    },
  }
  const endpoint = await serveCopy(store, [lambda])
  const environment = {
    AWS_LAMBDA_FUNCTION_NAME: 'tailrace-bench-query',
    // As `serverless.yml` has them.
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '3008',
    TAILRACE_SCAN_CAP_BYTES: '8000000000',
  }
  const measured: Record<Phase, Measured[]> = { start: [], run: [] }
  try {
    const invoke = (event: unknown) =>
      runPackaged<Measured>({ name: 'query', url: endpoint.url, script, event, environment })
    for (let index = 0; index < processes; index++) {
      measured.start.push(await invoke({ action: 'start', ...input }))
      const run = await invoke(invoked)
      if (run.answer.status !== 'Complete') throw new Error(`bench: the query ended ${JSON.stringify(run.answer)}`)
      measured.run.push(run)
    }
  } finally {
    await endpoint.close()
  }
  const summary = (of: readonly Measured[]) => ({
    wall: summarise(of.map(({ init, first }) => init + first)),
    cpu: summarise(of.map(({ cpu }) => cpu)),
  })
  return { start: summary(measured.start), run: summary(measured.run) }
}
