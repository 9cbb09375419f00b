import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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

/** Doubtful cases that are read in another way than the most probable one, and why. */
const otherReadings: Readonly<Record<string, string>> = {
  'out-d4-expression-name-spaces':
    'the case takes the first of several groups that have no order; ours go by their keys',
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

  it('that are doubtful follow the probable reading or a recorded other one', async () => {
    expect(await failures(read('doubtful'))).toEqual(Object.keys(otherReadings))
  })
})
