import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { LocalRequest, LocalService } from '../endpoint.js'
import { InvocationRefused } from '../lambda/errors.js'
import type { LambdaFunction } from '../lambda/lambda-function.js'
import { verifySignature } from '../signature.js'

export interface LambdaServiceOptions {
  /** By name. Looked up at each request, so that functions may come later. */
  readonly functions: ReadonlyMap<string, LambdaFunction>
  /** Clock of signatures. */
  readonly now?: () => Date
}

/** Bodies are read up to here, bytes; what is larger than Lambda takes and smaller than this gets Lambda's own answer. */
const maxBodyBytes = 7 * 2 ** 20

/** How much of the log an invocation with LogType=Tail answers, bytes. */
const tailBytes = 4096

/**
 * AWS Lambda for one machine: Invoke (RequestResponse, Event, DryRun, with the log's tail), GetFunction,
 * GetFunctionConfiguration and ListFunctions, signed as in AWS. Anything else answers 501.
 */
export function lambdaService({ functions, now = () => new Date() }: LambdaServiceOptions): LocalService {
  return {
    name: 'lambda',
    matches: ({ signedFor, path }) => signedFor === 'lambda' || path.startsWith('/2015-03-31/functions'),
    async handle(request, response) {
      try {
        const body = await bodyOf(request)
        verify(request, body, now())
        await answer(request, body, functions, response)
      } catch (error) {
        if (!(error instanceof InvocationRefused)) throw error
        const { status, code, message } = error
        send(request, response, status, { Type: 'User', Message: message, message }, { 'x-amzn-errortype': code })
      }
    },
  }
}

async function answer(
  request: LocalRequest,
  body: Buffer,
  functions: LambdaServiceOptions['functions'],
  response: ServerResponse,
): Promise<void> {
  const [, encoded, rest = ''] = /^\/2015-03-31\/functions\/([^/]*)(?:\/([^/]+))?$/.exec(request.path) ?? []
  const operation = `${request.method} ${rest}`
  if (request.method === 'GET' && (encoded === '' || request.path === '/2015-03-31/functions')) {
    return send(request, response, 200, { Functions: [...functions.values()].map(configurationOf) })
  }
  if (encoded === undefined) throw unknownOperation(request)
  const lambda = functionNamed(decodeURIComponent(encoded), functions)
  if (operation === 'GET ') {
    const code = { RepositoryType: 'S3', Location: `file:${lambda.definition.package}` }
    return send(request, response, 200, { Configuration: configurationOf(lambda), Code: code, Tags: {} })
  }
  if (operation === 'GET configuration') return send(request, response, 200, configurationOf(lambda))
  if (operation === 'POST invocations') return invoke(request, body, lambda, response)
  throw unknownOperation(request)
}

async function invoke(
  request: LocalRequest,
  body: Buffer,
  lambda: LambdaFunction,
  response: ServerResponse,
): Promise<void> {
  const payload = body.length === 0 ? Buffer.from('{}') : body
  const type = headerOf(request, 'x-amz-invocation-type') ?? 'RequestResponse'
  if (type === 'DryRun') return send(request, response, 204, undefined)
  if (type === 'Event') {
    lambda.enqueue(payload)
    return send(request, response, 202, undefined)
  }
  if (type !== 'RequestResponse') {
    throw new InvocationRefused(400, 'InvalidParameterValueException', `${type} is no invocation type.`)
  }
  const result = await lambda.invoke(payload)
  const isTail = headerOf(request, 'x-amz-log-type') === 'Tail'
  const log = Buffer.from(`${result.log.join('\n')}\n`)
  send(request, response, 200, Buffer.from(result.payload), {
    'x-amz-executed-version': '$LATEST',
    ...(result.functionError !== undefined && { 'x-amz-function-error': result.functionError }),
    ...(isTail && { 'x-amz-log-result': log.subarray(-tailBytes).toString('base64') }),
  })
}

/** By its name, its ARN, or either with an account or the qualifier $LATEST. */
function functionNamed(reference: string, functions: LambdaServiceOptions['functions']): LambdaFunction {
  const name = reference.replace(/:\$LATEST$/, '').replace(/^.*:(?=[^:]*$)/, '')
  const found = functions.get(name)
  if (found !== undefined) return found
  throw new InvocationRefused(404, 'ResourceNotFoundException', `Function not found: ${reference}`)
}

function configurationOf({ definition }: LambdaFunction): object {
  return {
    FunctionName: definition.name,
    FunctionArn: definition.arn,
    Runtime: definition.runtime,
    Handler: definition.handler,
    Timeout: definition.timeoutSeconds,
    MemorySize: definition.memoryMb,
    Version: '$LATEST',
    Environment: { Variables: definition.environment },
    PackageType: 'Zip',
    State: 'Active',
    LastUpdateStatus: 'Successful',
  }
}

function verify(request: LocalRequest, body: Buffer, now: Date): void {
  const payloadHash = createHash('sha256').update(body).digest('hex')
  const verified = verifySignature(request, { service: 'lambda', payloadHash, now })
  if (verified.kind === 'refused') throw new InvocationRefused(verified.status, verified.code, verified.message)
}

function unknownOperation({ method, path }: LocalRequest): InvocationRefused {
  return new InvocationRefused(501, 'NotImplemented', `The local Lambda does not know ${method} ${path}.`)
}

function headerOf({ headers }: LocalRequest, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' ? value : value?.[0]
}

async function bodyOf({ incoming }: LocalRequest): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length
    // The rest is read and forgotten, so that the client gets to the answer.
    if (size <= maxBodyBytes) chunks.push(chunk)
  }
  if (size <= maxBodyBytes) return Buffer.concat(chunks)
  throw new InvocationRefused(413, 'RequestTooLargeException', `Request must be smaller than 6291456 bytes`)
}

function send(
  request: LocalRequest,
  response: ServerResponse,
  status: number,
  body: object | undefined,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-requestid': request.id, ...headers })
  response.end(body === undefined || body instanceof Buffer ? body : JSON.stringify(body))
}
