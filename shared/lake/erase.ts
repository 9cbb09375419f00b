/**
 * The erasure use case: events that match go from the table for good.
 *
 * The record comes first, then a change of the table's properties: a commit that did not see the record is refused by that
 * change and reads the record when it tries again. From then on nothing that matches gets into the table, and what is there is
 * rewritten until a look at all files that can hold such events finds none. Every step may be done twice, so a run that was
 * cut short is finished by running it again.
 */
import type { LoadedTable } from '../iceberg/catalog.js'
import { CommitConflict, CommitStateUnknown } from '../iceberg/errors.js'
import { expireSnapshots, unreachableFiles } from '../iceberg/expire-snapshots.js'
import { findOrphans } from '../iceberg/find-orphans.js'
import { setProperties } from '../iceberg/table-changes.js'
import { isGarbageCollected, type TableMetadata } from '../iceberg/table-metadata.js'
import { type CommitReport, commitLanding } from './commit.js'
import { readConsumed } from './consumed.js'
import { type ErasurePlan, type FileMatch, noHistory, planErase, type RefMatch } from './erase-plan.js'
import { type Progress, progressOf, progressProperty, withoutEnded } from './erasure-progress.js'
import {
  beginErasure,
  copyErasures,
  type EraseRequest,
  type Erasure,
  type ErasureRecord,
  endErasure,
  meets,
} from './erasures.js'
import { EraseNotFinished, EventsHeld, FilesKept } from './errors.js'
import { type LakeDependencies, loadWith } from './lake-dependencies.js'
import { parseLandingKey } from './landing-key.js'
import { landingDays, listLanding } from './list-landing.js'
import { rewriteFiles } from './rewrite-files.js'

/** Property of the table: the erasure that last began. */
const begunProperty = 'tailrace.erasure'

/** Leftovers of commits that were cut short are compaction's to find, a day later. */
const leftoverMs = 24 * 3_600_000

export interface EraseReport {
  readonly record: ErasureRecord
  /** Of the landing objects that were waiting; a commit also takes events out of files that it writes anew. */
  readonly committed: Pick<CommitReport, 'objects' | 'erased' | 'setAside'>
  readonly expiredSnapshots: number
  /** Data files and landing objects that are gone from the store. */
  readonly deletedFiles: number
  /** Tags and branches of other engines: the snapshots that they name stay, with what they hold of the events. */
  readonly refs: readonly RefMatch[]
  /** Files of the table's folder that no snapshot has: what they hold is not known, and they go when they are a day old. */
  readonly leftovers: { readonly files: number; readonly until: number | null }
}

/**
 * @throws EventsHeld when a legal hold covers some of the events: nothing has been changed then, or it says what has
 * @throws FilesKept when the table says that its files stay: nothing has been changed then
 * @throws EraseNotFinished when other writers were always first: run it again
 * @throws ObjectStoreError, IcebergError, MergeFailed, LakeStateUnreadable, StateDamaged: run it again
 */
export async function eraseEvents(
  deps: LakeDependencies,
  request: EraseRequest,
  signal?: AbortSignal,
): Promise<EraseReport> {
  const { files, now } = deps
  const { store } = files
  const first = await planErase(deps, request, signal)
  if (first.held > 0) throw new EventsHeld(first.held)
  const before = await deps.catalog.load(signal)
  if (before !== null && !isGarbageCollected(before.metadata)) throw new FilesKept()
  const record = await beginErasure(store, request, now(), signal)
  await changeProperties(deps, async () => ({ [begunProperty]: `${record.id} ${record.requestedAt}` }), signal)
  const { committed, refs } = await takeAway(deps, request, signal)
  const deletedLanding = await deleteConsumed(deps, request, signal)
  const { snapshots, dataFiles } = await forgetSnapshots(deps, signal)
  const progress = await progressNow(deps, record.id, signal)
  const rows = progress.rows + committed.erased
  const keptBy = refs.filter(ref => ref.rows > 0).map(({ name }) => name)
  const end = { files: progress.files, rows, holds: deps.holds ?? [], keptBy, finishedAt: now() }
  const ended = await endErasure(store, record.id, end, signal)
  await copyErasures(store, signal)
  await changeProperties(deps, current => withoutEnded(store, current, signal), signal)
  return {
    record: ended,
    committed,
    expiredSnapshots: snapshots,
    deletedFiles: dataFiles + deletedLanding,
    refs,
    leftovers: await leftovers(deps, signal),
  }
}

const maxRounds = 10

interface TakenAway {
  readonly committed: EraseReport['committed']
  readonly refs: ErasurePlan['refs']
}

/** Until nothing waits and a look finds nothing: others may have rewritten files meanwhile. */
async function takeAway(deps: LakeDependencies, erasure: Erasure, signal: AbortSignal | undefined): Promise<TakenAway> {
  const eager = { ...deps, settings: { ...deps.settings, commitBytes: 0, commitAfterMs: 0 } }
  let [objects, erased] = [0, 0]
  for (let round = 0; round < maxRounds; round++) {
    const committed = await commitLanding(eager, signal === undefined ? {} : { signal })
    objects += committed.objects
    erased += committed.erased
    const plan = await planErase(deps, erasure, signal)
    if (plan.held > 0) {
      const { rows, files } = await progressNow(deps, erasure.id, signal)
      throw new EventsHeld(plan.held, { id: erasure.id, rows: rows + erased, files })
    }
    if (plan.tableFiles.length === 0 && committed.waiting === 0) {
      return { committed: { objects, erased, setAside: committed.setAside }, refs: plan.refs }
    }
    for (const chunk of chunks(plan, deps.settings.maxMergeBytes)) await rewrite(deps, erasure, plan, chunk, signal)
  }
  throw new EraseNotFinished()
}

