import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { eventsCommand } from '../../cli/commands/events.js'
import { fieldsCommand } from '../../cli/commands/fields.js'
import { groupsCommand } from '../../cli/commands/groups.js'
import { queryCommand } from '../../cli/commands/query.js'
import { searchCommand } from '../../cli/commands/search.js'
import { streamsCommand } from '../../cli/commands/streams.js'
import { askFunction } from '../../cli/remote/ask-function.js'
import { type QueryFunction, QueryFunctionFailed } from '../../cli/remote/query-function.js'
import { refusalOf } from '../../shared/jobs/query/query-function.js'
import { readQueryRequest } from '../../shared/jobs/query/query-request.js'
import { createQueryService } from '../../shared/jobs/query/query-service.js'
import { writeSetAside } from '../../shared/lake/set-aside.js'
import { openLake, type TestLake } from '../engine/lake-of-files.js'
import { event, noon } from '../lake/landed.js'
import { runCommand } from './run-command.js'

const never = new AbortController().signal

let lake: TestLake
let server: Server
const requests: { readonly action: string }[] = []

/** Lambda's Invoke with the query's service behind it, in small pages. */
beforeAll(async () => {
  lake = await openLake()
  const rows = Array.from({ length: 50 }, (_, index) =>
    event(index + 1, { timestamp: noon + index, message: JSON.stringify({ n: index, ok: true }), format: 'json' }),
  )
  await lake.land(rows, 'landed')
  const service = createQueryService({
    store: lake.store,
    engineOf: () => lake.engine(),
    invokeSelf: async request => {
      void service.handle(request, never)
    },
    now: Date.now,
    newId: randomUUID,
    sleep: ms => new Promise(done => setTimeout(done, ms)),
    maxRunMs: 900_000,
    maxPageBytes: 400,
  })
  server = createServer(async (request, response) => {
    const event = (await json(request)) as { readonly action: string }
    requests.push(event)
    const isBroken = request.url?.includes('broken') === true
    if (isBroken) response.setHeader('x-amz-function-error', 'Unhandled')
    const answer = isBroken
      ? { errorType: 'Error', errorMessage: 'no lake' }
      : request.url?.includes('other') === true
        ? { kind: 'something else' }
        : await answerOf(event)
    response.end(JSON.stringify(answer))
  })
  const answerOf = async (event: unknown) => {
    try {
      return await service.handle(readQueryRequest(event), never)
    } catch (error) {
      return refusalOf(error)
    }
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  vi.stubEnv('AWS_REGION', 'us-east-1')
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test')
})
afterAll(async () => {
  vi.unstubAllEnvs()
  server.close()
  await lake.close()
})

const query = (...args: readonly string[]) => runCommand(queryCommand, ['--function', 'lake-query', ...args])
const search = (...args: readonly string[]) => runCommand(searchCommand, ['--function', 'lake-query', ...args])

describe('a query that the function runs', () => {
  it('is answered with all pages', async () => {
    requests.length = 0
    const { code, out } = await query('--json', 'fields n | sort @timestamp asc | limit 50')
    expect(code).toBe(0)
    expect(JSON.parse(out)).toEqual(Array.from({ length: 50 }, (_, n) => ({ n: String(n) })))
    expect(requests[0]).toMatchObject({
      action: 'start',
      query: 'fields n | sort @timestamp asc | limit 50',
      from: null,
      to: null,
      logGroups: null,
    })
    expect(requests.filter(({ action }) => action === 'poll').length).toBeGreaterThan(3)
  })

  it('keeps to groups and times, and asks the function for groups only when a glob is given', async () => {
    requests.length = 0
    const count = 'stats count(*) as n'
    expect((await query('--csv', '--group', '/ecs/orders', '--until', '2026-01-15T12:00:00.009Z', count)).out).toBe(
      'n\r\n10\r\n',
    )
    expect(requests.map(({ action }) => action)).not.toContain('groups')
    expect((await query('--csv', '--group', '/ecs/*', count)).out).toBe('n\r\n50\r\n')
    expect(requests.map(({ action }) => action)).toContain('groups')
    expect(await query('--group', '/none*', count)).toMatchObject({
      code: 2,
      err: expect.stringContaining('no log group of the lake matches /none*'),
    })
  })

  it('is refused with its place, by its estimate, and with what does not go together', async () => {
    const wrong = await query('filter n = 1 | stats nonsense(n)')
    expect(wrong).toMatchObject({ code: 2, out: '', err: expect.stringMatching(/^query:1:22: error: /) })
    const late = await query('stats count(*) as n by ok | filter status = 1')
    expect(late).toMatchObject({ code: 2, err: expect.stringContaining('status') })
    expect(await query('--max-scan', '10', 'fields n')).toMatchObject({
      code: 3,
      err: expect.stringContaining('may read 10 bytes'),
    })
    expect((await query('--csv', 'fields n | estimate')).out).toMatch(
      /^estimatedBytesScanned,estimated.*\r\n\d+,50\r\n$/,
    )
    expect(await query('--lake', 'x', 'fields n')).toMatchObject({ code: 2, err: expect.stringContaining('--lake') })
    expect(await query('--lookup', 'a=b', 'fields n')).toMatchObject({ code: 2 })
  })

  it('fails where the function fails or is none', async () => {
    const broken = await runCommand(queryCommand, ['--function', 'broken', 'fields n'])
    expect(broken).toMatchObject({ code: 2, err: 'tailrace: broken failed: no lake\n' })
    const other = await runCommand(queryCommand, ['--function', 'other', 'fields n'])
    expect(other).toMatchObject({ code: 2, err: expect.stringContaining('no query function') })
  })
})

describe('a search that the function runs', () => {
  it('prints what matches, the earliest first', async () => {
    expect(await search('--raw', '--limit', '2', '{ $.n > 40 }')).toMatchObject({
      code: 0,
      out: '{"n":48,"ok":true}\n{"n":49,"ok":true}\n',
    })
    expect(await search('--raw', '--stream', 'web/*', '--group', '/ecs/orders', '{ $.n = 7 }')).toMatchObject({
      out: '{"n":7,"ok":true}\n',
    })
    expect(await search('nothing')).toMatchObject({ code: 1, out: '' })
    expect(await search('{ $.n = ')).toMatchObject({ code: 2, err: expect.stringContaining('pattern:1:') })
  })
})

describe('asking the function', () => {
  const running = { status: 'Running', columns: [], statistics: null, problem: null, rows: [], nextPage: null }

  it('has it cancel the query when it is not wanted any more', async () => {
    const controller = new AbortController()
    const asked: unknown[] = []
    const remote: QueryFunction = {
      async call(request) {
        asked.push(request)
        if (asked.length === 3) controller.abort(new Error('Ctrl-C'))
        return asked.length === 1 ? { queryId: 'q' } : running
      },
    }
    const told: string[] = []
    const answer = askFunction(remote, { action: 'start' }, controller.signal, text => told.push(text))
    await expect(answer).rejects.toThrow('Ctrl-C')
    expect(asked.at(-1)).toEqual({ action: 'cancel', queryId: 'q' })
    expect(told).toContain('running')
  })

  it('tells how a query ended that was not answered', async () => {
    const remote = (end: object): QueryFunction => ({
      call: async request => ('queryId' in request ? { ...running, ...end } : { queryId: 'q' }),
    })
    const ask = (end: object) => askFunction(remote(end), {}, never, () => undefined)
    await expect(ask({ status: 'Timeout' })).rejects.toThrow('the query ended as Timeout')
    await expect(ask({ status: 'Failed', problem: { message: 'no memory' } })).rejects.toThrow(QueryFunctionFailed)
    const refused = ask({ status: 'Failed', problem: { message: 'too much', hint: 'less' } })
    await expect(refused).rejects.toMatchObject({ message: 'too much', hint: 'less' })
  })
})

describe('browsing that the function does', () => {
  const there = (create: Parameters<typeof runCommand>[0], ...args: readonly string[]) =>
    runCommand(create, ['--function', 'lake-query', ...args])

  it('lists groups and streams', async () => {
    const times = { first: '2026-01-15 12:00:00.000', last: '2026-01-15 12:00:00.049' }
    const group = { accountId: '123456789012', name: '/ecs/orders', events: 50, ...times }
    for (const globs of [[], ['/ecs/*'], ['/ecs/orders']])
      expect(JSON.parse((await there(groupsCommand, '--json', ...globs)).out)).toEqual([group])
    expect((await there(groupsCommand, '--json', '/none*')).out).toBe('[]\n')
    const late = ['--since', '2026-01-15T12:00:00.040Z', '--csv']
    expect((await there(streamsCommand, ...late, '/ecs/orders')).out).toBe(
      'stream,events,first,last\r\nweb/1,10,2026-01-15 12:00:00.040,2026-01-15 12:00:00.049\r\n',
    )
  })

  it('shows events and their fields', async () => {
    const last = (await there(eventsCommand, '/ecs/orders', 'web/1', '--tail', '2', '--raw')).out
    expect(last).toBe('{"n":48,"ok":true}\n{"n":49,"ok":true}\n')
    const around = ['--around', '2026-01-15T12:00:00.010Z', '--limit', '2', '--raw']
    expect((await there(eventsCommand, '/ecs/orders', ...around)).out).toBe('{"n":9,"ok":true}\n{"n":10,"ok":true}\n')
    const fields = JSON.parse((await there(fieldsCommand, '--json', '--sample', '10', '/ecs/*')).out)
    expect(fields).toMatchObject([
      { name: 'n', percentage: 100 },
      { name: 'ok', percentage: 100 },
    ])
  })

  it('tells of a group that there is not, and takes one without events in the range for empty', async () => {
    const wrong = {
      code: 2,
      err: expect.stringContaining('no log group of the lake is named /ecs/order; did you mean'),
    }
    expect(await there(eventsCommand, '/ecs/order')).toMatchObject(wrong)
    expect(await there(eventsCommand, '/ecs/orders', '--until', '2026-01-01')).toMatchObject({ code: 0, out: '' })
    expect(await there(eventsCommand, '/ecs/orders', '--lake', 'x')).toMatchObject({
      code: 2,
      err: expect.stringContaining('--lake and --function do not go together'),
    })
  })

  it('says what the answer leaves out', async () => {
    const key = await lake.land([event(99)], 'bad')
    const { etag } = await lake.store.head(key)
    const entry = { key, etag, reason: 'parquet: cut off', since: noon }
    await writeSetAside(lake.store, { etag: null, entries: [] }, [entry], new Map([[key, etag]]))
    const said = 'tailrace: 1 landing object of the range is damaged or foreign and not in the answer'
    for (const answer of [await query('stats count(*) as n'), await there(eventsCommand, '/ecs/orders')])
      expect(answer).toMatchObject({ code: 0, err: expect.stringContaining(said) })
    expect((await query('--until', '2026-01-01', 'stats count(*) as n')).err).toBe('')
    await lake.store.delete([key, 'state/set-aside.json'])
  })
})
