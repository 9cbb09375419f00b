import type { DecodeReason } from '../cloudwatch/failure.js'

/** What one invocation of `ingest` did: counts and sizes only, never any part of a message. */
export interface IngestReport {
  /** Payloads that carried events. */
  batches: number
  /** Events in rows of the landing object. */
  events: number
  /** Compressed bytes received and Parquet bytes written. */
  bytesIn: number
  bytesOut: number
  /** Events whose object another attempt or delivery had written, or that stood twice in the batch. */
  duplicates: number
  controlMessages: number
  /** Objects written to the quarantine, by reason. */
  quarantined: Partial<Record<QuarantineReason, number>>
  /** Matches replaced, by identifier. */
  redactions: Record<string, number>
  /** Events of Tailrace's own groups. */
  refused: number
  /** Events left out by `sample`. */
  sampled: number
  metrics: MetricReport
  /** From the earliest arrival at CloudWatch Logs to now, in ms; null without events. */
  lagMs: number | null
  putMs: number | null
  key: string | null
  created: boolean
}

/** What the metric filters found, of an object that this attempt created. */
export interface MetricReport {
  /** EMF documents printed. */
  readonly documents: number
  /** Data points in none of them: beyond the limit on dimensions or on series. */
  readonly capped: number
  /** Data points in none of them: of a minute more than two weeks past or two hours ahead. */
  readonly late: number
}

/** `id-conflict`: an id that stands twice in one batch with different messages. */
export type QuarantineReason = DecodeReason | 'id-conflict'

export function emptyReport(): IngestReport {
  return {
    batches: 0,
    events: 0,
    bytesIn: 0,
    bytesOut: 0,
    duplicates: 0,
    controlMessages: 0,
    quarantined: {},
    redactions: {},
    refused: 0,
    sampled: 0,
    metrics: { documents: 0, capped: 0, late: 0 },
    lagMs: null,
    putMs: null,
    key: null,
    created: false,
  }
}
