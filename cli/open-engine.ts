import { openDuckDb } from '../shared/engine/duckdb.js'
import { createQueryEngine, type QueryEngine } from '../shared/engine/query-engine.js'
import { writeParquet } from '../shared/engine/write-parquet.js'
import type { ObjectStore } from '../shared/store/object-store.js'
import { openReader } from './lake.js'

export interface OpenedEngine {
  readonly engine: QueryEngine
  readonly toParquet: (lines: string, columns: readonly string[], path: string) => Promise<void>
  close(): void
}

/** Queries over the whole of a lake, one after the other. */
export async function openEngine(lake: ObjectStore): Promise<OpenedEngine> {
  const { reader, parts } = openReader(lake, { isLandingOnly: false, onFetch: () => undefined })
  const duckdb = await openDuckDb({ memoryLimitMb: 1024, threads: 2 })
  return {
    engine: createQueryEngine({ duckdb, reader, parts, maxScanBytes: null }),
    toParquet: (lines, columns, path) => writeParquet(duckdb, lines, columns, path),
    close: () => duckdb.close(),
  }
}
