import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { duckDbMerge } from '../../shared/engine/duckdb-merge.js'
import { erasurePlanner } from '../../shared/jobs/lake/plan-erasure.js'
import { eraseEvents } from '../../shared/lake/erase.js'
import { beginErasure, type EraseRequest, readErasures } from '../../shared/lake/erasures.js'
import type { LakeDependencies } from '../../shared/lake/lake-dependencies.js'
import type { MergeRequest } from '../../shared/lake/merge.js'
import { type LakeWorld, lakeWorld } from './lake-world.js'
import { event, noon } from './landed.js'

const day = 86_400_000
const count = 40

const request = (id: string, change: Partial<EraseRequest> = {}): EraseRequest => ({
  id,
  groups: ['/other/*'],
  from: null,
  to: noon + day,
  condition: { kind: 'pattern', text: `"user=${id}"` },
  asked: { since: null, until: null },
  requestedBy: 'somebody@somewhere',
  reason: null,
  ...change,
})

describe('the records of erasures', () => {
  let world: LakeWorld
  let deps: LakeDependencies
  /** Reads of records: how many, and how many at a time. */
  let reads: { gets: string[]; underWay: number; most: number }
  /** What merges were asked to erase. */
  let asked: readonly string[]
  beforeEach(async () => {
    world = await lakeWorld()
    reads = { gets: [], underWay: 0, most: 0 }
    const { store } = world
    const counting = {
      ...store,
      async get(...args: Parameters<typeof store.get>) {
        if (!args[0].startsWith('state/erasures')) return await store.get(...args)
        reads.gets.push(args[0])
        reads.most = Math.max(reads.most, ++reads.underWay)
        await new Promise(resolve => setTimeout(resolve, 1))
        reads.underWay--
        return await store.get(...args)
      },
    }
    const merge = duckDbMerge({ memoryLimitMb: 256, threads: 1, planErasures: erasurePlanner([]) })
    const spied = (merging: MergeRequest) => {
      asked = (merging.erase ?? []).map(({ id }) => id)
      return merge.merge(merging)
    }
    deps = { ...world.through(counting), merge: { ...merge, merge: spied } }
    for (let id = 0; id < count; id++) await beginErasure(world.store, request(`r${id}`), noon)
  })
  afterEach(() => world.close())

  const commitOf = async (message: string, timestamp = noon) => {
    await world.land([event(timestamp - noon, { message, timestamp })])
    reads.gets = []
    return await world.commit(deps)
  }

  it('are read side by side, and in one object once a commit or an erasure has copied them', async () => {
    await commitOf('user=1')
    expect(reads.gets).toHaveLength(count + 1)
    expect(reads.most).toBeGreaterThan(8)
    await commitOf('user=2', noon + 3)
    expect(reads.gets).toEqual(['state/erasures.json.gz'])
    // No more than what is read as fast one by one: a copy for each new record would be an object of all for each.
    for (let id = 0; id < 16; id++) await beginErasure(world.store, request(`s${id}`), noon)
    await commitOf('user=3', noon + 4)
    await commitOf('user=4', noon + 5)
    expect(reads.gets).toHaveLength(16 + 1)
    await eraseEvents(deps, request('ended', { groups: ['/ecs/*'] }))
    expect(await commitOf('user=ended', noon + 1)).toMatchObject({ rows: 0, erased: 1 })
    expect(reads.gets).toEqual(['state/erasures.json.gz'])
    await beginErasure(world.store, request('since', { groups: ['/ecs/*'] }), noon)
    expect(await commitOf('user=since', noon + 2)).toMatchObject({ rows: 0, erased: 1 })
    expect(reads.gets).toEqual(['state/erasures.json.gz', 'state/erasures/since.json'])
  })

  it('count as they are there, whatever the one object says', async () => {
    await eraseEvents(deps, request('ended', { groups: ['/ecs/*'] }))
    await world.store.put('state/erasures/r1.json', Buffer.from('{"version":1,"gro'))
    await expect(commitOf('user=ended')).rejects.toMatchObject({ name: 'StateDamaged', key: 'state/erasures/r1.json' })
    await world.store.delete(['state/erasures/r1.json', 'state/erasures/ended.json'])
    expect(await world.commit(deps)).toMatchObject({ rows: 1, erased: 0 })
    expect(await readErasures(world.store)).toHaveLength(count - 1)
    for (const text of ['', '{"version":1,"records":[{"key":"state/erasures/r2.json"}]}', '{"version":1}']) {
      await world.store.put('state/erasures.json.gz', gzipSync(text))
      expect(await readErasures(world.store), text).toHaveLength(count - 1)
    }
    await world.store.put('state/erasures.json.gz', Buffer.from('no gzip'))
    expect(await readErasures(world.store)).toHaveLength(count - 1)
  })

  it('of other groups and times cost a merge nothing', async () => {
    await beginErasure(world.store, request('later', { groups: ['*'], from: noon + day }), noon)
    await beginErasure(world.store, request('near', { groups: ['/ecs/o*s', '/x'] }), noon)
    await commitOf('user=1')
    expect(asked).toEqual(['near'])
    const all = await readErasures(world.store)
    const spans = [{ logGroup: '/ecs/orders', first: noon, last: noon }]
    const plans = (changed: Partial<(typeof spans)[0]>) =>
      erasurePlanner([])({ erasures: all, which: 'erasable', spans: [{ ...spans[0]!, ...changed }] }).length
    expect(plans({})).toBe(1)
    expect(plans({ logGroup: '/ecs/other' })).toBe(0)
    expect(plans({ first: noon + 2 * day, last: noon + 2 * day, logGroup: '/other/1' })).toBe(0)
    expect(plans({ first: noon + day, last: noon + 2 * day, logGroup: '/ecs/none' })).toBe(1)
  })
})
