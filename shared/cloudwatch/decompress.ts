/** Bytes of a record → text, within a bound, with what was really wrong when it cannot be done. */
import { isUtf8 } from 'node:buffer'
import { gunzipSync, inflateSync } from 'node:zlib'
import { type DecodeFailure, failure } from './failure.js'

/**
 * Strict base64 (RFC 4648 section 4, padding optional, white space ignored). `Buffer.from` alone would skip what it
 * does not know and hand on damaged bytes.
 */
export function decodeBase64(text: string): Uint8Array | DecodeFailure {
  const bytes = Buffer.from(text, 'base64')
  if (isWhole(text, bytes.length) && !/[-_]/.test(text)) return bytes
  const compact = text.replace(/\s+/g, '')
  const wrong = compact.search(/[^A-Za-z0-9+/=]|=(?!=*$)/)
  if (wrong !== -1) return failure('base64', `character ${wrong} is not base64`)
  if (compact.replace(/=+$/, '').length % 4 === 1) return failure('base64', `${compact.length} characters end mid-byte`)
  return Buffer.from(compact, 'base64')
}

/** True when the decoder used every character: it leaves out those it does not know. */
function isWhole(text: string, decodedBytes: number): boolean {
  const digits = text.length - (text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0)
  return digits % 4 !== 1 && decodedBytes === Math.floor((digits * 3) / 4)
}

/**
 * Inflates gzip (any number of members) or zlib data and checks that it is UTF-8.
 *
 * @param maxBytes the most bytes that come out; a bomb stops there, with no more memory used than that
 */
export function decompressText(bytes: Uint8Array, maxBytes: number): string | DecodeFailure {
  const inflated = decompress(bytes, maxBytes)
  if (!(inflated instanceof Uint8Array)) return inflated
  if (!isUtf8(inflated)) return failure('utf8', `${inflated.length} decompressed bytes are not UTF-8`)
  return Buffer.from(inflated.buffer, inflated.byteOffset, inflated.length).toString('utf8')
}

function decompress(bytes: Uint8Array, maxBytes: number): Uint8Array | DecodeFailure {
  const kind = compressionOf(bytes)
  if (kind === null) return failure('compression', `${bytes.length} bytes are neither gzip nor zlib`)
  const options = { maxOutputLength: maxBytes, chunkSize: chunkSizeFor(bytes, kind, maxBytes) }
  try {
    return kind === 'gzip' ? gunzipSync(bytes, options) : inflateSync(bytes, options)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ERR_BUFFER_TOO_LARGE')
      return failure('too-large', `${bytes.length} bytes inflate to more than ${maxBytes}`)
    return failure('compression', `${kind}: ${message}`)
  }
}

function compressionOf(bytes: Uint8Array): 'gzip' | 'zlib' | null {
  const [first = 0, second = 0] = bytes
  if (first === 0x1f && second === 0x8b) return 'gzip'
  return (first & 0x0f) === 8 && (first * 256 + second) % 31 === 0 ? 'zlib' : null
}

/**
 * Room for all of the output in one piece, which is the cheapest way to inflate. The trailer's ISIZE names it, but the
 * sender wrote that: it is clamped to the bound and to the 1,032 times that deflate can reach.
 */
function chunkSizeFor(bytes: Uint8Array, kind: 'gzip' | 'zlib', maxBytes: number): number {
  if (kind === 'zlib' || bytes.length < 18) return 65_536
  const declared = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4, 4).getUint32(0, true)
  return Math.max(64, Math.min(declared + 1, maxBytes, bytes.length * 1032))
}
