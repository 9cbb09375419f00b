/**
 * Finished exports → landing, through ingest itself, with every event of the lake and of the export once: what the lake
 * holds already is left out (`import-match.ts`), what it does not is landed without an id, in as many copies as the rule
 * for events without ids asks for. Many streams share a landing object. Where the import has come to is written down after
 * each object, so that it goes on from there; doing a part again finds its own rows in the lake.
 */
import { deflateSync } from 'node:zlib'
import { groupBy } from '../iceberg/group-by.js'
import { type IngestAttempt, IngestFailed } from '../pipeline/ingest.js'
import type { IngestReport } from '../pipeline/report.js'
import { isSampled, sampledBy } from '../pipeline/sample.js'
import type { ObjectEntry, ObjectStore } from '../store/object-store.js'
import { ExportUnreadable, NoExport } from './errors.js'
import { exportFolder, type StreamNames } from './export-streams.js'
import type { HeldEvent, HeldEvents } from './held-events.js'
import { type ExportedEvent, type ExportedRange, readExportFile } from './import-lines.js'
import { missingEvents, type Readings } from './import-match.js'
import { readState, type StateStore, writeState } from './job-state.js'
import { sortedEvents } from './sorted-events.js'

export interface ImportSource {
  /** Where the files are, with its slash at the end: `<prefix>/<task id>/`. */
  readonly prefix: string
  readonly account: string
  readonly logGroup: string
  /** Null when it is not known. */
  readonly range: ExportedRange | null
}

export interface ImportDependencies {
  /** Where the exported files are. */
  readonly source: Pick<ObjectStore, 'get' | 'list'>
  readonly ingest: (event: unknown, attempt: IngestAttempt) => Promise<IngestReport>
  readonly held: HeldEvents
  readonly streams: StreamNames
  /** Of the group's messages. */
  readonly readings: Readings
  /** Share of the group's events that is kept. */
  readonly sample: number
  /** The main bucket, for `state/`. */
  readonly state: StateStore
  /** Key below `state/` of where this import has come to. */
  readonly stateKey: string
  /** A folder on the disk. */
  readonly scratch: string
  /** The most characters in one landing object, 16 million when not given. */
  readonly maxChars?: number
}

export interface ImportOptions {
  readonly attemptId: string
  readonly signal?: AbortSignal
  readonly isTimeUp?: () => boolean
  readonly onProgress?: (report: ImportReport) => void
}

export interface ImportReport {
  /** Folders and files read to the end, in all runs. */
  streams: number
  files: number
  /** Events in them. */
  events: number
  /** Rows landed: missing events, and copies of those that the lake holds beside them. */
  landed: number
  /** Events that the lake had. */
  known: number
  /** Events that the sample leaves out, and those of hours that were delivered: which of them it left out is not known. */
  sampledOut: number
  /** Folders whose stream is not known for sure. */
  assumedStreams: number
  /** Files that are no exports, or not whole: what can be read of them is landed. */
  unreadable: string[]
  landingObjects: number
  isComplete: boolean
}

const defaultMaxChars = 16_000_000
const maxStreamsPerObject = 500
const charsPerEvent = 64
const msPerHour = 3_600_000

/** Where an import has come to: behind this folder, and so many parts of the one after it. */
interface Cursor {
  readonly after: string
  readonly parts: number
}

/** A folder's events from one cut to the next: never in the middle of a millisecond. */
interface Part {
  readonly folder: string
  readonly index: number
  readonly isLast: boolean
  readonly files: number
  readonly events: readonly ExportedEvent[]
}

/** @throws IngestFailed, ObjectStoreError or LogsCallFailed; what had landed is remembered. NoExport */
export async function importExport(
  source: ImportSource,
  options: ImportOptions,
  deps: ImportDependencies,
): Promise<ImportReport> {
  const stored = await readState(deps.state, deps.stateKey)
  const left = stored.value as { readonly cursor: Cursor; readonly report: ImportReport } | undefined
  // What was done before may be of files that have changed since, and is cheap to find done.
  const before = left?.report.isComplete === true ? undefined : left
  const report = before?.report ?? emptyImportReport()
  let etag = stored.etag
  let cursor: Cursor = before?.cursor ?? { after: '', parts: 0 }
  let batch: Part[] = []
  let chars = 0

  async function flush(isComplete: boolean): Promise<void> {
    if (batch.length > 0) {
      await landBatch(batch, source, report, options, deps)
      const last = batch.at(-1)!
      const before = cursor.after
      cursor = last.isLast ? { after: last.folder, parts: 0 } : { after: before, parts: last.index + 1 }
      // Folders that ended within the batch lie behind the cursor.
      if (!last.isLast) {
        const ended = batch.filter(part => part.isLast).at(-1)
        if (ended !== undefined) cursor = { ...cursor, after: ended.folder }
      }
    }
    batch = []
    chars = 0
    report.isComplete = isComplete
    etag = await writeState(deps.state, deps.stateKey, { version: 1, cursor, report }, etag)
    options.onProgress?.(report)
  }

  for await (const part of partsOf(source, cursor, report, deps)) {
    options.signal?.throwIfAborted()
    batch.push(part)
    chars += charsOf(part.events)
    if (chars < (deps.maxChars ?? defaultMaxChars) && batch.length < maxStreamsPerObject) continue
    await flush(false)
    if (options.isTimeUp?.() === true) return report
  }
  await flush(true)
  return report
}

