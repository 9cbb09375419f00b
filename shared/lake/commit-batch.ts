/** Some landing objects → data files → one snapshot. */
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { FilesGone } from '../iceberg/errors.js'
import { stageSnapshot } from '../iceberg/stage-snapshot.js'
import { newSnapshotId } from '../iceberg/table-changes.js'
import { NotFound } from '../store/errors.js'
import type { ObjectEntry } from '../store/object-store.js'
import { recordClasses } from './classes.js'
import { type Consumed, consumedProperty, readConsumed, writeConsumed } from './consumed.js'
import { type Erasure, mayName, meets, readAndCopyErasures } from './erasures.js'
import { LakeStateUnreadable, MergeFailed } from './errors.js'
import { failsAlone, type MergeTerms } from './fails-alone.js'
import {
  copyLanding,
  type Fetched,
  fetchLanding,
  landedRows,
  landingInputs,
  type Problem,
  setApart,
} from './fetch-landing.js'
import { type LakeDependencies, loadOrCreate, loadWith, publish, unpublishedMs } from './lake-dependencies.js'
import { parseLandingKey } from './landing-key.js'
import { type LandedMetrics, ledgerProperty, readLedger, writeLedger } from './ledger.js'
import { landingDays } from './list-landing.js'
import { carriedColumns } from './log-table.js'
import type { MergeRequest, MergeResult } from './merge.js'
import { fetchNear, type Near } from './overlapping.js'
import { type PromotedElsewhere, withPromoted } from './promoted-columns.js'
import { putDataFiles } from './put-data-files.js'

export interface Committed {
  /** Objects that the table holds now and did not before. */
  readonly objects: number
  readonly rows: number
  readonly duplicates: number
  /** Rows left out because they are to be gone. */
  readonly erased: number
  readonly bytesIn: number
  readonly files: number
  readonly bytesOut: number
  /** How often another writer was first. */
  readonly conflicts: number
  readonly problems: readonly Problem[]
  readonly promotedElsewhere: readonly PromotedElsewhere[]
  /** Why nothing was committed: a merge failed, and no object of several, or no object at all, is known to be why. */
  readonly failure: BatchFailure | null
}

export interface BatchFailure {
  readonly error: MergeFailed
  /** Each object was read to its end, and was merged from a file of its own. */
  readonly isLookedAt: boolean
}

/** Another writer was first so often: the next run has better luck. */
const maxTries = 6

/** To read an object to its end takes half as long as a small merge: among more, halves are merged to find the damaged ones. */
const lookedAtMost = 64

export interface BatchOptions {
  readonly signal?: AbortSignal
  /** As the failure of a batch that these objects are of says. */
  readonly isLookedAt?: boolean
}

/**
 * Commits what the table does not hold yet of these objects. What cannot be merged is reported and left out.
 * @throws NotFound when a file that the table names is gone
 */
