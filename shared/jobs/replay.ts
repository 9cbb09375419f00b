/**
 * Replays what the raw bucket keeps through ingest itself, so to the landing keys that a first delivery would have had:
 * once, many times and concurrently come to the same. An object is deleted after everything in it is landed, quarantined
 * under another key, or a counted drop; one whose events are still in no better place stays where it is.
 */
import { type IngestAttempt, IngestFailed } from '../pipeline/ingest.js'
import type { IngestReport } from '../pipeline/report.js'
import type { StoredText } from '../pipeline/rows.js'
import { NotFound } from '../store/errors.js'
import type { ObjectEntry, ObjectStore } from '../store/object-store.js'
import { prefixesOf, type ReplayReason, reasonOfKey, replaySource, type Unreplayable } from './replay-source.js'

export interface ReplayDependencies {
  /** The raw bucket. */
  readonly raw: Pick<ObjectStore, 'get' | 'list' | 'delete'>
  readonly ingest: (event: unknown, attempt: IngestAttempt) => Promise<IngestReport>
  /** How the lake has events that were imported before. */
  readonly storedTexts: (event: unknown, signal?: AbortSignal) => Promise<StoredText>
  /** Keys that `ingest` has put into the raw bucket, or found there. */
  readonly quarantined: Set<string>
  /** Name of the ingest function. */
  readonly functionName: string
}

export interface ReplaySelection {
  /** None for all. */
  readonly reasons: readonly ReplayReason[]
  /** When the object was written, ms since the epoch, the end excluded; null for no bound. */
  readonly since: number | null
  readonly until: number | null
}

export interface ReplayOptions extends ReplaySelection {
  /** Unique to this run. */
  readonly attemptId: string
  readonly signal?: AbortSignal
  /** No further object is begun once it is true. */
  readonly isTimeUp?: () => boolean
  readonly onProgress?: (report: ReplayReport) => void
}

/** Counts of objects unless they say otherwise; never any part of a message. */
export interface ReplayReport {
  found: number
  /** Everything in them is safe, and they are gone. */
  replayed: number
  /** Another replay was first. */
  gone: number
  /** Still where they were: by why they cannot be replayed, `still-bad` when ingest cannot read them today either. */
  left: Partial<Record<Unreplayable | 'still-bad', number>>
  /** A store failed: they are still there, and trying again is right. */
  failed: number
  /** Rows landed, and events that had landed before or stood twice. */
  events: number
  duplicates: number
  /** Events of Tailrace's own groups, and those that `sample` leaves out. */
  refused: number
  sampled: number
  /** Objects written to the quarantine. */
  quarantined: number
  /** The time was up, or the stores kept failing; the rest is for the next run. */
  stopped: boolean
}

/** Some objects could not be replayed because a store failed. All that could be was. */
export class ReplayFailed extends Error {
  readonly report: ReplayReport
  constructor(report: ReplayReport, causes: readonly unknown[]) {
    const messages = [...new Set(causes.map(cause => (cause instanceof Error ? cause.message : String(cause))))]
    super(`replay: ${report.failed} of ${report.found} objects failed: ${messages.slice(0, 3).join('; ')}`, {
      cause: causes.length === 1 ? causes[0] : new AggregateError(causes),
    })
    this.name = 'ReplayFailed'
    this.report = report
  }
}

const parallelObjects = 4

/** A store that is down is not asked for each of a thousand objects. */
const maxFailuresTogether = 12

/** @throws ReplayFailed when a store failed for any object, or for the listing */
export async function replay(options: ReplayOptions, deps: ReplayDependencies): Promise<ReplayReport> {
  const run: Run = { report: emptyReplayReport(), causes: [], failuresTogether: 0 }
  const { report } = run
  const entries = selectObjects(options, deps.raw, options.signal)
  const worker = async () => {
    while (true) {
      if (run.failuresTogether >= maxFailuresTogether || options.isTimeUp?.() === true) {
        report.stopped = true
        return
      }
      const next = await entries.next()
      if (next.done === true) return
      report.found++
      await replayOne(next.value, run, options, deps)
      options.onProgress?.(report)
    }
  }
  const workers = await Promise.allSettled(Array.from({ length: parallelObjects }, worker))
  // Only the listing fails a worker; they all share it.
  const listing = workers.find(result => result.status === 'rejected')
  if (listing !== undefined) run.causes.push(listing.reason)
  if (run.causes.length > 0) throw new ReplayFailed(report, run.causes)
  return report
}

interface Run {
  readonly report: ReplayReport
  readonly causes: unknown[]
  /** Since the last object that went well. */
  failuresTogether: number
}

async function replayOne(
  { key }: ObjectEntry,
  run: Run,
  options: ReplayOptions,
  deps: ReplayDependencies,
): Promise<void> {
  const { report } = run
  const signal = options.signal === undefined ? {} : { signal: options.signal }
  try {
    const source = replaySource(await deps.raw.get(key, signal), deps.functionName)
    if ('unreplayable' in source) {
      report.left[source.unreplayable] = (report.left[source.unreplayable] ?? 0) + 1
      return
    }
    const storedText = await deps.storedTexts(source.event, options.signal)
    const attemptId = `${options.attemptId}/${key}`
    const ingested = await deps.ingest(source.event, { attemptId, storedText, ...signal })
    addIngested(report, ingested)
    if (deps.quarantined.has(key)) {
      report.left['still-bad'] = (report.left['still-bad'] ?? 0) + 1
      return
    }
    await deps.raw.delete([key], signal)
    report.replayed++
    run.failuresTogether = 0
  } catch (error) {
    if (error instanceof NotFound && error.key === key) {
      report.gone++
      return
    }
    if (error instanceof IngestFailed) addIngested(report, error.report)
    report.failed++
    run.failuresTogether++
    run.causes.push(error)
  }
}

function addIngested(report: ReplayReport, ingested: IngestReport): void {
  report.events += ingested.events
  report.duplicates += ingested.duplicates
  report.refused += ingested.refused
  report.sampled += ingested.sampled
  report.quarantined += Object.values(ingested.quarantined).reduce((sum, count) => sum + count, 0)
}

/** Those of the raw bucket that the selection means, in the order of their keys within each prefix. */
export async function* selectObjects(
  { reasons, since, until }: ReplaySelection,
  raw: Pick<ObjectStore, 'list'>,
  signal?: AbortSignal,
): AsyncGenerator<ObjectEntry> {
  for (const prefix of prefixesOf(reasons)) {
    for await (const entry of raw.list(prefix, signal === undefined ? {} : { signal })) {
      const reason = reasonOfKey(entry.key)
      const written = entry.lastModified.getTime()
      if (reason === null || (reasons.length > 0 && !reasons.includes(reason))) continue
      if ((since !== null && written < since) || (until !== null && written >= until)) continue
      yield entry
    }
  }
}

export function emptyReplayReport(): ReplayReport {
  return {
    found: 0,
    replayed: 0,
    gone: 0,
    left: {},
    failed: 0,
    events: 0,
    duplicates: 0,
    refused: 0,
    sampled: 0,
    quarantined: 0,
    stopped: false,
  }
}
