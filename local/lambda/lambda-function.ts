import { randomUUID } from 'node:crypto'
import { access, mkdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ObjectWriter } from '../../shared/store/object-store.js'
import { ownFolder } from '../../shared/store/own-folder.js'
import { type AsynchronousOptions, type AsynchronousResult, invokeAsynchronously } from './asynchronous.js'
import { type InvocationResult, startEnvironment } from './environment.js'
import { environmentPool } from './environment-pool.js'
import { InvocationRefused, PackageUnreadable } from './errors.js'
import type { FunctionDefinition } from './function-definition.js'
import { unpack } from './unpack.js'

export type { AsynchronousResult } from './asynchronous.js'

export interface LambdaFunctionOptions {
  readonly definition: FunctionDefinition
  /** The zip. */
  readonly package: string
  /** The Node binary. */
  readonly node: string
  /** Environment variables that the platform gives: region, credentials, endpoint. */
  readonly variables: Readonly<Record<string, string>>
  /** Where records of failed asynchronous invocations go. */
  readonly failures?: ObjectWriter
  /** Told what the function and the platform have logged, an invocation at a time. */
  readonly onLog?: (entry: FunctionLog) => void
  /** The most environments, if the function's reserved concurrency is not smaller; 2 unless given. */
  readonly maxEnvironments?: number
  /** Waits before the retries of an asynchronous invocation. Lambda waits 1 and 2 minutes; here 1 and 2 seconds. */
  readonly retryAfterMs?: readonly number[]
}

export interface FunctionLog {
  readonly logGroup: string
  readonly logStream: string
  readonly lines: readonly string[]
}

/** A function as Lambda runs it: from its package, with its limits. */
export interface LambdaFunction {
  readonly definition: FunctionDefinition
  /** @throws InvocationRefused for a payload that is too large or not JSON */
  invoke(payload: Uint8Array): Promise<InvocationResult>
  /**
   * Queues an asynchronous invocation, which is tried again when it fails, and recorded when it fails to the end.
   * @throws InvocationRefused for a payload that is too large or not JSON
   */
  enqueue(payload: Uint8Array): { readonly requestId: string; readonly done: Promise<AsynchronousResult> }
  /** Ends all processes, within `graceMs` for what is running. What is still queued is recorded as failed. */
  close(): Promise<void>
}

/** Lambda's limits of a payload, bytes. */
const maxSynchronousBytes = 6 * 2 ** 20
export const maxAsynchronousBytes = 2 ** 20

const graceMs = 3_000

/**
 * The package is unpacked for the first invocation, since some hold a library of 70 MB; one that cannot be read rejects
 * that invocation, and every later one, with PackageUnreadable.
 * @throws PackageUnreadable when there is no package
 */
export async function startFunction(options: LambdaFunctionOptions): Promise<LambdaFunction> {
  const { definition, node, variables, failures, onLog } = options
  await access(options.package).catch(error => {
    throw new PackageUnreadable(options.package, error)
  })
  const folder = await ownFolder(tmpdir(), 'lambda')
  const [code, scratch] = [join(folder, 'code'), join(folder, 'scratch')]
  await mkdir(scratch)
  let unpacked: Promise<void> | undefined
  const max = Math.min(options.maxEnvironments ?? 2, definition.reservedConcurrency ?? Number.POSITIVE_INFINITY)
  const closing = new AbortController()
  const start = async () => {
    unpacked ??= unpack(options.package, code)
    await unpacked
    return startEnvironment({ definition, code, scratch, node, variables })
  }
  const pool = environmentPool(max, start, closing.signal)
  const pending = new Set<Promise<unknown>>()

  function attempt(requestId: string, payload: Uint8Array): Promise<InvocationResult | undefined> {
    return pool.with(async environment => {
      const result = await environment.invoke(requestId, payload)
      const { logStream } = environment
      onLog?.({ logGroup: `/aws/lambda/${definition.name}`, logStream, lines: result.log })
      return result
    })
  }

  const asynchronous: AsynchronousOptions = {
    definition,
    attempt,
    failures,
    retryAfterMs: options.retryAfterMs ?? [1_000, 2_000],
    stopping: closing.signal,
  }

  function tracked<T>(work: Promise<T>): Promise<T> {
    const settled = work.catch(() => undefined).finally(() => pending.delete(settled))
    pending.add(settled)
    return work
  }

  return {
    definition,
    async invoke(payload) {
      check(payload, maxSynchronousBytes, definition)
      const result = await tracked(attempt(randomUUID(), payload))
      if (result === undefined) throw new InvocationRefused(503, 'ServiceException', 'The function is being stopped.')
      return result
    },
    enqueue(payload) {
      check(payload, maxAsynchronousBytes, definition)
      const requestId = randomUUID()
      return { requestId, done: tracked(invokeAsynchronously(requestId, payload, asynchronous)) }
    },
    async close() {
      closing.abort()
      const timer = new AbortController()
      await Promise.race([
        Promise.all(pending),
        sleep(graceMs, undefined, { signal: timer.signal }).catch(() => undefined),
      ])
      timer.abort()
      await pool.close()
      await Promise.all(pending)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function check(payload: Uint8Array, maxBytes: number, { reservedConcurrency }: FunctionDefinition): void {
  if (payload.byteLength > maxBytes) {
    const message = `Request must be smaller than ${maxBytes} bytes for the InvokeFunction operation`
    throw new InvocationRefused(413, 'RequestTooLargeException', message)
  }
  try {
    JSON.parse(Buffer.from(payload).toString('utf8'))
  } catch (error) {
    const message = `Could not parse request body into json: ${(error as Error).message}`
    throw new InvocationRefused(400, 'InvalidRequestContentException', message)
  }
  if (reservedConcurrency === 0) throw new InvocationRefused(429, 'TooManyRequestsException', 'Rate Exceeded.')
}
