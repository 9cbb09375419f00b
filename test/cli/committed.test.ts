import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventsCommand } from '../../cli/commands/events.js'
import { fieldsCommand } from '../../cli/commands/fields.js'
import { groupsCommand } from '../../cli/commands/groups.js'
import { lakeCommand } from '../../cli/commands/lake.js'
import { queryCommand } from '../../cli/commands/query.js'
import { searchCommand } from '../../cli/commands/search.js'
import { streamsCommand } from '../../cli/commands/streams.js'
import { countStreams, stretches } from '../../cli/count-streams.js'
import { follow } from '../../cli/follow.js'
import { knownGroups } from '../../cli/known-groups.js'
import { lakeCatalog } from '../../cli/lake.js'
import { planFiles } from '../../shared/iceberg/plan-files.js'
import { writeJson } from '../../shared/lake/json-object.js'
import { ledgerProperty, readLedger } from '../../shared/lake/ledger.js'
import { diskStore } from '../../shared/store/disk.js'
import type { ObjectStore } from '../../shared/store/object-store.js'
import { events, noon, payload } from '../helpers/payload.js'
import { commitDeletes, positionDeletes } from '../lake/row-deletes.js'
import { land } from './lake-of.js'
import { runCommand } from './run-command.js'

let folder: string
let pipeline: string
/** The same events: all in landing, some in the table and some in landing, all in the table. */
const stages = ['landed', 'mixed', 'committed'] as const
const day = 86_400_000

const orders = events(['{"level":"info","ms":10}', '{"level":"error","ms":30}', 'ERROR\n  at line 1'])
const pay = events(['START', 'ERROR pay'], noon + day)
const plain = [noon + 5, noon + 5, noon + 6].map(timestamp => ({ timestamp, message: 'no id' }))

const early = [
  [payload(orders), payload(pay, { logGroup: '/aws/lambda/pay', logStream: '2026/[1]a' })],
  [payload(plain, { logGroup: '/plain' })],
]
const late = [
  // Again, with one event more; a stream and a group that are new; and events long before.
  [payload([...orders.slice(1), ...events(['{"level":"info","ms":50}'], noon + 9)])],
  [payload(plain, { logGroup: '/plain' })],
  [payload(events(['ERROR two'], noon + 1), { logStream: 'web/2' })],
  [payload(events(['old ERROR'], noon - 40 * day), { logGroup: '/new/one' })],
]

const commit = (stage: string) => runCommand(lakeCommand, ['commit', '--lake', lakeOf(stage), '--pipeline', pipeline])

const lakeOf = (stage: string) => join(folder, stage)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailrace-committed-test-'))
  pipeline = join(folder, 'pipeline.yml')
  await writeFile(pipeline, 'version: 1\n')
  for (const stage of stages) {
    const store = diskStore(lakeOf(stage))
    for (const [index, payloads] of early.entries()) await land(store, payloads, `early${index}`)
    if (stage !== 'landed') expect(await commit(stage)).toMatchObject({ code: 0, err: '' })
    for (const [index, payloads] of late.entries()) await land(store, payloads, `late${index}`)
    if (stage === 'committed') expect(await commit(stage)).toMatchObject({ code: 0, err: '' })
  }
})
afterAll(() => rm(folder, { recursive: true, force: true }))

type Run = (lake: readonly string[]) => ReturnType<typeof runCommand>

const asked: readonly (readonly [string, Run])[] = [
  ['groups', lake => runCommand(groupsCommand, lake)],
  ['groups of a glob in a range', lake => runCommand(groupsCommand, [...lake, '/e*', '--since', '2026-01-15T12:00Z'])],
  ['streams', lake => runCommand(streamsCommand, [...lake, '/ecs/orders', '/plain'])],
  ['events', lake => runCommand(eventsCommand, [...lake, '*', '--json'])],
  ['events of one group', lake => runCommand(eventsCommand, [...lake, '/ecs/orders', '--head', '2'])],
  ['fields', lake => runCommand(fieldsCommand, [...lake, '/ecs/*', '--json'])],
  ['search', lake => runCommand(searchCommand, [...lake, 'ERROR'])],
  ['search in a group', lake => runCommand(searchCommand, [...lake, '--group', '/plain', 'id'])],
  ['query', lake => runCommand(queryCommand, [...lake, 'stats count(*) as n, sum(ms) by @log | sort @log'])],
  ['a query of a glob', lake => runCommand(queryCommand, [...lake, '--group', '/*/o*', 'stats count(*) as n'])],
]

