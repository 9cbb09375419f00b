import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDuckDb } from '../../shared/engine/duckdb.js'
import { runPlan } from '../../shared/engine/run-plan.js'
import { diskStore } from '../../shared/store/disk.js'
import type { InsightsEngine } from './insights-engine.js'

/** DuckDB over landing Parquet on disk, through the view that shows each event once. */
export async function duckDbEngine(): Promise<InsightsEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-insights-'))
  const duckdb = await openDuckDb({ memoryLimitMb: 512, threads: 1 })
  const { rows } = await duckdb.query('SELECT version()')
  return {
    name: `DuckDB ${rows[0]?.[0]}`,
    storeOf: dataset => diskStore(join(folder, dataset)),
    use: (dataset, landingKey) => duckdb.defineLogs([join(folder, dataset, landingKey)]),
    run: plan => runPlan(plan, duckdb),
    async close() {
      duckdb.close()
      await rm(folder, { recursive: true })
    },
  }
}
