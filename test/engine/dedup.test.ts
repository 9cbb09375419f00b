import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDuckDb } from '../../shared/engine/duckdb.js'
import { filesRelation } from '../../shared/engine/scan-sources.js'
import type { LogRow } from '../../shared/parquet/schema.js'
import type { Project } from '../../shared/plan/node.js'
import { optimize } from '../../shared/plan/rules/optimize.js'
import { compilePlan } from '../../shared/sql/compile.js'
import { duckDb } from '../../shared/sql/dialects/duckdb.js'
import { event, noon } from '../lake/landed.js'
import { answer, openLake, planOf, type TestLake } from './lake-of-files.js'

/** A whole number below `of` that looks random and is the same in every run. */
function pick(of: number, ...seed: readonly unknown[]): number {
  return createHash('sha256').update(seed.join('/')).digest().readUInt32BE() % of
}

interface Made {
  readonly row: LogRow
  readonly n: number
  readonly m: number
  readonly a: number | undefined
  readonly b: number | undefined
}

/** Events whose times, arrivals and batches repeat, and whose keys are absent at times. */
function madeOf(seed: number, times: number): readonly Made[] {
  return Array.from({ length: 700 }, (_, n) => {
    const key = (name: string, of: number) => (pick(8, seed, n, name) === 0 ? undefined : pick(of, seed, n, name, 1))
    const [a, b] = [key('a', 9), key('b', 1 + (seed % 20))]
    const timestamp = noon + pick(times, seed, n, 'time')
    const change = {
      timestamp,
      log_group: `/app/${pick(3, seed, n, 'group')}`,
      message: JSON.stringify({ n, m: n % 13, a, b }),
      format: 'json' as const,
      arrival: noon + 5000 + pick(3, seed, n, 'arrival'),
      id_random: BigInt(pick(3, seed, n, 'random')) - 1n,
      id_index: n,
    }
    return { row: event(n, change), n, m: n % 13, a, b }
  })
}

function textOf({ row, ...fields }: Made, name: string): string | null {
  const value = name === 't' ? row.timestamp : fields[name as keyof typeof fields]
  return value === undefined ? null : String(value)
}

/** Newest first, then by arrival and id: the order of a scan. */
function byOrder({ row: one }: Made, { row: other }: Made): number {
  const parts = ({ timestamp, arrival, id_random, id_index }: LogRow) =>
    [timestamp, arrival, id_random, id_index].map(Number)
  const [left, right] = [parts(one), parts(other)]
  const at = left.findIndex((part, index) => part !== right[index])
  return at === -1 ? 0 : right[at]! - left[at]!
}

/** With and without `@ptr`, for which more is read than keys and times. */
function plansOf(query: string): readonly Project[] {
  const plan = planOf(query)
  return [plan, { ...plan, columns: plan.columns.filter(({ name }) => name !== '@ptr') }]
}

/** What the query is to give: the first of each pair of keys, and all events that lack one. */
function firstsOf(made: readonly Made[]): readonly Made[] {
  const seen = new Set<string>()
  return made.filter(({ a, b }) => {
    const key = JSON.stringify([a, b])
    return a === undefined || b === undefined || (!seen.has(key) && seen.add(key) !== undefined)
  })
}

describe('dedup over a lake', () => {
  let lake: TestLake
  beforeEach(async () => {
    lake = await openLake()
  })
  afterEach(() => lake.close())

  it.each([
    [1, 5],
    [3, 700],
    [4, 100_000],
    [19, 2000],
  ])('gives the first event of each key, from data files and landing (seed %i, %i ms)', async (seed, times) => {
    const made = madeOf(seed, times)
    const rows = made.map(({ row }) => row)
    await lake.append(rows.slice(0, 300))
    const first = await lake.land(rows.slice(300, 520), 'first')
    await lake.append(rows.slice(300, 520), { consumes: [first] })
    // Some of it committed already, and some twice in landing.
    await lake.land(rows.slice(450, 650), 'second')
    await lake.land(rows.slice(600, 700), 'third')
    const engine = lake.engine()
    const check = async (query: string, wanted: readonly Made[]) => {
      for (const plan of plansOf(query)) {
        const shown = plan.columns.map(({ name }) => name).filter(name => name !== '@ptr')
        const { rows } = await answer(engine, plan)
        const found = rows.map(row => shown.map(name => row[name] ?? null))
        expect([query, found]).toEqual([query, wanted.map(one => shown.map(name => textOf(one, name)))])
      }
    }
    const newest = firstsOf(made.toSorted(byOrder))
    for (const limit of [1, 7, 60, 10_000]) {
      await check(`fields tomillis(@timestamp) as t, a, b | dedup a, b | limit ${limit}`, newest.slice(0, limit))
      await check(`fields n, a | dedup a, b | limit ${limit}`, newest.slice(0, limit))
    }
    const oldest = made.toSorted((one, other) => one.row.timestamp - other.row.timestamp || byOrder(one, other))
    await check('fields n | sort @timestamp asc | dedup a, b', firstsOf(oldest))
    const byNumber = firstsOf(made.toSorted((one, other) => other.m - one.m || byOrder(one, other)))
    await check('fields n, m | sort m desc | dedup a, b', byNumber)
    await check('fields n, m | sort m desc | dedup a, b | limit 9', byNumber.slice(0, 9))
    await check('fields a, b | sort m desc | dedup a, b | limit 9', byNumber.slice(0, 9))
  })

  it('counts each event once that it reads twice', async () => {
    const rows = madeOf(5, 50).map(({ row }) => row)
    await lake.append(rows)
    const { statistics } = await answer(lake.engine(), planOf('filter n < 400 | fields @message | dedup a, b'))
    expect(statistics).toMatchObject({ recordsMatched: 400, recordsScanned: 700 })
  })
})

it('holds the messages of the rows that are shown, not one for each key', async () => {
  const lake = await openLake()
  const path = join(lake.folder, 'many.parquet')
  await lake.duckdb.query(`COPY (SELECT make_timestamptz(${noon * 1000} + i * 1000) AS timestamp, '/app' AS log_group,
    '{"user":"u-' || (hash(i) % 150000) || '","text":"' || repeat(md5(CAST(i AS VARCHAR)), 16) || '"}' AS message,
    make_timestamptz(${noon * 1000} + i * 1000) AS arrival, i AS id_random, 0 AS id_index, NULL::MAP(VARCHAR, VARCHAR) AS fields
    FROM range(200000) t(i)) TO '${path}' (FORMAT parquet, ROW_GROUP_SIZE 10000)`)
  const small = await openDuckDb({ memoryLimitMb: 128, threads: 2 })
  try {
    const relation = filesRelation([path])
    const ask = async (query: string) => {
      const { plan } = optimize(plansOf(query)[1]!)
      const sources = [[{ relation, promoted: new Map() }]]
      const { sql, params } = compilePlan(plan, duckDb, { sources })
      return (await small.query(sql, params)).rows.length
    }
    expect(await ask('fields @timestamp, @message | dedup user')).toBe(10_000)
    expect(await ask('fields @timestamp, @message | sort @timestamp asc | dedup user | limit 500')).toBe(500)
    expect(await ask('fields @timestamp, @message | dedup nosuch')).toBe(10_000)
  } finally {
    small.close()
    await lake.close()
  }
}, 60_000)
