import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { openDuckDb } from '../../shared/engine/duckdb.js'
import { LocalParts } from '../../shared/engine/local-parts.js'
import { createQueryEngine } from '../../shared/engine/query-engine.js'
import { s3Catalog } from '../../shared/iceberg/catalogs/s3.js'
import { lowerQuery, parseQuery } from '../../shared/insights/index.js'
import { lakeReader } from '../../shared/lake/lake-reader.js'
import type { PromotedSetting } from '../../shared/lake/promoted-columns.js'
import type { Project } from '../../shared/plan/node.js'
import { diskStore } from '../../shared/store/disk.js'
import { type BenchResult, compare, measureInTurns } from './measure.js'
import { hours, makeLake, start } from './query-lake.js'

const events = 1_000_000
const query = 'filter status >= 500 | stats count(*) as n, avg(latency) as a, max(latency) as m by service'
const promoted: readonly PromotedSetting[] = [
  { field: 'status', column: 'status', type: 'long' },
  { field: 'latency', column: 'latency', type: 'long' },
  { field: 'service', column: 'service', type: 'string' },
]

/** The same query on the same events, in columns of their own and in the message; everything is cached. */
export async function promotedQuery(folder: string): Promise<BenchResult> {
  await mkdir(folder)
  const duckdb = await openDuckDb({ memoryLimitMb: 1_024, threads: 2 })
  try {
    const plan = planOf()
    const runOver = async (name: string, settings: readonly PromotedSetting[]) => {
      const own = join(folder, name)
      await mkdir(own)
      const { root } = await makeLake(own, events, duckdb, settings)
      const store = diskStore(root)
      const table = { store, location: 's3://bench/table' }
      const catalog = s3Catalog(table, { newId: () => '', sleep: async () => {} })
      const reader = lakeReader({ store, catalog, table })
      const parts = new LocalParts({ store, place: name, folder: join(own, 'cache'), maxBytes: 4e9 })
      const engine = createQueryEngine({ duckdb, reader, parts, maxScanBytes: null })
      return async () => {
        const rows = []
        for await (const batch of (await engine.run(plan)).batches) rows.push(...batch)
        return rows
      }
    }
    const column = await runOver('columns', promoted)
    const field = await runOver('fields', [])
    const sorted = async (rows: Promise<readonly object[]>) => (await rows).map(row => JSON.stringify(row)).sort()
    const [one, other] = [await sorted(column()), await sorted(field())]
    if (one.length !== 4 || one.join() !== other.join()) throw new Error(`bench: ${one} is not ${other}`)
    const measured = await measureInTurns({ column, field }, 7)
    return compare('query on promoted columns against the same on fields', 'ms', measured.column, measured.field)
  } finally {
    duckdb.close()
    await rm(folder, { recursive: true })
  }
}

function planOf(): Project {
  const parsed = parseQuery(query)
  const range = { from: start, to: start + hours * 3_600_000, now: null, lookupTables: new Map() }
  const lowered = 'ast' in parsed ? lowerQuery(parsed.ast, query, range) : parsed
  if ('diagnostics' in lowered) throw new Error(`bench: ${query}: ${JSON.stringify(lowered.diagnostics)}`)
  return lowered.plan
}
