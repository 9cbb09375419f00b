/**
 * The compaction use case: few large files in place of many small ones, and away with what has had its time: partitions
 * whose retention is over, old snapshots, files that nothing refers to, consumed landing objects.
 *
 * Each step is a commit of its own, so that whatever is cut short leaves the same events in the table. Files are deleted
 * only when nothing has referred to them for longer than a reader or a writer can be under way.
 */
import type { LoadedTable } from '../iceberg/catalog.js'
import type { DataFile } from '../iceberg/data-file.js'
import { deadDeletes } from '../iceberg/dead-deletes.js'
import { CommitConflict, CommitStateUnknown } from '../iceberg/errors.js'
import { expireSnapshots } from '../iceberg/expire-snapshots.js'
import { findOrphans } from '../iceberg/find-orphans.js'
import { planFiles } from '../iceberg/plan-files.js'
import { setProperties } from '../iceberg/table-changes.js'
import type { Snapshot, TableMetadata } from '../iceberg/table-metadata.js'
import {
  type FormerClass,
  forgetClasses,
  formerClasses,
  type GroupClass,
  readClasses,
  recordClasses,
} from './classes.js'
import { planCommit } from './commit.js'
import { consumedFolder, readConsumed } from './consumed.js'
import { dropDeadDeletes } from './drop-deletes.js'
import { withoutEnded } from './erasure-progress.js'
import { canApply, type RowDeletesByFile } from './fetch-deletes.js'
import { type LakeDependencies, loadWith } from './lake-dependencies.js'
import { foldLedger, ledgerFolder, ledgerKeys, ledgerProperty, readLedger } from './ledger.js'
import { type CompactionPlan, partitionOf, planCompaction } from './plan-compaction.js'
import { replaceFiles } from './rewrite-files.js'
import { type RewriteReport, runRewrites } from './run-rewrites.js'

export interface CompactDependencies extends LakeDependencies {
  readonly retentionOf: (logGroup: string) => number
}

/** Snapshots younger than this stay, so that a query can finish on what it has planned. */
const snapshotMaxAgeMs = 6 * 3_600_000
const minSnapshots = 1
/** Longer than any commit or query runs. */
const orphanDelayMs = 24 * 3_600_000

export interface CompactReport extends Omit<RewriteReport, 'isMoved'> {
  /** Why the ledger's parts were not added up, which stops nothing but lets them become more; null when they were. */
  readonly ledgerFailure: string | null
  /** Files that stay as they are because another engine has deleted rows in a way that is not applied here. */
  readonly rowDeleted: number
  /** Files of other engines' row deletes that apply to nothing any more. */
  readonly droppedDeletes: number
  readonly expiredFiles: number
  readonly expiredRows: number
  readonly expiredSnapshots: number
  readonly deletedFiles: number
  readonly deletedLanding: number
}

/** Everything that a run would do, as far as it can be told before. */
export interface CompactPlan extends CompactionPlan {
  /** Lake retentions that groups had, from which their rows move. */
  readonly former: readonly FormerClass[]
  readonly rowDeleted: readonly DataFile[]
  /** Row deletes that apply to nothing as it is; those that the rewrites apply go with them. */
  readonly deadDeletes: readonly DataFile[]
  readonly snapshots: readonly Snapshot[]
  readonly orphans: readonly string[]
  readonly landing: readonly string[]
}

/** @throws ObjectStoreError, IcebergError, LakeStateUnreadable, StateDamaged */
export async function planCompact(deps: CompactDependencies, signal?: AbortSignal): Promise<CompactPlan> {
  const plan = await look(deps, signal)
  const table = await deps.catalog.load(signal)
  const snapshots = table === null ? [] : expiryOf(table, deps).expired
  const dead = table === null ? [] : await deadDeletes(table.metadata, deps.files, signal)
  const orphans = await loadWith(deps.catalog, loaded => orphanKeys(deps, loaded, signal), signal)
  return { ...plan, deadDeletes: dead, snapshots, orphans, landing: (await planCommit(deps, signal)).deletable }
}

export interface CompactOptions {
  readonly signal?: AbortSignal
  /** No rewrite begins after it. ms since the epoch. */
  readonly deadline?: number
}

