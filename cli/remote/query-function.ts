import type { LambdaClient } from '@aws-sdk/client-lambda'
import type { Diagnostic } from '../../shared/diagnostics/diagnostic.js'
import { regionOf } from '../region.js'

/** The deployed query function (docs/query.md). */
export interface QueryFunction {
  /**
   * @throws QueryRefused for what the function refuses; QueryFunctionFailed when it fails or answers nothing that is
   * understood; the SDK's errors when it cannot be invoked
   */
  call(request: object, signal?: AbortSignal): Promise<unknown>
}

/** The query is wrong, or would read more than the function may. */
export class QueryRefused extends Error {
  override name = 'QueryRefused'
  /** The query that the diagnostics point into. */
  readonly query: string
  readonly diagnostics: readonly Diagnostic[]
  readonly hint: string | null
  constructor({ message, query = '', diagnostics = [], hint = null }: Refusal) {
    super(message)
    this.query = query
    this.diagnostics = diagnostics
    this.hint = hint
  }
}

export class QueryFunctionFailed extends Error {
  override name = 'QueryFunctionFailed'
}

interface Refusal {
  readonly message: string
  readonly query?: string
  readonly diagnostics?: readonly Diagnostic[]
  readonly hint?: string | null
}

/** @param name name or ARN */
export function queryFunction(name: string): QueryFunction {
  let opened: Promise<LambdaClient> | undefined
  const region = /^arn:[^:]+:lambda:([a-z0-9-]+):/.exec(name)?.[1]
  return {
    async call(request, signal) {
      // Loaded when it is needed: most commands never do.
      const { InvokeCommand, LambdaClient } = await import('@aws-sdk/client-lambda')
      opened ??= (region === undefined ? ownRegion() : Promise.resolve(region)).then(
        found => new LambdaClient({ region: found }),
      )
      const command = new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(request) })
      const lambda = await opened
      const answer = await lambda.send(command, signal === undefined ? {} : { abortSignal: signal })
      return answerOf(name, Buffer.from(answer.Payload ?? []).toString(), answer.FunctionError)
    },
  }
}

function ownRegion(): Promise<string> {
  return regionOf(undefined).catch(cause => {
    throw new Error('no region is set: name it in AWS_REGION, or give the function by its ARN', { cause })
  })
}

function answerOf(name: string, text: string, failure: string | undefined): unknown {
  const answer = parsed(text)
  if (failure !== undefined) {
    const { errorMessage = failure } = (answer ?? {}) as { errorMessage?: string }
    throw new QueryFunctionFailed(`${name} failed: ${errorMessage}`)
  }
  if (typeof answer !== 'object' || answer === null) throw new QueryFunctionFailed(`${name} is no query function`)
  if ('error' in answer) throw new QueryRefused(answer as unknown as Refusal)
  return answer
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
