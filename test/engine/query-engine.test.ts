import { createHash } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { athenaStatement } from '../../shared/engine/athena.js'
import { LakeUnsettled, ScanCapExceeded } from '../../shared/engine/errors.js'
import type { LogRow } from '../../shared/parquet/schema.js'
import { optimize } from '../../shared/plan/rules/optimize.js'
import { NotFound } from '../../shared/store/errors.js'
import type { ObjectStore } from '../../shared/store/object-store.js'
import { event, exported, noon } from '../lake/landed.js'
import { answer, openLake, planOf, type TestLake } from './lake-of-files.js'

const hour = 3_600_000

/** Events of several hours and groups, with enough text that columns matter. */
function events(count: number, change: (index: number) => Partial<LogRow> = () => ({})): readonly LogRow[] {
  return Array.from({ length: count }, (_, index) =>
    event(index + 1, {
      timestamp: noon + index * 1000,
      log_group: `/app/${index % 3}`,
      message: JSON.stringify({ n: index, latency: index / 4, text: noise(index) }),
      format: 'json',
      ...change(index),
    }),
  )
}

/** What does not compress. */
function noise(seed: number): string {
  return createHash('sha512').update(String(seed)).digest('base64')
}

describe('the query engine', () => {
  let lake: TestLake
  beforeEach(async () => {
    lake = await openLake()
  })
  afterEach(() => lake.close())

  it('answers from the table and from landing, each event once', async () => {
    const rows = events(300)
    const first = await lake.land(rows.slice(0, 200), 'first')
    await lake.append(rows.slice(0, 200), { consumes: [first] })
    // Delivered again in another cut, half of it committed already.
    await lake.land(rows.slice(150, 300), 'second')
    const engine = lake.engine()
    const { rows: found, statistics } = await answer(
      engine,
      planOf('stats count(*) as n, count_distinct(@message) as m'),
    )
    expect(found).toEqual([{ n: '300', m: '300' }])
    expect(statistics).toMatchObject({ recordsScanned: 350, files: 2, logGroupsScanned: 3 })
    const run = await engine.run(planOf('stats count(*)'))
    expect(run.asOf).toMatchObject({ landingObjects: 1, snapshotId: expect.stringMatching(/^\d+$/) })
    for await (const _ of run.batches);
  })

  it('finds what enrichment found by names of its own, whatever fields an event has', async () => {
    const found = { level: 'ERROR', format: 'json', request_id: 'r-1', trace_id: 't-1' } as const
    const rows = events(2, index => (index === 0 ? { ...found, message: '{"level":"warn","@format":"x"}' } : {}))
    await lake.append(rows.slice(0, 1))
    await lake.land(rows.slice(1), 'later')
    const answered = await answer(
      lake.engine(),
      planOf('filter @level = "ERROR" | fields @format, @level, @request_id, @trace_id, level'),
    )
    expect(answered.rows).toEqual([
      {
        '@format': 'json',
        '@level': 'ERROR',
        '@request_id': 'r-1',
        '@trace_id': 't-1',
        level: 'warn',
      },
    ])
  })

  it('keeps the elements of an event together where nothing else tells events apart', async () => {
    const rows = [1, 2, 3].map(n =>
      exported({ timestamp: noon, message: JSON.stringify({ n, l: [n * 10, n * 10 + 1] }), format: 'json' }),
    )
    await lake.land(rows, 'export')
    for (const query of ['fields n | unnest l into u | fields u', 'parse @message /(?<u>\\d\\d)/ multi | fields u']) {
      const { rows: found } = await answer(lake.engine(), planOf(query))
      const tens = found.map(({ u }) => String(u).slice(0, 1))
      expect(tens.filter((ten, index) => ten !== tens[index - 1])).toHaveLength(3)
    }
  })

  it('shows paths as they were written and knows them by one name', async () => {
    const rows = [1, 2].map(n => event(n, { message: JSON.stringify({ l: [n] }), format: 'json' }))
    await lake.land(rows, 'first')
    const { rows: found } = await answer(lake.engine(), planOf('fields l[0] | addtotals col=true'))
    expect(found.map(row => row['l[0]'])).toEqual(['2', '1', '3'])
  })

  it('answers from an empty lake', async () => {
    expect((await answer(lake.engine(), planOf('fields @message'))).rows).toEqual([])
    expect((await answer(lake.engine(), planOf('stats count(*) as n'))).rows).toEqual([])
  })

  it('fills up copies of events without ids, and never counts them with those that have one', async () => {
    const copy = exported({ message: 'again' })
    await lake.append([copy, copy])
    await lake.land([copy, copy, copy], 'three')
    await lake.land([copy], 'one')
    const { rows } = await answer(lake.engine(), planOf('stats count(*) as n'))
    expect(rows).toEqual([{ n: '3' }])
  })

  it('lets rows without ids in the table give way to landed rows with ids that say the same', async () => {
    const tick = { message: '{"n":1}', format: 'json' }
    const promoted = [{ field: 'n', column: 'n', type: 'long' }] as const
    await lake.append([exported(tick), exported(tick), exported({ message: 'other' })], { promoted })
    await lake.append([event(9, { ...tick, timestamp: noon + hour })], { promoted })
    await lake.land([event(1, tick)], 'live')
    const count = planOf('stats count(*) as n by @message | sort @message')
    expect((await answer(lake.engine(), count)).rows).toEqual([
      { '@message': 'other', n: '1' },
      { '@message': '{"n":1}', n: '3' },
    ])
    const byField = await answer(lake.engine(), planOf('filter n = 1 | stats count(*) as events'))
    expect(byField.rows).toEqual([{ events: '3' }])
    await lake.land([event(1, tick), event(2, tick), event(3, tick)], 'more')
    expect((await answer(lake.engine(), count)).rows[1]).toEqual({ '@message': '{"n":1}', n: '4' })
  })

  it('fetches the files, row groups and columns that matter and no others', async () => {
    const days = [0, 1, 2].map(day => events(2000, index => ({ timestamp: noon + day * 24 * hour + index * 1000 })))
    for (const rows of days) await lake.append(rows)
    const landed = await lake.land(
      events(50, index => ({ timestamp: noon + 5 * 24 * hour + index })),
      'later',
    )
    lake.gets.length = 0
    const engine = lake.engine()
    const plan = planOf('stats count(*) as n by @logStream', { from: noon + 24 * hour, to: noon + 25 * hour })
    const { rows, statistics } = await answer(engine, plan)
    expect(rows).toEqual([{ '@logStream': 'web/1', n: '2000' }])
    expect(new Set(lake.gets.map(({ key }) => key)).size).toBe(1)
    expect(lake.gets.map(({ key }) => key)).not.toContain(landed)
    expect(statistics.bytesFetched).toBe(lake.gets.reduce((sum, { bytes }) => sum + bytes, 0))
    const all = await answer(engine, planOf('stats count(*), max(@message)'))
    expect(statistics.bytesScanned).toBeLessThan(all.statistics.bytesScanned / 20)
    expect(statistics).toMatchObject({ recordsScanned: 2000, recordsMatched: 2000, estimatedRecordsSkipped: 4000 })
    expect(statistics.estimatedBytesSkipped).toBeGreaterThan(statistics.bytesScanned)
  })

  it('leaves out landing objects of other groups by their footers', async () => {
    await lake.land(
      events(10, () => ({ log_group: '/a' })),
      'a',
    )
    await lake.land(
      events(20, index => ({ log_group: '/b', id_random: BigInt(1000 + index) })),
      'b',
    )
    const { rows, statistics } = await answer(lake.engine(), planOf('stats count(*) as n', { groups: ['/b'] }))
    expect(rows).toEqual([{ n: '20' }])
    expect(statistics).toMatchObject({ files: 1, recordsScanned: 20, logGroupsScanned: 1 })
  })

  it('fetches nothing a second time, and of a wider query only what is new', async () => {
    await lake.append(events(3000))
    const engine = lake.engine()
    await answer(engine, planOf('stats count(*) by @logStream'))
    lake.gets.length = 0
    const again = await answer(engine, planOf('stats count(*) by @logStream'))
    expect(again.statistics).toMatchObject({ bytesFetched: 0, requests: 0 })
    expect(lake.gets).toEqual([])
    const wider = await answer(lake.engine(), planOf('stats count(*), max(@message) by @logStream'))
    expect(wider.statistics.bytesFetched).toBeGreaterThan(0)
    expect(wider.statistics.bytesFetched).toBeLessThan(wider.statistics.bytesScanned)
  })

  it('refuses a query that would read more than it may before it fetches anything', async () => {
    await lake.append(events(3000))
    const engine = lake.engine({ maxScanBytes: 1000 })
    const { bytes } = await engine.estimate(planOf('fields @message'))
    expect(lake.gets).toHaveLength(1)
    lake.gets.length = 0
    const refused = await engine.run(planOf('fields @message')).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(ScanCapExceeded)
    expect(refused).toMatchObject({ bytes, maxBytes: 1000, hint: expect.stringContaining('shorter time range') })
    expect(lake.gets).toEqual([])
  })

  it('refuses many small landing objects before it looks into them', async () => {
    await lake.land(events(100), 'one')
    lake.gets.length = 0
    await expect(lake.engine({ maxScanBytes: 100, wholeBytes: 1e6 }).run(planOf('stats count(*)'))).rejects.toThrow(
      ScanCapExceeded,
    )
    expect(lake.gets).toEqual([])
  })

  it('estimates what it then reads', async () => {
    await lake.append(events(3000))
    const engine = lake.engine()
    const plan = planOf('stats avg(latency) by @log')
    const estimate = await engine.estimate(plan)
    const { statistics } = await answer(engine, plan)
    expect(estimate).toMatchObject({ bytes: statistics.bytesScanned, records: 3000, files: 1 })
  })

  it('reads promoted columns where they hold the field, the field elsewhere, and answers alike', async () => {
    const promoted = [
      { field: 'latency', column: 'latency', type: 'double' },
      { field: 'n', column: 'n', type: 'long' },
      { field: 'ok', column: 'is_ok', type: 'boolean' },
    ] as const
    const message = (index: number) => JSON.stringify({ n: index, latency: index / 8, ok: index % 2 === 0 })
    const rows = events(900, index => ({ message: message(index) }))
    const odd = events(100, index => ({
      timestamp: noon + 2_000_000 + index,
      id_random: BigInt(5000 + index),
      message: index % 2 === 0 ? '{"n": "x1", "latency": "0x10", "ok": "yes"}' : '{"n": 1e3, "latency": 1.50}',
    }))
    const queries = [
      'stats avg(latency) as a, max(n) as b, count(ok) as c, count(*) as d by @log',
      'filter latency > 100 | stats count(*) as n',
      'filter ok = 1 and n < 10 | sort n | fields n, latency, ok',
      'stats count(*) as c by latency | sort latency desc | limit 30',
      'filter n like /9/ | stats count(*) as c',
      'fields @timestamp, n, latency, ok | sort @timestamp asc | limit 1000',
    ]
    const plain = await openLake()
    try {
      await plain.append([...rows, ...odd])
      await lake.append(rows.slice(0, 300))
      await lake.append(rows.slice(300, 600), { promoted })
      await lake.append(odd, { promoted })
      await lake.land(rows.slice(600), 'landed')
      for (const query of queries) {
        const { rows: found } = await answer(lake.engine(), planOf(query))
        const { rows: expected } = await answer(plain.engine(), planOf(query))
        expect(expected.length).toBeGreaterThan(0)
        expect({ query, found }).toEqual({ query, found: expected })
      }
    } finally {
      await plain.close()
    }
  })

  it('does not fetch messages for promoted fields', async () => {
    const promoted = [{ field: 'latency', column: 'latency', type: 'double' }] as const
    await lake.append(events(3000), { promoted })
    const narrow = await answer(lake.engine(), planOf('stats avg(latency) as a'))
    expect(narrow.rows).toEqual([{ a: '374.875' }])
    const wide = await answer(lake.engine(), planOf('stats avg(n) as a'))
    expect(narrow.statistics.bytesScanned).toBeLessThan(wide.statistics.bytesScanned / 4)
  })

  it('tells what Athena reads: promoted columns where all files hold them, messages otherwise', async () => {
    const plan = planOf('filter latency > 10 | stats count(*) as n')
    const use = async () => (await lake.engine().estimate(plan)).inAthena
    const sqlOf = ({ promoted }: Awaited<ReturnType<typeof use>>) =>
      athenaStatement(
        optimize(plan).plan,
        { snapshotId: 1n, promoted: promoted.map(fields => new Map(Object.entries(fields))) },
        'logs',
      ).sql
    const promoted = [{ field: 'latency', column: 'latency', type: 'double' }] as const
    await lake.append(events(3000), { promoted })
    const column = await use()
    expect(sqlOf(column)).toContain('"latency" AS')
    expect(sqlOf(column)).not.toContain('message')
    expect(column.bytes).toBe((await lake.engine().estimate(plan)).bytes)
    await lake.append(events(10, index => ({ timestamp: noon + 9_000_000 + index, id_random: BigInt(9000 + index) })))
    const message = await use()
    expect(sqlOf(message)).not.toContain('"latency" AS')
    expect(sqlOf(message)).toContain('message')
    expect(message.bytes).toBeGreaterThan(column.bytes * 4)
  })

  it('takes no text of a double from a column in Athena, which writes doubles otherwise', async () => {
    await lake.append(events(100), { promoted: [{ field: 'latency', column: 'latency', type: 'double' }] })
    const plan = planOf('stats count(*) as n by latency')
    const { inAthena } = await lake.engine().estimate(plan)
    const promoted = inAthena.promoted.map(fields => new Map(Object.entries(fields)))
    const { sql } = athenaStatement(optimize(plan).plan, { snapshotId: 1n, promoted }, 'logs')
    expect(sql).not.toContain('"latency" AS')
  })

  it('reads times only where some events may be outside of the range', async () => {
    await lake.append(events(3000))
    const count = (from: number, to: number) =>
      answer(lake.engine(), planOf('stats count(*) as n by @logStream', { from, to }))
    const [whole, cut] = [await count(noon, noon + 2_999_000), await count(noon + 1, noon + 2_999_000)]
    expect([whole.rows[0]?.n, cut.rows[0]?.n]).toEqual(['3000', '2999'])
    expect(whole.statistics.bytesScanned).toBeLessThan(cut.statistics.bytesScanned / 4)
  })

  it('reads no others of the row groups that an earlier query has fetched, where it reads no times', async () => {
    await lake.append(
      events(5_000, () => ({ log_group: '/app/0' })),
      { hasSmallRowGroups: true },
    )
    const [from, to] = [noon + 2_048_000, noon + 4_095_000]
    for (const wholeBytes of [4096, 1e9]) {
      const engine = lake.engine({ wholeBytes, cache: String(wholeBytes) })
      await answer(engine, planOf('stats count(*) by @logStream'))
      lake.gets.length = 0
      const { rows } = await answer(engine, planOf('stats count(*) as n by @logStream', { from, to }))
      expect(rows).toEqual([{ '@logStream': 'web/1', n: '2048' }])
      expect(lake.gets).toEqual([])
    }
  })

  it('plans again when a file goes away while it is fetched', async () => {
    const rows = events(500)
    const key = await lake.land(rows, 'landed')
    let committed = false
    const store: ObjectStore = {
      ...lake.store,
      list: (prefix, options) => lake.store.list(prefix, options),
      async get(asked, options) {
        if (asked === key && !committed) {
          committed = true
          await lake.append(rows, { consumes: [key] })
          await lake.store.delete([key])
          throw new NotFound('gone', asked)
        }
        return lake.store.get(asked, options)
      },
    }
    const { rows: found } = await answer(lake.engine({ store }), planOf('stats count(*) as n'))
    expect(found).toEqual([{ n: '500' }])
  })

  it('gives up on a lake that never settles', async () => {
    await lake.land(events(5), 'landed')
    const store: ObjectStore = {
      ...lake.store,
      list: (prefix, options) => lake.store.list(prefix, options),
      get: async key => {
        throw new NotFound(`no object ${key}`, key)
      },
    }
    const asked = lake.engine({ store }).run(planOf('stats count(*)'))
    await expect(asked).rejects.toThrow(LakeUnsettled)
    await expect(asked).rejects.toThrow(/at last: no object landing\//)
  })

  it('names the data file that is not what the table says, as of a copy that was cut short', async () => {
    await lake.append(events(5))
    const keys: string[] = []
    for await (const each of lake.store.list('table/data/')) keys.push(each.key)
    const [key] = keys
    const { body } = await lake.store.get(key!)
    await lake.store.put(key!, body.subarray(0, 900))
    await expect(answer(lake.engine(), planOf('stats count(*)'))).rejects.toThrow(`${key} is no longer the object`)
  })

  it('stops at once when it is cancelled, while it fetches and while it runs', async () => {
    await lake.append(events(3000))
    const reason = new Error('cancelled')
    const hanging: ObjectStore = {
      ...lake.store,
      list: (prefix, options) => lake.store.list(prefix, options),
      get: (_, options) =>
        new Promise((_resolve, reject) =>
          options?.signal?.addEventListener('abort', () => reject(options.signal?.reason)),
        ),
    }
    await expect(lake.engine({ store: hanging }).run(planOf('stats count(*)'), AbortSignal.abort(reason))).rejects.toBe(
      reason,
    )
    const control = new AbortController()
    setTimeout(() => control.abort(reason), 20)
    await expect(lake.engine({ store: hanging }).run(planOf('stats count(*)'), control.signal)).rejects.toBe(reason)
  })

  it('interrupts DuckDB at once, and tells of a failure half-way', async () => {
    const reason = new Error('cancelled')
    const control = new AbortController()
    const read = async (sql: string, signal?: AbortSignal) => {
      for await (const _ of lake.duckdb.stream(sql, [], signal === undefined ? {} : { signal }));
    }
    const began = Date.now()
    setTimeout(() => control.abort(reason), 50)
    const endless = 'SELECT count(*) FROM range(1000000) a(i), range(1000000) b(j) WHERE i * j % 7 = 3'
    await expect(read(endless, control.signal)).rejects.toBe(reason)
    expect(Date.now() - began).toBeLessThan(2000)
    const failing = "SELECT CASE WHEN i = 300000 THEN CAST(error('half-way') AS BIGINT) END FROM range(500000) t(i)"
    await expect(read(failing)).rejects.toThrow('half-way')
  })

  it('interrupts DuckDB whenever it is told to, also while a statement begins', async () => {
    const endless = 'SELECT count(*) FROM range(1000000) a(i), range(1000000) b(j) WHERE i * j % 7 = 3'
    for (let turns = 0; turns < 60; turns++) {
      const reason = new Error(`after ${turns}`)
      const control = new AbortController()
      const rows = lake.duckdb.stream(endless, [], { signal: control.signal })[Symbol.asyncIterator]()
      const answer = expect(rows.next()).rejects.toBe(reason)
      for (let turn = 0; turn < turns; turn++) await new Promise(resolve => setImmediate(resolve))
      control.abort(reason)
      await answer
    }
  })

  it('keeps the cache within its bound, and gives local files back', async () => {
    for (let day = 0; day < 6; day++)
      await lake.append(events(1500, index => ({ timestamp: noon + day * 24 * hour + index * 1000 })))
    const engine = lake.engine({ maxCacheBytes: 300_000 })
    for (let day = 0; day < 6; day++) {
      const plan = planOf('stats max(@message)', { from: noon + day * 24 * hour, to: noon + (day * 24 + 1) * hour })
      await answer(engine, plan)
    }
    const folder = join(lake.folder, 'cache')
    const names = await readdir(folder)
    expect(names.filter(name => name.startsWith('run-') || name.endsWith('.tmp'))).toEqual([])
    const sizes = await Promise.all(names.map(async name => (await stat(join(folder, name))).size))
    const total = sizes.reduce((sum, size) => sum + size, 0)
    expect(total).toBeGreaterThan(0)
    expect(total).toBeLessThanOrEqual(300_000)
  })

  it('finds what an unpruned reading finds, whatever the range, the groups and the split into files', async () => {
    const rows = events(240)
    await lake.append(rows.slice(0, 100))
    await lake.append(rows.slice(100, 160))
    await lake.land(rows.slice(120, 200), 'one')
    await lake.land(rows.slice(180, 240), 'two')
    const engine = lake.engine()
    const range = fc.record({
      from: fc.option(fc.integer({ min: -10, max: 250 }), { nil: undefined }),
      to: fc.option(fc.integer({ min: -10, max: 250 }), { nil: undefined }),
      groups: fc.option(fc.subarray(['/app/0', '/app/1', '/app/2', '/app']), { nil: undefined }),
    })
    await fc.assert(
      fc.asyncProperty(range, async ({ from, to, groups }) => {
        const plan = planOf('fields n | sort @timestamp asc', {
          ...(from === undefined ? {} : { from: noon + from * 1000 }),
          ...(to === undefined ? {} : { to: noon + to * 1000 }),
          ...(groups === undefined || groups.length === 0 ? {} : { groups }),
        })
        const expected = rows.flatMap(({ log_group }, index) => {
          const isIn = index >= (from ?? 0) && index <= (to ?? 240)
          return isIn && (groups === undefined || groups.length === 0 || groups.includes(log_group))
            ? [String(index)]
            : []
        })
        expect((await answer(engine, plan)).rows.map(({ n }) => n)).toEqual(expected)
      }),
      { numRuns: 25 },
    )
  })
})
