/**
 * The ingest use case: one invocation's event → one landing object, with everything that cannot land in the quarantine.
 * Both kinds of object have keys that every attempt computes alike, so a failed invocation is retried as a whole.
 */
import { type Decoded, decodeRecord } from '../cloudwatch/decode.js'
import { recordsOf, type SourceRecord } from '../cloudwatch/lambda-event.js'
import type { SubscriptionPayload } from '../cloudwatch/payload.js'
import type { RedactionCounts } from '../enrich/redactor.js'
import { StreamCounter, streamsKey } from '../lake/landed-streams.js'
import { landingKey } from '../lake/landing-key.js'
import { putOnce } from '../lake/put-once.js'
import type { DimensionLimit } from '../metrics/dimension-limit.js'
import { MetricCounts } from '../metrics/metric-counts.js'
import { metricDocuments } from '../metrics/metric-documents.js'
import { encodeMetrics, metricsKey } from '../metrics/metrics-footer.js'
import type { BufferPool } from '../parquet/buffer-pool.js'
import type { Codec } from '../parquet/chunk.js'
import { maxTimestamp, minTimestamp, schemaVersion } from '../parquet/schema.js'
import { LogFileBuilder } from '../parquet/write.js'
import type { ObjectWriter } from '../store/object-store.js'
import type { CompiledGroup } from './group.js'
import { type QuarantineItem, quarantine } from './quarantine.js'
import { emptyReport, type IngestReport, type MetricReport } from './report.js'
import { appendRows, distinctEvents, type StoredText } from './rows.js'

export interface IngestDependencies {
  /** The main bucket, below its prefix. */
  readonly store: ObjectWriter
  /** The raw bucket. */
  readonly raw: ObjectWriter
  readonly groupOf: (logGroup: string) => CompiledGroup
  /** Where metric data goes; without it, counts stand in the landing object only. */
  readonly metrics?: MetricSink
  readonly isOwnGroup: (logGroup: string) => boolean
  readonly codec: Codec
  readonly buffers: BufferPool
  /** Region of the function. */
  readonly region: string
  /** The most bytes that one record may inflate to. */
  readonly maxDecodedBytes: number
  /** ms since the epoch. */
  readonly now: () => number
  readonly sleep: (ms: number) => Promise<void>
}

export interface MetricSink {
  readonly limit: DimensionLimit
  /** Prints a document in the embedded metric format as a line of its own. */
  readonly emit: (document: Readonly<Record<string, unknown>>) => void
}

export interface IngestAttempt {
  /** Unique to this attempt, also among Lambda's retries of one request. */
  readonly attemptId: string
  /** Gives up before Lambda would kill the function. */
  readonly signal?: AbortSignal
  /** Of a replay: events land as the lake has them. */
  readonly storedText?: StoredText
}

/** The invocation failed: what it did until then, and why. Trying the whole event again is right. */
export class IngestFailed extends Error {
  readonly report: IngestReport
  /** @param signal of the attempt: a cause that is its reason says nothing of what was under way */
  constructor(report: IngestReport, causes: readonly unknown[], signal?: AbortSignal) {
    const names = causes.map(cause => {
      if (signal?.aborted && cause === signal.reason) return 'the store had not answered when the time was up'
      return cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)
    })
    super(`ingest: ${[...new Set(names)].join('; ')}`, {
      cause: causes.length === 1 ? causes[0] : new AggregateError(causes),
    })
    this.name = 'IngestFailed'
    this.report = report
  }
}

/**
 * Lands an invocation's events. Returns when each of them is in the landing object, in the quarantine, or a counted
 * drop (refused, sampled, repeated).
 * @throws IngestFailed when the store failed for any of them
 */
export async function ingest(event: unknown, attempt: IngestAttempt, deps: IngestDependencies): Promise<IngestReport> {
  const batch = collect(event, deps, attempt.storedText)
  const { report } = batch
  const options = { ...attempt, sleep: deps.sleep }
  const setAside = batch.quarantine.map(async item => {
    await quarantine(deps.raw, item, options)
    report.quarantined[item.reason] = (report.quarantined[item.reason] ?? 0) + 1
  })
  const settled = await Promise.allSettled([...setAside, land(batch, attempt, deps)])
  const causes = settled.flatMap(result => (result.status === 'rejected' ? [result.reason] : []))
  if (causes.length > 0) throw new IngestFailed(report, causes, attempt.signal)
  return report
}

interface Batch {
  readonly builder: LogFileBuilder
  readonly payloads: SubscriptionPayload[]
  readonly metrics: MetricCounts
  readonly groups: Map<string, GroupSummary>
  readonly streams: StreamCounter
  /** Of all events delivered, sampled out or not: part of the key. */
  min: number
  max: number
  readonly quarantine: QuarantineItem[]
  readonly report: IngestReport
}

/** Stands in the footer of the landing object, by group. */
interface GroupSummary {
  readonly rows: number
  /** Event times, ms. */
  readonly min: number
  readonly max: number
  /** Names the redaction that the rows went through. */
  readonly redaction: string
}

