import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openDuckDb } from '../../shared/engine/duckdb.js'
import { LocalParts } from '../../shared/engine/local-parts.js'
import { createQueryEngine, type QueryEngine } from '../../shared/engine/query-engine.js'
import type { ResultRow } from '../../shared/engine/render-row.js'
import { s3Catalog } from '../../shared/iceberg/catalogs/s3.js'
import { lakeReader } from '../../shared/lake/lake-reader.js'
import { diskStore } from '../../shared/store/disk.js'
import type { InsightsEngine } from './insights-engine.js'

/** The query engine over lakes on disk, one for each dataset, as the product reads them. */
export async function duckDbEngine(): Promise<InsightsEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-insights-'))
  const duckdb = await openDuckDb({ memoryLimitMb: 512, threads: 1 })
  const { rows } = await duckdb.query('SELECT version()')
  const storeOf = (dataset: string) => diskStore(join(folder, dataset))
  let engine: QueryEngine
  return {
    name: `DuckDB ${rows[0]?.[0]}`,
    storeOf,
    async use(dataset) {
      const store = storeOf(dataset)
      const table = { store, location: 's3://lake/table' }
      const catalog = s3Catalog(table, { newId: randomUUID, sleep: ms => sleep(ms) })
      const parts = new LocalParts({ store, place: dataset, folder: join(folder, 'cache'), maxBytes: 1e9 })
      engine = createQueryEngine({ duckdb, reader: lakeReader({ store, catalog, table }), parts, maxScanBytes: null })
    },
    async run(plan) {
      const found: ResultRow[] = []
      for await (const batch of (await engine.run(plan)).batches) found.push(...batch)
      return found
    },
    async close() {
      duckdb.close()
      await rm(folder, { recursive: true })
    },
  }
}
