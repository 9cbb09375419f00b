/**
 * The commit use case: landing objects become data files of the table, one snapshot a round, each event once.
 *
 * Whatever is cut short, raced or answered too late, a landing object is in the table or waiting, never both and never
 * neither: data files, the list of consumed objects and the ledger are written first, and one atomic step of the catalog
 * makes all of them true. Nothing that was written is taken away here; what no snapshot refers to is compaction's to find.
 *
 * A batch that cannot be merged is halved until each half is in the table or the object that cannot be merged with anything
 * stands alone and is set aside.
 */
import type { LoadedTable } from '../iceberg/catalog.js'
import type { ObjectEntry } from '../store/object-store.js'
import { type BatchFailure, type Committed, commitBatch } from './commit-batch.js'
import { type Consumed, readConsumed } from './consumed.js'
import type { MergeFailed } from './errors.js'
import type { Problem } from './fetch-landing.js'
import { type LakeDependencies, type LakeSettings, loadWith } from './lake-dependencies.js'
import { type Landing, landingDays, listLanding, sortLanding } from './list-landing.js'
import { readSetAside, type SetAside, type SetAsideList, writeSetAside } from './set-aside.js'

/** Readers that began before a commit are done so long after it. */
const readersGoneMs = 15 * 60_000

export interface CommitReport extends Omit<Committed, 'problems' | 'failure'> {
  /** Snapshots made. */
  readonly rounds: number
  /** Objects that are left for a later run, and what they hold. */
  readonly waiting: number
  readonly waitingBytes: number
  /** Age of the oldest of them, ms; null when none is left. */
  readonly oldestMs: number | null
  /** What cannot be merged and lies below `landing/`. */
  readonly setAside: readonly SetAside[]
  /** Landing objects deleted that the table has held for long enough. */
  readonly deleted: number
}

export function emptyCommitReport(): CommitReport {
  return reportOf([], { batch: [], waiting: [], deletable: [], foreign: [], setAside: [] }, null, [], 0, 0)
}

/** What the next commit would do. */
export interface CommitPlan {
  /** Objects of the next round, oldest first; none when it is not worth a commit yet. */
  readonly batch: readonly ObjectEntry[]
  readonly waiting: readonly ObjectEntry[]
  /** Consumed landing objects that no reader can need any more. */
  readonly deletable: readonly string[]
  readonly foreign: readonly ObjectEntry[]
  readonly setAside: readonly SetAside[]
}

interface Survey {
  readonly plan: CommitPlan
  /** ETags by key. */
  readonly listed: ReadonlyMap<string, string>
  readonly setAside: SetAsideList
}

export async function planCommit(
  deps: Pick<LakeDependencies, 'files' | 'catalog' | 'settings' | 'now'>,
  signal?: AbortSignal,
): Promise<CommitPlan> {
  return (await survey(deps, signal)).plan
}

export interface CommitOptions {
  readonly signal?: AbortSignal
  /** No round begins that would, by how long the last one took, end later. ms since the epoch. */
  readonly deadline?: number
}

/** So many objects may fail before it is more likely that all will. */
const maxFailures = 3

/** What is left of a batch that could not be merged, or of a half of one. */
interface Part {
  readonly keys: ReadonlySet<string>
  readonly isLookedAt: boolean
}

/**
 * @throws MergeFailed when nothing or too little can be merged and no object is known to be why; most else is committed
 * @throws ObjectStoreError, IcebergError, LakeStateUnreadable: another run carries on where this one failed
 */
export async function commitLanding(deps: LakeDependencies, options: CommitOptions = {}): Promise<CommitReport> {
  const { signal, deadline = Number.POSITIVE_INFINITY } = options
  const rounds: Committed[] = []
  const parts: Part[] = []
  // Of single objects, of which none is known to be why.
  const failures: MergeFailed[] = []
  let deleted = 0
  for (;;) {
    const began = deps.now()
    const { plan, listed, setAside } = await survey(deps, signal)
    await deps.files.store.delete(plan.deletable, signal === undefined ? {} : { signal })
    deleted += plan.deletable.length
    const part = parts.shift()
    const batch = part === undefined ? plan.batch : plan.waiting.filter(({ key }) => part.keys.has(key))
    const terms = { isLookedAt: part?.isLookedAt === true, ...(signal && { signal }) }
    const committed = batch.length === 0 ? null : await commitBatch(deps, batch, terms)
    if (committed !== null) rounds.push(committed)
    const entries = await keepAside(deps, setAside, plan.foreign, committed?.problems ?? [], listed)
    const now = deps.now()
    if (committed?.failure) {
      signal?.throwIfAborted()
      const halves = halvesOf(batch, committed, committed.failure)
      if (halves.length === 0) failures.push(committed.failure.error)
      if (failures.length > maxFailures || now >= deadline) throw committed.failure.error
      parts.unshift(...halves)
      if (parts.length > 0) continue
    }
    const isIdle = part === undefined && (committed === null || committed.objects === 0)
    // What could not be merged would be of the next batch, too.
    const isDone = parts.length === 0 && (isIdle || failures.length > 0)
    const isLast = isDone || now + (now - began) > deadline
    if (isLast && failures.length > 0) throw failures[0]
    if (isLast) return reportOf(rounds, { ...plan, batch }, committed, entries, deleted, now)
  }
}

