import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { knownDifferences } from '../../scripts/conformance/differences.js'
import { duckDbEngine } from '../../scripts/conformance/duckdb-engine.js'
import { type InsightsCase, type InsightsDatasets, runInsightsCases } from '../../scripts/conformance/insights.js'
import type { InsightsEngine } from '../../scripts/conformance/insights-engine.js'

const read = (name: string) =>
  JSON.parse(readFileSync(fileURLToPath(new URL(`../cases/insights/${name}.json`, import.meta.url)), 'utf8'))
const datasets: InsightsDatasets = read('datasets')

let engine: InsightsEngine
beforeAll(async () => {
  engine = await duckDbEngine()
})
afterAll(() => engine.close())

async function failures(cases: readonly InsightsCase[]): Promise<readonly string[]> {
  const results = await runInsightsCases(datasets, cases, engine)
  expect(results).toHaveLength(cases.length)
  return results.filter(({ outcome }) => outcome === 'failed').map(({ id }) => id)
}

describe('the Insights cases, through ingest, Parquet and DuckDB,', () => {
  it('that are certain all pass', async () => {
    const cases: readonly InsightsCase[] = read('cases')
    expect(cases).toHaveLength(287)
    expect(await failures(cases)).toEqual([])
  })

  it('of our own, for what the others leave out, all pass', async () => {
    expect(await failures(read('own'))).toEqual([])
  })

  it('of what engines do differently by themselves, all pass', async () => {
    expect(await failures(read('engines'))).toEqual([])
  })

  it('of each command and its options, and of wrong uses, all pass', async () => {
    expect(await failures(read('commands'))).toEqual([])
  })

  it('that are doubtful follow the probable reading or a recorded other one', async () => {
    expect(await failures(read('doubtful'))).toEqual(Object.keys(knownDifferences))
  })
})
