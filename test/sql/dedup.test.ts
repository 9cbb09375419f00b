import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DuckDb, openDuckDb } from '../../shared/engine/duckdb.js'
import { lowerQuery, parseQuery } from '../../shared/insights/index.js'
import { optimize } from '../../shared/plan/rules/optimize.js'
import { compilePlan } from '../../shared/sql/compile.js'
import { duckDb } from '../../shared/sql/dialects/duckdb.js'
import { trino } from '../../shared/sql/dialects/trino.js'

let duckdb: DuckDb
beforeAll(async () => {
  duckdb = await openDuckDb({ memoryLimitMb: 256, threads: 2 })
  // Times, arrivals and batches that repeat, events without an id's parts, and absent fields.
  const pick = (salt: number, of: number) => `hash(i + ${salt}) % ${of}`
  const orNull = (value: string, salt: number) => `CASE WHEN ${pick(salt, 9)} > 0 THEN ${value} END`
  const member = (name: string, salt: number, of: number) =>
    `CASE WHEN ${pick(salt, 7)} > 0 THEN ',"${name}":' || ${pick(salt + 50, of)} ELSE '' END`
  await duckdb.query(`CREATE TABLE logs AS SELECT
    make_timestamptz(1768478400000000 + CAST(${pick(1, 3)} AS BIGINT) * 1000) AS timestamp,
    ${orNull(`make_timestamptz(1768478401000000 + CAST(${pick(2, 2)} AS BIGINT) * 1000)`, 3)} AS arrival,
    ${orNull(`CAST(${pick(4, 3)} AS BIGINT) - 1`, 5)} AS id_random, CAST(i AS INTEGER) AS id_index, NULL::VARCHAR AS id_raw,
    '/app' AS log_group, 'stream' AS log_stream, '123456789012' AS account_id, 'eu-west-1' AS region, 'json' AS format,
    NULL::VARCHAR AS level, NULL::VARCHAR AS request_id, NULL::VARCHAR AS trace_id, NULL::MAP(VARCHAR, VARCHAR) AS fields,
    '{"i":' || i || ${member('a', 6, 4)} || ${member('b', 7, 3)} || ${member('c', 8, 30)} || '}' AS message
    FROM range(400) t(i) ORDER BY hash(i)`)
})
afterAll(() => duckdb.close())

function compiled(query: string, dialect = duckDb) {
  const parsed = parseQuery(query)
  const options = { from: null, to: null, now: null, lookupTables: new Map(), hasPointers: false }
  const lowered = 'ast' in parsed ? lowerQuery(parsed.ast, query, options) : parsed
  if (!('plan' in lowered)) throw new Error(JSON.stringify(lowered))
  return compilePlan(optimize(lowered.plan).plan, dialect)
}

async function rowsOf(query: string) {
  const { sql, params } = compiled(query)
  return (await duckdb.query(sql, params)).rows
}

describe('dedup', () => {
  it.each([
    ['fields i, c, @message, a, b', [3, 4]],
    ['fields i, c | fields a, b', [2, 3]],
    ['fields a, b', [0, 1]],
    ['fields i, a, b | sort a asc', [1, 2]],
    ['fields i, a, b | sort c desc, b asc', [1, 2]],
    ['fields i, @timestamp, a, coalesce(b, "none") as b', [2, 3]],
    ['filter c > 3 | fields i, c, a, b', [2, 3]],
  ])('keeps the first row of each key as the query shows them: %s', async (query, keys) => {
    const seen = new Set<string>()
    const firsts = (await rowsOf(query)).filter(row => {
      const values = keys.map(key => row[key])
      if (values.includes(null)) return true
      const key = JSON.stringify(values)
      return !seen.has(key) && seen.add(key)
    })
    expect(firsts.length).toBeGreaterThan(12)
    expect(await rowsOf(`${query} | dedup a, b`)).toEqual(firsts)
    expect(await rowsOf(`${query} | dedup a, b | limit 5`)).toEqual(firsts.slice(0, 5))
  })

  it('takes a key once that is named twice', async () => {
    const query = 'fields i, a, a as x, b'
    expect(await rowsOf(`${query} | dedup a, x, a, b`)).toEqual(await rowsOf(`${query} | dedup a, b`))
  })

  it('keeps values that are absent in the first row absent', async () => {
    const rows = await rowsOf('filter a = 1 and not ispresent(b) | fields i, a, b, c | sort i asc | dedup a')
    expect(rows).toHaveLength(1)
    expect(rows[0]![2]).toBeNull()
  })

  it('groups in one pass where the engine has a key for an order, and numbers rows where it has none', () => {
    const query = 'fields i | dedup a'
    expect(compiled(query).sql).not.toContain('row_number')
    expect(compiled(query, trino).sql).toContain('row_number() OVER (PARTITION BY')
  })
})
