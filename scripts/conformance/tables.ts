import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { type DuckDb, openDuckDb } from '../../shared/engine/duckdb.js'
import { type CaseResult, failedBy, idOf } from './case-file.js'
import { duckDbRows } from './table-readers/duckdb.js'
import type { TableReader } from './table-readers/table-reader.js'
import type { TableSite, TableStep } from './table-site.js'
import { columnsOf, type TextRow } from './table-values.js'

export interface TablesCase {
  readonly id: string
  /** What the table shall show, in words. */
  readonly about: string
  readonly steps: readonly TableStep[]
  /** Messages of the table afterwards, in any order. */
  readonly expect: readonly string[]
}

/** Takes a lake through the steps of each case and has its table read: every value shall be what DuckDB finds. */
export async function runTablesCases(
  cases: readonly TablesCase[],
  site: TableSite,
  readers: readonly TableReader[],
): Promise<readonly CaseResult[]> {
  const duckdb = await openDuckDb({ memoryLimitMb: 256, threads: 1 })
  try {
    const results: CaseResult[] = []
    for (const [index, one] of cases.entries()) {
      const id = idOf(one, index)
      results.push(await runCase(one, id, { site, readers, duckdb }).catch(error => failedBy(error, id)))
    }
    return results
  } finally {
    duckdb.close()
  }
}

interface With {
  readonly site: TableSite
  readonly readers: readonly TableReader[]
  readonly duckdb: DuckDb
}

async function runCase(
  { steps, expect }: TablesCase,
  id: string,
  { site, readers, duckdb }: With,
): Promise<CaseResult> {
  const table = await site.make(steps)
  const wanted = await duckDbRows(duckdb, table, await mkdtemp(join(site.folder, 'files-')))
  const message = columnsOf(table).findIndex(({ name }) => name === 'message')
  const messages = wanted.map(row => [row[message]!])
  const differences = [
    difference(
      'DuckDB',
      messages,
      expect.map(text => [text]),
    ),
  ]
  for (const reader of readers) differences.push(difference(reader.name, await reader.rows(table), wanted))
  const found = differences.filter(one => one !== null)
  return { id, outcome: found.length === 0 ? 'passed' : 'failed', detail: found.join('; ') }
}

/** Null where the rows are the same, in whatever order. */
function difference(name: string, found: readonly TextRow[], wanted: readonly TextRow[]): string | null {
  const [some = [], others = []] = [found, wanted].map(rows => rows.map(row => JSON.stringify(row)).sort())
  const longest = Math.max(some.length, others.length)
  const at = Array.from({ length: longest }, (_, index) => index).find(index => some[index] !== others[index])
  if (at === undefined) return null
  return `${name} has ${found.length} rows of ${wanted.length}; ${some[at] ?? 'none'} where ${others[at] ?? 'none'} is expected`
}
