import { byteSize } from '../shared/diagnostics/table.js'
import type { DuckDb } from '../shared/engine/duckdb.js'
import { createQueryEngine, type Estimate, type QueryRun } from '../shared/engine/query-engine.js'
import type { ResultRow } from '../shared/engine/render-row.js'
import type { LakeReader } from '../shared/lake/lake-reader.js'
import type { Project } from '../shared/plan/node.js'
import type { ObjectStore } from '../shared/store/object-store.js'
import { untilAborted } from './interrupt.js'
import { openReader } from './lake.js'
import { lazyDuckDb } from './lazy-duckdb.js'
import { clearProgress, showProgress, warnOfSetAside } from './output/screen.js'

/** A lake, ready to be asked. All that commands know about engines and files is behind this. */
export interface Session {
  readonly lake: ObjectStore
  readonly signal: AbortSignal
  run(plan: Project): Promise<readonly ResultRow[]>
  /** What a run would read; fetches footers and no data. */
  estimate(plan: Project): Promise<Estimate>
  /** Of the answers so far: files, and bytes of the columns that were read. */
  readonly objects: number
  readonly bytes: number
  /** Of the last answer: of how many of the groups asked for the files that were looked at may have events. */
  readonly groupsSeen: number
  /** Of the last answer; null without a table. */
  readonly snapshotId: string | null
  /** Landing objects of the range that are not in the answers, as `AsOf` has them. */
  readonly setAside: number
  /** Tells of what the answers left out. */
  close(): Promise<void>
}

export interface SessionOptions {
  /** What lands (also what the table holds by now), the table, or both without what would be twice: all if left out. */
  readonly source?: 'landing' | 'table' | 'all'
  /** Of the columns that a query reads; no cap where left out. A run beyond it throws ScanCapExceeded. */
  readonly maxScanBytes?: number
  /** One to share, which is not closed with the session. */
  readonly duckdb?: Pick<DuckDb, 'stream'>
}

/**
 * @param signal ends what is under way: the call rejects with its reason
 * @throws ObjectStoreError, EngineFailed
 */
export function openSession(
  lake: ObjectStore,
  signal: AbortSignal,
  { source = 'all', maxScanBytes, duckdb }: SessionOptions = {},
): Session {
  let fetched = 0
  const onFetch = (bytes: number) => {
    fetched += bytes
    showProgress(byteSize(fetched))
  }
  const { reader, parts } = openReader(lake, { isLandingOnly: source === 'landing', onFetch })
  const own = duckdb === undefined ? lazyDuckDb() : null
  const engine = createQueryEngine({
    duckdb: duckdb ?? own!,
    reader: source === 'table' ? tableOnly(reader) : reader,
    parts,
    maxScanBytes: maxScanBytes ?? null,
  })
  let isBusy = false
  const seen = { objects: 0, bytes: 0, groupsSeen: 0, snapshotId: null as string | null, setAside: 0 }
  return {
    lake,
    signal,
    get objects() {
      return seen.objects
    },
    get bytes() {
      return seen.bytes
    },
    get groupsSeen() {
      return seen.groupsSeen
    },
    get snapshotId() {
      return seen.snapshotId
    },
    get setAside() {
      return seen.setAside
    },
    estimate: async plan => {
      const estimate = await engine.estimate(plan, signal)
      clearProgress()
      return estimate
    },
    run: async plan => {
      signal.throwIfAborted()
      isBusy = true
      const run = await engine.run(plan, signal)
      const rows = await untilAborted(allRows(run), signal)
      isBusy = false
      const { files, bytesScanned, logGroupsScanned } = run.statistics()
      seen.objects += files
      seen.bytes += bytesScanned
      seen.groupsSeen = logGroupsScanned
      seen.snapshotId = run.asOf.snapshotId
      seen.setAside = Math.max(seen.setAside, run.asOf.setAside)
      clearProgress()
      return rows
    },
    close: async () => {
      clearProgress()
      warnOfSetAside(seen.setAside)
      // A query that was given up still holds its connection.
      if (!isBusy || !signal.aborted) await own?.close()
    },
  }
}

function tableOnly({ plan }: LakeReader): LakeReader {
  return {
    async plan(...args) {
      const all = await plan(...args)
      return { ...all, files: all.files.filter(({ kind }) => kind === 'table') }
    },
  }
}

async function allRows({ batches }: QueryRun): Promise<readonly ResultRow[]> {
  const rows: ResultRow[] = []
  for await (const batch of batches) for (const row of batch) rows.push(row)
  return rows
}