async function* partsOf(
  source: ImportSource,
  { after, parts }: Cursor,
  report: ImportReport,
  deps: ImportDependencies,
): AsyncGenerator<Part> {
  let skip = parts
  for await (const { folder, files } of foldersOf(source, after, deps.source)) {
    for await (const part of cut(folder, files, source, report, deps)) {
      if (skip > 0) skip--
      else yield part
    }
    skip = 0
  }
}

/**
 * The folder of a key below a task's own, null for what is no exported file: `aws-logs-write-test` is where CloudWatch Logs
 * tried whether it may write.
 * @throws NoExport for one that is deeper: taken for a stream, its path would become the name
 */
export function exportedStream(key: string): string | null {
  const [, name, file] = /^(.+)\/(\d+\.gz)$/s.exec(key) ?? []
  if (name === undefined || file === undefined) return null
  if (name.includes('/')) throw new NoExport(`${key} is deeper than the files of a task`)
  return name
}

interface Folder {
  readonly folder: string
  readonly files: readonly ObjectEntry[]
}

/** Folders behind `after`, in the order of their keys. */
async function* foldersOf(
  { prefix }: ImportSource,
  after: string,
  store: Pick<ObjectStore, 'list'>,
): AsyncGenerator<Folder> {
  let folder = ''
  let files: ObjectEntry[] = []
  // A slash is the first character behind a folder, and `0` the first behind that.
  for await (const entry of store.list(prefix, after === '' ? {} : { after: `${prefix}${after}0` })) {
    const name = exportedStream(entry.key.slice(prefix.length))
    if (name === null) continue
    if (name !== folder && files.length > 0) {
      yield { folder, files }
      files = []
    }
    folder = name
    files.push(entry)
  }
  if (files.length > 0) yield { folder, files }
}

/** A folder's events in the order of their times, cut where a landing object is full. */
async function* cut(
  folder: string,
  files: readonly ObjectEntry[],
  { range }: ImportSource,
  report: ImportReport,
  { source, scratch, maxChars = defaultMaxChars }: ImportDependencies,
): AsyncGenerator<Part> {
  let unread = 0
  async function* all() {
    for (const file of files) {
      try {
        yield* readExportFile(source, file, range)
      } catch (error) {
        if (!(error instanceof ExportUnreadable)) throw error
        unread++
        // A run that goes on in the middle of a folder reads it again.
        if (!report.unreadable.includes(file.key)) report.unreadable.push(file.key)
      }
    }
  }
  let events: ExportedEvent[] = []
  let chars = 0
  let index = 0
  for await (const event of sortedEvents(all(), { scratch, maxChars })) {
    if (chars >= maxChars && event.timestamp !== events.at(-1)!.timestamp) {
      yield { folder, index: index++, isLast: false, files: 0, events }
      events = []
      chars = 0
    }
    events.push(event)
    chars += event.message.length + charsPerEvent
  }
  if (unread === files.length && events.length + index === 0) return
  yield { folder, index, isLast: true, files: files.length - unread, events }
}

async function landBatch(
  batch: readonly Part[],
  source: ImportSource,
  report: ImportReport,
  options: ImportOptions,
  deps: ImportDependencies,
): Promise<void> {
  const held = await heldOf(batch, source, options.signal, deps)
  const records: unknown[] = []
  let landing = 0
  for (const part of batch) {
    const { name, found } = await deps.streams.of(part.folder)
    const rows = held.get(part) ?? []
    const logStream = found === 'assumed' ? (onlyName(rows) ?? name) : name
    if (found === 'assumed' && part.isLast) report.assumedStreams++
    const logEvents = missingOf(part, rows, report, deps)
    if (logEvents.length > 0) records.push(recordOf(source, logStream, part.folder, found, logEvents))
    landing += logEvents.length
    report.events += part.events.length
    report.files += part.files
    report.streams += part.isLast ? 1 : 0
  }
  if (records.length === 0) return
  const attempt = { attemptId: options.attemptId, ...(options.signal === undefined ? {} : { signal: options.signal }) }
  const ingested = await deps.ingest({ Records: records }, attempt)
  if (Object.keys(ingested.quarantined).length > 0) {
    throw new IngestFailed(ingested, [new Error('an exported event went to the quarantine')])
  }
  report.landed += landing - ingested.refused
  report.landingObjects += ingested.key === null ? 0 : 1
}

