/**
 * What Lambda hands to a function behind a subscription → the records in it. Direct: `{ awslogs: { data } }`, base64 of
 * one compressed payload. Kinesis: `{ Records: [{ kinesis: { data } }] }`, base64 of one compressed payload each.
 */
import { decodeBase64 } from './decompress.js'
import { type DecodeFailure, failure } from './failure.js'

export interface SourceRecord {
  /** The compressed bytes, or why there are none. */
  readonly bytes: Uint8Array | DecodeFailure
  /** What arrived, for the quarantine: the base64 text. */
  readonly raw: string
  /** `lambda`, or the Kinesis event id (shard and sequence number). */
  readonly source: string
}

/** The records of an invocation in order, or why the event is neither of the two shapes. */
export function recordsOf(event: unknown): readonly SourceRecord[] | DecodeFailure {
  const { awslogs, Records: records } = (event ?? {}) as { awslogs?: { data?: unknown } | null; Records?: unknown }
  if (typeof awslogs === 'object' && awslogs !== null) return [recordOf(awslogs.data, 'lambda', 'awslogs.data')]
  if (Array.isArray(records) && records.every(isKinesisRecord)) {
    return records.map((record, index) =>
      recordOf(record.kinesis.data, String(record.eventID ?? index), `Records[${index}].kinesis.data`),
    )
  }
  return failure('event', 'neither awslogs.data nor Records[].kinesis')
}

function recordOf(data: unknown, source: string, where: string): SourceRecord {
  if (typeof data === 'string') return { bytes: decodeBase64(data), raw: data, source }
  return { bytes: failure('base64', `${where} is not text`), raw: JSON.stringify(data) ?? '', source }
}

interface KinesisRecord {
  readonly eventID?: unknown
  readonly kinesis: { readonly data?: unknown }
}

function isKinesisRecord(record: unknown): record is KinesisRecord {
  const { kinesis } = (record ?? {}) as { kinesis?: unknown }
  return typeof kinesis === 'object' && kinesis !== null
}