/**
 * What one file or the ledger is the reason of stops nothing else: the report tells it (`unmerged`, `ledgerFailure`).
 * @throws ObjectStoreError, IcebergError, LakeStateUnreadable, StateDamaged: the next run carries on
 */
export async function compact(deps: CompactDependencies, options: CompactOptions = {}): Promise<CompactReport> {
  const { signal, deadline = Number.POSITIVE_INFINITY } = options
  const plan = await look(deps, signal)
  await recordClasses(deps.files.store, plan.current, deps.now())
  const gone = plan.expired.flatMap(({ files }) => files)
  const dropped = { operation: 'delete', removed: gone } as const
  const isDropped = gone.length > 0 && (await replaceFiles(deps, dropped, signal === undefined ? {} : { signal }))
  const rewriting = { retentionOf: deps.retentionOf, rowDeletes: plan.rowDeletes, ...(signal && { signal }) }
  const { isMoved, ...rewritten } = await runRewrites(deps, plan.rewrites, rewriting, deadline)
  const droppedDeletes = await dropDeadDeletes(deps, signal)
  const settled = plan.former.filter(({ isSettled }) => isSettled)
  if (isMoved && plan.isMoved) await forgetClasses(deps.files.store, settled, deps.now())
  const expiredSnapshots = await expire(deps, signal)
  const { deletable } = await planCommit(deps, signal)
  const orphans = await loadWith(deps.catalog, table => orphanKeys(deps, table, signal), signal)
  await deps.files.store.delete([...orphans, ...deletable], signal === undefined ? {} : { signal })
  await forgetEnded(deps, signal)
  const ledgerFailure = await tryToFold(deps, signal)
  return {
    ...rewritten,
    ledgerFailure,
    droppedDeletes,
    rowDeleted: plan.rowDeleted.length,
    expiredFiles: isDropped ? gone.length : 0,
    expiredRows: isDropped ? gone.reduce((sum, file) => sum + file.recordCount, 0) : 0,
    expiredSnapshots,
    deletedFiles: orphans.length,
    deletedLanding: deletable.length,
  }
}

/** What of a run was not done, each with its reason; everything else was. */
export function failuresOf({ unmerged, ledgerFailure }: CompactReport): readonly string[] {
  const kept = unmerged.map(({ files, reason }) => {
    return `${files.length > 1 ? 'one of ' : ''}${files.join(', ')} cannot be merged: ${reason}`
  })
  return ledgerFailure === null ? kept : [...kept, `the ledger's parts were not added up: ${ledgerFailure}`]
}

interface Look extends CompactionPlan {
  readonly former: readonly FormerClass[]
  readonly rowDeletes: RowDeletesByFile
  /** Files that are not rewritten, since that would bring deleted rows back. */
  readonly rowDeleted: readonly DataFile[]
  /** Whether the rewrites move all rows that stand under a former retention. */
  readonly isMoved: boolean
  /** What rows are written under now. */
  readonly current: readonly GroupClass[]
}

const none = { rowDeletes: new Map(), rowDeleted: [], isMoved: true }

async function look(deps: CompactDependencies, signal: AbortSignal | undefined): Promise<Look> {
  const { files, catalog, settings, retentionOf, now } = deps
  // Before the table: what is committed in between is younger than what counts as settled.
  const classes = await readClasses(files.store)
  const former = formerClasses(classes, retentionOf, now())
  const current = Object.keys(classes.groups).map(logGroup => ({ logGroup, retention: retentionOf(logGroup) }))
  const table = await catalog.load(signal)
  if (table === null) return { expired: [], rewrites: [], former, current, ...none }
  const options = { rowDeletes: 'report', ...(signal && { signal }) } as const
  const { files: dataFiles, rowDeletes } = await planFiles(table.metadata, files, [], options)
  const { expired, rewrites } = planCompaction(dataFiles, former, settings, now(), deps.holds)
  const isTold = ({ filePath }: DataFile) => canApply(rowDeletes.get(filePath) ?? [])
  const told = rewrites
    .map(rewrite => ({ ...rewrite, files: rewrite.files.filter(isTold) }))
    .filter(({ files: own, reason }) => own.length > (reason === 'small' ? 1 : 0))
  const going = new Set([...expired, ...told].flatMap(({ files: own }) => own))
  const deleted = dataFiles.filter(file => rowDeletes.has(file.filePath) && !going.has(file))
  return {
    expired,
    rewrites: [
      ...told,
      ...deleted
        .filter(isTold)
        .map(file => ({ partition: partitionOf(file), files: [file], reason: 'deleted' as const })),
    ],
    rowDeletes,
    rowDeleted: deleted.filter(file => !isTold(file)),
    isMoved: rewrites.every(({ files: own, reason }) => reason !== 'moved' || own.every(isTold)),
    former,
    current,
  }
}

