/**
 * Queries over two million events in data files: the compiled SQL against SQL written by hand, on the same files and the
 * same DuckDB; the engine as a whole with everything cached; the same fields in columns; against zgrep and jq on the same
 * events as gzipped lines, also by the clock with all cores, which is how long somebody waits, with cached files as they are
 * stored and as they are once they were asked for often; bytes fetched over bytes needed; and the first answer of a new
 * process. Elsewhere CPU time of one thread.
 *
 * Columns of the answer are those that the command line shows: without `@ptr`, which SQL by hand has not either. The lakes
 * are made once, in `node_modules/.cache`.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDuckDb } from '../../shared/engine/duckdb.js'
import { LocalParts } from '../../shared/engine/local-parts.js'
import { createQueryEngine } from '../../shared/engine/query-engine.js'
import { filesRelation } from '../../shared/engine/scan-sources.js'
import { s3Catalog } from '../../shared/iceberg/catalogs/s3.js'
import { lowerQuery, parseQuery } from '../../shared/insights/index.js'
import { lakeReader } from '../../shared/lake/lake-reader.js'
import type { Project } from '../../shared/plan/node.js'
import { optimize } from '../../shared/plan/rules/optimize.js'
import { compilePlan } from '../../shared/sql/compile.js'
import { duckDb } from '../../shared/sql/dialects/duckdb.js'
import type { SourceBranch } from '../../shared/sql/relation.js'
import { diskStore } from '../../shared/store/disk.js'
import { freshQueries } from './fresh-query.js'
import { compare, cpuTime, measureInTurns, round, type Sample, summarise } from './measure.js'
import { benchQueries } from './query-baseline.js'
import { hours, openLake, promotedFields, start } from './query-lake.js'

/** Of the first answer of a new process, and the query that it answers. */
const coldGoal = { median: 500, spread: 0 }
const hourly = 'stats count(*) as n by @logStream'
/** zgrep takes a second or two, jq up to half a minute. */
const shellMs = 15_000

const count = Number(process.argv[2] ?? 2_000_000)
const rounds = Number(process.argv[3] ?? 3)
/** Only queries of which this is the name, or part of it. */
const named = process.argv[4] ?? ''
const made = join('node_modules', '.cache', 'tailrace', `bench-query-${count}`)
const folder = await mkdtemp(join(tmpdir(), 'tailrace-bench-query-'))
const duckdb = await openDuckDb({ memoryLimitMb: 1024, threads: 1 })
const allThreads = await openDuckDb({ memoryLimitMb: 1024, threads: availableParallelism() })
try {
  const { files, root, lines } = await openLake(made, count, duckdb)
  const withColumns = await openLake(`${made}-promoted`, count, duckdb, promotedFields)
  const store = diskStore(root)
  const table = { store, location: 's3://bench/table' }
  const catalog = s3Catalog(table, { newId: () => '', sleep: async () => {} })
  const reader = lakeReader({ store, catalog, table })
  const engineWith = (cache: string, database = duckdb) => {
    const parts = new LocalParts({ store, place: 'bench', folder: join(folder, cache), maxBytes: 4e9 })
    return { parts, ...createQueryEngine({ duckdb: database, reader, parts, maxScanBytes: null }) }
  }
  const [relation, columnRelation] = [filesRelation(files), filesRelation(withColumns.files)]
  const columns = new Map(promotedFields.map(({ field, column, type }) => [field, { column, type }]))
  for (const { what, query, byHand, shell } of benchQueries.filter(each => each.what.includes(named))) {
    const plan = planOf(query)
    const best = optimize(plan).plan
    const compileFor = (branch: SourceBranch) => {
      const sources = compilePlan(best, duckDb).scans.map(() => [branch])
      return compilePlan(best, duckDb, { sources })
    }
    const compiled = compileFor({ relation, promoted: new Map(), isFieldless: true, isWithin: true })
    const promoted = compileFor({ relation: columnRelation, promoted: columns, isFieldless: true, isWithin: true })
    const hand = byHand.replaceAll('FILES', relation)
    const engine = engineWith(what)
    const first = await engine.run(plan)
    const rows = await rowsOf(first)
    const wanted = (await duckdb.query(hand)).rows.length
    if (rows !== wanted) throw new Error(`bench: ${what} has ${rows} rows, by hand ${wanted}`)
    const measured = await measureInTurns(
      {
        compiled: () => duckdb.query(compiled.sql, compiled.params),
        byHand: () => duckdb.query(hand),
        promoted: () => duckdb.query(promoted.sql, promoted.params),
        engine: async () => rowsOf(await engine.run(plan)),
      },
      rounds,
      cpuTime,
    )
    print(compare(`${what}: compiled SQL against SQL by hand`, 'CPU ms', measured.compiled, measured.byHand))
    print(compare(`${what}: engine, all cached, against SQL by hand`, 'CPU ms', measured.engine, measured.byHand))
    if (columnsNamed(query) !== null)
      print(compare(`${what}: promoted columns against JSON`, 'CPU ms', measured.promoted, measured.compiled))
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
      const all = engineWith(what, allThreads)
      const run = async () => rowsOf(await all.run(plan))
      const command = shell.replaceAll('LINES', lines)
      const { clock, cpu, wall } = await againstShell(run, command)
      const against = `${what}: engine, all cached, against zgrep or jq`
      print(compare(against, 'CPU ms', measured.engine, cpu))
      print(compare(`${against}, by the clock with all cores`, 'ms', clock, wall))
      await all.parts.rewriteHot(allThreads, new AbortController().signal)
      const rewritten = await againstShell(run, command)
      const again = `${what}: engine, asked again and again, against zgrep or jq`
      print(compare(`${again}, by the clock with all cores`, 'ms', rewritten.clock, rewritten.wall))
    }
  }
  for (const [what, sample] of coldStart(root)) print(compare(what, 'ms', sample, coldGoal))
  const hour = { query: hourly, from: start + 3_600_000, to: start + 2 * 3_600_000 }
  for (const [phase, { wall, cpu }] of Object.entries(await freshQueries(store, hour, 5))) {
    print(compare(`query function, ${phase} in a new process, one hour`, 'ms', wall, coldGoal))
    print(compare(`query function, ${phase} in a new process, one hour, CPU`, 'ms', cpu, coldGoal))
  }
} finally {
  duckdb.close()
  allThreads.close()
  await rm(folder, { recursive: true })
}

