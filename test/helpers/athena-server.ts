/**
 * The Athena API over HTTP (awsJson1.1), as far as queries use it. Each query that is started takes the next of the given
 * lives: the states that it is seen in, and its result.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface QueryLife {
  /** One for each look; the last one stays. */
  readonly states: readonly (Readonly<Record<string, unknown>> | 'throttled')[]
  readonly statistics?: Readonly<Record<string, unknown>>
  /** Pages of rows of texts, null for no value; the first row of the first is the header. */
  readonly pages?: readonly (readonly (readonly (string | null)[])[])[]
  /** In place of a start: the error's name and message. */
  readonly refused?: readonly [string, string]
}

export interface AthenaServer {
  readonly url: string
  // biome-ignore lint/suspicious/noExplicitAny: requests are JSON of any shape
  readonly calls: { readonly operation: string; readonly input: any }[]
  close(): Promise<void>
}

export async function startAthenaServer(lives: readonly QueryLife[]): Promise<AthenaServer> {
  const calls: AthenaServer['calls'] = []
  const started: { readonly life: QueryLife; looks: number }[] = []

  // biome-ignore lint/suspicious/noExplicitAny: requests are JSON of any shape
  function carryOut(operation: string, input: any): readonly [number, unknown] {
    if (operation === 'StartQueryExecution') {
      const life = lives[started.length]!
      started.push({ life, looks: 0 })
      if (life.refused !== undefined) return [400, { __type: life.refused[0], message: life.refused[1] }]
      return [200, { QueryExecutionId: `query-${started.length}` }]
    }
    const query = started[Number(String(input.QueryExecutionId).slice('query-'.length)) - 1]!
    if (operation === 'StopQueryExecution') return [200, {}]
    if (operation === 'GetQueryExecution') {
      const status = query.life.states[Math.min(query.looks++, query.life.states.length - 1)]!
      if (status === 'throttled') return [400, { __type: 'TooManyRequestsException', message: 'Rate exceeded' }]
      const { QueryExecutionId } = input
      return [200, { QueryExecution: { QueryExecutionId, Status: status, Statistics: query.life.statistics } }]
    }
    if (operation === 'GetQueryResults') {
      const at = Number(input.NextToken ?? 0)
      const pages = query.life.pages ?? [[[]]]
      const cell = (value: string | null) => (value === null ? {} : { VarCharValue: value })
      const Rows = pages[at]!.map(row => ({ Data: row.map(cell) }))
      return [200, { ResultSet: { Rows }, ...(at + 1 < pages.length ? { NextToken: String(at + 1) } : {}) }]
    }
    return [400, { __type: 'InvalidRequestException', message: `unknown operation ${operation}` }]
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const operation = String(request.headers['x-amz-target']).replace('AmazonAthena.', '')
    const input = JSON.parse(Buffer.concat(chunks).toString())
    calls.push({ operation, input })
    const [status, body] = carryOut(operation, input)
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body))
  }

  const server = createServer((request, response) => {
    void answer(request, response).catch(error => response.destroy(error))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
