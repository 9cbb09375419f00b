/**
 * A part of what `npm run conformance -- insights … --engine trino` runs, and filter patterns, on a Trino that was obtained
 * before (`npx tsx scripts/trino.ts`), over the table that `commit` makes.
 */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { duckDbEngine } from '../../scripts/conformance/duckdb-engine.js'
import { type InsightsCase, runInsightsCases } from '../../scripts/conformance/insights.js'
import type { InsightsEngine } from '../../scripts/conformance/insights-engine.js'
import { trinoEngine } from '../../scripts/conformance/trino-engine.js'
import { TrinoAbsent } from '../../scripts/trino/errors.js'
import { presentTrino } from '../../scripts/trino/obtain.js'
import { ask, hostileDocuments, hostilePatterns, hostileTexts, plain } from '../sql/hostile.js'
import { disagreements, landMessages, landRows, read } from '../sql/matching.js'

const trino = presentTrino()
const isPresent = !(trino instanceof TrinoAbsent)
if (!isPresent) console.log(trino.message)

const timeout = 600_000
let engine: InsightsEngine
beforeAll(async () => {
  if (isPresent) engine = await trinoEngine(trino)
}, timeout)
afterAll(() => engine?.close())

const contentOf = (path: string) => JSON.parse(readFileSync(new URL(`../cases/${path}.json`, import.meta.url), 'utf8'))

describe.runIf(isPresent)('on Trino', () => {
  it('the Insights cases of what engines do differently, and an eighth of the others, give the rows that they should', {
    timeout,
  }, async () => {
    const files = ['cases', 'own', 'commands']
    const cases: readonly InsightsCase[] = files.flatMap(file => contentOf(`insights/${file}`))
    const some = [...contentOf('insights/engines'), ...cases.filter((_, index) => index % 8 === 0)]
    const results = await runInsightsCases(contentOf('insights/datasets'), some, engine)
    expect(results).toHaveLength(some.length)
    expect(results.filter(({ outcome }) => outcome === 'failed')).toEqual([])
  })

  it('points to an event as DuckDB does', { timeout }, async () => {
    const other = await duckDbEngine()
    const ids = [null, 'of another kind'].map(id_raw => ({ ...plain, message: `${id_raw}`, id_raw }))
    const pointers = []
    for (const one of [engine, other]) {
      await landRows(one, 'pointers', ids)
      pointers.push(await ask('fields @message | sort @message', one))
    }
    await other.close()
    expect(pointers[1]).toMatchObject([{ '@ptr': expect.any(String) }, { '@ptr': expect.any(String) }])
    expect(pointers[0]).toEqual(pointers[1])
  })

  it('filter patterns match what the matcher matches', { timeout }, async () => {
    const cases: readonly { pattern: string; message: string }[] = contentOf('filter-pattern/cases')
    const some = cases.filter((_, index) => index % 12 === 0)
    const patterns = [
      ...new Set([...hostilePatterns.filter((_, index) => index % 5 === 0), ...some.map(({ pattern }) => pattern)]),
    ].map(read)
    const messages = [...new Set([...hostileTexts, ...hostileDocuments, ...some.map(({ message }) => message)])]
    await landMessages(engine, 'messages', messages)
    const valid = patterns.filter(ast => ast !== null)
    expect(valid.length).toBeGreaterThan(100)
    expect(await disagreements(engine, valid, messages)).toEqual([])
  })
})
