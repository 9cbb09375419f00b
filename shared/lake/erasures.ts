/**
 * What was asked to be gone, each request as a record of its own below `state/erasures/`. They stay: a commit leaves out what
 * they name, so that nothing of it comes back through a late delivery, a replay or an import. They say which events and how
 * many, never what was in them. Once it has ended a record is not written again.
 */
import { NotFound, PreconditionFailed } from '../store/errors.js'
import { compareKeys } from '../store/key.js'
import type { ObjectEntry, ObjectStore, PutOptions } from '../store/object-store.js'
import { copyName, fewRecords, type RecordCopy, readCopies, writeCopies } from './erasure-copies.js'
import { StateDamaged } from './errors.js'
import { inParallel } from './fetch-columns.js'

const erasureFolder = 'state/erasures/'

const version = 1

/** Events of groups in a range of time. */
export interface EventScope {
  /** Globs over the whole group name: `*` any characters, `?` one. */
  readonly groups: readonly string[]
  /** Event times in ms, both inclusive; null for no bound. */
  readonly from: number | null
  readonly to: number | null
}

export interface Erasure extends EventScope {
  readonly id: string
  /** Null: all events of the scope. */
  readonly condition: ErasureCondition | null
  /**
   * The legal holds when it ended. From then on it leaves alone only what one of them covers and one of today's does: what
   * it has erased stays away, whatever is held later. While it has not ended, it leaves alone what is held today.
   */
  readonly holds?: readonly LegalHold[]
}

export interface ErasureCondition {
  /** A filter pattern of CloudWatch Logs, or what follows `filter` in a query. */
  readonly kind: 'pattern' | 'filter'
  readonly text: string
}

/** Events that neither an erasure nor the end of their lake retention takes away. */
export interface LegalHold extends EventScope {
  readonly reason: string
}

/** As somebody has asked for it. */
export interface EraseRequest extends Omit<Erasure, 'holds'> {
  /** The range as it was written, null where it was not: `6h` is another range an hour later. */
  readonly asked: { readonly since: string | null; readonly until: string | null }
  readonly requestedBy: string
  readonly reason: string | null
}

export interface ErasureRecord extends EraseRequest, Pick<Erasure, 'holds'> {
  readonly version: number
  /** ms since the epoch, and below. */
  readonly requestedAt: number
  /** Null while it is under way, or was cut short. */
  readonly finishedAt: number | null
  /** Taken out by the erasure itself; later commits count what they leave out. */
  readonly rows: number
  readonly files: number
  /** Tags and branches of other engines whose snapshots still had such events when it ended. */
  readonly keptBy?: readonly string[]
}

/** How an erasure ended. */
export type ErasureEnd = Required<Pick<ErasureRecord, 'rows' | 'files' | 'holds' | 'keptBy'>> & {
  readonly finishedAt: number
}

/** In the order of their keys. @throws StateDamaged for one that is not ours: nothing may come back unseen */
export async function readErasures(
  store: Pick<ObjectStore, 'get' | 'list'>,
  signal?: AbortSignal,
): Promise<readonly ErasureRecord[]> {
  return (await readAll(store, signal)).records.map(({ record }) => withHolds(record))
}

/** As `readErasures`; copies them when many had to be read one by one, so that the next reader need not. */
export async function readAndCopyErasures(
  store: Pick<ObjectStore, 'get' | 'list' | 'put'>,
  signal?: AbortSignal,
): Promise<readonly ErasureRecord[]> {
  const { records, uncopied } = await readAll(store, signal)
  if (uncopied > fewRecords) await writeCopies(store, records, signal)
  return records.map(({ record }) => withHolds(record))
}

/** Copies all records to where many are read at once. */
export async function copyErasures(
  store: Pick<ObjectStore, 'get' | 'list' | 'put'>,
  signal?: AbortSignal,
): Promise<void> {
  const { records } = await readAll(store, signal)
  if (records.length > fewRecords) await writeCopies(store, records, signal)
}

/** An older release did not note the holds: what is erased stays away all the same. */
function withHolds(record: ErasureRecord): ErasureRecord {
  return record.finishedAt === null || record.holds !== undefined ? record : { ...record, holds: [] }
}

interface StoredRecord extends RecordCopy {
  readonly record: ErasureRecord
}

async function readAll(
  store: Pick<ObjectStore, 'get' | 'list'>,
  signal: AbortSignal | undefined,
): Promise<{ readonly records: readonly StoredRecord[]; readonly uncopied: number }> {
  const listed: ObjectEntry[] = []
  for await (const entry of store.list(erasureFolder, signal === undefined ? {} : { signal })) listed.push(entry)
  const copies = listed.length > fewRecords ? await readCopies(store, signal) : new Map<string, RecordCopy>()
  const found: (StoredRecord | undefined)[] = listed.map(entry => {
    const copy = copies.get(copyName(entry))
    return isRecord(copy?.record) ? { ...copy!, record: copy.record } : undefined
  })
  const others = listed.flatMap(({ key }, index) => (found[index] === undefined ? [{ key, index }] : []))
  await inParallel(others, async ({ key, index }) => {
    try {
      found[index] = await getRecord(store, key, signal)
    } catch (error) {
      // Deleted since it was listed, by somebody who lets these events in again.
      if (!(error instanceof NotFound)) throw error
    }
  })
  return { records: found.filter(record => record !== undefined), uncopied: others.length }
}

