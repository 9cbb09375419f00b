import { InvalidRange } from '../../../shared/store/errors.js'
import type { ByteRange, ObjectHead } from '../../../shared/store/object-store.js'
import { resolveRange } from '../../../shared/store/range.js'
import type { Answer } from './answer.js'
import { checksumHeaders, headersOf, keptChecksum } from './attributes.js'
import { type Operation, type S3Call, storeOf } from './call.js'
import { checkRead } from './conditions.js'
import { S3Error } from './errors.js'
import { singleHeader } from './payload.js'

export const getObject: Operation = async call => {
  const store = await storeOf(call, call.bucket)
  // Head first, so that conditions are answered even where the range would not be.
  const head = await store.head(call.key)
  if (checkRead(call.request, head) === 'not-modified') return notModified(head)
  const range = parseRange(singleHeader(call.request, 'range'))
  try {
    const object = await store.get(call.key, range === undefined ? {} : { range })
    return { ...headAnswer(call, object, range), body: object.body }
  } catch (error) {
    if (error instanceof InvalidRange) throw invalidRange(call, head.size)
    throw error
  }
}

export const headObject: Operation = async call => {
  const store = await storeOf(call, call.bucket)
  const head = await store.head(call.key)
  if (checkRead(call.request, head) === 'not-modified') return notModified(head)
  try {
    return headAnswer(call, head, parseRange(singleHeader(call.request, 'range')))
  } catch (error) {
    if (error instanceof InvalidRange) throw invalidRange(call, head.size)
    throw error
  }
}

/** What GET and HEAD answer alike; the kept checksum is of the whole object, so a part goes without. */
function headAnswer(call: S3Call, head: ObjectHead, range: ByteRange | undefined): Answer {
  const headers = { ...headersOf(head), ...overrides(call) }
  if (range === undefined) {
    const wantsChecksum = singleHeader(call.request, 'x-amz-checksum-mode')?.toUpperCase() === 'ENABLED'
    const checksum = wantsChecksum ? checksumHeaders(keptChecksum(head)) : {}
    return { status: 200, headers: { ...headers, ...checksum, 'content-length': String(head.size) } }
  }
  const { start, end } = resolveRange(call.key, range, head.size)
  const part = { 'content-range': `bytes ${start}-${end - 1}/${head.size}`, 'content-length': String(end - start) }
  return { status: 206, headers: { ...headers, ...part } }
}

/** What is not one well-formed range is overlooked, and the whole object answered, as HTTP and S3 have it. */
export function parseRange(header: string | undefined): ByteRange | undefined {
  const [, start, end, suffix] = /^bytes=(?:(\d{1,15})-(\d{0,15})|-(\d{1,15}))$/.exec(header?.trim() ?? '') ?? []
  if (suffix !== undefined) return { suffix: Number(suffix) }
  if (start === undefined || end === undefined) return undefined
  if (end === '') return { start: Number(start) }
  return Number(end) < Number(start) ? undefined : { start: Number(start), end: Number(end) }
}

/** `response-content-type=…` and its like in the query replace the header of the answer. */
function overrides({ request }: S3Call): Record<string, string> {
  const prefix = 'response-'
  const given = [...request.query].filter(([name]) => name.startsWith(prefix))
  return Object.fromEntries(given.map(([name, value]) => [name.slice(prefix.length), value]))
}

function notModified(head: ObjectHead): Answer {
  return { status: 304, headers: { etag: head.etag, 'last-modified': head.lastModified.toUTCString() } }
}

function invalidRange({ request }: S3Call, size: number): S3Error {
  return new S3Error(416, 'InvalidRange', 'The requested range is not satisfiable', {
    RangeRequested: singleHeader(request, 'range') ?? '',
    ActualObjectSize: String(size),
  })
}