/** What the lake holds of each part. */
async function heldOf(
  batch: readonly Part[],
  source: ImportSource,
  signal: AbortSignal | undefined,
  deps: ImportDependencies,
): Promise<ReadonlyMap<Part, readonly HeldEvent[]>> {
  const filled = batch.filter(({ events }) => events.length > 0)
  const isWhole = ({ index, isLast }: Part) => index === 0 && isLast
  const found = new Map<Part, readonly HeldEvent[]>()
  // A folder that was cut holds more than a batch: of it the time of the part alone.
  const asked = [filled.filter(isWhole), ...filled.filter(part => !isWhole(part)).map(part => [part])]
  for (const parts of asked) {
    if (parts.length === 0) continue
    const rows = groupBy(await heldInTimeOf(parts, source, signal, deps), ({ logStream }) => exportFolder(logStream))
    for (const part of parts) found.set(part, rows.get(part.folder) ?? [])
  }
  return found
}

async function heldInTimeOf(
  parts: readonly Part[],
  { account, logGroup }: ImportSource,
  signal: AbortSignal | undefined,
  deps: ImportDependencies,
): Promise<readonly HeldEvent[]> {
  let from = Math.min(...parts.map(({ events }) => events[0]!.timestamp))
  let to = Math.max(...parts.map(({ events }) => events.at(-1)!.timestamp))
  if (deps.sample < 1) {
    from = Math.floor(from / msPerHour) * msPerHour
    to = Math.floor(to / msPerHour) * msPerHour + msPerHour - 1
  }
  const folders = new Set(parts.map(({ folder }) => folder))
  const logStreams = (name: string) => folders.has(exportFolder(name))
  return await deps.held({ account, logGroup, from, to, logStreams, isWanted: () => true, signal })
}

function onlyName(rows: readonly HeldEvent[]): string | undefined {
  const names = new Set(rows.map(({ logStream }) => logStream))
  return names.size === 1 ? rows[0]!.logStream : undefined
}

interface LandedEvent {
  readonly timestamp: number
  readonly message: string
}

/** Of a sampled group, what the sample keeps of the hours of which nothing was delivered. */
function sampledOf(events: readonly LandedEvent[], rows: readonly HeldEvent[], sample: number): readonly LandedEvent[] {
  // Rows without ids are an import's, which may have been cut in the middle of an hour.
  const live = rows.filter(({ id }) => id !== '')
  const delivered = new Set(live.map(({ timestamp }) => Math.floor(timestamp / msPerHour)))
  return events.filter(
    event => !delivered.has(Math.floor(event.timestamp / msPerHour)) && isSampled(sampledBy(event), sample),
  )
}

function missingOf(
  part: Part,
  rows: readonly HeldEvent[],
  report: ImportReport,
  { readings, sample }: ImportDependencies,
): readonly LandedEvent[] {
  const events = sample < 1 ? sampledOf(part.events, rows, sample) : part.events
  report.sampledOut += part.events.length - events.length
  if (rows.length === 0) return events
  const held = new Map<number, string[]>()
  for (const { timestamp, message } of rows) {
    const messages = held.get(timestamp)
    if (messages === undefined) held.set(timestamp, [message])
    else messages.push(message)
  }
  const missing: LandedEvent[] = []
  for (let start = 0; start < events.length; ) {
    const { timestamp } = events[start]!
    let end = start + 1
    while (end < events.length && events[end]!.timestamp === timestamp) end++
    const exported = events.slice(start, end).map(({ message }) => message)
    report.known += exported.length
    for (const { message, count, copies } of missingEvents(exported, held.get(timestamp) ?? [], readings)) {
      report.known -= count
      for (let copy = 0; copy < copies; copy++) missing.push({ timestamp, message })
    }
    start = end
  }
  return missing
}

/** A record as a stream would carry it: its events have no ids, and it says where a stream's name is not sure. */
function recordOf(
  { account, logGroup }: ImportSource,
  logStream: string,
  folder: string,
  found: string,
  logEvents: readonly LandedEvent[],
): unknown {
  const payload = {
    messageType: 'DATA_MESSAGE',
    owner: account,
    logGroup,
    logStream,
    subscriptionFilters: [],
    logEvents,
    ...(found === 'assumed' ? { exportFolder: folder } : {}),
  }
  return {
    eventID: `export:${folder}`,
    kinesis: { data: deflateSync(JSON.stringify(payload), { level: 1 }).toString('base64') },
  }
}

function charsOf(events: readonly ExportedEvent[]): number {
  return events.reduce((sum, { message }) => sum + message.length + charsPerEvent, 0)
}

function emptyImportReport(): ImportReport {
  return {
    streams: 0,
    files: 0,
    events: 0,
    landed: 0,
    known: 0,
    sampledOut: 0,
    assumedStreams: 0,
    unreadable: [],
    landingObjects: 0,
    isComplete: false,
  }
}