async function rewrite(
  deps: LakeDependencies,
  erasure: Erasure,
  { rowDeletes }: ErasurePlan,
  matches: readonly FileMatch[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const { rows, files } = await progressNow(deps, erasure.id, signal)
  const progress = (erased: number): Progress => ({ rows: rows + erased, files: files + matches.length })
  await rewriteFiles(
    deps,
    matches.map(({ file }) => file),
    {
      erase: [erasure],
      rowDeletes,
      properties: ({ erased }) => progressProperty(erasure.id, progress(erased)),
      ...(signal && { signal }),
    },
  )
}

/** Files of one partition together, each list of so many bytes at most. */
function chunks({ tableFiles }: ErasurePlan, maxBytes: number): readonly (readonly FileMatch[])[] {
  const found: FileMatch[][] = []
  const open = new Map<string, { matches: FileMatch[]; bytes: number }>()
  for (const match of tableFiles) {
    const { partition, fileSizeInBytes: size } = match.file
    const key = `${partition.timestamp_day}/${partition.retention}`
    let chunk = open.get(key)
    if (chunk === undefined || chunk.bytes + size > maxBytes) {
      chunk = { matches: [], bytes: 0 }
      open.set(key, chunk)
      found.push(chunk.matches)
    }
    chunk.matches.push(match)
    chunk.bytes += size
  }
  return found
}

/** Landing objects that the table holds; a reader that has planned with one of them plans again. */
async function deleteConsumed(
  { files, catalog }: LakeDependencies,
  erasure: Erasure,
  signal: AbortSignal | undefined,
): Promise<number> {
  const options = signal === undefined ? {} : { signal }
  const entries = (await listLanding(files.store, signal)).filter(({ key }) => {
    const times = parseLandingKey(key)
    return times !== null && meets(erasure, times.minTimestamp, times.maxTimestamp)
  })
  const listed = { days: landingDays(entries), ...options }
  const read = (table: LoadedTable | null) => readConsumed(table?.metadata ?? null, files.store, listed)
  const consumed = await loadWith(catalog, read, signal)
  const keys = entries.filter(({ key }) => consumed.has(key)).map(({ key }) => key)
  await files.store.delete(keys, options)
  return keys.length
}

const maxTries = 6

/** Of main's history only the newest snapshot stays, whatever main has to keep. Data files go first: a run that is cut short finds again which they are. */
async function forgetSnapshots(deps: LakeDependencies, signal: AbortSignal | undefined) {
  const { files, catalog, now } = deps
  const options = signal === undefined ? {} : { signal }
  const expire = async (table: LoadedTable | null) => {
    if (table === null) return null
    const { metadata, expired } = expireSnapshots(table.metadata, { ...noHistory, now: new Date(now()) })
    if (expired.length === 0) return null
    return { table, metadata, expired, gone: await unreachableFiles(metadata, files, expired, signal) }
  }
  for (let attempt = 0; attempt < maxTries; attempt++) {
    const expiry = await loadWith(catalog, expire, signal)
    if (expiry === null) return { snapshots: 0, dataFiles: 0 }
    const { table, metadata, expired, gone } = expiry
    await files.store.delete(gone.dataFiles, options)
    try {
      await catalog.commit(table, metadata, signal)
    } catch (error) {
      if (!(error instanceof CommitConflict || error instanceof CommitStateUnknown)) throw error
      continue
    }
    await files.store.delete([...gone.manifests, ...gone.manifestLists], options)
    return { snapshots: expired.length, dataFiles: gone.dataFiles.length }
  }
  throw new EraseNotFinished()
}

async function leftovers({ files, catalog, now }: LakeDependencies, signal: AbortSignal | undefined) {
  const options = { now: new Date(now()), delayMs: -1, ...(signal && { signal }) }
  const timesOf = async (table: LoadedTable | null) => {
    const times: number[] = []
    if (table === null) return times
    for await (const { key, lastModified } of findOrphans(table, files, options)) {
      if (!key.endsWith('.metadata.json')) times.push(lastModified.getTime())
    }
    return times
  }
  const times = await loadWith(catalog, timesOf, signal)
  return { files: times.length, until: times.length === 0 ? null : Math.max(...times) + leftoverMs }
}

async function progressNow({ catalog }: LakeDependencies, id: string, signal: AbortSignal | undefined) {
  return progressOf((await catalog.load(signal))?.metadata, id)
}

type PropertyChanges = Readonly<Record<string, string | null>>

/** Every commit that is under way on what was there before is refused. */
async function changeProperties(
  { catalog, now }: LakeDependencies,
  change: (metadata: TableMetadata) => Promise<PropertyChanges | null>,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let attempt = 0; attempt < maxTries; attempt++) {
    const table = await catalog.load(signal)
    const properties = table === null ? null : await change(table.metadata)
    if (table === null || properties === null) return
    try {
      await catalog.commit(table, setProperties(table.metadata, properties, new Date(now())), signal)
      return
    } catch (error) {
      if (!(error instanceof CommitConflict || error instanceof CommitStateUnknown)) throw error
    }
  }
  throw new EraseNotFinished()
}
