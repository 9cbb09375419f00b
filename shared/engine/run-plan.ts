import type { Project } from '../plan/node.js'
import { optimize } from '../plan/rules/optimize.js'
import { compilePlan } from '../sql/compile.js'
import { duckDb } from '../sql/dialects/duckdb.js'
import type { DuckDb } from './duckdb.js'
import { type ResultRow, renderRow } from './render-row.js'

/**
 * Runs a plan over the view `logs` of a DuckDB.
 * @throws EngineFailed with DuckDB's message
 */
export async function runPlan(plan: Project, duckdb: Pick<DuckDb, 'query'>): Promise<readonly ResultRow[]> {
  const { sql, params, columns } = compilePlan(optimize(plan).plan, duckDb)
  const { rows } = await duckdb.query(sql, params)
  return rows.map(values => renderRow(columns, values))
}
