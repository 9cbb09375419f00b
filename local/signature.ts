import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/**
 * Signature Version 4, the server's side: in the Authorization header or presigned in the query. Access keys are
 * anything; the secret of each is `localSecret`, which is what clients of the local endpoint are set up with.
 */
export const localSecret = 'test'

export interface SignedRequest {
  readonly method: string
  /** As sent, percent-encoded. */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

/** A request whose signature is right, and what signs the chunks of its body. */
export interface Verified {
  readonly kind: 'verified'
  readonly accessKeyId: string
  readonly presigned: boolean
  readonly chunks: ChunkSigner
}

export interface ChunkSigner {
  /** Signature of the request itself, which the first chunk's builds on. */
  readonly seed: string
  signChunk(previous: string, chunk: Uint8Array): string
  /** Of the trailing headers as they are sent, each `name:value` and a line feed. */
  signTrailer(previous: string, trailer: string): string
}

export interface Refused {
  readonly kind: 'refused'
  readonly status: number
  readonly code: string
  readonly message: string
  /** What the client should compare with its own: the times, or what is signed. */
  readonly details?: Readonly<Record<string, string>>
}

export interface VerifyOptions {
  /** The service the scope must name. */
  readonly service: string
  readonly now: Date
  /** Hash of the body, for services whose requests do not carry it in x-amz-content-sha256. */
  readonly payloadHash?: string
  /** `localSecret` unless given. */
  readonly secret?: string
}

const algorithm = 'AWS4-HMAC-SHA256'
const maxSkewMs = 15 * 60_000
const maxExpirySeconds = 7 * 24 * 3600
const emptyHash = createHash('sha256').digest('hex')

export function verifySignature(request: SignedRequest, options: VerifyOptions): Verified | Refused {
  const authorization = headerOf(request, 'authorization')
  if (request.query.has('X-Amz-Signature')) return verifyPresigned(request, options)
  if (authorization === undefined) {
    return refused(403, 'AccessDenied', 'Access Denied: the request is not signed.')
  }
  if (!authorization.startsWith(`${algorithm} `)) {
    return refused(400, 'InvalidRequest', `The authorization mechanism is not supported; use ${algorithm}.`)
  }
  const credential = /Credential=([^,\s]+)/.exec(authorization)?.[1]
  const signedHeaders = /SignedHeaders=([^,\s]+)/.exec(authorization)?.[1]
  const signature = /Signature=([0-9a-f]{64})(?![0-9a-f])/.exec(authorization)?.[1]
  const date = headerOf(request, 'x-amz-date')
  if (credential === undefined || signedHeaders === undefined || signature === undefined) {
    return malformed('it needs Credential, SignedHeaders and Signature')
  }
  const time = date === undefined ? undefined : parseDate(date)
  if (date === undefined || time === undefined)
    return refused(403, 'AccessDenied', 'A valid x-amz-date header is required.')
  if (Math.abs(options.now.getTime() - time) > maxSkewMs) {
    return {
      ...refused(
        403,
        'RequestTimeTooSkewed',
        'The difference between the request time and the current time is too large.',
      ),
      details: {
        RequestTime: date,
        ServerTime: options.now.toISOString(),
        MaxAllowedSkewMilliseconds: String(maxSkewMs),
      },
    }
  }
  const payloadHash = headerOf(request, 'x-amz-content-sha256') ?? options.payloadHash
  if (payloadHash === undefined) {
    return refused(400, 'InvalidRequest', 'Missing required header for this request: x-amz-content-sha256')
  }
  return compare(request, { credential, signedHeaders, signature, date, payloadHash, presigned: false }, options)
}

function verifyPresigned(request: SignedRequest, options: VerifyOptions): Verified | Refused {
  const { query } = request
  const parameters = ['Algorithm', 'Credential', 'Date', 'Expires', 'SignedHeaders', 'Signature']
  const [chosen, credential, date, expires, signedHeaders, signature] = parameters.map(name =>
    query.get(`X-Amz-${name}`),
  )
  if (!chosen || !credential || !date || !expires || !signedHeaders || !signature) {
    return refused(
      400,
      'AuthorizationQueryParametersError',
      `A presigned URL needs ${parameters.map(name => `X-Amz-${name}`).join(', ')}.`,
    )
  }
  const time = parseDate(date)
  const seconds = Number(expires)
  if (chosen !== algorithm || time === undefined || !(seconds >= 1 && seconds <= maxExpirySeconds)) {
    return refused(
      400,
      'AuthorizationQueryParametersError',
      'X-Amz-Algorithm, X-Amz-Date or X-Amz-Expires is not valid.',
    )
  }
  if (time - options.now.getTime() > maxSkewMs) return refused(403, 'AccessDenied', 'Request is not yet valid')
  if (options.now.getTime() > time + seconds * 1000) return refused(403, 'AccessDenied', 'Request has expired')
  const payloadHash =
    query.get('X-Amz-Content-Sha256') ?? headerOf(request, 'x-amz-content-sha256') ?? 'UNSIGNED-PAYLOAD'
  return compare(request, { credential, signedHeaders, signature, date, payloadHash, presigned: true }, options)
}

interface Claim {
  readonly credential: string
  readonly signedHeaders: string
  readonly signature: string
  readonly date: string
  readonly payloadHash: string
  readonly presigned: boolean
}

function compare(
  request: SignedRequest,
  claim: Claim,
  { service, secret = localSecret }: VerifyOptions,
): Verified | Refused {
  const [accessKeyId = '', day = '', region = '', scopeService = '', terminator = ''] = claim.credential.split('/')
  if (accessKeyId === '' || region === '' || terminator !== 'aws4_request') {
    return malformed('the credential must be <key>/<yyyymmdd>/<region>/<service>/aws4_request')
  }
  if (scopeService !== service)
    return malformed(`the service in the credential must be ${service}, not ${scopeService}`)
  if (!claim.date.startsWith(day)) return malformed('the date in the credential is not that of the request')
  const canonical = canonicalRequest(request, claim, service)
  if (canonical === undefined) return refused(400, 'InvalidURI', "Couldn't parse the specified URI.")
  const scope = [day, region, service, 'aws4_request'].join('/')
  const stringToSign = [algorithm, claim.date, scope, sha256(canonical)].join('\n')
  const key = signingKey(secret, day, region, service)
  const expected = hmac(key, stringToSign)
  if (!equal(expected, claim.signature)) {
    return {
      ...refused(
        403,
        'SignatureDoesNotMatch',
        `The request signature is not the one calculated here. The secret of every access key is \`${localSecret}\`.`,
      ),
      details: { AWSAccessKeyId: accessKeyId, StringToSign: stringToSign, CanonicalRequest: canonical },
    }
  }
  const sign = (kind: string, parts: readonly string[]) =>
    hmac(key, [`${algorithm}-${kind}`, claim.date, scope, ...parts].join('\n'))
  return {
    kind: 'verified',
    accessKeyId,
    presigned: claim.presigned,
    chunks: {
      seed: expected,
      signChunk: (previous, chunk) => sign('PAYLOAD', [previous, emptyHash, sha256(chunk)]),
      signTrailer: (previous, trailer) => sign('TRAILER', [previous, sha256(trailer)]),
    },
  }
}

/** Undefined when path or query is not valid percent-encoding. */
function canonicalRequest(request: SignedRequest, claim: Claim, service: string): string | undefined {
  const names = claim.signedHeaders.split(';')
  const headers = names.map(
    name =>
      `${name}:${utf8Of(headerOf(request, name) ?? '')
        .trim()
        .replace(/ +/g, ' ')}\n`,
  )
  const query = [...request.query]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : x > y ? 1 : 0))
    .map(([name, value]) => `${name}=${value}`)
  const path = canonicalPath(request.path, service)
  if (path === undefined) return undefined
  return [request.method, path, query.join('&'), headers.join(''), claim.signedHeaders, claim.payloadHash].join('\n')
}

