import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ObjectWriter } from '../../shared/store/object-store.js'
import type { InvocationResult } from './environment.js'
import { type FailedInvocation, failureKey, failureRecord } from './failure-record.js'
import type { FunctionDefinition } from './function-definition.js'

export interface AsynchronousOptions {
  readonly definition: FunctionDefinition
  /** Undefined, without an attempt, when the function is being stopped. */
  readonly attempt: (requestId: string, payload: Uint8Array) => Promise<InvocationResult | undefined>
  /** Where records of failed invocations go; undefined when they are dropped. */
  readonly failures: ObjectWriter | undefined
  readonly retryAfterMs: readonly number[]
  readonly stopping: AbortSignal
}

/** What became of an asynchronous invocation. */
export interface AsynchronousResult {
  readonly requestId: string
  /** Undefined when the function was stopped before the first attempt. */
  readonly last: InvocationResult | undefined
  readonly attempts: number
  /** `lost` when it failed and there is no destination, or `destinationError` says why that could not be written. */
  readonly outcome: 'succeeded' | 'recorded' | 'lost'
  readonly destinationError?: unknown
}

/** Tries as often as the function's settings say, then records the failure. Never rejects for what the handler did. */
export async function invokeAsynchronously(
  requestId: string,
  payload: Uint8Array,
  options: AsynchronousOptions,
): Promise<AsynchronousResult> {
  const { retryAfterMs, stopping, definition } = options
  const { maxRetries } = definition.asynchronous
  let last: InvocationResult | undefined
  let attempts = 0
  while (attempts <= maxRetries) {
    const pause = attempts === 0 ? 0 : (retryAfterMs[attempts - 1] ?? 0)
    if (pause > 0) await sleep(pause, undefined, { signal: stopping }).catch(() => undefined)
    const result = await options.attempt(requestId, payload)
    if (result === undefined) break
    last = result
    attempts++
    if (last.functionError === undefined) return { requestId, last, attempts, outcome: 'succeeded' }
  }
  const condition = attempts > maxRetries ? 'RetriesExhausted' : 'EventAgeExceeded'
  const recorded = await record({ requestId, payload, condition, attempts, last }, options)
  return { requestId, last, attempts, ...recorded }
}

async function record(
  failed: FailedInvocation,
  { definition, failures }: AsynchronousOptions,
): Promise<Pick<AsynchronousResult, 'outcome' | 'destinationError'>> {
  if (failures === undefined) return { outcome: 'lost' }
  const now = new Date()
  const body = Buffer.from(failureRecord(definition, failed, now))
  try {
    await failures.put(failureKey(definition.name, now, randomUUID()), body, { contentType: 'application/json' })
    return { outcome: 'recorded' }
  } catch (destinationError) {
    return { outcome: 'lost', destinationError }
  }
}