export async function commitBatch(
  deps: LakeDependencies,
  entries: readonly ObjectEntry[],
  { signal, isLookedAt = false }: BatchOptions = {},
): Promise<Committed> {
  const folder = join(deps.folder, deps.newId())
  await mkdir(folder)
  try {
    const { fetched, problems } = await fetchLanding(deps.files.store, entries, folder, signal)
    const objects = (isLookedAt ? await setApart(fetched) : null) ?? fetched
    const batch = new Batch(deps, objects, [...problems], folder, isLookedAt, signal)
    for (let attempt = 1; attempt <= maxTries; attempt++) {
      const committed = await batch.attempt(attempt)
      if (committed !== null) return committed
    }
    return batch.report([], null)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const noneNear: Near = {
  against: [],
  isAgainstPartial: false,
  rewritten: [],
  appliedDeletes: new Set(),
  hasIdless: false,
  meets: () => false,
}

class Batch {
  readonly #deps: LakeDependencies
  #fetched: readonly Fetched[]
  readonly #problems: Problem[]
  readonly #folder: string
  #isLookedAt: boolean
  readonly #signal: AbortSignal | undefined
  readonly #tried: bigint[] = []
  #conflicts = 0
  #promotedElsewhere: readonly PromotedElsewhere[] = []

  constructor(
    deps: LakeDependencies,
    fetched: readonly Fetched[],
    problems: Problem[],
    folder: string,
    isLookedAt: boolean,
    signal: AbortSignal | undefined,
  ) {
    this.#deps = deps
    this.#fetched = fetched
    this.#problems = problems
    this.#folder = folder
    this.#isLookedAt = isLookedAt
    this.#signal = signal
  }

  /** One try against the table as it is now; null to try again. */
  async attempt(number: number): Promise<Committed | null> {
    const { files, catalog, newId, now, promote } = this.#deps
    const options = this.#signal === undefined ? {} : { signal: this.#signal }
    if (this.#fetched.length === 0) return this.report([], null)
    const began = now()
    const days = landingDays(this.#fetched.map(({ entry }) => entry))
    const { table, consumed } = await loadWith({ load: () => loadOrCreate(this.#deps, this.#signal) }, async table => ({
      table,
      consumed: await readConsumed(table.metadata, files.store, { days, ...options }),
    }))
    const waiting = this.#fetched.filter(({ entry }) => !consumed.has(entry.key))
    if (waiting.length === 0) return this.report([], null)
    const { metadata, promoted, elsewhere } = withPromoted(table.metadata, promote, new Date(now()))
    this.#promotedElsewhere = elsewhere
    const folder = join(this.#folder, `try-${number}`)
    await mkdir(folder)
    try {
      const near = await this.#near(metadata, waiting, folder)
      // After the table: what is recorded later changes the table, so that this try is refused.
      const erase = await this.#erasures(waiting)
      const rewritten = near.rewritten.map(({ file }) => file)
      const columns = { promoted, carried: carriedColumns(metadata, promoted, rewritten) }
      const merged = await this.#merge(waiting, near, columns, erase, folder)
      if (near === null || merged === null) return null
      await recordClasses(files.store, merged.classes, now())
      const added = await putDataFiles(metadata, files, merged.files, { newId, ...options })
      const properties = await this.#writeState(consumed, table.metadata, waiting, merged)
      const snapshotId = newSnapshotId(newId())
      this.#tried.push(snapshotId)
      const staged = await stageSnapshot(
        metadata,
        files,
        {
          operation: rewritten.length === 0 ? 'append' : 'overwrite',
          added,
          removed: rewritten,
          appliedDeletes: near.appliedDeletes,
          properties,
          summary: { 'tailrace.objects': String(waiting.length) },
        },
        { snapshotId, now: new Date(now()), newId, ...options },
      )
      if (now() - began > unpublishedMs) return null
      const done = await publish(catalog, table, staged.metadata, this.#tried, this.#signal)
      if (done !== null) return this.report(waiting, { ...merged, bytes: sum(added, file => file.fileSizeInBytes) })
    } catch (error) {
      if (error instanceof MergeFailed) return this.report([], null, error)
      // The table has changed since it was loaded.
      const isGone = error instanceof FilesGone || error instanceof NotFound || error instanceof LakeStateUnreadable
      if (!isGone || number === maxTries) throw error
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
    this.#conflicts++
    return null
  }

  report(
    waiting: readonly Fetched[],
    merged: (MergeResult & { readonly bytes: number }) | null,
    failure: MergeFailed | null = null,
  ): Committed {
    return {
      objects: waiting.length,
      rows: sum(merged?.tallies ?? [], tally => tally.rows),
      duplicates: merged?.duplicates ?? 0,
      erased: merged?.erased ?? 0,
      bytesIn: sum(waiting, ({ entry }) => entry.size),
      files: merged?.files.length ?? 0,
      bytesOut: merged?.bytes ?? 0,
      conflicts: this.#conflicts,
      problems: this.#problems,
      promotedElsewhere: this.#promotedElsewhere,
      failure: failure && { error: failure, isLookedAt: this.#isLookedAt },
    }
  }

  async #near(metadata: Parameters<typeof fetchNear>[0], waiting: readonly Fetched[], folder: string): Promise<Near> {
    const filled = waiting.filter(({ facts }) => facts.bounds !== null)
    if (filled.length === 0) return noneNear
    const incoming = {
      bounds: filled.map(({ facts }) => facts.bounds!),
      hasIds: filled.some(({ facts }) => facts.hasIds),
      hasIdless: filled.some(({ facts }) => facts.hasIdless),
    }
    return await fetchNear(metadata, this.#deps.files, incoming, folder, this.#signal)
  }

  async #erasures(waiting: readonly Fetched[]): Promise<readonly Erasure[]> {
    const filled = waiting.flatMap(({ facts }) => facts.bounds ?? [])
    const ms = (micros: bigint) => Number(micros / 1_000n)
    const isNear = (erasure: Erasure) =>
      filled.some(
        ({ minTimestamp, maxTimestamp, minGroup, maxGroup }) =>
          meets(erasure, ms(minTimestamp) - 1, ms(maxTimestamp) + 1) && mayName(erasure.groups, minGroup, maxGroup),
      )
    return (await readAndCopyErasures(this.#deps.files.store, this.#signal)).filter(isNear)
  }

  /** Null when objects that cannot be merged were left out, or all were set apart. */
  async #merge(
    waiting: readonly Fetched[],
    near: Near,
    columns: Pick<MergeRequest, 'promoted' | 'carried'>,
    erase: readonly Erasure[],
    folder: string,
  ): Promise<MergeResult | null> {
    const landed = waiting.filter(({ facts }) => facts.rows > 0)
    if (landed.length === 0) return { files: [], classes: [], duplicates: 0, deleted: 0, erased: 0, tallies: [] }
    const known = landedRows(landed, near.meets)
    const terms: MergeTerms = {
      ...columns,
      targetBytes: this.#deps.settings.fileBytes,
      folder,
      erase,
      ...(this.#deps.retentionOf && { retentionOf: this.#deps.retentionOf }),
      ...(this.#signal && { signal: this.#signal }),
    }
    try {
      return await this.#deps.merge.merge({
        inputs: [...(await landingInputs(landed)), ...near.rewritten.map(({ input }) => input)],
        against: near.against,
        isAgainstPartial: near.isAgainstPartial,
        hasIdless: near.hasIdless,
        ...(known && { landed: known }),
        ...terms,
      })
    } catch (error) {
      if (!(error instanceof MergeFailed) || error.lacksRoom || !(await this.#leaveOut(landed, terms))) throw error
      return null
    }
  }

  /** Leaves out what cannot be merged, or puts each object into a file of its own. False when no other try can come to another end. */
  async #leaveOut(landed: readonly Fetched[], terms: MergeTerms): Promise<boolean> {
    if (landed.length > lookedAtMost) return false
    const found = this.#isLookedAt ? [] : await this.#damaged(landed, terms.folder)
    this.#isLookedAt = true
    const apart = found.length > 0 ? null : await setApart(this.#fetched)
    if (apart !== null) {
      this.#fetched = apart
      return true
    }
    const [only] = landed
    if (found.length === 0 && landed.length === 1) {
      const error = await failsAlone(this.#deps, only!, terms)
      if (error !== null) found.push({ entry: only!.entry, reason: error.message })
    }
    this.#problems.push(...found)
    const out = new Set(found.map(({ entry }) => entry.key))
    this.#fetched = this.#fetched.filter(({ entry }) => !out.has(entry.key))
    return out.size > 0
  }

  async #damaged(landed: readonly Fetched[], folder: string): Promise<Problem[]> {
    const found: Problem[] = []
    const path = join(folder, 'looked-at.parquet')
    for (const object of landed) {
      this.#signal?.throwIfAborted()
      await copyLanding(object, path)
      const reason = await this.#deps.merge.damageOf(path)
      if (reason !== null) found.push({ entry: object.entry, reason })
    }
    return found
  }

  async #writeState(
    consumed: Consumed,
    metadata: Parameters<typeof readLedger>[0],
    waiting: readonly Fetched[],
    merged: MergeResult,
  ): Promise<Readonly<Record<string, string>>> {
    const { files, newId, now } = this.#deps
    const options = { newId, ...(this.#signal === undefined ? {} : { signal: this.#signal }) }
    const keys = waiting.map(({ entry }) => entry.key)
    const ledger = await readLedger(metadata, files.store, this.#signal)
    const metrics = waiting.flatMap(({ entry, facts }): LandedMetrics[] => {
      const times = parseLandingKey(entry.key)
      if (facts.metrics === null || times === null) return []
      return [{ text: facts.metrics, min: times.minTimestamp, max: times.maxTimestamp }]
    })
    return {
      [consumedProperty]: await writeConsumed(files.store, consumed.list, keys, { at: now(), ...options }),
      [ledgerProperty]: await writeLedger(files.store, ledger, merged.tallies, metrics, options),
    }
  }
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0)
}
