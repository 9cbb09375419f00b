/**
 * What Lambda writes into the on-failure bucket of an asynchronous invocation (Lambda developer guide, "Capturing records
 * of Lambda asynchronous invocations"): the request with its payload, and the last answer.
 */
import type { InvocationResult } from './environment.js'
import type { FunctionDefinition } from './function-definition.js'

export interface FailedInvocation {
  readonly requestId: string
  readonly payload: Uint8Array
  /** `RetriesExhausted`, or `EventAgeExceeded` when the queue ended first. */
  readonly condition: 'RetriesExhausted' | 'EventAgeExceeded'
  readonly attempts: number
  /** Undefined when it was never tried. */
  readonly last: InvocationResult | undefined
}

/** `aws/lambda/async/<function>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<uuid>` */
export function failureKey(functionName: string, now: Date, uuid: string): string {
  const [day = '', time = ''] = now.toISOString().slice(0, 19).split('T')
  return `aws/lambda/async/${functionName}/${day.replaceAll('-', '/')}/${day}T${time.replaceAll(':', '.')}-${uuid}`
}

export function failureRecord({ arn }: FunctionDefinition, failed: FailedInvocation, now: Date): string {
  const { requestId, payload, condition, attempts, last } = failed
  return JSON.stringify({
    version: '1.0',
    timestamp: now.toISOString(),
    requestContext: { requestId, functionArn: `${arn}:$LATEST`, condition, approximateInvokeCount: attempts },
    requestPayload: parsed(payload),
    ...(last !== undefined && {
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: last.functionError },
      responsePayload: parsed(last.payload),
    }),
  })
}

function parsed(payload: Uint8Array): unknown {
  return JSON.parse(Buffer.from(payload).toString('utf8'))
}