const remedy =
  'until it is put back as it was nothing is committed, for what it erased could come in again; to let that in, delete it'

function isRecord(value: unknown): value is ErasureRecord {
  const record = value as Partial<ErasureRecord> | null | undefined
  return record?.version === version && Array.isArray(record.groups)
}

async function getRecord(
  store: Pick<ObjectStore, 'get'>,
  key: string,
  signal: AbortSignal | undefined,
): Promise<StoredRecord> {
  const { body, etag } = await store.get(key, signal === undefined ? {} : { signal })
  let record: unknown
  try {
    record = JSON.parse(new TextDecoder().decode(body))
  } catch (cause) {
    throw new StateDamaged(key, remedy, { cause })
  }
  if (!isRecord(record)) throw new StateDamaged(key, remedy)
  return { key, etag, record }
}

/** In the order of time, as records are listed. */
export function newErasureId(now: number, uuid: string): string {
  return `${new Date(now).toISOString().replace(/\.\d+|[-:]/g, '')}-${uuid.replaceAll('-', '').slice(-12)}`
}

/** The record of the same request, word for word, that has not ended; undefined when there is none. */
export async function findBegun(
  store: Pick<ObjectStore, 'get' | 'list'>,
  request: Omit<EraseRequest, 'id' | 'from' | 'to'>,
  signal?: AbortSignal,
): Promise<ErasureRecord | undefined> {
  const records = await readErasures(store, signal)
  return records.find(record => record.finishedAt === null && wordsOf(record) === wordsOf(request))
}

function wordsOf({ groups, condition, asked, reason }: Omit<EraseRequest, 'id' | 'from' | 'to'>): string {
  return JSON.stringify([groups, condition?.kind, condition?.text, asked?.since, asked?.until, reason])
}

/** Records the request; one that is recorded under the id already stays as it is. @returns the record that stands */
export async function beginErasure(
  store: Pick<ObjectStore, 'get' | 'put'>,
  request: EraseRequest,
  requestedAt: number,
  signal?: AbortSignal,
): Promise<ErasureRecord> {
  const { id, groups, from, to, condition, asked, requestedBy, reason } = request
  const scope = { id, groups, from, to, condition, asked, requestedBy, reason }
  const record = { version, ...scope, requestedAt, finishedAt: null, rows: 0, files: 0 }
  try {
    await putRecord(store, record, { ifNoneMatch: '*' }, signal)
    return record
  } catch (error) {
    if (!(error instanceof PreconditionFailed)) throw error
    return (await getRecord(store, keyOf(id), signal)).record
  }
}

/** @returns the record that stands: of two who carry on with the same request, that of the first to end it */
export async function endErasure(
  store: Pick<ObjectStore, 'get' | 'put'>,
  id: string,
  end: ErasureEnd,
  signal?: AbortSignal,
): Promise<ErasureRecord> {
  for (;;) {
    const { record, etag } = await getRecord(store, keyOf(id), signal)
    if (record.finishedAt !== null) return record
    const ended = { ...record, ...end }
    try {
      await putRecord(store, ended, { ifMatch: etag }, signal)
      return ended
    } catch (error) {
      if (!(error instanceof PreconditionFailed)) throw error
    }
  }
}

function keyOf(id: string): string {
  return `${erasureFolder}${id}.json`
}

async function putRecord(
  store: Pick<ObjectStore, 'put'>,
  record: ErasureRecord,
  precondition: Pick<PutOptions, 'ifMatch' | 'ifNoneMatch'>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const options = { contentType: 'application/json', ...precondition, ...(signal && { signal }) }
  await store.put(keyOf(record.id), new TextEncoder().encode(JSON.stringify(record)), options)
}

/** When a log group has events, ms. */
export interface GroupSpan {
  readonly logGroup: string
  readonly first: number
  readonly last: number
}

/** Whether an erasure can be about events of these times, ms. */
export function meets({ from, to }: Pick<EventScope, 'from' | 'to'>, min: number, max: number): boolean {
  return (from === null || max >= from) && (to === null || min <= to)
}

/** Whether globs can be about one of the groups whose names lie in these bounds; undefined for no bound. */
export function mayName(globs: readonly string[], first: string | undefined, last: string | undefined): boolean {
  return globs.some(glob => {
    const prefix = glob.split(/[*?]/, 1)[0]!
    if (last !== undefined && compareKeys(prefix, last) > 0) return false
    return first === undefined || first.startsWith(prefix) || compareKeys(prefix, first) >= 0
  })
}
