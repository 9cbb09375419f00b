import { randomUUID } from 'node:crypto'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { FunctionDefinition } from './function-definition.js'
import { type GuardedProcess, spawnGuarded } from './guarded-process.js'
import { messageBox } from './message-box.js'
import { outputFile } from './output-file.js'
import { exited, logLineOf, reportLine, timedOut } from './platform-text.js'
import { watchMemory } from './resident-memory.js'
import { startRuntimeApi } from './runtime-api.js'

/** What came of an invocation. */
export interface InvocationResult {
  readonly requestId: string
  /** `Unhandled` when the handler threw, ran out of time or memory, or the runtime ended. */
  readonly functionError: 'Unhandled' | undefined
  /** JSON: what the handler returned, or the error's type and message. */
  readonly payload: Uint8Array
  /** What stands in the function's log of it, from START to REPORT, a line each. */
  readonly log: readonly string[]
}

export interface EnvironmentOptions {
  readonly definition: FunctionDefinition
  /** The unpacked package. */
  readonly code: string
  /** A folder for the environment's output. */
  readonly scratch: string
  /** The Node binary. */
  readonly node: string
  /** Environment variables that the platform gives: region, credentials, endpoint. */
  readonly variables: Readonly<Record<string, string>>
}

/**
 * One execution environment: a process that runs one invocation at a time. It is gone when the runtime has ended,
 * whether by itself or because an invocation took too long or too much memory.
 */
export interface Environment {
  /** Its name in the function's log group. */
  readonly logStream: string
  readonly isAlive: boolean
  /** Not before the one before has settled. */
  invoke(requestId: string, payload: Uint8Array): Promise<InvocationResult>
  close(): Promise<void>
}

/** Lambda gives a function this long to load, ms. */
const initTimeoutMs = 10_000

type Outcome = Pick<InvocationResult, 'functionError' | 'payload'>

/** Starts the process; how loading the handler goes shows in the first invocation. */
export async function startEnvironment(options: EnvironmentOptions): Promise<Environment> {
  const { definition } = options
  const { timeoutSeconds } = definition
  const stream = randomUUID().replaceAll('-', '')
  const logStream = `${new Date().toISOString().slice(0, 10).replaceAll('-', '/')}/[$LATEST]${stream}`
  const file = join(options.scratch, `${stream}.log`)
  const inbox = messageBox()
  const api = await startRuntimeApi(inbox.push)
  const startedAt = performance.now()
  const child = await spawnRuntime(options, { api: api.address, logStream, file }).catch((error: unknown) => {
    api.close()
    throw error
  })
  const memory = watchMemory(child, definition.memoryMb * 2 ** 20)
  const output = outputFile(file)
  let isAlive = true
  let isInitialised = false
  child.ended.then(how => {
    isAlive = false
    api.close()
    inbox.end(how)
  })

  /** The failure, or undefined when the handler is loaded. */
  async function initialise(requestId: string): Promise<Outcome | undefined> {
    const arrival = await inbox.next(startedAt + initTimeoutMs - performance.now())
    if (arrival.kind === 'message' && arrival.message.kind === 'ready') return undefined
    child.kill()
    const how = await child.ended
    if (arrival.kind === 'message' && 'payload' in arrival.message) return failed(arrival.message.payload)
    return failed(arrival.kind === 'timeout' ? timedOut(requestId, initTimeoutMs / 1000) : exited(requestId, how))
  }

  async function run(requestId: string, payload: Uint8Array): Promise<Outcome> {
    const deadline = Date.now() + timeoutSeconds * 1000
    api.hand({ requestId, payload, deadline, functionArn: definition.arn })
    const arrival = await inbox.next(timeoutSeconds * 1000)
    if (arrival.kind === 'message' && 'payload' in arrival.message) {
      const { kind, payload } = arrival.message
      // An invocation is over when the runtime asks for the next one.
      const next = await inbox.next(deadline - Date.now())
      if (next.kind === 'timeout') child.kill()
      return kind === 'result' ? { functionError: undefined, payload } : failed(payload)
    }
    child.kill()
    const how = await child.ended
    return failed(arrival.kind === 'timeout' ? timedOut(requestId, timeoutSeconds) : exited(requestId, how))
  }

  return {
    logStream,
    get isAlive() {
      return isAlive
    },
    async invoke(requestId, payload) {
      const isFirst = !isInitialised
      const failure = isFirst ? await initialise(requestId) : undefined
      isInitialised = true
      const began = performance.now()
      const log = isFirst ? [`INIT_START Runtime Version: ${definition.runtime}`] : []
      log.push(...(await output.read()), `START RequestId: ${requestId} Version: $LATEST`)
      const outcome = failure ?? (await run(requestId, payload))
      const durationMs = performance.now() - began
      log.push(...(await output.read()))
      const said = outcome.functionError === undefined ? undefined : logLineOf(outcome.payload, requestId)
      if (said !== undefined) log.push(said)
      const initMs = isFirst ? began - startedAt : undefined
      const measured = { durationMs, initMs, maxMemoryBytes: memory.maxBytes() }
      log.push(`END RequestId: ${requestId}`, reportLine(requestId, definition, measured))
      return { requestId, ...outcome, log }
    },
    async close() {
      child.kill()
      await child.ended
      await memory.stopped
    },
  }
}

function failed(payload: Uint8Array): Outcome {
  return { functionError: 'Unhandled', payload }
}

const bootstrap = join(import.meta.dirname, 'bootstrap.mjs')

async function spawnRuntime(
  { definition, code, scratch, node, variables }: EnvironmentOptions,
  { api, logStream, file }: { readonly api: string; readonly logStream: string; readonly file: string },
): Promise<GuardedProcess> {
  const { name, memoryMb, runtime, handler, environment } = definition
  const env = {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    HOME: scratch,
    ...variables,
    ...environment,
    AWS_EXECUTION_ENV: `AWS_Lambda_${runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: logStream,
    AWS_LAMBDA_RUNTIME_API: api,
    LAMBDA_TASK_ROOT: code,
    _HANDLER: handler,
  }
  const output = await open(file, 'a')
  try {
    // The heap ends before the memory does, so that V8 collects garbage rather than being killed.
    const flags = [`--max-old-space-size=${Math.floor(memoryMb * 0.9)}`]
    return await spawnGuarded(node, [...flags, bootstrap], { cwd: code, env, output: output.fd })
  } finally {
    await output.close()
  }
}
