import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { duckDbEngine } from '../../scripts/conformance/duckdb-engine.js'
import { type InsightsCase, runInsightsCases } from '../../scripts/conformance/insights.js'
import type { InsightsEngine } from '../../scripts/conformance/insights-engine.js'
import { type DuckDb, openDuckDb } from '../../shared/engine/duckdb.js'
import { LocalParts } from '../../shared/engine/local-parts.js'
import { prepareScans } from '../../shared/engine/prepare-scans.js'
import { type ResultRow, renderRow } from '../../shared/engine/render-row.js'
import { s3Catalog } from '../../shared/iceberg/catalogs/s3.js'
import { lowerQuery, parseQuery } from '../../shared/insights/index.js'
import { lakeReader } from '../../shared/lake/lake-reader.js'
import type { Project } from '../../shared/plan/node.js'
import { printPlan } from '../../shared/plan/print.js'
import { optimize } from '../../shared/plan/rules/optimize.js'
import { compilePlan } from '../../shared/sql/compile.js'
import { duckDb } from '../../shared/sql/dialects/duckdb.js'
import type { ObjectStore } from '../../shared/store/object-store.js'

const now = 1_768_478_400

function planOf(query: string, logGroups?: readonly string[]): Project {
  const parsed = parseQuery(query)
  if ('diagnostics' in parsed) throw new Error(parsed.diagnostics[0]!.message)
  const options = {
    from: null,
    to: null,
    now,
    lookupTables: new Map(),
    ...(logGroups === undefined ? {} : { logGroups }),
  }
  const lowered = lowerQuery(parsed.ast, query, options)
  if ('diagnostics' in lowered) throw new Error(lowered.diagnostics[0]!.message)
  return lowered.plan
}

function optimized(query: string, logGroups?: readonly string[]): string[] {
  const { plan, fired } = optimize(planOf(query, logGroups))
  return [`fired ${fired.join(', ')}`, ...printPlan(plan).split('\n')]
}

