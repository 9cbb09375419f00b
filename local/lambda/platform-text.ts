/** What Lambda itself says of an invocation, in its words: errors that are not the handler's, and the REPORT line. */
import type { FunctionDefinition } from './function-definition.js'

export function timedOut(requestId: string, seconds: number): Uint8Array {
  return failure(
    'Sandbox.Timedout',
    `RequestId: ${requestId} Error: Task timed out after ${seconds.toFixed(2)} seconds`,
  )
}

/** @param how the process ended: `exit status 1`, `signal: killed` */
export function exited(requestId: string, how: string): Uint8Array {
  return failure('Runtime.ExitError', `RequestId: ${requestId} Error: Runtime exited with error: ${how}`)
}

function failure(errorType: string, errorMessage: string): Uint8Array {
  return Buffer.from(JSON.stringify({ errorType, errorMessage }))
}

/** The line that stands in the log of an error made here; undefined for the payload of another. */
export function logLineOf(payload: Uint8Array, requestId: string): string | undefined {
  const { errorMessage } = JSON.parse(Buffer.from(payload).toString('utf8')) as { errorMessage?: string }
  return errorMessage?.startsWith(`RequestId: ${requestId} Error: `) ? errorMessage : undefined
}

export interface Measured {
  readonly durationMs: number
  /** Of the invocation that the environment was started for. */
  readonly initMs: number | undefined
  readonly maxMemoryBytes: number
}

export function reportLine(requestId: string, { memoryMb }: FunctionDefinition, measured: Measured): string {
  const { durationMs, initMs, maxMemoryBytes } = measured
  const parts = [
    `REPORT RequestId: ${requestId}`,
    `Duration: ${durationMs.toFixed(2)} ms`,
    `Billed Duration: ${Math.ceil(durationMs + (initMs ?? 0))} ms`,
    `Memory Size: ${memoryMb} MB`,
    `Max Memory Used: ${Math.ceil(maxMemoryBytes / 2 ** 20)} MB`,
  ]
  if (initMs !== undefined) parts.push(`Init Duration: ${initMs.toFixed(2)} ms`)
  return `${parts.join('\t')}\t`
}
