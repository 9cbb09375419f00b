import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { PortInUse } from './errors.js'

/** One AWS service on the local endpoint. */
export interface LocalService {
  readonly name: string
  /** Whether the request is for this service; the first service that says so gets it. */
  matches(request: LocalRequest): boolean
  /** Answers the request; a rejection is a bug and is answered with 500 InternalFailure. */
  handle(request: LocalRequest, response: ServerResponse): Promise<void>
}

/** A request as services see it: taken apart where AWS's protocols need it, and untouched where signatures do. */
export interface LocalRequest {
  /** Unique; services send it as `x-amz-request-id` or `x-amzn-requestid`. */
  readonly id: string
  readonly method: string
  /** Still percent-encoded, without the query. */
  readonly path: string
  /** Still percent-encoded, without the question mark. */
  readonly rawQuery: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
  /** The service in the signature's scope: `s3`, `logs`, `lambda`, `monitoring`; undefined when it is not signed. */
  readonly signedFor: string | undefined
  /** Of the JSON protocols: `Logs_20140328.PutLogEvents`. */
  readonly target: string | undefined
  /** The body has not been read from it. */
  readonly incoming: IncomingMessage
}

export interface EndpointOptions {
  /** 0 for any free one. */
  readonly port: number
  readonly services: readonly LocalService[]
  /** 127.0.0.1 unless given: what listens here has no secrets to keep. */
  readonly host?: string
  /** Told of the bugs that requests were answered 500 for. */
  readonly onError?: (error: unknown, request: LocalRequest) => void
}

export interface Endpoint {
  readonly url: string
  readonly port: number
  /** Stops listening and cuts what is still connected. */
  close(): Promise<void>
}

/**
 * Starts the HTTP server that stands in for AWS, all services on one port.
 * @throws PortInUse when another program listens there
 */
export function startEndpoint({ port, services, host = '127.0.0.1', onError }: EndpointOptions): Promise<Endpoint> {
  const server = createServer((incoming, response) => {
    const request = localRequest(incoming)
    route(request, response, services).catch((error: unknown) => {
      onError?.(error, request)
      if (response.headersSent) response.destroy()
      else refuse(response, request, 500, 'InternalFailure', 'The local endpoint failed; its log says why.')
    })
  })
  // Clients keep connections for longer than Node's 5 s; a request on one that is just closing fails for no reason.
  server.keepAliveTimeout = 75_000
  server.requestTimeout = 0
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new PortInUse(host, port, { cause: error }) : error)
    })
    server.listen(port, host, () => {
      const address = server.address()
      const bound = address !== null && typeof address === 'object' ? address.port : port
      resolve({
        url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
        port: bound,
        close: () =>
          new Promise(closed => {
            server.close(() => closed())
            server.closeAllConnections()
          }),
      })
    })
  })
}

async function route(
  request: LocalRequest,
  response: ServerResponse,
  services: readonly LocalService[],
): Promise<void> {
  const service = services.find(candidate => candidate.matches(request))
  if (service !== undefined) return service.handle(request, response)
  const wanted = request.target ?? request.signedFor ?? `${request.method} ${request.path}`
  const names = services.map(({ name }) => name).join(', ')
  refuse(response, request, 501, 'NotImplemented', `No local service for ${wanted}; there are: ${names}.`)
}

/** Answers in the two ways that SDKs look for an error: the JSON protocols' member and header. */
function refuse(response: ServerResponse, request: LocalRequest, status: number, code: string, message: string): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'x-amzn-errortype': code,
    'x-amzn-requestid': request.id,
  })
  response.end(JSON.stringify({ __type: code, message }))
}

function localRequest(incoming: IncomingMessage): LocalRequest {
  const url = incoming.url ?? '/'
  const mark = url.indexOf('?')
  const rawQuery = mark < 0 ? '' : url.slice(mark + 1)
  const query = new URLSearchParams(rawQuery)
  const credential =
    query.get('X-Amz-Credential') ?? /Credential=([^,\s]+)/.exec(incoming.headers.authorization ?? '')?.[1]
  const target = incoming.headers['x-amz-target']
  return {
    id: randomBytes(8).toString('hex').toUpperCase(),
    method: incoming.method ?? 'GET',
    path: mark < 0 ? url : url.slice(0, mark),
    rawQuery,
    query,
    headers: incoming.headers,
    signedFor: credential?.split('/')[3],
    target: typeof target === 'string' ? target : undefined,
    incoming,
  }
}