describe('the rules of a plan', () => {
  it('fold what is known before any event is read', () => {
    expect(optimized('filter 1 < 2 and (a = "x" or 2 > 3) | display a')).toMatchInlineSnapshot(`
      [
        "fired fold-constants, prune-columns",
        "%1 = SCAN [a, @ptr]",
        "%2 = FILTER %1 a = "x"",
        "%3 = LIMIT %2 10000",
        "%4 = PROJECT %3 [a, @ptr]",
      ]
    `)
    expect(optimized('filter 1 > 2 or 3 = 3 | display 2 * 3 + 1 as n')).toMatchInlineSnapshot(`
      [
        "fired fold-constants, push-limits, prune-columns",
        "%1 = SCAN [@ptr]",
        "%2 = LIMIT %1 10000",
        "%3 = EXTEND %2 [n = 7]",
        "%4 = PROJECT %3 [n, @ptr]",
      ]
    `)
  })

  it('move filters below the steps that do not make what they ask about', () => {
    expect(
      optimized(
        'fields a * 2 as b, strlen(c) as n | parse c "x=*" as x | filter d = "y" and b > 3 and x like "z" | display n, x',
      ),
    ).toMatchInlineSnapshot(`
      [
        "fired push-filters, prune-columns",
        "%1 = SCAN [a, c, d, @ptr]",
        "%2 = FILTER %1 d = "y"",
        "%3 = EXTEND %2 [b = multiply(a, 2)]",
        "%4 = FILTER %3 b > 3",
        "%5 = EXTEND %4 [n = strlen(c)]",
        "%6 = PARSE %5 c /(?s)x\\=(.*)/ [x = 1]",
        "%7 = FILTER %6 x like "z"",
        "%8 = LIMIT %7 10000",
        "%9 = PROJECT %8 [n, x, @ptr]",
      ]
    `)
  })

  it('keep filters above limits, aggregates and columns that hide what they ask about', () => {
    expect(optimized('limit 3 | filter a = "x" | display a')).toMatchInlineSnapshot(`
      [
        "fired prune-columns",
        "%1 = SCAN [a, @ptr]",
        "%2 = LIMIT %1 3",
        "%3 = FILTER %2 a = "x"",
        "%4 = PROJECT %3 [a, @ptr]",
      ]
    `)
    expect(
      optimized('fields strlen(a) as a | filter a > 3 | stats count(*) as n by a | filter n > 1'),
    ).toMatchInlineSnapshot(`
      [
        "fired prune-columns",
        "%1 = SCAN [a]",
        "%2 = EXTEND %1 [a = strlen(a)]",
        "%3 = FILTER %2 a > 3",
        "%4 = AGGREGATE %3 [n = count()] by [a]",
        "%5 = FILTER %4 n > 1",
        "%6 = LIMIT %5 10000",
        "%7 = PROJECT %6 [a, n]",
      ]
    `)
  })

  it('give the scan the times that filters ask for', () => {
    expect(
      optimized('filter @timestamp >= 1768478400000 and 1768478500000.5 > @timestamp and a = "x" | display a'),
    ).toMatchInlineSnapshot(`
      [
        "fired scan-time, prune-columns",
        "%1 = SCAN time >= 1768478400000 time <= 1768478500000 [a, @ptr]",
        "%2 = FILTER %1 a = "x"",
        "%3 = LIMIT %2 10000",
        "%4 = PROJECT %3 [a, @ptr]",
      ]
    `)
    expect(optimized('filter @timestamp = 1768478400000 | display a')).toMatchInlineSnapshot(`
      [
        "fired scan-time, prune-columns",
        "%1 = SCAN time >= 1768478400000 time <= 1768478400000 [a, @ptr]",
        "%2 = LIMIT %1 10000",
        "%3 = PROJECT %2 [a, @ptr]",
      ]
    `)
    expect(optimized('filter @timestamp > 1 or @timestamp < 5 | display a')).toMatchInlineSnapshot(`
      [
        "fired ",
        "%1 = SCAN [@timestamp, a, @ptr]",
        "%2 = FILTER %1 @timestamp > 1 or @timestamp < 5",
        "%3 = LIMIT %2 10000",
        "%4 = PROJECT %3 [a, @ptr]",
      ]
    `)
  })

  it('give the scan the groups that filters name', () => {
    expect(
      optimized('filter @log = "123456789012:/app" or @log in ["111122223333:/web"] | display a'),
    ).toMatchInlineSnapshot(`
      [
        "fired scan-groups, prune-columns",
        "%1 = SCAN {/app, /web of 123456789012, 111122223333} [@log, a, @ptr]",
        "%2 = FILTER %1 @log = "123456789012:/app" or @log = "111122223333:/web"",
        "%3 = LIMIT %2 10000",
        "%4 = PROJECT %3 [a, @ptr]",
      ]
    `)
    expect(optimized('filter @source.log = "/app" | display a', ['/app', '/web'])).toMatchInlineSnapshot(`
      [
        "fired scan-groups, prune-columns",
        "%1 = SCAN {/app} [@source.log, a, @ptr]",
        "%2 = FILTER %1 @source.log = "/app"",
        "%3 = LIMIT %2 10000",
        "%4 = PROJECT %3 [a, @ptr]",
      ]
    `)
    expect(
      optimized('filter @source.log = "/other" or @source.log = "42" | display a', ['/app']),
    ).toMatchInlineSnapshot(`
      [
        "fired prune-columns",
        "%1 = SCAN {/app} [@source.log, a, @ptr]",
        "%2 = FILTER %1 @source.log = "/other" or @source.log = "42"",
        "%3 = LIMIT %2 10000",
        "%4 = PROJECT %3 [a, @ptr]",
      ]
    `)
  })

  it('sort nothing that is in order, and compute columns for the rows of the answer alone', () => {
    expect(
      optimized('fields strlen(@message) as n | sort @timestamp desc | limit 20 | limit 10 | display n'),
    ).toMatchInlineSnapshot(`
      [
        "fired scan-order, push-limits, prune-columns",
        "%1 = SCAN [@message, @ptr]",
        "%2 = LIMIT %1 10",
        "%3 = EXTEND %2 [n = strlen(@message)]",
        "%4 = PROJECT %3 [n, @ptr]",
      ]
    `)
    expect(optimized('fields a as @timestamp | sort @timestamp desc | limit 5 | display a')).toMatchInlineSnapshot(`
      [
        "fired prune-columns",
        "%1 = SCAN [a, @ptr]",
        "%2 = EXTEND %1 [@timestamp = a]",
        "%3 = SORT %2 @timestamp desc",
        "%4 = LIMIT %3 5",
        "%5 = PROJECT %4 [a, @ptr]",
      ]
    `)
  })

  it('leave out columns that nothing reads', () => {
    expect(
      optimized(
        'fields strlen(a) as n, n * 2 as m, b as c | parse d /(?<x>\\d)(?<y>.)/ | stats count(*) as k, max(b) as o by m | display k',
      ),
    ).toMatchInlineSnapshot(`
      [
        "fired prune-columns",
        "%1 = SCAN [a]",
        "%2 = EXTEND %1 [n = strlen(a)]",
        "%3 = EXTEND %2 [m = multiply(n, 2)]",
        "%4 = AGGREGATE %3 [k = count()] by [m]",
        "%5 = LIMIT %4 10000",
        "%6 = PROJECT %5 [k]",
      ]
    `)
    expect(optimized('parse d /(?<x>\\d)(?<y>.)/ multi | stats count(*) as k')).toMatchInlineSnapshot(`
      [
        "fired prune-columns",
        "%1 = SCAN [d]",
        "%2 = PARSE %1 d /(?P<x>\\d)(?P<y>.)/ [x = 1] every match",
        "%3 = AGGREGATE %2 [k = count()]",
        "%4 = LIMIT %3 10000",
        "%5 = PROJECT %4 [k]",
      ]
    `)
  })

  it('change nothing in a plan that is as it should be', () => {
    const { plan } = optimize(planOf('filter a = "x" | stats count(*) by b'))
    expect(optimize(plan)).toEqual({ plan, fired: [] })
  })
})

