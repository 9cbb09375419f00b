/**
 * Queries over two million events in data files: the compiled SQL against SQL written by hand, on the same files and the
 * same DuckDB; the engine as a whole with everything cached; against zgrep and jq on the same events as gzipped lines;
 * bytes fetched over bytes needed; and the first answer of a new process.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDuckDb } from '../../shared/engine/duckdb.js'
import { LocalParts } from '../../shared/engine/local-parts.js'
import { createQueryEngine } from '../../shared/engine/query-engine.js'
import { filesRelation } from '../../shared/engine/scan-sources.js'
import { s3Catalog } from '../../shared/iceberg/catalogs/s3.js'
import { lowerQuery, parseQuery } from '../../shared/insights/index.js'
import { lakeReader } from '../../shared/lake/lake-reader.js'
import type { Project } from '../../shared/plan/node.js'
import { compilePlan } from '../../shared/sql/compile.js'
import { duckDb } from '../../shared/sql/dialects/duckdb.js'
import { diskStore } from '../../shared/store/disk.js'
import { compare, measureInTurns, round, summarise } from './measure.js'
import { benchQueries } from './query-baseline.js'
import { hours, makeLake, start } from './query-lake.js'

const count = Number(process.argv[2] ?? 2_000_000)
const rounds = Number(process.argv[3] ?? 5)
const folder = await mkdtemp(join(tmpdir(), 'tailrace-bench-query-'))
const duckdb = await openDuckDb({ memoryLimitMb: 1024, threads: 2 })
try {
  const { files, root, lines } = await makeLake(folder, count, duckdb)
  const store = diskStore(root)
  const table = { store, location: 's3://bench/table' }
  const catalog = s3Catalog(table, { newId: () => '', sleep: async () => {} })
  const reader = lakeReader({ store, catalog, table })
  const engineWith = (cache: string) => {
    const parts = new LocalParts({ store, place: 'bench', folder: join(folder, cache), maxBytes: 4e9 })
    return createQueryEngine({ duckdb, reader, parts, maxScanBytes: null })
  }
  const engine = engineWith('cache')
  const relation = filesRelation(files)
  for (const { what, query, byHand, shell } of benchQueries) {
    const plan = planOf(query)
    const sources = compilePlan(plan, duckDb).scans.map(() => [{ relation, promoted: new Map() }])
    const { sql, params } = compilePlan(plan, duckDb, { sources })
    const hand = byHand.replaceAll('FILES', relation)
    const fresh = engineWith(`cache-${what}`)
    const first = await fresh.run(plan)
    const rows = await rowsOf(first)
    const wanted = (await duckdb.query(hand)).rows.length
    if (rows !== wanted) throw new Error(`bench: ${what} has ${rows} rows, by hand ${wanted}`)
    const measured = await measureInTurns(
      {
        compiled: () => duckdb.query(sql, params),
        byHand: () => duckdb.query(hand),
        engine: async () => rowsOf(await engine.run(plan)),
      },
      rounds,
    )
    print(compare(`${what}: compiled SQL against SQL by hand`, 'ms', measured.compiled, measured.byHand))
    print(compare(`${what}: engine, all cached, against SQL by hand`, 'ms', measured.engine, measured.byHand))
    const { bytesFetched, bytesScanned } = first.statistics()
    print({
      what: `${what}: bytes fetched over bytes needed`,
      unit: 'bytes',
      median: bytesFetched,
      spread: 0,
      baseline: bytesScanned,
      ratio: round(bytesFetched / bytesScanned),
    })
    if (shell !== undefined && hasTools(shell)) {
      const began = performance.now()
      execFileSync('sh', ['-c', shell.replaceAll('LINES', lines)], { stdio: 'ignore' })
      const took = { median: performance.now() - began, spread: 0 }
      print(compare(`${what}: engine, all cached, against zgrep or jq`, 'ms', measured.engine, took))
    }
  }
  print({ what: 'first answer of a new process, one hour', unit: 'ms', ...coldStart(root), baseline: 500 })
} finally {
  duckdb.close()
  await rm(folder, { recursive: true })
}

function planOf(query: string): Project {
  const parsed = parseQuery(query)
  const range = { from: start, to: start + hours * 3_600_000, now: null, lookupTables: new Map() }
  const lowered = 'ast' in parsed ? lowerQuery(parsed.ast, query, range) : parsed
  if ('diagnostics' in lowered) throw new Error(`bench: ${query}: ${JSON.stringify(lowered.diagnostics)}`)
  return lowered.plan
}

async function rowsOf({ batches }: { readonly batches: AsyncIterable<readonly unknown[]> }): Promise<number> {
  let rows = 0
  for await (const batch of batches) rows += batch.length
  return rows
}

function hasTools(shell: string): boolean {
  return spawnSync('sh', ['-c', `command -v zgrep${shell.includes('jq') ? ' && command -v jq' : ''}`]).status === 0
}

/** The command line with nothing cached, and then with what the first run has left. */
function coldStart(root: string): { readonly median: number; readonly spread: number; readonly ratio: number } {
  const [since, until] = [1, 2].map(hour => new Date(start + hour * 3_600_000).toISOString())
  const query = 'stats count(*) as n by @logStream'
  const times = Array.from({ length: 5 }, (_, index) => {
    const env = { ...process.env, XDG_CACHE_HOME: join(folder, `cold-${index}`) }
    const began = performance.now()
    execFileSync(
      process.execPath,
      ['dist/tailrace.js', 'query', '--lake', root, '--since', since!, '--until', until!, query],
      { env },
    )
    return performance.now() - began
  })
  const { median, spread } = summarise(times)
  return { median: round(median), spread: round(spread), ratio: round(median / 500) }
}

function print(result: object): void {
  process.stdout.write(`${JSON.stringify(result)}\n`)
}