function expiryOf({ metadata }: LoadedTable, { now }: Pick<CompactDependencies, 'now'>) {
  return expireSnapshots(metadata, { now: new Date(now()), minSnapshots, maxAgeMs: snapshotMaxAgeMs })
}

/** Lets old snapshots go. */
async function expire(deps: CompactDependencies, signal: AbortSignal | undefined): Promise<number> {
  const table = await deps.catalog.load(signal)
  if (table === null) return 0
  const { metadata, expired } = expiryOf(table, deps)
  const isNew = metadata !== table.metadata
  return isNew && (await commitOnce(deps, table, metadata, signal)) ? expired.length : 0
}

/** Takes out of the table what erasures that were cut short at their end have left there. */
async function forgetEnded(deps: CompactDependencies, signal: AbortSignal | undefined): Promise<void> {
  const table = await deps.catalog.load(signal)
  const changes = table === null ? null : await withoutEnded(deps.files.store, table.metadata, signal)
  if (table === null || changes === null) return
  await commitOnce(deps, table, setProperties(table.metadata, changes, new Date(deps.now())), signal)
}

/** Adds the ledger's parts up, last of all; gives why that failed, or null. */
async function tryToFold(deps: CompactDependencies, signal: AbortSignal | undefined): Promise<string | null> {
  const { files, catalog, newId, now } = deps
  const read = async (table: LoadedTable | null) => {
    const ledger = await readLedger(table?.metadata ?? null, files.store, signal)
    return { table, folded: await foldLedger(files.store, ledger, now(), { newId, ...(signal && { signal }) }) }
  }
  try {
    const { table, folded } = await loadWith(catalog, read, signal)
    if (table === null || folded === null) return null
    const next = setProperties(table.metadata, { [ledgerProperty]: folded }, new Date(now()))
    await commitOnce(deps, table, next, signal)
    return null
  } catch (error) {
    signal?.throwIfAborted()
    return error instanceof Error ? error.message : String(error)
  }
}

/** Gives whether it was committed: a writer that was first leaves it to the next run. */
async function commitOnce(
  { catalog }: Pick<CompactDependencies, 'catalog'>,
  table: LoadedTable,
  next: TableMetadata,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    await catalog.commit(table, next, signal)
    return true
  } catch (error) {
    if (error instanceof CommitConflict || error instanceof CommitStateUnknown) return false
    throw error
  }
}

/** Keys of files that nothing refers to: of the table, of lists of consumed objects, of the ledger. */
async function orphanKeys(
  deps: CompactDependencies,
  table: LoadedTable | null,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  if (table === null) return []
  const { files, now } = deps
  const { store } = files
  const keys: string[] = []
  const options = signal === undefined ? {} : { signal }
  const orphans = findOrphans(table, files, { now: new Date(now()), delayMs: orphanDelayMs, ...options })
  for await (const { key } of orphans) keys.push(key)
  const consumed = await readConsumed(table.metadata, store, options)
  const ledger = await readLedger(table.metadata, store, signal)
  const kept = new Set([...consumed.keys, ...ledgerKeys(table.metadata, ledger)])
  for (const folder of [consumedFolder, ledgerFolder]) {
    for await (const { key, lastModified } of store.list(folder, options)) {
      if (!kept.has(key) && now() - lastModified.getTime() > orphanDelayMs) keys.push(key)
    }
  }
  return keys
}
