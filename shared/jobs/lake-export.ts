/**
 * What the lake holds → files. A range of events is cut into parts by time, a file each; a query's answer is one part. The
 * manifest beside them says which parts are done and for what they were asked: the same request again goes on from there.
 */
import { createWriteStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { compileGlob } from '../config/glob.js'
import type { QueryEngine } from '../engine/query-engine.js'
import type { Project } from '../plan/node.js'
import { ownFolder } from '../store/own-folder.js'
import { ExportMismatch } from './errors.js'
import { eventsPlan, inOrder, plainEvent } from './events-plan.js'

export type ExportFormat = 'ndjson' | 'csv' | 'parquet'

/** Where the files go: a folder, or a prefix of a bucket. */
export interface ExportTarget {
  /** Null when there is no such file. */
  read(name: string): Promise<Uint8Array | null>
  /** In one step: the file is there as a whole, or as it was. */
  write(name: string, content: Uint8Array): Promise<void>
  writeFile(name: string, path: string): Promise<void>
}

export type LakeExportRequest =
  | {
      readonly kind: 'events'
      /** Globs; none for all groups. */
      readonly groups: readonly string[]
      readonly exclude: readonly string[]
      /** Event times, ms; `to` excluded. */
      readonly from: number
      readonly to: number
      /** What one file covers. */
      readonly everyMs: number
      readonly format: ExportFormat
    }
  | { readonly kind: 'query'; readonly query: string; readonly scope: string; readonly format: ExportFormat }

export interface LakeExportDependencies {
  readonly engine: Pick<QueryEngine, 'run'>
  readonly target: ExportTarget
  /** Lines of JSON, each with texts under these names → a Parquet file. */
  readonly toParquet: (lines: string, columns: readonly string[], path: string) => Promise<void>
  /** A folder on the disk. */
  readonly scratch: string
  readonly onPart?: (part: ExportedPart, done: number, all: number) => void
}

export interface ExportedPart {
  readonly file: string
  readonly rows: number
  readonly bytes: number
}

export interface ExportManifest {
  readonly version: 1
  readonly request: LakeExportRequest
  readonly parts: readonly ExportedPart[]
  readonly isComplete: boolean
}

const manifestName = 'manifest.json'

/**
 * @param plan of the query, for a request of that kind
 * @throws ExportMismatch when the target holds another export
 */
export async function exportLake(
  request: LakeExportRequest,
  plan: Project | null,
  deps: LakeExportDependencies,
): Promise<ExportManifest> {
  const parts = partsOf(request, plan)
  let manifest = await readManifest(request, deps.target)
  const done = new Set(manifest.parts.map(({ file }) => file))
  for (const part of parts) {
    if (done.has(part.file)) continue
    const written = await exportPart(part, request, deps)
    manifest = { ...manifest, parts: [...manifest.parts, written] }
    await writeManifest(manifest, deps.target)
    deps.onPart?.(written, manifest.parts.length, parts.length)
  }
  if (!manifest.isComplete) {
    manifest = { ...manifest, isComplete: true }
    await writeManifest(manifest, deps.target)
  }
  return manifest
}

interface PlannedPart {
  readonly file: string
  readonly plan: Project
}

function partsOf(request: LakeExportRequest, plan: Project | null): readonly PlannedPart[] {
  if (request.kind === 'query') return plan === null ? [] : [{ file: `result.${request.format}`, plan }]
  const { groups, from, to, everyMs, format } = request
  const selection =
    groups.length === 0 || groups.some(glob => /^[*?]/.test(glob))
      ? null
      : {
          names: groups.filter(glob => !/[*?]/.test(glob)),
          prefixes: groups.filter(glob => /[*?]/.test(glob)).map(glob => glob.replace(/[*?].*$/s, '')),
          accounts: [],
        }
  const parts: PlannedPart[] = []
  for (let start = from; start < to; ) {
    const end = Math.min(to, Math.floor(start / everyMs) * everyMs + everyMs)
    const name = new Date(start).toISOString().slice(0, 19).replaceAll(':', '')
    parts.push({ file: `${name}.${format}`, plan: inOrder(eventsPlan(selection, { from: start, to: end - 1 })) })
    start = end
  }
  return parts
}

const eventColumns = ['timestamp', 'account', 'logGroup', 'logStream', 'message'] as const

async function exportPart(
  { file, plan }: PlannedPart,
  request: LakeExportRequest,
  { engine, target, toParquet, scratch }: LakeExportDependencies,
): Promise<ExportedPart> {
  const folder = await ownFolder(scratch, 'export')
  try {
    const run = await engine.run(plan)
    const columns =
      request.kind === 'events' ? eventColumns : run.columns.map(({ name }) => name).filter(name => name !== '@ptr')
    const rows = request.kind === 'events' ? eventRows(run.batches, request) : resultRows(run.batches)
    const counted = { rows: 0 }
    const text = join(folder, 'text')
    const isCsv = request.format === 'csv'
    const lines = isCsv ? csvLines(rows, columns, counted) : jsonLines(rows, columns, counted)
    await pipeline(Readable.from(lines), createWriteStream(text))
    const path = request.format === 'parquet' ? join(folder, 'parquet') : text
    if (request.format === 'parquet') await toParquet(text, columns, path)
    const { size: bytes } = await stat(path)
    await target.writeFile(file, path)
    return { file, rows: counted.rows, bytes }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

type Row = Readonly<Record<string, string>>
type Batches = AsyncIterable<readonly Row[]>

async function* eventRows(
  batches: Batches,
  { groups, exclude }: Extract<LakeExportRequest, { kind: 'events' }>,
): AsyncGenerator<Row> {
  const isWanted = groups.map(compileGlob)
  const isExcluded = exclude.map(compileGlob)
  for await (const batch of batches) {
    for (const row of batch) {
      const { timestamp, ...event } = plainEvent(row)
      if (isWanted.length > 0 && !isWanted.some(matches => matches(event.logGroup))) continue
      if (isExcluded.some(matches => matches(event.logGroup))) continue
      yield { timestamp: new Date(timestamp).toISOString(), ...event }
    }
  }
}

async function* resultRows(batches: Batches): AsyncGenerator<Row> {
  for await (const batch of batches) yield* batch
}

async function* jsonLines(rows: AsyncIterable<Row>, columns: readonly string[], counted: { rows: number }) {
  for await (const row of rows) {
    counted.rows++
    yield `${JSON.stringify(Object.fromEntries(columns.flatMap(name => (name in row ? [[name, row[name]]] : []))))}\n`
  }
}

/** RFC 4180: CRLF between records, quotes doubled. An absent value is an empty field, an empty text a quoted one. */
async function* csvLines(rows: AsyncIterable<Row>, columns: readonly string[], counted: { rows: number }) {
  yield `${columns.map(csvField).join(',')}\r\n`
  for await (const row of rows) {
    counted.rows++
    yield `${columns.map(name => csvField(row[name])).join(',')}\r\n`
  }
}

function csvField(value: string | undefined): string {
  if (value === undefined) return ''
  return value === '' || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
}

async function readManifest(request: LakeExportRequest, target: ExportTarget): Promise<ExportManifest> {
  const stored = await target.read(manifestName)
  if (stored === null) return { version: 1, request, parts: [], isComplete: false }
  let found: ExportManifest
  try {
    found = JSON.parse(Buffer.from(stored).toString('utf8'))
  } catch (cause) {
    throw new ExportMismatch(`${manifestName} is not JSON`, cause)
  }
  if (JSON.stringify(found.request) !== JSON.stringify(request)) {
    throw new ExportMismatch(`${manifestName} is that of another export${hintOf(found.request)}`)
  }
  return found
}

function writeManifest(manifest: ExportManifest, target: ExportTarget): Promise<void> {
  return target.write(manifestName, Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`))
}

/** Times such as `6h` or `now` are another range each time. */
function hintOf(request: LakeExportRequest | undefined): string {
  if (request?.kind !== 'events') return ': name another folder'
  const [from, to] = [request.from, request.to].map(time => new Date(time).toISOString())
  return ` (${request.format}, from ${from} to ${to}): name another folder, or these times to go on with it`
}
