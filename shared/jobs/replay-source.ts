/**
 * What the raw bucket keeps → the invocation that it was. Two kinds of objects (docs/decisions/0011 and 0043): records that
 * Lambda wrote of deliveries that failed to the end, and what ingest could not decode.
 */
import { gzipSync } from 'node:zlib'
import type { StoredObject } from '../store/object-store.js'

/** Where they stand. `failed/` is a layout that Lambda does not use and other destinations may. */
const failedPrefixes = ['aws/lambda/', 'failed/'] as const
const quarantinePrefix = 'quarantine/'

/**
 * Why an object is there: `failed-async` and `failed-stream` are deliveries that failed to the end, of an asynchronous
 * invocation and of a Kinesis batch; everything else is the reason that ingest gave.
 */
export type ReplayReason = string

/** Null for a key that is neither. */
export function reasonOfKey(key: string): ReplayReason | null {
  if (key.startsWith('aws/lambda/async/') || key.startsWith('failed/')) return 'failed-async'
  if (key.startsWith('aws/lambda/')) return 'failed-stream'
  return /^quarantine\/([a-z0-9-]{1,40})\/./.exec(key)?.[1] ?? null
}

/** Prefixes under which objects of these reasons stand; of all of them without any. */
export function prefixesOf(reasons: readonly ReplayReason[]): readonly string[] {
  if (reasons.length === 0) return [...failedPrefixes, quarantinePrefix]
  const isFailed = (reason: string) => reason.startsWith('failed-')
  const quarantined = reasons.filter(reason => !isFailed(reason)).map(reason => `${quarantinePrefix}${reason}/`)
  return [...(reasons.some(isFailed) ? failedPrefixes : []), ...quarantined]
}

/** Why an object is not even tried. */
export type Unreplayable =
  /** Not the JSON that Lambda writes. */
  | 'not-a-record'
  /** Says what failed and does not hold it: for a Kinesis batch, positions in a stream that may have forgotten them. */
  | 'no-payload'
  /** A failed invocation of another function. */
  | 'other-function'
  /** Two messages under one event id: landing the second would make readers show either. */
  | 'id-conflict'

export type ReplaySource = { readonly event: unknown } | { readonly unreplayable: Unreplayable }

/** @param functionName of ingest: its failed invocations are replayed, no others */
export function replaySource({ key, body, metadata }: StoredObject, functionName: string): ReplaySource {
  const reason = reasonOfKey(key)
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')
  if (reason === 'failed-async' || reason === 'failed-stream') return failedSource(text, functionName)
  if (reason === 'id-conflict') return { unreplayable: 'id-conflict' }
  switch (metadata.encoding) {
    case 'event': {
      const event = parseJson(text)
      return event === undefined ? { unreplayable: 'not-a-record' } : { event }
    }
    case 'json':
      return { event: recordEvent(gzipSync(text).toString('base64'), metadata.source) }
    default:
      return { event: recordEvent(text, metadata.source) }
  }
}

/** The record as it came in: what stays undecodable is quarantined again with the source that it had. */
function recordEvent(data: string, source = 'lambda'): unknown {
  return source === 'lambda' ? { awslogs: { data } } : { Records: [{ eventID: source, kinesis: { data } }] }
}

/**
 * Lambda developer guide, "Capturing records of Lambda asynchronous invocations": the event is `requestPayload`. "Retain
 * discarded batch records for a Kinesis Data Streams event source": for S3 destinations the event stands in `payload`, as
 * text.
 */
function failedSource(text: string, functionName: string): ReplaySource {
  const record = parseJson(text)
  if (typeof record !== 'object' || record === null) return { unreplayable: 'not-a-record' }
  const { requestContext, requestPayload, payload } = record as Readonly<Record<string, unknown>>
  if (typeof requestContext !== 'object' || requestContext === null) return { unreplayable: 'not-a-record' }
  const { functionArn } = requestContext as { readonly functionArn?: unknown }
  if (/:function:([^:]+)/.exec(String(functionArn))?.[1] !== functionName) return { unreplayable: 'other-function' }
  const event = requestPayload ?? (typeof payload === 'string' ? parseJson(payload) : payload)
  return event === undefined || event === null ? { unreplayable: 'no-payload' } : { event }
}

/** What is known of an object without what it holds: why Lambda gave up, or what ingest found wrong. */
export function replayDetail({ key, body, metadata }: StoredObject): string {
  if (!(reasonOfKey(key) ?? '').startsWith('failed-')) return metadata.detail ?? ''
  const record = parseJson(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'))
  const { requestContext, responsePayload } = Object(record) as Readonly<Record<string, Record<string, unknown>>>
  const { condition, approximateInvokeCount: attempts } = Object(requestContext) as Readonly<Record<string, unknown>>
  const { errorType } = Object(responsePayload) as Readonly<Record<string, unknown>>
  const parts = [word(condition), word(errorType), Number.isInteger(attempts) ? `${attempts} attempts` : null]
  return parts.filter(part => part !== null).join(', ')
}

/** Names of conditions and error classes; anything else could be payload. */
function word(value: unknown): string | null {
  return typeof value === 'string' && /^[A-Za-z][A-Za-z0-9_.]{0,60}$/.test(value) ? value : null
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
