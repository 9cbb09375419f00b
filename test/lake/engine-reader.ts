/** What the query engine itself answers over a lake, for tests of the lake. */
import { randomUUID } from 'node:crypto'
import type { DuckDb } from '../../shared/engine/duckdb.js'
import { LocalParts } from '../../shared/engine/local-parts.js'
import { createQueryEngine, type QueryEngine } from '../../shared/engine/query-engine.js'
import type { ResultRow } from '../../shared/engine/render-row.js'
import { s3Catalog } from '../../shared/iceberg/catalogs/s3.js'
import { lakeReader } from '../../shared/lake/lake-reader.js'
import type { Project } from '../../shared/plan/node.js'
import type { ObjectStore } from '../../shared/store/object-store.js'

export interface EngineReaderOptions {
  readonly duckdb: DuckDb
  /** Of the table. */
  readonly location: string
  /** For the cache of what was fetched; readers of one store may share it. */
  readonly folder: string
}

/** An engine whose every request goes to the store. */
export function engineOver(store: ObjectStore, { duckdb, location, folder }: EngineReaderOptions): QueryEngine {
  const table = { store, location }
  const catalog = s3Catalog(table, { newId: randomUUID, sleep: async () => undefined })
  const parts = new LocalParts({ store, place: folder, folder, maxBytes: 1e9 })
  const reader = lakeReader({ store, catalog, table })
  return createQueryEngine({ duckdb, reader, parts, maxScanBytes: null })
}

export async function rowsOf(engine: QueryEngine, plan: Project): Promise<readonly ResultRow[]> {
  const run = await engine.run(plan)
  const rows: ResultRow[] = []
  for await (const batch of run.batches) rows.push(...batch)
  return rows
}
