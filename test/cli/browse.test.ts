import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventsCommand } from '../../cli/commands/events.js'
import { explainCommand } from '../../cli/commands/explain.js'
import { fieldsCommand } from '../../cli/commands/fields.js'
import { groupsCommand } from '../../cli/commands/groups.js'
import { searchCommand } from '../../cli/commands/search.js'
import { streamsCommand } from '../../cli/commands/streams.js'
import { follow } from '../../cli/follow.js'
import { discoverFields } from '../../shared/jobs/query/discover-fields.js'
import { listLanding } from '../../shared/lake/list-landing.js'
import { writeSetAside } from '../../shared/lake/set-aside.js'
import { diskStore } from '../../shared/store/disk.js'
import { memoryStore } from '../../shared/store/memory.js'
import { eventId, events, noon, payload } from '../helpers/payload.js'
import { land } from './lake-of.js'
import { runCommand } from './run-command.js'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailrace-browse-test-'))
  await land(diskStore(folder), [
    payload(events(['{"level":"info","items":[{"id":7}]}', '{"level":"error"}'])),
    payload(events(['plain\nsecond line\n'], noon + 60_000), { logStream: 'web/2' }),
    payload(events(['START'], noon + 3_600_000), { logGroup: '/aws/lambda/pay', logStream: '[$LATEST]1' }),
  ])
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const lake = () => ['--lake', folder]