/** None where there is no less to merge. */
function halvesOf(
  batch: readonly ObjectEntry[],
  { problems }: Committed,
  { isLookedAt }: BatchFailure,
): readonly Part[] {
  const out = new Set(problems.map(({ entry }) => entry.key))
  const keys = batch.map(({ key }) => key).filter(key => !out.has(key))
  const middle = keys.length >> 1
  if (middle === 0) return []
  return [keys.slice(0, middle), keys.slice(middle)].map(half => ({ keys: new Set(half), isLookedAt }))
}

async function survey(
  { files, catalog, settings, now }: Pick<LakeDependencies, 'files' | 'catalog' | 'settings' | 'now'>,
  signal: AbortSignal | undefined,
): Promise<Survey> {
  const { store } = files
  // In this order: what another commit consumes in between is on the list then.
  const entries = await listLanding(store, signal)
  const options = { days: landingDays(entries), ...(signal && { signal }) }
  const read = (table: LoadedTable | null) => readConsumed(table?.metadata ?? null, store, options)
  const consumed = await loadWith(catalog, read, signal)
  const setAside = await readSetAside(store)
  const landing = sortLanding(entries, consumed, setAside)
  return {
    plan: {
      batch: nextBatch(landing.waiting, settings, now()),
      waiting: landing.waiting,
      deletable: deletable(landing, consumed, now()),
      foreign: landing.foreign,
      setAside: setAside.entries,
    },
    listed: new Map(entries.map(({ key, etag }) => [key, etag])),
    setAside,
  }
}

function deletable({ consumed: entries }: Landing, consumed: Consumed, now: number): readonly string[] {
  return entries.filter(({ key }) => now - consumed.consumedAt(key)! >= readersGoneMs).map(({ key }) => key)
}

/** The oldest objects, as many as one merge takes, when they are many or one of them has waited for long. */
function nextBatch(waiting: readonly ObjectEntry[], settings: LakeSettings, now: number): readonly ObjectEntry[] {
  const [oldest] = waiting
  const bytes = waiting.reduce((sum, { size }) => sum + size, 0)
  if (oldest === undefined) return []
  const isWorthIt = bytes >= settings.commitBytes || waiting.length >= settings.maxMergeObjects
  if (!isWorthIt && now - oldest.lastModified.getTime() < settings.commitAfterMs) return []
  let taken = 0
  let count = 0
  for (const { size } of waiting.slice(0, settings.maxMergeObjects)) {
    if (count > 0 && taken + size > settings.maxMergeBytes) break
    taken += size
    count++
  }
  return waiting.slice(0, count)
}

async function keepAside(
  { files, now }: LakeDependencies,
  before: SetAsideList,
  foreign: readonly ObjectEntry[],
  problems: readonly Problem[],
  listed: ReadonlyMap<string, string>,
): Promise<readonly SetAside[]> {
  const found = [...foreign.map(entry => ({ entry, reason: 'is not named like a landing object' })), ...problems]
  const entries = found.map(({ entry: { key, etag }, reason }) => ({ key, etag, reason, since: now() }))
  return await writeSetAside(files.store, before, entries, listed)
}

function reportOf(
  rounds: readonly Committed[],
  { waiting, batch }: CommitPlan,
  last: Committed | null,
  setAside: readonly SetAside[],
  deleted: number,
  now: number,
): CommitReport {
  const total = (value: (round: Committed) => number) => rounds.reduce((sum, round) => sum + value(round), 0)
  const done = new Set(last === null || last.objects === 0 ? [] : batch.map(({ key }) => key))
  const aside = new Set(setAside.map(({ key }) => key))
  const left = waiting.filter(({ key }) => !done.has(key) && !aside.has(key))
  return {
    rounds: rounds.filter(({ objects }) => objects > 0).length,
    objects: total(round => round.objects),
    rows: total(round => round.rows),
    duplicates: total(round => round.duplicates),
    erased: total(round => round.erased),
    bytesIn: total(round => round.bytesIn),
    files: total(round => round.files),
    bytesOut: total(round => round.bytesOut),
    conflicts: total(round => round.conflicts),
    promotedElsewhere: rounds.findLast(round => round.promotedElsewhere.length > 0)?.promotedElsewhere ?? [],
    waiting: left.length,
    waitingBytes: left.reduce((sum, { size }) => sum + size, 0),
    oldestMs: left.length === 0 ? null : now - Math.min(...left.map(entry => entry.lastModified.getTime())),
    setAside,
    deleted,
  }
}
