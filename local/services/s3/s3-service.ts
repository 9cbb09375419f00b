import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LocalRequest, LocalService } from '../../endpoint.js'
import type { Fault, FaultHook } from '../../fault.js'
import { type ChunkSigner, verifySignature } from '../../signature.js'
import type { Answer } from './answer.js'
import type { Buckets } from './buckets.js'
import type { S3Call } from './call.js'
import { errorAnswer } from './error-answer.js'
import { S3Error } from './errors.js'
import { operations } from './operations.js'
import { readPayload, singleHeader } from './payload.js'
import { isPresignedV2, verifyPresignedV2 } from './presigned-v2.js'
import { type Address, addressOf, type OperationName, operationOf } from './route.js'

export interface S3ServiceOptions {
  readonly buckets: Buckets
  /** Of the buckets; signatures may name any. us-east-1 unless given. */
  readonly region?: string
  /** Clock of signatures and expiry. */
  readonly now?: () => Date
  /** Asked for every request that is well-formed, before it is checked or applied. */
  readonly onRequest?: FaultHook
  /** Told of the failures that are answered with 500. */
  readonly onError?: (error: unknown) => void
}

/**
 * Amazon S3 for one machine: the operations in `operations.ts`, with S3's checks, codes and conditional writes. Requests
 * must be signed (see `signature.ts`); one that is not is refused as a private bucket would. What is not implemented
 * answers 501 NotImplemented and never succeeds. It takes all requests that no other service is named in, so it goes
 * last among an endpoint's services.
 */
export function s3Service(options: S3ServiceOptions): LocalService {
  const now = options.now ?? (() => new Date())
  const send = (request: LocalRequest, response: ServerResponse, answer: Answer, broken = false) =>
    // Clients learn the time from the answers when their own clock is wrong.
    write(request, response, { ...answer, headers: { date: now().toUTCString(), ...answer.headers } }, broken)
  return {
    name: 's3',
    matches: request => request.target === undefined && (request.signedFor === undefined || request.signedFor === 's3'),
    async handle(request, response) {
      const effective = withHoistedHeaders(request)
      let operation: OperationName
      let address: Address
      try {
        address = addressOf(effective)
        operation = operationOf(effective, address)
      } catch (error) {
        return send(request, response, errorAnswer(request, error, options.onError))
      }
      const fault = options.onRequest?.(infoOf(request, operation, address))
      if (fault?.kind === 'reset') return cut(request)
      if (fault?.kind === 'reset-mid-body' && hasBody(request)) return cutUpload(request)
      if (fault?.kind === 'delay') await sleep(fault.ms)
      const answer = failed(fault, request) ?? (await perform(effective, operation, address, { ...options, now }))
      if (fault?.kind === 'apply-then-reset') return cut(request)
      send(request, response, answer, fault?.kind === 'reset-mid-body')
    },
  }
}

async function perform(
  request: LocalRequest,
  operation: OperationName,
  address: Address,
  { buckets, region = 'us-east-1', now, onError }: S3ServiceOptions & { now: () => Date },
): Promise<Answer> {
  try {
    const signer = verify(request, address, now())
    const { bucket = '', key = '' } = address
    const call: S3Call = {
      request,
      bucket,
      key,
      region,
      buckets,
      payload: (checked = request) => readPayload(checked, signer),
    }
    return await operations[operation](call)
  } catch (error) {
    // A client that hung up in the middle of its upload broke nothing here, and nobody hears the answer.
    return errorAnswer(request, error, request.incoming.readableAborted ? undefined : onError)
  }
}

/** @throws S3Error when the request is not signed right */
function verify(request: LocalRequest, { bucket, isVirtualHosted }: Address, now: Date): ChunkSigner | undefined {
  if (isPresignedV2(request)) {
    verifyPresignedV2(request, isVirtualHosted ? bucket : undefined, now)
    return undefined
  }
  const verified = verifySignature(request, { service: 's3', now })
  if (verified.kind === 'verified') return verified.chunks
  throw new S3Error(verified.status, verified.code, verified.message, verified.details)
}

/** Presigned URLs may carry `x-amz-` headers as parameters, which then count as headers. */
function withHoistedHeaders(request: LocalRequest): LocalRequest {
  if (!request.query.has('X-Amz-Signature')) return request
  const hoisted = [...request.query]
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => name.startsWith('x-amz-') && !signatureParameters.has(name))
  return { ...request, headers: { ...Object.fromEntries(hoisted), ...request.headers } }
}

const signatureParameters = new Set(
  ['algorithm', 'credential', 'date', 'expires', 'signedheaders', 'signature', 'security-token'].map(
    name => `x-amz-${name}`,
  ),
)

function infoOf(request: LocalRequest, operation: OperationName, { bucket, key }: Address) {
  const attempt = /attempt=(\d+)/.exec(singleHeader(request, 'amz-sdk-request') ?? '')?.[1]
  return {
    service: 's3',
    operation,
    headers: request.headers,
    ...(bucket !== undefined && { bucket }),
    ...(key !== undefined && { key }),
    ...(attempt !== undefined && { attempt: Number(attempt) }),
  }
}

/** The answer that a fault gives in the operation's place. */
function failed(fault: Fault | undefined, request: LocalRequest): Answer | undefined {
  if (fault?.kind !== 'error' && fault?.kind !== 'error-in-200') return undefined
  const status = fault.kind === 'error' ? fault.status : 200
  const error = new S3Error(status, fault.code, fault.message ?? `${fault.code}, as asked for`)
  return errorAnswer(request, error)
}

function write(request: LocalRequest, response: ServerResponse, answer: Answer, broken: boolean): void {
  // What an operation has left unread would stand before the next request on the connection.
  request.incoming.resume()
  const body = typeof answer.body === 'string' ? Buffer.from(answer.body) : answer.body
  const headers: Record<string, string> = {
    'x-amz-request-id': request.id,
    'x-amz-id-2': Buffer.from(request.id).toString('base64'),
  }
  if (answer.status !== 204 && answer.status !== 304) headers['content-length'] = String(body?.byteLength ?? 0)
  for (const [name, value] of Object.entries(answer.headers ?? {})) if (value !== undefined) headers[name] = value
  response.writeHead(answer.status, headers)
  if (request.method === 'HEAD' || body === undefined) {
    response.end()
  } else if (broken) {
    response.write(body.subarray(0, body.byteLength >> 1), () => cut(request))
  } else {
    response.end(body)
  }
}

function cut({ incoming }: LocalRequest): void {
  incoming.socket.destroy()
}

function hasBody({ headers }: LocalRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

async function cutUpload({ incoming, headers }: LocalRequest): Promise<void> {
  const enough = Number(headers['content-length'] ?? 0) / 2
  let size = 0
  await new Promise(resolve => {
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size >= enough) incoming.socket.destroy()
    })
    // The cut is an error to Node, and the point of it here.
    incoming.once('error', resolve)
    incoming.once('close', resolve)
  })
}