describe('browsing the lake', () => {
  it('lists groups with their events and times', async () => {
    const { out } = await runCommand(groupsCommand, lake())
    expect(out.split('\n').map(line => line.split(/ {2,}/))).toEqual([
      ['group', 'account', 'events', 'first', 'last'],
      ['/aws/lambda/pay', '123456789012', '1', '2026-01-15 13:00:00.000', '2026-01-15 13:00:00.000'],
      ['/ecs/orders', '123456789012', '3', '2026-01-15 12:00:00.000', '2026-01-15 12:01:00.000'],
      [''],
    ])
    const { out: json } = await runCommand(groupsCommand, [
      ...lake(),
      '--json',
      '/ecs/*',
      '--until',
      '2026-01-15T12:00:30Z',
    ])
    expect(JSON.parse(json)).toMatchObject([{ name: '/ecs/orders', events: 2 }])
    const nothing = await runCommand(groupsCommand, [...lake(), '/nope/*'])
    expect(nothing).toEqual({ code: 0, out: '', err: '' })
    const unknown = await runCommand(groupsCommand, [...lake(), '/ecs/order'])
    expect(unknown).toMatchObject({ code: 2, err: expect.stringContaining('did you mean /ecs/orders?') })
  })

  it('says on a terminal that there is nothing', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'tailrace-empty-test-'))
    const { isTTY } = process.stderr
    process.stderr.isTTY = true
    try {
      const said = async (...args: readonly string[]) =>
        (await runCommand(groupsCommand, ['--lake', empty, ...args])).err
      expect(await said()).toContain('the lake has no events yet')
      expect(await said('--since', '1h')).toContain('no such log group has an event in this time')
      expect(await said('/ecs/*')).toContain('no such log group has an event in this time')
    } finally {
      process.stderr.isTTY = isTTY
      await rm(empty, { recursive: true, force: true })
    }
  })

  it('prints in one form', async () => {
    for (const [command, ...args] of [
      [groupsCommand, '--csv'],
      [streamsCommand, '/ecs/orders', '--csv'],
      [eventsCommand, '/ecs/orders', '--raw'],
      [searchCommand, 'level', '--raw'],
    ] as const) {
      const { code, out, err } = await runCommand(command, [...lake(), ...args, '--json'])
      expect([code, out, err]).toEqual([2, '', expect.stringMatching(/--json and --(?:csv|raw) do not go together/)])
    }
  })

  it('keeps a byte order mark that a message begins with', async () => {
    const marked = await mkdtemp(join(tmpdir(), 'tailrace-mark-test-'))
    await land(diskStore(marked), [
      payload(events(['\ufefffirst', '\ufefflonger than what DuckDB holds within a value'])),
    ])
    const expected = '\ufefffirst\n\ufefflonger than what DuckDB holds within a value\n'
    expect((await runCommand(eventsCommand, ['--lake', marked, '/ecs/orders', '--raw'])).out).toBe(expected)
    expect((await runCommand(searchCommand, ['--lake', marked, '', '--raw'])).out).toBe(expected)
    const seen: string[] = []
    const options = { from: noon, groups: undefined, matches: () => true, everyMs: 1 }
    for await (const found of follow(diskStore(marked), options, new AbortController().signal, async () => {})) {
      seen.push(...found.map(({ message }) => `${message}\n`))
      break
    }
    expect(seen.join('')).toBe(expected)
    await rm(marked, { recursive: true })
  })

  it('says what a count leaves out', async () => {
    const place = await mkdtemp(join(tmpdir(), 'tailrace-aside-test-'))
    const store = diskStore(place)
    await land(store, [payload(events(['a', 'b']))])
    await land(store, [payload(events(['c'], noon + 1000))])
    const found = await listLanding(store)
    const { key, etag } = found.at(-1)!
    const entry = { key, etag, reason: 'parquet: cut off', since: noon }
    await writeSetAside(store, { etag: null, entries: [] }, [entry], new Map([[key, etag]]))
    const said =
      'tailrace: 1 landing object of the range is damaged or foreign and not in the answer; tailrace lake status says why\n'
    for (const [command, ...args] of [[groupsCommand], [streamsCommand, '/ecs/orders'], [eventsCommand, '*']] as const)
      expect(await runCommand(command, ['--lake', place, ...args])).toMatchObject({ code: 0, err: said })
    const explained = await runCommand(explainCommand, ['--lake', place, 'limit 1'])
    expect(explained.out).toContain('and 1 landing object, without 1 damaged or foreign one\n')
    await rm(place, { recursive: true })
  })

  it('lists streams, the one with the latest event first', async () => {
    const { out } = await runCommand(streamsCommand, [...lake(), '/ecs/orders'])
    expect(out.split('\n').map(line => line.split(/ {2,}/)[0])).toEqual(['stream', 'web/2', 'web/1', ''])
    expect(await runCommand(streamsCommand, [...lake(), '/none'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('/none'),
    })
  })

  it('shows events of the same time as they came', async () => {
    const place = await mkdtemp(join(tmpdir(), 'tailrace-same-test-'))
    try {
      const same = Array.from({ length: 12 }, (_, index) => {
        const timestamp = noon + (index < 6 ? 0 : 1)
        return { id: eventId(timestamp, index), timestamp, message: `${index}` }
      })
      await land(diskStore(place), [payload(same)])
      const show = async (...args: readonly string[]) => {
        const { out } = await runCommand(eventsCommand, ['--lake', place, '/ecs/orders', '--raw', ...args])
        return out.trimEnd().split('\n').map(Number)
      }
      const all = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
      expect(await show()).toEqual(all)
      // The limit cuts events of one time.
      for (const limit of [1, 3, 6, 8, 12, 20]) {
        expect(await show('--head', `${limit}`)).toEqual(all.slice(0, limit))
        expect(await show('--tail', `${limit}`)).toEqual(all.slice(-limit))
      }
      expect(await show('--around', '2026-01-15T12:00:00.001Z', '--limit', '6')).toEqual([3, 4, 5, 6, 7, 8])
      const options = { from: noon, groups: undefined, matches: () => true, everyMs: 0 }
      for await (const found of follow(diskStore(place), options, new AbortController().signal, async () => {})) {
        expect(found.map(({ message }) => Number(message))).toEqual(all)
        break
      }
    } finally {
      await rm(place, { recursive: true, force: true })
    }
  })

  it('shows events in order, from either end and around a time', async () => {
    const show = async (...args: readonly string[]) => (await runCommand(eventsCommand, [...lake(), ...args])).out
    expect(await show('/ecs/orders', '--head', '1')).toBe(
      '2026-01-15T12:00:00.000Z {"level":"info","items":[{"id":7}]}\n',
    )
    expect(await show('/ecs/orders', '--tail', '2')).toBe(
      '2026-01-15T12:00:00.001Z web/1 {"level":"error"}\n2026-01-15T12:01:00.000Z web/2 plain\n  second line\n',
    )
    expect(await show('/ecs/orders', 'web/1', '--raw')).toBe('{"level":"info","items":[{"id":7}]}\n{"level":"error"}\n')
    expect(await show('/ecs/orders', '--around', '2026-01-15T12:00:30Z', '--limit', '2', '--raw')).toBe(
      '{"level":"error"}\nplain\nsecond line\n',
    )
    const json = (await show('*', '--json', '--tail', '1')).trim()
    expect(JSON.parse(json)).toEqual({
      timestamp: '2026-01-15T13:00:00.000Z',
      logGroup: '/aws/lambda/pay',
      logStream: '[$LATEST]1',
      message: 'START',
    })
    const both = await runCommand(eventsCommand, [...lake(), '/ecs/orders', '--head', '1', '--tail', '1'])
    expect(both).toMatchObject({ code: 2, err: expect.stringContaining('do not go together') })
  })

  it('discovers fields with their share, type and values', async () => {
    const { out } = await runCommand(fieldsCommand, [...lake(), '/ecs/orders', '--json'])
    expect(JSON.parse(out)).toEqual([
      {
        name: 'level',
        type: 'string',
        percentage: 66.7,
        top: [
          { value: 'error', events: 1 },
          { value: 'info', events: 1 },
        ],
      },
      { name: 'items.0.id', type: 'number', percentage: 33.3, top: [{ value: '7', events: 1 }] },
    ])
    const table = await runCommand(fieldsCommand, [...lake(), '/ecs/orders'])
    expect(table.out).toMatch(/^field +type +% +top values\nlevel +string +66.7 +error \(1\), info \(1\)\n/)
  })

  it('takes a column of numbers for one, whatever stands where there is no value', () => {
    const flow = (rest: string) => ({
      logGroup: 'vpc-flow-logs',
      logStream: 's',
      message: `2 123456789012 eni-0123456789abcdef0 ${rest}`,
    })
    const found = discoverFields([
      flow('10.0.0.1 10.0.0.2 49761 443 6 20 4249 1418530010 1418530070 ACCEPT OK'),
      flow('- - - - - - - 1431280876 1431280934 - NODATA'),
    ])
    const types = new Map(found.map(({ name, type }) => [name, type]))
    expect(['srcPort', 'bytes', 'srcAddr', 'action'].map(name => types.get(name))).toEqual([
      'number',
      'number',
      'string',
      'string',
    ])
  })

  it('discovers the columns of known formats', () => {
    const report =
      'REPORT RequestId: 8c8a2e6b-0000-4000-8000-000000000001\tDuration: 3.5 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\tMax Memory Used: 89 MB\t'
    const found = discoverFields([{ logGroup: '/aws/lambda/pay', logStream: 's', message: report }])
    expect(found).toContainEqual({
      name: '@duration',
      type: 'number',
      percentage: 100,
      top: [{ value: '3.5', events: 1 }],
    })
  })
})

describe('following the lake', () => {
  it('shows what lands, each event once, in the groups and with the words that are wanted', async () => {
    const store = memoryStore()
    const first = events(['ERROR one', 'fine'])
    await land(store, [payload(first)], 'a')
    const rounds = [
      // A second delivery with one event more, and another group.
      () => land(store, [payload([...first, ...events(['ERROR two'], noon + 5)])], 'b'),
      () => land(store, [payload(events(['ERROR three'], noon + 9), { logGroup: '/other' })], 'c'),
      () => land(store, [payload(events(['ERROR four'], noon + 7))], 'd'),
    ]
    const controller = new AbortController()
    const sleep = async () => {
      const next = rounds.shift()
      if (next === undefined) controller.abort(new Error('enough'))
      else await next()
    }
    const options = {
      from: noon,
      groups: ['/ecs/*'],
      matches: (message: string) => message.startsWith('ERROR'),
      everyMs: 1,
    }
    const seen: string[] = []
    const all = (async () => {
      for await (const found of follow(store, options, controller.signal, sleep))
        seen.push(...found.map(({ message }) => message))
    })()
    await expect(all).rejects.toThrow('enough')
    expect(seen).toEqual(['ERROR one', 'ERROR two', 'ERROR four'])
  })
})
