/**
 * What cannot be stored in the log table is kept as it came, in the raw bucket: `quarantine/<reason>/<first 24 hex digits
 * of sha256(body)>`. The key depends on the body alone, so a retry writes nothing twice.
 */
import { createHash } from 'node:crypto'
import { type PutOnceOptions, putOnce } from '../lake/put-once.js'
import type { ObjectWriter } from '../store/object-store.js'
import type { QuarantineReason } from './report.js'

export interface QuarantineItem {
  readonly reason: QuarantineReason
  /** Sizes, positions and member names; never any part of a message. */
  readonly detail: string
  /** `lambda`, or the Kinesis event id. */
  readonly source: string
  /**
   * `base64`: compressed payload as received. `json`: a payload cut down to the events in question. `event`: the whole
   * invocation event.
   */
  readonly encoding: 'base64' | 'json' | 'event'
  readonly body: string
}

export async function quarantine(
  store: ObjectWriter,
  item: QuarantineItem,
  options: Omit<PutOnceOptions, 'metadata' | 'contentType'>,
): Promise<void> {
  const body = Buffer.from(item.body, 'utf8')
  const key = `quarantine/${item.reason}/${createHash('sha256').update(body).digest('hex').slice(0, 24)}`
  const metadata = {
    reason: item.reason,
    detail: asciiOnly(item.detail),
    source: asciiOnly(item.source),
    encoding: item.encoding,
  }
  const contentType = item.encoding === 'base64' ? 'text/plain' : 'application/json'
  await putOnce(store, key, body, { ...options, metadata, contentType })
}

/** S3 user metadata is ASCII, 2 KB in all. */
function asciiOnly(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 400)
}
