/** What an erasure would take away: which files hold such events and how many, without changing anything. */
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { LoadedTable } from '../iceberg/catalog.js'
import type { DataFile } from '../iceberg/data-file.js'
import { snapshotsByRef } from '../iceberg/expire-snapshots.js'
import { planFiles } from '../iceberg/plan-files.js'
import { keyOf } from '../iceberg/table-files.js'
import type { TableMetadata } from '../iceberg/table-metadata.js'
import { NotFound } from '../store/errors.js'
import type { ObjectEntry } from '../store/object-store.js'
import { planCommit } from './commit.js'
import { type Erasure, meets } from './erasures.js'
import { EraseNotFinished } from './errors.js'
import { fetchWhole, inParallel } from './fetch-columns.js'
import type { RowDeletesByFile } from './fetch-deletes.js'
import type { LakeDependencies } from './lake-dependencies.js'
import { parseLandingKey } from './landing-key.js'
import type { EventIdentity } from './merge.js'
import { mayHoldEvents } from './plan-compaction.js'
import type { SetAside } from './set-aside.js'

export interface FileMatch {
  readonly file: DataFile
  readonly rows: number
}

/** A branch or tag of another engine, and the events in its snapshots, which stay as long as it does. */
export interface RefMatch {
  readonly name: string
  readonly rows: number
}

export interface ErasurePlan {
  readonly tableFiles: readonly FileMatch[]
  /** What another engine has deleted of the table's files; such rows count too, until they are gone. */
  readonly rowDeletes: RowDeletesByFile
  /** Landing objects that are not in the table yet. */
  readonly landing: readonly { readonly key: string; readonly rows: number }[]
  /** Events of both; one that stands in both counts twice. */
  readonly rows: number
  /** Matching events that a legal hold covers. */
  readonly held: number
  readonly samples: readonly EventIdentity[]
  readonly refs: readonly RefMatch[]
  /** Landing objects that cannot be read, and so not be looked into. */
  readonly setAside: readonly SetAside[]
}

/** What an erasure leaves of the table's history. A snapshot of a writer whose clock is ahead goes, too. */
export const noHistory = { minSnapshots: 1, maxAgeMs: Number.NEGATIVE_INFINITY, overrulesMain: true } as const

/** Local copies at a time. */
const filesAtOnce = 8
const maxSamples = 10

const maxLooks = 10

/**
 * Looks again while others delete what it looks at: the events may be in what they have put in its place.
 * @throws EraseNotFinished when they always did
 * @throws ObjectStoreError, IcebergError, MergeFailed, LakeStateUnreadable, StateDamaged
 */
export async function planErase(deps: LakeDependencies, erasure: Erasure, signal?: AbortSignal): Promise<ErasurePlan> {
  for (let looks = 0; looks < maxLooks; looks++) {
    const { waiting, setAside } = await planCommit(deps, signal)
    const table = await deps.catalog.load(signal)
    const hasChanged = async () => (await deps.catalog.load(signal))?.version !== table?.version
    try {
      const { hasMissed, ...plan } = await look(deps, erasure, table, waiting, signal)
      if (!hasMissed || !(await hasChanged())) return { ...plan, setAside }
    } catch (error) {
      if (!(error instanceof NotFound) || !(await hasChanged())) throw error
    }
  }
  throw new EraseNotFinished()
}

