import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { QueryEngine } from '../../../shared/engine/query-engine.js'
import { DiagnosticsFound, RequestInvalid } from '../../../shared/jobs/query/errors.js'
import { type QueryRequest, readQueryRequest } from '../../../shared/jobs/query/query-request.js'
import { createQueryService } from '../../../shared/jobs/query/query-service.js'
import { newQueryId, runsFolder } from '../../../shared/jobs/query/query-store.js'
import { openLake, type TestLake } from '../../engine/lake-of-files.js'
import { event, noon } from '../../lake/landed.js'

const never = new AbortController().signal

// biome-ignore lint/suspicious/noExplicitAny: what the function answers is JSON.
type Answer = any

describe('the query function', () => {
  let lake: TestLake
  let invoked: QueryRequest[]
  let clock: number
  beforeEach(async () => {
    lake = await openLake()
    invoked = []
    clock = noon
    const rows = Array.from({ length: 50 }, (_, index) =>
      event(index + 1, { timestamp: noon + index, message: JSON.stringify({ n: index, ok: true }), format: 'json' }),
    )
    await lake.land(rows, 'landed')
  })
  afterEach(() => lake.close())

  function service(options: { engine?: QueryEngine; maxPageBytes?: number } = {}) {
    const handler = createQueryService({
      store: lake.store,
      engineOf: () => options.engine ?? lake.engine(),
      invokeSelf: async request => {
        invoked.push(request)
      },
      now: () => clock,
      newId: randomUUID,
      sleep: ms => {
        clock += ms
        return new Promise(done => setTimeout(done, 1))
      },
      maxRunMs: 900_000,
      ...(options.maxPageBytes === undefined ? {} : { maxPageBytes: options.maxPageBytes }),
    })
    return (given: unknown): Promise<Answer> => handler.handle(readQueryRequest(given), never)
  }

  it('starts, runs and answers a query in pages, with statistics and the state of the lake', async () => {
    const ask = service({ maxPageBytes: 400 })
    const { queryId } = await ask({ action: 'start', query: 'fields n | sort @timestamp asc' })
    expect(invoked).toEqual([{ action: 'run', queryId }])
    expect(await ask({ action: 'poll', queryId })).toMatchObject({ status: 'Scheduled', rows: [], nextPage: null })
    await ask(invoked[0])
    const found: unknown[] = []
    let page: number | null = 0
    let pages = 0
    while (page !== null) {
      const answer: Answer = await ask({ action: 'poll', queryId, page })
      expect(answer).toMatchObject({ status: 'Complete', total: 50, columns: ['n', '@ptr'] })
      expect(answer.statistics).toMatchObject({ recordsMatched: 50, recordsScanned: 50 })
      expect(answer.asOf).toMatchObject({ landingObjects: 1 })
      found.push(...answer.rows.map(({ n }: { n: string }) => n))
      page = answer.nextPage
      pages++
    }
    expect(found).toEqual(Array.from({ length: 50 }, (_, index) => String(index)))
    expect(pages).toBeGreaterThan(5)
  })

  it('searches by a filter pattern, the newest events first', async () => {
    const ask = service()
    const { queryId } = await ask({ action: 'search', pattern: '{ $.n >= 10 }', logStreams: ['web/?'], limit: 2 })
    await ask(invoked[0])
    const { status, columns, rows } = await ask({ action: 'poll', queryId })
    expect({ status, columns }).toEqual({
      status: 'Complete',
      columns: ['@timestamp', '@log', '@logStream', '@message'],
    })
    expect(rows.map((row: Answer) => row['@message'])).toEqual(['{"n":49,"ok":true}', '{"n":48,"ok":true}'])
    await expect(ask({ action: 'search', pattern: '{ $.n' })).rejects.toThrow(DiagnosticsFound)
    for (const wrong of [{ limit: 0 }, { limit: 100_001 }, { logStreams: [] }, { pattern: 'x'.repeat(2000) }]) {
      expect(() => readQueryRequest({ action: 'search', pattern: 'a', ...wrong })).toThrow(RequestInvalid)
    }
  })

  it('runs a query once, however often the invocation comes', async () => {
    const ask = service()
    const { queryId } = await ask({ action: 'start', query: 'stats count(*) as n' })
    await ask(invoked[0])
    lake.gets.length = 0
    expect(await ask(invoked[0])).toEqual({ queryId, status: 'Complete' })
    expect(lake.gets).toEqual([])
  })

  it('cancels a query that runs, and one that has not begun', async () => {
    const waiting: QueryEngine = {
      ...lake.engine(),
      run: (_, signal) =>
        new Promise((_done, failed) => signal?.addEventListener('abort', () => failed(signal.reason), { once: true })),
    }
    const ask = service({ engine: waiting })
    const { queryId } = await ask({ action: 'start', query: 'stats count(*) as n' })
    const running = ask(invoked[0])
    while ((await ask({ action: 'poll', queryId })).status !== 'Running');
    expect(await ask({ action: 'cancel', queryId })).toEqual({ queryId, status: 'Cancelled', success: true })
    expect(await running).toEqual({ queryId, status: 'Cancelled' })
    expect(await ask({ action: 'cancel', queryId })).toMatchObject({ status: 'Cancelled' })

    const second = await ask({ action: 'start', query: 'stats count(*) as n' })
    await ask({ action: 'cancel', queryId: second.queryId })
    expect(await ask(invoked[1])).toEqual({ queryId: second.queryId, status: 'Cancelled' })
  })

  it('tells of a wrong query before it is started', async () => {
    const refused = service()({ action: 'start', query: 'filter nonsense(' })
    await expect(refused).rejects.toThrow(DiagnosticsFound)
    expect(invoked).toEqual([])
  })

  it('tells which limit a query would exceed, and what helps', async () => {
    const ask = service({ engine: lake.engine({ maxScanBytes: 10, wholeBytes: 1e6 }) })
    const { queryId } = await ask({ action: 'start', query: 'stats count(*) as n' })
    await ask(invoked[0])
    const { status, problem } = await ask({ action: 'poll', queryId })
    expect(status).toBe('Failed')
    expect(problem).toEqual({
      message: expect.stringContaining('may read 10 bytes'),
      hint: expect.stringContaining('shorter time range'),
    })
  })

  it('gives a query up whose invocation was killed', async () => {
    const ask = service()
    const { queryId } = await ask({ action: 'start', query: 'stats count(*) as n' })
    clock += 1_000_000
    expect(await ask({ action: 'poll', queryId })).toMatchObject({ status: 'Timeout' })
  })

  it('waits for the end as long as it is told to', async () => {
    const ask = service()
    const { queryId } = await ask({ action: 'start', query: 'stats count(*) as n' })
    const began = clock
    expect(await ask({ action: 'poll', queryId, waitMs: 1_000 })).toMatchObject({ status: 'Scheduled' })
    expect(clock - began).toBe(1_000)
  })

  it('estimates, and lists groups, streams and fields', async () => {
    const ask = service()
    expect(await ask({ action: 'estimate', query: 'fields @message' })).toMatchObject({ records: 50, files: 1 })
    expect(await ask({ action: 'groups' })).toMatchObject([{ '@log': '123456789012:/ecs/orders', events: '50' }])
    expect(await ask({ action: 'streams', logGroups: ['/ecs/orders'] })).toMatchObject([{ '@logStream': 'web/1' }])
    expect(await ask({ action: 'streams', logGroups: ['/other'] })).toEqual([])
    const fields: Answer = await ask({ action: 'fields' })
    expect(fields.map(({ name }: { name: string }) => name)).toEqual(['n', 'ok'])
  })

  it('forgets answers after a week', async () => {
    const old = `${runsFolder}${newQueryId(noon - 8 * 86_400_000, randomUUID())}/state.json`
    await lake.store.put(old, Buffer.from('{}'))
    const ask = service()
    await ask({ action: 'start', query: 'stats count(*) as n' })
    await ask(invoked[0])
    const keys: string[] = []
    for await (const { key } of lake.store.list(runsFolder)) keys.push(key)
    expect(keys).not.toContain(old)
    expect(keys).toHaveLength(2)
  })

  it('tells of a row that no response of Lambda holds, and of a page that is gone', async () => {
    const run = { batches: [[{ m: 'é'.repeat(3_000_000) }]], statistics: () => ({}), asOf: {} }
    const huge = { run: async () => run } as unknown as QueryEngine
    const ask = service({ engine: huge })
    const { queryId } = await ask({ action: 'start', query: 'fields m' })
    expect(await ask(invoked[0])).toMatchObject({ status: 'Failed' })
    const { problem } = await ask({ action: 'poll', queryId })
    expect(problem).toEqual({
      message: 'row 1 of the answer has 6000008 bytes, and the function answers up to 6 MB at a time',
      hint: 'take fewer fields, or have this machine answer',
    })
    const again = service()
    const answered = await again({ action: 'start', query: 'fields n' })
    await again(invoked[1])
    await lake.store.delete([`${runsFolder}${answered.queryId}/page-000000.json`])
    await expect(again({ action: 'poll', queryId: answered.queryId })).rejects.toThrow('answers are kept for a week')
  })

  it.each<[unknown, string]>([
    [null, 'expected an object such as {"action": "start", "query": "limit 20"}, found nothing'],
    [
      { action: 'drop' },
      'action: expected start, estimate, search, cancel, poll, groups, streams, fields, found "drop"',
    ],
    [{ action: 'start' }, 'query: expected a text, found nothing'],
    [{ action: 'start', query: 'limit 1', form: 5 }, 'this action has no member "form", did you mean "from"?'],
    [
      { action: 'groups', from: 1.5, logGroups: [] },
      'from: expected a whole number, found 1.5; logGroups: expected at least 1 entries, found 0',
    ],
    [{ action: 'start', query: 'limit 1', engine: 'x' }, 'engine: expected auto, duckdb, athena, found "x"'],
    [{ action: 'search', pattern: 'x', limit: 0 }, 'limit: expected more than 0, found 0'],
    [{ action: 'start', query: 'limit 1', from: 2, to: 1 }, 'from: expected a time up to 1, found 2'],
  ])('says of %j what was expected', (request, message) => {
    expect(() => readQueryRequest(request)).toThrow(new RequestInvalid(message))
  })

  it('refuses requests that are none', async () => {
    for (const wrong of [null, {}, { action: 'drop' }, { action: 'poll', queryId: '../state' }, { action: 'start' }]) {
      expect(() => readQueryRequest(wrong)).toThrow(RequestInvalid)
    }
    const queryId = newQueryId(noon, randomUUID())
    await expect(service()({ action: 'poll', queryId })).rejects.toThrow(RequestInvalid)
    await expect(service()({ action: 'cancel', queryId })).rejects.toThrow(RequestInvalid)
  })
})
