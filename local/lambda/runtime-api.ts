import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What the runtime in an environment is given to do. */
export interface Invocation {
  readonly requestId: string
  readonly payload: Uint8Array
  /** ms since the epoch */
  readonly deadline: number
  readonly functionArn: string
}

/** What the runtime says; `payload` is JSON: the handler's result, or the error's type, message and trace. */
export type RuntimeMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'init-error'; readonly payload: Uint8Array }
  | { readonly kind: 'result' | 'error'; readonly requestId: string; readonly payload: Uint8Array }

export interface RuntimeApi {
  /** `127.0.0.1:<port>`, as in AWS_LAMBDA_RUNTIME_API. */
  readonly address: string
  /** Gives the invocation to the runtime as soon as it asks for one. */
  hand(invocation: Invocation): void
  close(): void
}

/** Lambda's limit of a response, bytes. */
const maxResponseBytes = 6_291_556

/**
 * Lambda's Runtime API on loopback, for one environment. `onMessage` is called for each thing that the runtime says;
 * `ready` every time it asks for an invocation.
 */
export async function startRuntimeApi(onMessage: (message: RuntimeMessage) => void): Promise<RuntimeApi> {
  let waiting: ServerResponse | undefined
  let handed: Invocation | undefined
  const deliver = () => {
    if (waiting === undefined || handed === undefined) return
    waiting.writeHead(200, {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': handed.requestId,
      'lambda-runtime-deadline-ms': String(handed.deadline),
      'lambda-runtime-invoked-function-arn': handed.functionArn,
    })
    waiting.end(handed.payload)
    waiting = undefined
    handed = undefined
  }
  const server = createServer((request, response) => {
    const [, requestId = '', what] = /^\/2018-06-01\/runtime\/(?:invocation|init)\/([^/]+)(?:\/(\w+))?$/.exec(
      request.url ?? '',
    ) ?? ['']
    if (request.method === 'GET' && requestId === 'next') {
      waiting = response
      onMessage({ kind: 'ready' })
      return deliver()
    }
    bodyOf(request).then(body => {
      if (requestId === 'error') onMessage({ kind: 'init-error', payload: body })
      else if (what === 'error') onMessage({ kind: 'error', requestId, payload: body })
      else if (what === 'response') onMessage(resultOf(requestId, body))
      else return response.writeHead(404).end()
      return response.writeHead(202).end('{"status":"OK"}')
    }, ignored)
  })
  server.requestTimeout = 0
  // An invocation may take longer than any: a connection that ends as its result is sent would end the runtime.
  server.keepAliveTimeout = 0
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    hand(invocation) {
      handed = invocation
      deliver()
    },
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

function resultOf(requestId: string, payload: Uint8Array): RuntimeMessage {
  if (payload.byteLength <= maxResponseBytes) return { kind: 'result', requestId, payload }
  const error = {
    errorType: 'Function.ResponseSizeTooLarge',
    errorMessage: `Response payload size exceeded maximum allowed payload size (${maxResponseBytes} bytes).`,
  }
  return { kind: 'error', requestId, payload: Buffer.from(JSON.stringify(error)) }
}

async function bodyOf(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** A runtime that died while it was speaking; its exit says so. */
function ignored(): void {}