describe('what a lake answers before and after commit', () => {
  it.each(asked)('is the same of %s', async (_, run) => {
    const landed = await run(['--lake', lakeOf('landed')])
    const mixed = await run(['--lake', lakeOf('mixed')])
    const committed = await run(['--lake', lakeOf('committed')])
    expect(landed).toMatchObject({ code: 0, err: '' })
    expect(landed.out).not.toBe('')
    expect(mixed).toEqual(landed)
    expect(committed).toEqual(landed)
  })

  it('counts every event once', async () => {
    for (const stage of stages) {
      const { out } = await runCommand(groupsCommand, ['--lake', lakeOf(stage), '--json'])
      expect(JSON.parse(out)).toEqual([
        group('/aws/lambda/pay', 2, '2026-01-16 12:00:00.000', '2026-01-16 12:00:00.001'),
        group('/ecs/orders', 5, '2026-01-15 12:00:00.000', '2026-01-15 12:00:00.009'),
        group('/new/one', 1, '2025-12-06 12:00:00.000', '2025-12-06 12:00:00.000'),
        group('/plain', 3, '2026-01-15 12:00:00.005', '2026-01-15 12:00:00.006'),
      ])
    }
  })

  it('reads no events to count what is committed', async () => {
    const store = diskStore(lakeOf('committed'))
    const read: string[] = []
    const get: ObjectStore['get'] = (key, options) => {
      read.push(key)
      return store.get(key, options)
    }
    const counts = await countStreams({ ...store, get }, { from: null, to: null }, ['/ecs/orders'], {
      by: 'stream',
      signal: new AbortController().signal,
    })
    expect(counts.map(({ stream, events }) => [stream, events])).toEqual([
      ['web/1', 4],
      ['web/2', 1],
    ])
    expect(read.filter(key => key.endsWith('.parquet'))).toEqual([])
  })

  it('is counted whole where the ledger names only some streams of a group', async () => {
    const store = diskStore(lakeOf('committed'))
    const table = (await lakeCatalog(store).load())!
    const key = table.metadata.properties![ledgerProperty]!
    const ledger = await readLedger(table.metadata, store)
    const streams = ledger.recent.streams.map(([account, group, stream, ...counts]) => {
      return [account, group, stream === 'web/2' ? '' : stream, ...counts] as const
    })
    await writeJson(store, key, { ...ledger, recent: { ...ledger.recent, streams } })
    const counted = async (by: 'group' | 'stream') => {
      const { signal } = new AbortController()
      const found = await countStreams(store, { from: null, to: null }, ['/ecs/orders'], { by, signal })
      return found.map(({ stream, events }) => [stream, events]).sort()
    }
    expect(await counted('group')).toEqual([['', 5]])
    expect(await counted('stream')).toEqual([
      ['web/1', 4],
      ['web/2', 1],
    ])
    await writeJson(store, key, ledger)
  })

  it('is counted without what another engine has deleted, which the ledger goes on counting', async () => {
    const store = diskStore(lakeOf('deleted'))
    for (const [index, payloads] of early.entries()) await land(store, payloads, `early${index}`)
    await commit('deleted')
    const catalog = lakeCatalog(store)
    const { metadata } = (await catalog.load())!
    const files = { store, location: metadata.location }
    const [file] = (await planFiles(metadata, files, [])).files.filter(
      ({ partition }) => partition.timestamp_day === (noon - day / 2) / day,
    )
    const deletes = await positionDeletes(files, [[file!, [0, 1]]], { bounds: true })
    await commitDeletes({ files, deps: { catalog }, clock: Date.now() }, [deletes])
    const counted = async (...options: readonly string[]) => {
      const { out } = await runCommand(groupsCommand, ['--lake', lakeOf('deleted'), '--json', ...options])
      return (JSON.parse(out) as readonly { name: string; events: number }[]).map(each => [each.name, each.events])
    }
    const left = [
      ['/aws/lambda/pay', 2],
      ['/ecs/orders', 1],
      ['/plain', 3],
    ]
    expect(await counted()).toEqual(left)
    expect(await counted('--since', '2026-01-01')).toEqual(left)
    const asked = ['fields @message', '--lake', lakeOf('deleted'), '--since', '2026-01-01', '--json']
    const { out } = await runCommand(queryCommand, asked)
    expect(out).not.toContain('"ms":10')
    expect(out).toContain('at line 1')
    expect(await runCommand(lakeCommand, ['status', '--lake', lakeOf('deleted')])).toMatchObject({ code: 0, err: '' })
  })

  it('names the groups of table and landing', async () => {
    for (const stage of stages) {
      expect(await knownGroups(diskStore(lakeOf(stage)))).toEqual([
        '/aws/lambda/pay',
        '/ecs/orders',
        '/new/one',
        '/plain',
      ])
    }
  })

  it('tells of a group that is not there, and of the one that may be meant', async () => {
    for (const stage of stages) {
      const lake = ['--lake', lakeOf(stage)]
      const told = { code: 2, out: '', err: expect.stringContaining('named /ecs/order; did you mean /ecs/orders?') }
      expect(await runCommand(queryCommand, [...lake, '--group', '/ecs/order', 'stats count(*)'])).toMatchObject(told)
      expect(await runCommand(searchCommand, [...lake, '--group', '/ecs/order', 'a'])).toMatchObject(told)
      expect(await runCommand(eventsCommand, [...lake, '/ecs/order'])).toMatchObject(told)
      expect(await runCommand(streamsCommand, [...lake, '/ecs/order'])).toMatchObject(told)
      const quiet = await runCommand(eventsCommand, [...lake, '/ecs/orders', '--since', '2026-02-01'])
      expect(quiet).toEqual({ code: 0, out: '', err: '' })
    }
  })

  it('is the same beside landing objects that are damaged, once they are listed', async () => {
    const store = diskStore(lakeOf('damaged'))
    for (const [index, payloads] of early.entries()) await land(store, payloads, `early${index}`)
    const keys = ['000000000000000000000001', '000000000000000000000002'].map(
      hash => `landing/2026-01-15/${noon}-${noon}-${hash}.parquet`,
    )
    await store.put(keys[0]!, new Uint8Array())
    await store.put(keys[1]!, new TextEncoder().encode('not Parquet, and not listed'))
    const lake = ['--lake', lakeOf('damaged')]
    expect(await knownGroups(store)).toEqual(['/aws/lambda/pay', '/ecs/orders', '/plain'])
    // Whose events these are nobody can say.
    const before = await runCommand(eventsCommand, [...lake, '/plain*'])
    expect(before).toMatchObject({ code: 2, err: expect.stringContaining(keys[0]!) })
    expect(await runCommand(eventsCommand, [...lake, '/aws/*', '--since', '2026-01-16'])).toMatchObject({ code: 0 })
    expect(await commit('damaged')).toMatchObject({ code: 1 })
    for (const [name, run] of asked) expect(await run(lake), name).toMatchObject({ code: 0 })
    expect((await runCommand(streamsCommand, [...lake, '/pl*', '--json'])).out).toContain('"events":3')
  })

  it('is followed from the table on', async () => {
    const seen = await Promise.all(
      stages.map(async stage => {
        const controller = new AbortController()
        const options = { from: noon, groups: ['/ecs/*', '/plain'], matches: () => true, everyMs: 1 }
        const found: string[] = []
        const sleep = async () => controller.abort(new Error('enough'))
        const all = (async () => {
          for await (const some of follow(diskStore(lakeOf(stage)), options, controller.signal, sleep))
            found.push(...some.map(({ message }) => message))
        })()
        await expect(all).rejects.toThrow('enough')
        return found.sort()
      }),
    )
    expect(seen[0]).toHaveLength(8)
    expect(seen[1]).toEqual(seen[0])
    expect(seen[2]).toEqual(seen[0])
  })
})

