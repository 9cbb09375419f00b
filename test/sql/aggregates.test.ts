import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { duckDbEngine } from '../../scripts/conformance/duckdb-engine.js'
import { runInsightsCases } from '../../scripts/conformance/insights.js'
import type { InsightsEngine } from '../../scripts/conformance/insights-engine.js'
import type { ResultRow } from '../../shared/engine/render-row.js'

const datasets = JSON.parse(readFileSync(new URL('../cases/insights/datasets.json', import.meta.url), 'utf8'))

let engine: InsightsEngine
beforeAll(async () => {
  engine = await duckDbEngine()
})
afterAll(() => engine.close())

async function expectRows(dataset: string, query: string, wanted: readonly ResultRow[]): Promise<void> {
  const [result] = await runInsightsCases(datasets, [{ id: query, dataset, query, expect: wanted }], engine)
  expect(result?.outcome, result?.detail).toBe('passed')
}

describe('aggregates', () => {
  it('choose among conditions on absent fields too, which are false', async () => {
    const chosen =
      "earliest(endsWith(paymentStatus, 'ED')) as a, latest(paymentStatus = 'FAILED') as b, earliest(not amount > 30) as c"
    const sorted = 'sortsFirst(paymentStatus like /F/) as d, sortsLast(amount > 30) as e'
    const none = { a: '0', b: '0', c: '1', d: '0', e: '0' }
    await expectRows('services', `filter ispresent(eventType) | stats ${chosen}, ${sorted} by eventType`, [
      { eventType: 'ORDER_CREATED', ...none },
      { eventType: 'ORDER_VIEWED', ...none },
      { eventType: 'PAYMENT_PROCESSED', a: '0', b: '1', c: '1', d: '0', e: '1' },
    ])
  })

  it('have no spread of numbers whose square is beyond a double', async () => {
    const spreads = 'stddev(bytes * 10 ^ 200) as a, variance(bytes * 10 ^ 160) as b, stddev(bytes / 1000) * 1000 as c'
    await expectRows('ecs', `filter message = "tick" | stats ${spreads}, variance(nothing) as d`, [{ c: '5' }])
  })
})

describe('logfmt', () => {
  it('makes no map of a text without pairs', async () => {
    await expectRows('app', 'parse @message logfmt as lf | filter ispresent(lf) | stats count(*) as n by @log', [
      { '@log': '123456789012:/app/text', n: '1' },
      { '@log': '123456789012:/app/kv', n: '4' },
      { '@log': '123456789012:/app/urls', n: '3' },
      { '@log': '123456789012:/app/logfmt', n: '3' },
    ])
  })
})
