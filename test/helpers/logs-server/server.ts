/**
 * The CloudWatch Logs API over HTTP (awsJson1.1), as far as the jobs use it, with behaviour recorded on AWS: paging,
 * limits, refusals in their own words, and throttling and vanishing groups where a test asks for them. Tests speak to it
 * with the SDK's own client. Each family of operations is a file; more of them are given as `families`.
 */
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ApiError } from './api-error.js'
import { groupOperations } from './groups.js'
import { policyOperations } from './policies.js'
import { subscriptionOperations } from './subscriptions.js'
import { createWorld, type LogsWorld, type LogsWorldOptions } from './world.js'

// biome-ignore lint/suspicious/noExplicitAny: requests are JSON of any shape
export type Input = any

/** By the API's names; what one returns is the answer, what it throws as ApiError the refusal. */
export type Operations = Readonly<Record<string, (input: Input) => unknown>>

export interface LogsServerOptions extends LogsWorldOptions {
  readonly families?: readonly ((world: LogsWorld) => Operations)[]
  readonly port?: number
}

export interface RecordedCall {
  readonly operation: string
  readonly input: Input
  /** The error's code; undefined when the call was answered. */
  readonly refusal: string | undefined
}

export interface LogsServer {
  readonly url: string
  readonly world: LogsWorld
  readonly calls: RecordedCall[]
  /** Asked before each call is carried out; an error that it returns is the answer. It may change the world. */
  before: ((operation: string, input: Input) => ApiError | undefined) | undefined
  /** Asked after a call was carried out: `true` cuts the connection in place of an answer. */
  loseAnswer: ((operation: string, input: Input) => boolean) | undefined
  count(operation: string): number
  close(): Promise<void>
}

export async function startLogsServer(options: LogsServerOptions = {}): Promise<LogsServer> {
  const world = createWorld(options)
  const families = [groupOperations, subscriptionOperations, policyOperations, ...(options.families ?? [])]
  const operations: Operations = Object.assign({}, ...families.map(family => family(world)))
  const calls: RecordedCall[] = []
  const http = createServer((request, response) => {
    void answer(request, response).catch(error => response.destroy(error))
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const operation = String(request.headers['x-amz-target'] ?? '').replace('Logs_20140328.', '')
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const input = JSON.parse(Buffer.concat(chunks).toString() || '{}')
    const result = carryOut(operation, input)
    calls.push({ operation, input, refusal: result instanceof ApiError ? result.code : undefined })
    if (!(result instanceof ApiError) && server.loseAnswer?.(operation, input) === true) {
      response.destroy()
      return
    }
    response.statusCode = result instanceof ApiError ? result.status : 200
    response.setHeader('content-type', 'application/x-amz-json-1.1')
    response.setHeader('x-amzn-requestid', randomUUID())
    const body = result instanceof ApiError ? { __type: result.code, message: result.message } : result
    response.end(body === undefined ? '' : JSON.stringify(body))
  }

  function carryOut(operation: string, input: Input): object | ApiError | undefined {
    const refusal = server.before?.(operation, input)
    if (refusal !== undefined) return refusal
    const carry = operations[operation]
    if (carry === undefined) return new ApiError('UnknownOperationException', operation)
    try {
      return carry(input) as object | undefined
    } catch (error) {
      if (error instanceof ApiError) return error
      throw error
    }
  }

  await new Promise<void>(resolve => http.listen(options.port ?? 0, '127.0.0.1', resolve))
  const server: LogsServer = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    world,
    calls,
    before: undefined,
    loseAnswer: undefined,
    count: operation => calls.filter(call => call.operation === operation).length,
    async close() {
      http.closeAllConnections()
      await new Promise(resolve => http.close(resolve))
    },
  }
  return server
}