function collect(event: unknown, deps: IngestDependencies, storedText: StoredText | undefined): Batch {
  const batch: Batch = {
    builder: new LogFileBuilder(deps.buffers),
    payloads: [],
    metrics: new MetricCounts(),
    groups: new Map(),
    streams: new StreamCounter(),
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
    quarantine: [],
    report: emptyReport(),
  }
  const redactions: RedactionCounts = new Map()
  const records = recordsOf(event)
  if ('reason' in records) {
    batch.quarantine.push({
      ...records,
      source: 'lambda',
      encoding: 'event',
      body: JSON.stringify(event) ?? 'undefined',
    })
    return batch
  }
  for (const record of records) collectRecord(batch, record, redactions, deps, storedText)
  batch.report.redactions = Object.fromEntries(redactions)
  return batch
}

function collectRecord(
  batch: Batch,
  record: SourceRecord,
  redactions: RedactionCounts,
  deps: IngestDependencies,
  storedText: StoredText | undefined,
): void {
  const { report } = batch
  const decoded: Decoded =
    'reason' in record.bytes
      ? { kind: 'failure', failure: record.bytes }
      : decodeRecord(record.bytes, { maxDecodedBytes: deps.maxDecodedBytes, minTimestamp, maxTimestamp })
  report.bytesIn += 'reason' in record.bytes ? record.raw.length : record.bytes.length
  if (decoded.kind === 'control') report.controlMessages++
  else if (decoded.kind === 'failure') {
    batch.quarantine.push({ ...decoded.failure, source: record.source, encoding: 'base64', body: record.raw })
  } else {
    const { malformed, payload } = decoded
    if (deps.isOwnGroup(payload.logGroup)) {
      report.refused += payload.logEvents.length + (malformed?.events.length ?? 0)
      return
    }
    if (malformed !== null) {
      const body = JSON.stringify({ ...malformed.envelope, logEvents: malformed.events })
      batch.quarantine.push({ ...malformed.failure, source: record.source, encoding: 'json', body })
    }
    collectPayload(batch, payload, record.source, redactions, deps, storedText)
  }
}

function collectPayload(
  batch: Batch,
  payload: SubscriptionPayload,
  source: string,
  redactions: RedactionCounts,
  deps: IngestDependencies,
  storedText: StoredText | undefined,
): void {
  const { report, builder } = batch
  if (payload.logEvents.length === 0) return
  report.batches++
  const { distinct, repeated, conflicting } = distinctEvents(payload.logEvents)
  report.duplicates += repeated
  if (conflicting.length > 0) {
    const { unknown, ...envelope } = payload
    const body = JSON.stringify({ ...envelope, ...unknown, logEvents: conflicting })
    const detail = `${conflicting.length} of ${payload.logEvents.length} events repeat an id with another message`
    batch.quarantine.push({ reason: 'id-conflict', detail, source, encoding: 'json', body })
  }
  const group = deps.groupOf(payload.logGroup)
  const rows = { ...payload, logEvents: distinct }
  batch.streams.payload(payload.logGroup, payload.logStream, distinct)
  const counts = appendRows(builder, batch.streams, rows, group, deps.region, redactions, batch.metrics, storedText)
  batch.payloads.push(payload)
  report.sampled += counts.sampled
  if (Number.isFinite(counts.earliestArrival)) {
    report.lagMs = Math.max(report.lagMs ?? 0, deps.now() - counts.earliestArrival)
  }
  const { min, max } = timeRange(payload)
  batch.min = Math.min(batch.min, min)
  batch.max = Math.max(batch.max, max)
  if (counts.rows === 0) return
  const before = batch.groups.get(payload.logGroup)
  batch.groups.set(payload.logGroup, {
    rows: counts.rows + (before?.rows ?? 0),
    min: Math.min(min, before?.min ?? min),
    max: Math.max(max, before?.max ?? max),
    redaction: group.redactor?.fingerprint ?? '',
  })
}

function timeRange(payload: SubscriptionPayload): { readonly min: number; readonly max: number } {
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  for (const { timestamp } of payload.logEvents) {
    if (timestamp < min) min = timestamp
    if (timestamp > max) max = timestamp
  }
  return { min, max }
}

async function land(batch: Batch, attempt: IngestAttempt, deps: IngestDependencies): Promise<void> {
  const { builder, report } = batch
  const metrics = encodeMetrics(batch.metrics)
  const streams = batch.streams.encode()
  // The sample may have left nothing but what its events count for.
  if (builder.rows === 0 && metrics === null) return
  const body = builder.finish(deps.codec, {
    'tailrace.schema-version': String(schemaVersion),
    'tailrace.rows': String(builder.rows),
    'tailrace.groups': JSON.stringify(Object.fromEntries(batch.groups)),
    ...(streams === null ? {} : { [streamsKey]: streams }),
    ...(metrics === null ? {} : { [metricsKey]: metrics }),
  })
  report.key = landingKey(batch.payloads, batch.min, batch.max)
  const began = deps.now()
  const outcome = await putOnce(deps.store, report.key, body, {
    ...attempt,
    contentType: 'application/vnd.apache.parquet',
    sleep: deps.sleep,
  })
  report.putMs = deps.now() - began
  if (outcome === 'existed') {
    report.duplicates += builder.rows
    return
  }
  report.created = true
  report.events = builder.rows
  report.bytesOut = body.length
  if (deps.metrics !== undefined) report.metrics = emitMetrics(batch.metrics, deps.metrics, deps.now())
}

function emitMetrics(counts: MetricCounts, sink: MetricSink, now: number): MetricReport {
  const { documents, capped, late } = metricDocuments(counts, sink.limit, now)
  for (const document of documents) sink.emit(document)
  return { documents: documents.length, capped: capped + counts.omitted, late }
}
