/**
 * One engine out of two: DuckDB in the process, and Athena for what is more than that takes on. What a query would read is
 * known from footers before anything is read.
 */
import type { Project } from '../plan/node.js'
import { optimize } from '../plan/rules/optimize.js'
import { compilePlan } from '../sql/compile.js'
import { trino } from '../sql/dialects/trino.js'
import type { AthenaAnswer, AthenaSource } from './athena.js'
import { chooseEngine } from './choose.js'
import type { Estimate, QueryEngine, QueryRun } from './query-engine.js'

/** `runInAthena` with its options. */
export type AthenaRunner = (plan: Project, source: AthenaSource, signal?: AbortSignal) => Promise<AthenaAnswer>

/** Who runs a query; `auto` for whoever is better at it. */
export const engineNames = ['auto', 'duckdb', 'athena'] as const
export type EngineName = (typeof engineNames)[number]

export interface ChoosingEngineOptions {
  readonly duckdb: QueryEngine
  /** Null where there is no workgroup. */
  readonly athena: AthenaRunner | null
  /** What DuckDB may fetch for one query. */
  readonly duckDbLimitBytes: number
}

/** Without Athena, DuckDB itself, which says no to what is too large for it. */
export function choosingEngine(options: ChoosingEngineOptions, wanted: EngineName): QueryEngine {
  const { duckdb, athena, duckDbLimitBytes } = options
  if (athena === null || wanted === 'duckdb') return duckdb
  return {
    estimate: (plan, signal) => duckdb.estimate(plan, signal),
    async run(plan, signal) {
      const estimate = await duckdb.estimate(plan, signal)
      const choice = chooseEngine({
        estimatedBytes: estimate.bytes,
        athenaBytes: estimate.inAthena.bytes,
        duckDbLimitBytes,
        uncommittedObjects: estimate.asOf.landingObjects,
        hasAthena: true,
        ...(wanted === 'athena' ? { wanted } : {}),
      })
      if (choice.engine === 'duckdb') return { ...(await duckdb.run(plan, signal)), choice }
      const { snapshotId } = estimate.asOf
      const { plan: optimized } = optimize(plan)
      const source = {
        snapshotId: snapshotId === null ? null : BigInt(snapshotId),
        promoted: estimate.inAthena.promoted.map(fields => new Map(Object.entries(fields))),
      }
      const answer = await athena(optimized, source, signal)
      const { columns } = compilePlan(optimized, trino)
      return { ...runOf(answer, estimate), columns, choice }
    },
  }
}

/** Athena does not tell how many events passed the filters: that its answer has at least so many is all that is known. */
function runOf({ rows, statistics }: AthenaAnswer, { files, records, asOf }: Estimate): Omit<QueryRun, 'columns'> {
  return {
    asOf: { ...asOf, landingObjects: 0 },
    batches: (async function* () {
      yield rows
    })(),
    statistics: () => ({
      recordsMatched: rows.length,
      recordsScanned: records,
      estimatedRecordsSkipped: 0,
      bytesScanned: statistics.scannedBytes,
      estimatedBytesSkipped: 0,
      logGroupsScanned: 0,
      bytesFetched: 0,
      requests: 0,
      files,
    }),
  }
}
