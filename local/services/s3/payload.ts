import { createHash } from 'node:crypto'
import type { LocalRequest } from '../../endpoint.js'
import type { ChunkSigner } from '../../signature.js'
import { type Checksum, checksumOf, isChecksumAlgorithm } from './checksum.js'
import { S3Error } from './errors.js'

/** The body of a request with its framing taken off and every checksum in headers and trailers found right. */
export interface Payload {
  readonly body: Buffer
  /** The one that the client sent, to be kept with the object. */
  readonly checksum: Checksum | undefined
}

/** All bodies are held in memory; S3's own limit for one PUT is 5 GB. */
export const maxBodyBytes = 2 ** 30

/** `signer` checks the signatures of chunks, where the body comes in signed ones. */
export async function readPayload(request: LocalRequest, signer: ChunkSigner | undefined): Promise<Payload> {
  const declared = singleHeader(request, 'x-amz-content-sha256') ?? 'UNSIGNED-PAYLOAD'
  const raw = await readBody(request)
  if (!declared.startsWith('STREAMING-')) {
    if (/^[0-9a-f]{64}$/.test(declared) && createHash('sha256').update(raw).digest('hex') !== declared) {
      throw new S3Error(
        400,
        'XAmzContentSHA256Mismatch',
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
      )
    }
    return checked(request, raw, new Map())
  }
  const isSigned = /^STREAMING-AWS4-HMAC-SHA256-PAYLOAD(-TRAILER)?$/.test(declared)
  if (isSigned ? signer === undefined : declared !== 'STREAMING-UNSIGNED-PAYLOAD-TRAILER') {
    throw new S3Error(400, 'InvalidArgument', `x-amz-content-sha256 must not be ${declared}`)
  }
  const { body, trailers } = decodeChunks(raw, isSigned ? signer : undefined)
  const length = singleHeader(request, 'x-amz-decoded-content-length')
  if (length === undefined) throw new S3Error(411, 'MissingContentLength', 'x-amz-decoded-content-length is missing.')
  if (Number(length) !== body.length) throw incomplete()
  for (const name of (singleHeader(request, 'x-amz-trailer') ?? '').split(',')) {
    if (name.trim() !== '' && !trailers.has(name.trim().toLowerCase())) {
      throw new S3Error(400, 'MalformedTrailerError', 'The request contained trailing data that was not well-formed.')
    }
  }
  return checked(request, body, trailers)
}

async function readBody({ incoming, headers }: LocalRequest): Promise<Buffer> {
  if (Number(headers['content-length']) > maxBodyBytes) throw tooLarge()
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > maxBodyBytes) throw tooLarge()
      chunks.push(chunk)
    }
  } catch (error) {
    // The client has gone; nobody reads the answer, and nothing is applied.
    throw incoming.complete || error instanceof S3Error ? error : incomplete()
  }
  return Buffer.concat(chunks)
}

function checked(request: LocalRequest, body: Buffer, trailers: ReadonlyMap<string, string>): Payload {
  const md5 = singleHeader(request, 'content-md5')
  if (md5 !== undefined) {
    if (Buffer.from(md5, 'base64').length !== 16) {
      throw new S3Error(400, 'InvalidDigest', 'The Content-MD5 you specified was invalid.')
    }
    if (createHash('md5').update(body).digest('base64') !== md5) {
      throw new S3Error(400, 'BadDigest', 'The Content-MD5 you specified did not match what we received.')
    }
  }
  const prefix = 'x-amz-checksum-'
  let kept: Checksum | undefined
  for (const [name, value] of [...Object.entries(request.headers), ...trailers]) {
    const algorithm = name.startsWith(prefix) ? name.slice(prefix.length) : ''
    if (!isChecksumAlgorithm(algorithm) || typeof value !== 'string') continue
    const actual = checksumOf(algorithm, body)
    if (actual.value !== value) {
      const upper = algorithm.toUpperCase()
      throw new S3Error(400, 'BadDigest', `The ${upper} you specified did not match the calculated checksum.`)
    }
    kept = actual
  }
  return { body, checksum: kept }
}

/** Takes `<hex size>[;chunk-signature=<hex>]` framing off and checks each signature when there is a signer. */
function decodeChunks(raw: Buffer, signer: ChunkSigner | undefined) {
  const chunks: Buffer[] = []
  let previous = signer?.seed ?? ''
  for (let at = 0; ; ) {
    const lineEnd = raw.indexOf('\r\n', at)
    if (lineEnd < 0 || lineEnd - at > 1024) throw incomplete()
    const [hex = '', extension = ''] = raw.toString('latin1', at, lineEnd).split(';')
    if (!/^[0-9a-fA-F]{1,8}$/.test(hex)) throw incomplete()
    const size = Number.parseInt(hex, 16)
    const start = lineEnd + 2
    const chunk = raw.subarray(start, start + size)
    if (signer !== undefined) {
      previous = signer.signChunk(previous, chunk)
      if (extension !== `chunk-signature=${previous}`) throw wrongChunkSignature()
    }
    if (size === 0) return { body: Buffer.concat(chunks), trailers: readTrailers(raw, start, previous, signer) }
    at = start + size + 2
    if (chunk.length < size || raw.toString('latin1', start + size, at) !== '\r\n') throw incomplete()
    chunks.push(chunk)
  }
}

const trailerSignature = 'x-amz-trailer-signature'

function readTrailers(raw: Buffer, start: number, previous: string, signer: ChunkSigner | undefined) {
  const trailers = new Map<string, string>()
  for (const line of raw.toString('latin1', start).split(/\r?\n/)) {
    const colon = line.indexOf(':')
    if (colon > 0) trailers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim())
  }
  const signature = trailers.get(trailerSignature)
  trailers.delete(trailerSignature)
  if (signer !== undefined && trailers.size > 0) {
    const signed = [...trailers].map(([name, value]) => `${name}:${value}\n`).join('')
    if (signer.signTrailer(previous, signed) !== signature) throw wrongChunkSignature()
  }
  return trailers
}

export function singleHeader(request: LocalRequest, name: string): string | undefined {
  const value = request.headers[name]
  return typeof value === 'string' ? value : value?.[0]
}

function tooLarge(): S3Error {
  return new S3Error(400, 'EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', {
    MaxSizeAllowed: String(maxBodyBytes),
  })
}

function incomplete(): S3Error {
  return new S3Error(
    400,
    'IncompleteBody',
    'You did not provide the number of bytes specified by the Content-Length HTTP header.',
  )
}

function wrongChunkSignature(): S3Error {
  return new S3Error(
    403,
    'SignatureDoesNotMatch',
    'The signature of a chunk of the body is not the one calculated here.',
  )
}
