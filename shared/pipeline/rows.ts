/** The events of one payload → rows: redacted first, then recognised, so that no field holds what the message must not. */
import { unknownEventMembers } from '../cloudwatch/decode.js'
import { createEventIdSplitter } from '../cloudwatch/event-id.js'
import type { LogEvent, SubscriptionPayload } from '../cloudwatch/payload.js'
import type { Fields } from '../enrich/format.js'
import { createLine } from '../enrich/line.js'
import { redactValue } from '../enrich/redact/redact-value.js'
import type { RedactionCounts } from '../enrich/redactor.js'
import type { StreamCounter } from '../lake/landed-streams.js'
import type { MetricCounts } from '../metrics/metric-counts.js'
import { emptyRow, type LogRow } from '../parquet/schema.js'
import type { LogFileBuilder } from '../parquet/write.js'
import type { CompiledGroup } from './group.js'
import { isSampled, sampledBy } from './sample.js'

export interface RowCounts {
  rows: number
  sampled: number
  /** Earliest arrival of an event at CloudWatch Logs, ms; infinite while unknown. */
  earliestArrival: number
}

/** The message of an event as the lake has it already, redacted by the rules of that time; undefined where it has none. */
export type StoredText = (payload: SubscriptionPayload, event: LogEvent) => string | undefined

type Members = Readonly<Record<string, unknown>>
type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }

/**
 * One row object serves all events: the builder copies what it is given.
 * @param streams counts what is stored
 * @param metrics counts what the metric filters of the group find
 * @param defaultRegion region of the function, which is the region of every group that can be subscribed to it
 * @param storedText for a replay
 */
export function appendRows(
  builder: LogFileBuilder,
  streams: StreamCounter,
  payload: SubscriptionPayload,
  group: CompiledGroup,
  defaultRegion: string,
  redactions: RedactionCounts,
  metrics: MetricCounts,
  storedText?: StoredText,
): RowCounts {
  const { logGroup, logStream, owner, logEvents } = payload
  const counts: RowCounts = { rows: 0, sampled: 0, earliestArrival: Number.POSITIVE_INFINITY }
  const splitId = createEventIdSplitter()
  const row: Mutable<LogRow> = { ...emptyRow, retention: group.retentionDays }
  row.log_group = logGroup.toWellFormed()
  row.log_stream = logStream.toWellFormed()
  const account = owner.toWellFormed()
  for (const event of logEvents) {
    const { timestamp } = event
    const id = event.id ?? ''
    const isKept = isSampled(sampledBy(event), group.sample)
    if (!isKept) {
      counts.sampled++
      if (group.filters === null) continue
    }
    const found = isKept ? redactions : new Map()
    const stored = storedText?.(payload, event)
    const original = stored ?? (group.redactor === null ? event.message : group.redactor.redact(event.message, found))
    const message = original.toWellFormed()
    const line = createLine(message, logGroup, logStream)
    // What the sample leaves out counts for metrics all the same.
    if (group.filters !== null) metrics.count(group.filters, timestamp, line)
    if (!isKept) continue
    const { format, parsed } = group.recognise(line)
    const parts = splitId(id, timestamp)
    const arrival = parts === null ? null : parts.arrival
    if (arrival !== null && arrival < counts.earliestArrival) counts.earliestArrival = arrival
    const members = unknownEventMembers(event)
    row.timestamp = timestamp
    row.message = message
    row.arrival = arrival
    row.id_random = parts === null ? null : parts.random
    row.id_index = parts === null ? null : parts.index
    row.id_raw = parts === null && id !== '' ? id : null
    row.account_id = systemField('@aws.account', members, payload.unknown) ?? account
    row.region = systemField('@aws.region', members, payload.unknown) ?? defaultRegion
    row.format = format
    row.level = parsed.level
    row.request_id = parsed.requestId
    row.trace_id = parsed.traceId
    row.fields = storedFields(parsed.fields)
    row.extra = extraOf(payload.unknown, members, original === message ? null : original, group, redactions)
    builder.push(row)
    streams.add(row.account_id, row.log_group, row.log_stream, timestamp, message)
    counts.rows++
  }
  if (group.filters !== null) metrics.flush(group.filters)
  return counts
}

/** Null for what `plain-lines.ts` finds in the message again. */
function storedFields(fields: Fields | null): Fields | null {
  return fields !== null && 'text' in fields && fields.isPlain === true ? null : fields
}

/** What `account_id` of the event's row is. */
export function accountOf(event: LogEvent, { owner, unknown }: SubscriptionPayload): string {
  return systemField('@aws.account', unknownEventMembers(event), unknown) ?? owner
}

/**
 * `@aws.account` and `@aws.region`, which a subscription filter or policy with `emitSystemFields` adds. Where they stand
 * is not documented: the event, its `extractedFields` and the envelope are all looked at.
 */
function systemField(name: string, event: Members | null, envelope: Members | null): string | null {
  if (event === null && envelope === null) return null
  const extracted = event?.extractedFields as Members | undefined
  for (const members of [event, typeof extracted === 'object' ? extracted : null, envelope]) {
    const value = members?.[name]
    if (typeof value === 'string' && value !== '') return value.toWellFormed()
  }
  return null
}

/** JSON of the members that no column holds; `@message` keeps, escaped, a message that is not well-formed Unicode. */
function extraOf(
  envelope: Members | null,
  event: Members | null,
  illFormed: string | null,
  group: CompiledGroup,
  redactions: RedactionCounts,
): string | null {
  if (envelope === null && event === null && illFormed === null) return null
  const members = { ...envelope, ...event }
  const redacted = group.redactor === null ? members : redactValue(members, group.redactor, redactions)
  return JSON.stringify(illFormed === null ? redacted : { ...(redacted as Members), '@message': illFormed })
}

/**
 * The events of a payload without those that stand in it twice. CloudWatch Logs sends ids in ascending order, so the
 * table is made only for a payload that is not.
 *
 * @returns the distinct events, the number of exact repetitions, and events that carry another event's id
 */
export function distinctEvents(events: readonly LogEvent[]): {
  readonly distinct: readonly LogEvent[]
  readonly repeated: number
  readonly conflicting: readonly LogEvent[]
} {
  if (isAscending(events)) return { distinct: events, repeated: 0, conflicting: [] }
  const messages = new Map<string, string>()
  const distinct: LogEvent[] = []
  const conflicting: LogEvent[] = []
  let repeated = 0
  for (const event of events) {
    const known = event.id ? messages.get(event.id) : undefined
    if (known === undefined) {
      if (event.id) messages.set(event.id, event.message)
      distinct.push(event)
    } else if (known === event.message) repeated++
    else conflicting.push(event)
  }
  return { distinct, repeated, conflicting }
}

function isAscending(events: readonly LogEvent[]): boolean {
  for (let index = 1; index < events.length; index++) {
    const id = events[index]!.id
    const before = events[index - 1]!.id
    if (!id || !before || !(before < id)) return false
  }
  return true
}
