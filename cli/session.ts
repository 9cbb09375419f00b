import { byteSize, counted } from '../shared/diagnostics/table.js'
import { openDuckDb } from '../shared/engine/duckdb.js'
import { createQueryEngine, type Estimate, type QueryRun } from '../shared/engine/query-engine.js'
import type { ResultRow } from '../shared/engine/render-row.js'
import type { Project } from '../shared/plan/node.js'
import type { ObjectStore } from '../shared/store/object-store.js'
import { untilAborted } from './interrupt.js'
import { openReader, type Times } from './lake.js'
import { clearProgress, showProgress } from './output/screen.js'

/** The events of a range of time, ready to be asked. All that commands know about engines and files is behind this. */
export interface Session {
  run(plan: Project): Promise<readonly ResultRow[]>
  /** What a run would read; fetches footers and no data. */
  estimate(plan: Project): Promise<Estimate>
  /** Files of the range, landing objects and data files. */
  readonly objects: number
  /** Of the answers so far: bytes of the columns that were read. */
  readonly bytes: number
  close(): Promise<void>
}

export interface SessionOptions {
  /** Looks at what lands and not at the table. */
  readonly isLandingOnly?: boolean
  /** Of the columns that a query reads; no cap where left out. A run beyond it throws ScanCapExceeded. */
  readonly maxScanBytes?: number
}

/**
 * @param signal ends what is under way: the call rejects with its reason
 * @throws ObjectStoreError, EngineFailed
 */
export async function openSession(
  lake: ObjectStore,
  times: Times,
  signal: AbortSignal,
  { isLandingOnly = false, maxScanBytes }: SessionOptions = {},
): Promise<Session> {
  let fetched = 0
  const onFetch = (bytes: number) => {
    fetched += bytes
    showProgress(byteSize(fetched))
  }
  const { reader, parts } = openReader(lake, { isLandingOnly, onFetch })
  const { files } = await reader.plan(times, null, signal)
  showProgress(counted(files.length, 'object'))
  const duckdb = await openDuckDb({ memoryLimitMb: 1024, threads: 2 })
  const engine = createQueryEngine({ duckdb, reader, parts, maxScanBytes: maxScanBytes ?? null })
  let isBusy = false
  let bytes = 0
  return {
    objects: files.length,
    get bytes() {
      return bytes
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
      bytes += run.statistics().bytesScanned
      clearProgress()
      return rows
    },
    close: async () => {
      clearProgress()
      // A query that was given up still holds its connection.
      if (!isBusy || !signal.aborted) duckdb.close()
    },
  }
}

async function allRows({ batches }: QueryRun): Promise<readonly ResultRow[]> {
  const rows: ResultRow[] = []
  for await (const batch of batches) rows.push(...batch)
  return rows
}