/** Promoted fields that a query names. */
function columnsNamed(query: string): RegExpMatchArray | null {
  return query.match(new RegExp(`\\b(?:${promotedFields.map(({ field }) => field).join('|')})\\b`))
}

/** By the clock, in turns with a pipeline of the shell: both as often as `shellMs` allows, the pipeline at least once. */
async function againstShell(
  run: () => Promise<unknown>,
  command: string,
): Promise<Record<'clock' | 'cpu' | 'wall', Sample>> {
  await run()
  const clock: number[] = []
  const shell: ReturnType<typeof shellTime>[] = []
  for (const began = performance.now(); shell.length === 0 || performance.now() - began < shellMs; ) {
    for (let round = 0; round < rounds; round++) {
      const started = performance.now()
      await run()
      clock.push(performance.now() - started)
    }
    shell.push(shellTime(command))
  }
  const [cpu, wall] = [shell.map(each => each.cpu), shell.map(each => each.wall)]
  return { clock: summarise(clock), cpu: summarise(cpu), wall: summarise(wall) }
}

/** CPU time of all processes of a pipeline, and its time by the clock. */
function shellTime(command: string, env = process.env): { readonly cpu: number; readonly wall: number } {
  const began = performance.now()
  const text = execFileSync('sh', ['-c', `(${command}) > /dev/null && times`], { env }).toString()
  const wall = performance.now() - began
  const [user, system] = text.trim().split('\n').at(-1)!.split(' ')
  const ms = (time: string) => {
    const [minutes, seconds] = time.replace('s', '').split('m').map(Number)
    return (minutes! * 60 + seconds!) * 1000
  }
  return { cpu: ms(user!) + ms(system!), wall }
}

function planOf(query: string): Project {
  const parsed = parseQuery(query)
  const times = { from: start, to: start + hours * 3_600_000, now: null }
  const range = { ...times, lookupTables: new Map(), hasPointers: false }
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

/** The command line with nothing cached: by the clock, and CPU time, which other processes change less. */
function coldStart(root: string): readonly (readonly [string, Sample])[] {
  const [since, until] = [1, 2].map(hour => new Date(start + hour * 3_600_000).toISOString())
  const runs = Array.from({ length: 5 }, (_, index) => {
    const env = { ...process.env, XDG_CACHE_HOME: join(folder, `cold-${index}`) }
    const command = ['dist/tailrace.js', 'query', '--lake', root, '--since', since!, '--until', until!, hourly]
    return shellTime([process.execPath, ...command].map(word => `'${word}'`).join(' '), env)
  })
  const what = 'first answer of a new process, one hour'
  return [
    [what, summarise(runs.map(({ wall }) => wall))],
    [`${what}, CPU`, summarise(runs.map(({ cpu }) => cpu))],
  ]
}

function print(result: object): void {
  process.stdout.write(`${JSON.stringify(result)}\n`)
}