async function look(
  deps: LakeDependencies,
  erasure: Erasure,
  table: LoadedTable | null,
  waiting: readonly ObjectEntry[],
  signal: AbortSignal | undefined,
): Promise<Omit<ErasurePlan, 'setAside'> & { readonly hasMissed: boolean }> {
  const { files } = deps
  const options = { rowDeletes: 'report', ...(signal && { signal }) } as const
  const landing = waiting.filter(({ key }) => {
    const times = parseLandingKey(key)
    return times !== null && meets(erasure, times.minTimestamp, times.maxTimestamp)
  })
  const planned = table === null ? null : await planFiles(table.metadata, files, [], options)
  const near = (planned?.files ?? []).filter(file => mayHoldEvents(file, erasure))
  const search = new Search(deps, erasure, signal)
  const inTable = await search.run(near.map(({ filePath }) => keyOf(files, filePath)))
  const inLanding = await search.run(landing.map(({ key }) => key))
  const tableFiles = near.flatMap((file, index) => (inTable[index] === 0 ? [] : [{ file, rows: inTable[index]! }]))
  const objects = landing.flatMap(({ key }, index) =>
    inLanding[index] === 0 ? [] : [{ key, rows: inLanding[index]! }],
  )
  return {
    tableFiles,
    rowDeletes: planned?.rowDeletes ?? new Map(),
    landing: objects,
    rows: [...tableFiles, ...objects].reduce((sum, { rows }) => sum + rows, 0),
    held: search.held,
    samples: search.samples,
    refs: table === null ? [] : await searchRefs(deps, erasure, table.metadata, signal),
    hasMissed: search.hasMissed,
  }
}

async function searchRefs(
  deps: LakeDependencies,
  erasure: Erasure,
  metadata: TableMetadata,
  signal: AbortSignal | undefined,
): Promise<readonly RefMatch[]> {
  const { files, now } = deps
  const found: RefMatch[] = []
  for (const [name, snapshots] of snapshotsByRef(metadata, { ...noHistory, now: new Date(now()) })) {
    if (name === 'main') continue
    const near = new Set<string>()
    for (const { 'snapshot-id': snapshotId } of snapshots) {
      const planned = await planFiles(metadata, files, [], {
        snapshotId,
        rowDeletes: 'report',
        ...(signal && { signal }),
      })
      for (const file of planned.files) if (mayHoldEvents(file, erasure)) near.add(keyOf(files, file.filePath))
    }
    const rows = await new Search(deps, erasure, signal).run([...near])
    found.push({ name, rows: rows.reduce((sum, count) => sum + count, 0) })
  }
  return found
}

class Search {
  held = 0
  /** Some of the objects were gone. */
  hasMissed = false
  readonly samples: EventIdentity[] = []
  readonly #deps: LakeDependencies
  readonly #erasure: Erasure
  readonly #signal: AbortSignal | undefined

  constructor(deps: LakeDependencies, erasure: Erasure, signal: AbortSignal | undefined) {
    this.#deps = deps
    this.#erasure = erasure
    this.#signal = signal
  }

  /** Rows that match, by object; none in one that is gone. */
  async run(keys: readonly string[]): Promise<readonly number[]> {
    const rows: number[] = keys.map(() => 0)
    for (let from = 0; from < keys.length; from += filesAtOnce) {
      const folder = join(this.#deps.folder, this.#deps.newId())
      await mkdir(folder)
      try {
        const fetched = await this.#fetch(keys.slice(from, from + filesAtOnce), folder)
        for (const [at, count] of await this.#find(fetched, folder)) rows[from + at] = count
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    }
    return rows
  }

  async #fetch(keys: readonly string[], folder: string): Promise<ReadonlyMap<number, string>> {
    const fetched = new Map<number, string>()
    await inParallel(keys, async (key, index) => {
      const path = join(folder, `${index}.parquet`)
      try {
        await fetchWhole(this.#deps.files.store, key, path, this.#signal)
        fetched.set(index, path)
      } catch (error) {
        if (!(error instanceof NotFound)) throw error
        this.hasMissed = true
      }
    })
    return fetched
  }

  async #find(fetched: ReadonlyMap<number, string>, folder: string): Promise<readonly (readonly [number, number])[]> {
    if (fetched.size === 0) return []
    const indexes = [...fetched.keys()]
    const request = {
      erasure: this.#erasure,
      paths: [...fetched.values()],
      folder,
      ...(this.#signal && { signal: this.#signal }),
    }
    const samples = maxSamples - this.samples.length
    const found = await this.#deps.merge.find({ ...request, which: 'erasable', samples })
    this.samples.push(...found.samples)
    if ((this.#deps.holds ?? []).length > 0) {
      const held = await this.#deps.merge.find({ ...request, which: 'held', samples: 0 })
      this.held += held.rows.reduce((sum, count) => sum + count, 0)
    }
    return indexes.map((index, at) => [index, found.rows[at]!] as const)
  }
}
