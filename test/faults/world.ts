import type { InvocationResult } from '../../local/lambda/environment.js'
import type { AsynchronousResult } from '../../local/lambda/lambda-function.js'
import type { IngestReport } from '../../shared/pipeline/report.js'
import type { KeepingStore } from '../../shared/store/keeping-store.js'
import type { ObjectStore } from '../../shared/store/object-store.js'
import type { Delivery } from './delivery.js'
import type { Holds } from './held-buckets.js'
import type { Reader } from './reader.js'

/** Two buckets of their own, and everything that was done to them. */
export interface World extends Holds {
  /** The main bucket and the raw bucket. */
  readonly main: KeepingStore
  readonly raw: KeepingStore
  /** The raw bucket through S3, as another program sees it. */
  readonly rawOverS3: ObjectStore
  readonly reader: Reader
  readonly attempts: readonly Attempt[]
  /** Invokes a process that has served other worlds before, one delivery at a time. */
  deliver(delivery: Delivery): Promise<Attempt>
  start(limits?: Limits): Promise<FunctionProcess>
  /** With Lambda's queue in front of it. */
  startQueue(limits?: Limits): Promise<FunctionQueue>
}

export interface Limits {
  readonly memoryMb?: number
  readonly timeoutSeconds?: number
}

export interface FunctionProcess {
  invoke(delivery: Delivery): Promise<Attempt>
  /** SIGKILL. */
  kill(): Promise<void>
}

export interface FunctionQueue {
  /** Invokes asynchronously and waits for what becomes of it; each try is one of the world's attempts. */
  enqueue(delivery: Delivery): Promise<AsynchronousResult>
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

export function attemptOf(delivery: Delivery, { functionError, payload, log }: InvocationResult): Attempt {
  const said = JSON.parse(Buffer.from(payload).toString('utf8'))
  if (functionError === undefined) return { delivery, outcome: 'acknowledged', report: said, error: undefined, log }
  const wasKilled = said.errorType === 'Runtime.ExitError' || said.errorType === 'Sandbox.Timedout'
  return { delivery, outcome: wasKilled ? 'killed' : 'failed', report: undefined, error: said, log }
}

export function eventOf({ event }: Delivery): Uint8Array {
  return Buffer.from(JSON.stringify(event))
}
