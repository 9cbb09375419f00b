import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { duckDbEngine } from '../../scripts/conformance/duckdb-engine.js'
import type { InsightsEngine } from '../../scripts/conformance/insights-engine.js'
import { lowerQuery, parseQuery } from '../../shared/insights/index.js'
import type { Project } from '../../shared/plan/node.js'
import { optimize } from '../../shared/plan/rules/optimize.js'
import { compilePlan } from '../../shared/sql/compile.js'
import { duckDb } from '../../shared/sql/dialects/duckdb.js'
import { landMessages } from './matching.js'

const messages = [
  String.raw`{"name":"caf\u00e9-7","path":"\/api\/items","ok":true,"size":1.0}`,
  '{"name":"café-7","path":"/api/items","ok":"true","size":"1.0"}',
  String.raw`{"name":"tab\there","path":"{\"a\":1}","ok":false,"size":1e3}`,
  '{"name":["café-7"],"path":{"a":1},"ok":null,"size":true}',
  ' {"name":"false","ok":"false","size":"inf"}',
  '{"name":"café-7"',
  'name=café-7',
]

let engine: InsightsEngine
beforeAll(async () => {
  engine = await duckDbEngine()
  await landMessages(engine, 'messages', messages)
})
afterAll(() => engine.close())

function planOf(query: string): Project {
  const parsed = parseQuery(query)
  const options = { from: null, to: null, now: null, lookupTables: new Map(), hasPointers: false }
  const lowered = 'ast' in parsed ? lowerQuery(parsed.ast, query, options) : parsed
  if (!('plan' in lowered)) throw new Error(JSON.stringify(lowered))
  return lowered.plan
}

const rowsOf = (query: string) => engine.run(planOf(query))

describe('fields of a scan', () => {
  it.each([
    ['name = "café-7"', 2],
    ['name like "fé-7"', 2],
    ['name like /caf.-7$/', 2],
    ['@message like /caf.{1,8}-7.,/', 2],
    ['@message like "café-7"', 4],
    ['path = "/api/items"', 2],
    ['path like /^\\/api\\/items/', 2],
    ['name = "tab\there"', 1],
    ['path = "{\\"a\\":1}"', 1],
    ['ok = 1', 1],
    ['ok = "true"', 1],
    ['ok < 1', 1],
    ['size = 1', 3],
    ['size >= 1', 4],
    ['name = "false"', 1],
  ])('are found with %s, however the message writes them', async (condition, count) => {
    expect(await rowsOf(`filter ${condition} | fields @message`)).toHaveLength(count)
  })

  it('are the same alone and taken together', async () => {
    const together = await rowsOf('fields name, path, ok, size | sort @timestamp asc')
    for (const field of ['name', 'path', 'ok', 'size']) {
      const alone = await rowsOf(`fields ${field} | sort @timestamp asc`)
      expect(alone.map(row => row[field])).toEqual(together.map(row => row[field]))
    }
    expect(together.map(({ ok, size }) => [ok, size])).toEqual([
      ['1', '1'],
      ['true', '1.0'],
      ['0', '1000'],
      [undefined, '1'],
      ['false', 'inf'],
      [undefined, undefined],
      [undefined, undefined],
    ])
  })

  it('are kept whole by dedup where one of them is absent', async () => {
    expect(await rowsOf('fields size | dedup path, missing')).toHaveLength(messages.length)
    const first = await rowsOf('fields @message | sort @timestamp asc | dedup name')
    expect(first.map(row => row['@message'])).toEqual(messages.filter((_, index) => index !== 1))
  })

  it('need neither `fields` nor messages of files that say where all of them are', () => {
    const plan = optimize(planOf('filter name = "café-7" | stats count(*) by path')).plan
    const promoted = new Map([
      ['name', { column: 'p_name', type: 'string' as const }],
      ['path', { column: 'p_path', type: 'string' as const }],
    ])
    const columnsOf = (branch: { promoted: typeof promoted; isFieldless?: boolean }) =>
      compilePlan(plan, duckDb, { sources: [[{ relation: 'logs', ...branch }]] }).scans[0]!.columns[0]
    expect(columnsOf({ promoted: new Map() })).toEqual(['message', 'fields'])
    expect(columnsOf({ promoted: new Map(), isFieldless: true })).toEqual(['message'])
    expect(columnsOf({ promoted })).toEqual(['p_name', 'p_path'])
  })
})