describe('following', () => {
  it('goes on when objects go away, and finds in the table what it was too slow for', async () => {
    const store = diskStore(lakeOf('followed'))
    const controller = new AbortController()
    let time = noon
    let goesAway = false
    const troubled: ObjectStore = {
      ...store,
      async get(key, options) {
        if (goesAway && key.startsWith('landing/')) {
          goesAway = false
          await store.delete([key])
        }
        return await store.get(key, options)
      },
    }
    const rounds = [
      () => land(store, [payload(events(['one']))], 'a'),
      async () => {
        await land(store, [payload(events(['gone'], noon + 10))], 'b')
        goesAway = true
      },
      async () => {
        await land(store, [payload(events(['two'], noon + 20))], 'c')
        expect(await commit('followed')).toMatchObject({ code: 0 })
      },
      async () => {
        await land(store, [payload(events(['three'], noon + 30))], 'd')
        expect(await commit('followed')).toMatchObject({ code: 0 })
        const landing: string[] = []
        for await (const { key } of store.list('landing/')) landing.push(key)
        await store.delete(landing)
        time += 1_800_000
      },
    ]
    const sleep = async () => {
      const next = rounds.shift()
      if (next === undefined) controller.abort(new Error('enough'))
      else await next()
    }
    const seen: string[] = []
    const options = { from: noon, groups: undefined, matches: () => true, everyMs: 1, now: () => time }
    const all = (async () => {
      for await (const some of follow(troubled, options, controller.signal, sleep))
        seen.push(...some.map(({ message }) => message))
    })()
    await expect(all).rejects.toThrow('enough')
    expect(seen).toEqual(['one', 'two', 'three'])
  })
})

function group(name: string, count: number, first: string, last: string) {
  return { accountId: '123456789012', name, events: count, first, last }
}

describe('stretches of time', () => {
  it('are few, whatever lies far apart', () => {
    const at = (...times: readonly number[]) => times.map(time => ({ first: time, last: time + 5 }))
    expect(stretches([])).toEqual([])
    expect(stretches(at(10, 0, 3))).toEqual([
      { from: 0, to: 8 },
      { from: 10, to: 15 },
    ])
    expect(stretches(at(0, 10, 100, 110, 1000, 5000, 5007))).toEqual([
      { from: 0, to: 15 },
      { from: 100, to: 115 },
      { from: 1000, to: 1005 },
      { from: 5000, to: 5012 },
    ])
  })
})
