import { renderDiagnostic } from '../../shared/diagnostics/diagnostic.js'
import type { ResultRow } from '../../shared/engine/render-row.js'
import {
  type LookupTable,
  type LowerOptions,
  lowerQuery,
  parseQuery,
  readLookupTable,
} from '../../shared/insights/index.js'
import type { Project } from '../../shared/plan/node.js'
import { type CaseResult, failedBy, idOf } from './case-file.js'
import type { InsightsEngine } from './insights-engine.js'
import { type LandedEvent, land } from './land.js'

export interface InsightsCase {
  readonly id: string
  readonly dataset: string
  readonly query: string
  readonly expect?: readonly ResultRow[] | null
  readonly error?: boolean
  readonly ordered?: boolean
  readonly logGroups?: readonly string[]
  /** Epoch seconds, inclusive. */
  readonly startTime?: number
  readonly endTime?: number
  readonly now?: number
  readonly lookupTables?: Readonly<Record<string, string>>
}

export type InsightsDatasets = Readonly<Record<string, readonly LandedEvent[]>>

/** Runs cases as a deployed Tailrace would: events go through ingest and land as Parquet, and the engine finds and reads them there. */
export async function runInsightsCases(
  datasets: InsightsDatasets,
  cases: readonly InsightsCase[],
  engine: InsightsEngine,
): Promise<readonly CaseResult[]> {
  const results = new Map<number, CaseResult>()
  for (const name of new Set(cases.map(one => one?.dataset))) {
    const problem = await prepare(name, datasets, engine)
    for (const [index, one] of cases.entries()) {
      if (one?.dataset !== name) continue
      const id = idOf(one, index)
      // A query that is refused needs no events.
      const run = problem === null || one?.error === true ? runCase(one, id, engine) : Promise.reject(problem)
      results.set(index, await run.catch(error => failedBy(error, id)))
    }
  }
  return cases.map((_, index) => results.get(index)!)
}

/** Lands a dataset for the engine; what keeps it from that, or null. */
async function prepare(name: string, datasets: InsightsDatasets, engine: InsightsEngine): Promise<unknown> {
  if (!Object.hasOwn(datasets, name)) return `there is no dataset "${name}"`
  try {
    await land(datasets[name]!, engine.storeOf(name))
    await engine.use(name)
    return null
  } catch (error) {
    return error
  }
}

async function runCase(one: InsightsCase, id: string, engine: InsightsEngine): Promise<CaseResult> {
  if (one.expect === undefined && one.error !== true) throw new Error('it expects neither rows nor an error')
  const actual = await answer(one, engine)
  const detail = `${JSON.stringify(one.query)}: ${'rows' in actual ? JSON.stringify(actual.rows) : actual.problem}`
  if (one.expect === null && one.error !== true) return { id, outcome: 'undetermined', detail }
  const wanted = one.error === true ? 'an error' : JSON.stringify(one.expect)
  const agrees =
    one.error === true
      ? 'problem' in actual && actual.isDiagnosed
      : 'rows' in actual && sameRows(actual.rows, one.expect ?? [], one.ordered === true)
  return { id, outcome: agrees ? 'passed' : 'failed', detail: `${detail}, expected ${wanted}` }
}

type Answer = { readonly rows: readonly ResultRow[] } | { readonly problem: string; readonly isDiagnosed: boolean }

async function answer(one: InsightsCase, engine: InsightsEngine): Promise<Answer> {
  const planned = plan(one.query, optionsOf(one))
  if ('problem' in planned) return planned
  try {
    return { rows: (await engine.run(planned.plan)).map(withoutPointer) }
  } catch (error) {
    return { problem: String(error), isDiagnosed: false }
  }
}

function plan(query: string, options: LowerOptions): { readonly plan: Project } | Extract<Answer, { problem: string }> {
  const parsed = parseQuery(query)
  const lowered = 'ast' in parsed ? lowerQuery(parsed.ast, query, options) : parsed
  if ('plan' in lowered) return lowered
  const problem = lowered.diagnostics.map(found => renderDiagnostic({ name: 'query', text: query }, found)).join('\n')
  const isDiagnosed = lowered.diagnostics.some(({ code }) => code !== 'insights/unsupported')
  return { problem, isDiagnosed }
}

function optionsOf({ startTime, endTime, now, logGroups, lookupTables }: InsightsCase): LowerOptions {
  const tables = Object.entries(lookupTables ?? {}).map(([name, csv]): [string, LookupTable] => [
    name,
    readLookupTable(csv),
  ])
  return {
    ...(logGroups === undefined ? {} : { logGroups }),
    from: startTime === undefined ? null : startTime * 1000,
    // CloudWatch has been seen to search to the end of the last second: `END=…999` in DescribeQueries.
    to: endTime === undefined ? null : endTime * 1000 + 999,
    now: now ?? null,
    lookupTables: new Map(tables),
  }
}

function withoutPointer({ '@ptr': _, ...row }: ResultRow): ResultRow {
  return row
}

/** Members in any order; rows in any order too, unless the case says otherwise. */
function sameRows(actual: readonly ResultRow[], expected: readonly ResultRow[], isOrdered: boolean): boolean {
  const texts = (rows: readonly ResultRow[]) => {
    const found = rows.map(row => JSON.stringify(Object.entries(row).sort()))
    return isOrdered ? found : found.sort()
  }
  return JSON.stringify(texts(actual)) === JSON.stringify(texts(expected))
}