/** `EVERY_CASE=1 npx vitest run test/plan/optimize` takes all of them. */
const oneOf = process.env.EVERY_CASE === undefined ? 5 : 1

/** What the query engine answers, but for the rules that it begins with. */
async function answerAsIs(
  plan: Project,
  { store, duckdb, folder }: { readonly store: ObjectStore; readonly duckdb: DuckDb; readonly folder: string },
): Promise<readonly ResultRow[]> {
  const table = { store, location: 's3://lake/table' }
  const catalog = s3Catalog(table, { newId: randomUUID, sleep: async () => undefined })
  const run = await new LocalParts({ store, place: folder, folder, maxBytes: 1e9 }).openRun()
  try {
    const options = { reader: lakeReader({ store, catalog, table }), run, signal: undefined, maxScanBytes: null }
    const sources = await (await prepareScans(plan, options)).fetch()
    const { sql, params, columns } = compilePlan(plan, duckDb, { sources })
    return (await duckdb.query(sql, params)).rows.map(values => renderRow(columns, values))
  } finally {
    await run.release()
  }
}

describe('the answers to the Insights cases', () => {
  it('are the same without the rules', { timeout: 300_000 }, async () => {
    const read = (name: string) =>
      JSON.parse(readFileSync(new URL(`../cases/insights/${name}.json`, import.meta.url), 'utf8'))
    const [engine, duckdb] = [await duckDbEngine(), await openDuckDb({ memoryLimitMb: 512, threads: 1 })]
    const folder = await mkdtemp(join(tmpdir(), 'tailrace-rules-'))
    const fired = new Map<string, number>()
    const different: unknown[] = []
    let used = ''
    const both: InsightsEngine = {
      ...engine,
      use(dataset) {
        used = dataset
        return engine.use(dataset)
      },
      async run(plan) {
        for (const rule of optimize(plan).fired) fired.set(rule, (fired.get(rule) ?? 0) + 1)
        const cache = { store: engine.storeOf(used), duckdb, folder: join(folder, used) }
        const [before, after] = [await answerAsIs(plan, cache), await engine.run(plan)]
        if (JSON.stringify(before) !== JSON.stringify(after)) different.push([printPlan(plan), before, after])
        return before
      },
    }
    const cases: InsightsCase[] = [...read('cases'), ...read('own'), ...read('doubtful')]
    const some = cases.filter((_, index) => index % oneOf === 0)
    await runInsightsCases(read('datasets'), some, both)
    await engine.close()
    duckdb.close()
    await rm(folder, { recursive: true })
    expect(different).toEqual([])
    expect(fired.get('prune-columns')).toBeGreaterThan(some.length / 3)
    expect([...fired.keys()]).toEqual(expect.arrayContaining(['push-filters', 'push-limits', 'scan-order']))
  })
})