/** Each segment encoded once for S3, and what was sent encoded again for all other services. */
function canonicalPath(path: string, service: string): string | undefined {
  try {
    return path
      .split('/')
      .map(segment => encode(service === 's3' ? decodeURIComponent(segment) : segment))
      .join('/')
  } catch {
    return undefined
  }
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, mark => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
}

function headerOf({ headers }: SignedRequest, name: string): string | undefined {
  const value = headers[name]
  return value === undefined || typeof value === 'string' ? value : value.join(',')
}

/** Node reads headers as Latin-1; what is signed is their bytes. */
function utf8Of(header: string): string {
  return Buffer.from(header, 'latin1').toString('utf8')
}

/** `20260101T000000Z` in milliseconds since 1970. */
function parseDate(text: string): number | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text)?.slice(1).map(Number)
  if (parts === undefined) return undefined
  const [year = 0, month = 1, day, hour, minute, second] = parts
  return Date.UTC(year, month - 1, day, hour, minute, second)
}

function signingKey(secret: string, ...scope: readonly string[]): Buffer {
  let key = Buffer.from(`AWS4${secret}`)
  for (const part of [...scope, 'aws4_request']) key = createHmac('sha256', key).update(part).digest()
  return key
}

function hmac(key: Buffer, text: string): string {
  return createHmac('sha256', key).update(text).digest('hex')
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

function equal(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
}

function refused(status: number, code: string, message: string): Refused {
  return { kind: 'refused', status, code, message }
}

function malformed(why: string): Refused {
  return refused(400, 'AuthorizationHeaderMalformed', `The authorization header is malformed; ${why}.`)
}
