import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { planCommit } from '../../shared/lake/commit.js'
import { readCatalogue } from '../../shared/lake/ledger.js'
import { dyingStore, type LakeWorld, lakeWorld, StoreDown } from './lake-world.js'
import { event, exported, landingFile, noon } from './landed.js'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

describe('commit', () => {
  let world: LakeWorld
  beforeEach(async () => {
    world = await lakeWorld()
  })
  afterEach(() => world.close())

  const keys = async (prefix: string): Promise<string[]> => {
    const found: string[] = []
    for await (const { key } of world.store.list(prefix)) found.push(key)
    return found
  }

  it('brings landing objects into the table, each event once, and deletes them when no reader can need them', async () => {
    await world.land([event(1), event(2)])
    await world.land([event(2), event(3, { timestamp: noon - day })])
    const report = await world.commit()
    expect(report).toMatchObject({
      rounds: 1,
      objects: 2,
      rows: 3,
      duplicates: 1,
      files: 2,
      waiting: 0,
      oldestMs: null,
    })
    expect(await world.readTable()).toEqual(['1:event 1', '2:event 2', '3:event 3'])
    expect(await world.read()).toEqual(['1:event 1', '2:event 2', '3:event 3'])
    expect(await keys('landing/')).toHaveLength(2)
    world.clock += 15 * minute
    expect(await world.commit()).toMatchObject({ rounds: 0, deleted: 2 })
    expect(await keys('landing/')).toEqual([])
    expect(await world.read()).toEqual(['1:event 1', '2:event 2', '3:event 3'])
  })

  it('waits for enough data or age', async () => {
    const settings = { ...world.deps.settings, commitBytes: 1_000_000, commitAfterMs: 5 * minute }
    const waiting = { ...world.deps, settings }
    await world.land([event(1)])
    world.clock += 4 * minute
    expect(await world.commit(waiting)).toMatchObject({ rounds: 0, waiting: 1, oldestMs: 4 * minute })
    expect((await planCommit(waiting)).batch).toEqual([])
    expect(await world.commit({ ...waiting, settings: { ...settings, commitBytes: 1 } })).toMatchObject({ rounds: 1 })
    await world.land([event(2)])
    world.clock += 5 * minute
    expect(await world.commit(waiting)).toMatchObject({ rounds: 1, rows: 1 })
  })

  it('takes no more at a time than one merge shall, in several rounds', async () => {
    for (let id = 0; id < 5; id++) await world.land([event(id)])
    const settings = { ...world.deps.settings, maxMergeObjects: 2 }
    expect(await world.commit({ ...world.deps, settings })).toMatchObject({ rounds: 3, objects: 5, waiting: 0 })
    expect(await world.readTable()).toHaveLength(5)
  })

  it('reopens an old day for a late event', async () => {
    await world.land([event(1, { timestamp: noon - 14 * day })])
    await world.commit()
    await world.land([event(2, { timestamp: noon - 14 * day + 1 }), event(1, { timestamp: noon - 14 * day })])
    await world.commit()
    expect(await world.readTable()).toEqual(['1:event 1', '2:event 2'])
  })

  it('knows a redelivery days later, when the landing object is long gone', async () => {
    const rows = [event(1), event(2)]
    const key = await world.land(rows)
    await world.commit()
    world.clock += hour
    await world.commit()
    expect(await keys('landing/')).toEqual([])
    world.clock += 4 * day
    await world.land(rows)
    expect(await world.commit()).toMatchObject({ objects: 0, deleted: 1 })
    expect(await keys('landing/')).toEqual([])
    // Cut in another way, it has another key.
    expect(await world.land([event(2), event(1), event(3)])).not.toBe(key)
    expect(await world.commit()).toMatchObject({ objects: 1, rows: 1, duplicates: 2 })
    expect(await world.read()).toEqual(['1:event 1', '2:event 2', '3:event 3'])
  })

  it('forgets what it consumed after nine days, and still knows the events', async () => {
    await world.land([event(1)])
    await world.commit()
    world.clock += 10 * day
    await world.land([event(2)])
    await world.commit()
    await world.land([event(1)])
    expect(await world.commit()).toMatchObject({ objects: 1, rows: 0, duplicates: 1, files: 0 })
    expect(await world.readTable()).toEqual(['1:event 1', '2:event 2'])
  })

  it('merges a backfill without ids into live data, whichever comes first', async () => {
    const tick = { message: 'tick' }
    const live = [event(1, tick), event(2, tick), event(3)]
    const backfill = [exported(tick), exported(tick), exported(tick), exported({ message: 'event 3' })]
    const wanted = ['-:tick', '1:tick', '2:tick', '3:event 3']
    await world.land(live)
    await world.commit()
    await world.land(backfill)
    await world.commit()
    expect(await world.readTable()).toEqual(wanted)
    expect((await readCatalogue((await world.deps.catalog.load())!.metadata, world.store))[0]!.rows).toBe(4)

    const other = await lakeWorld()
    await other.land(backfill)
    await other.commit()
    expect(await other.readTable()).toEqual(['-:event 3', '-:tick', '-:tick', '-:tick'])
    await other.land(live)
    expect(await other.read()).toEqual(wanted)
    await other.commit()
    expect(await other.readTable()).toEqual(wanted)
    const [group] = await readCatalogue((await other.deps.catalog.load())!.metadata, other.store)
    expect(group).toMatchObject({ rows: 4, bytes: 19 })
    expect(group!.hours).toEqual([{ hour: noon / hour, rows: 4, bytes: 19 }])
    await other.close()
  })

  it('sets aside what it cannot merge, says why, and carries on with the rest', async () => {
    await world.land([event(1)])
    const whole = landingFile([event(2)])
    const named = (hash: string) => `landing/2026-01-15/1-2-${hash.repeat(24)}.parquet`
    const damaged = landingFile(Array.from({ length: 500 }, (_, id) => event(100 + id)))
    damaged.fill(0xff, 40, 400)
    await world.store.put(named('a'), new Uint8Array())
    await world.store.put(named('b'), whole.slice(0, 200))
    await world.store.put(named('c'), new TextEncoder().encode('<html>not parquet</html>'))
    await world.store.put(named('d'), damaged)
    await world.store.put('landing/readme.txt', new TextEncoder().encode('hello'))
    const report = await world.commit()
    expect(report).toMatchObject({ objects: 1, rows: 1, waiting: 0, oldestMs: null })
    expect(report.setAside.map(({ key }) => key).sort()).toEqual([
      named('a'),
      named('b'),
      named('c'),
      named('d'),
      'landing/readme.txt',
    ])
    expect(report.setAside.find(({ key }) => key === named('a'))!.reason).toBe('parquet: a file of 0 bytes')
    expect(await world.readTable()).toEqual(['1:event 1'])
    await world.land([event(3)])
    expect(await world.commit()).toMatchObject({ objects: 1, rows: 1 })
    // Mended, it is merged.
    await world.store.put(named('b'), whole)
    expect(await world.commit()).toMatchObject({ objects: 1, rows: 1 })
    expect(await world.readTable()).toEqual(['1:event 1', '2:event 2', '3:event 3'])
    expect((await planCommit(world.deps)).setAside.map(({ key }) => key)).not.toContain(named('b'))
  })

  it('counts groups, streams and hours', async () => {
    await world.land([event(1), event(2, { timestamp: noon + hour, log_stream: 'web/2' })])
    await world.commit()
    await world.land([event(3, { log_group: '/b' })])
    await world.land([event(1), event(4)])
    await world.commit()
    const catalogue = await readCatalogue((await world.deps.catalog.load())!.metadata, world.store)
    expect(catalogue.map(({ name, rows, first, last }) => ({ name, rows, first, last }))).toEqual([
      { name: '/b', rows: 1, first: noon, last: noon },
      { name: '/ecs/orders', rows: 3, first: noon, last: noon + hour },
    ])
    expect(catalogue[1]!.streams.map(({ name, rows }) => [name, rows])).toEqual([
      ['web/1', 2],
      ['web/2', 1],
    ])
    expect(catalogue[1]!.hours.map(({ hour: at, rows }) => [at - noon / hour, rows])).toEqual([
      [0, 2],
      [1, 1],
    ])
  })

  it('lets one of two commits at once win, and loses nothing', async () => {
    await world.land([event(1)])
    await world.land([event(2), event(3)])
    const reports = await Promise.all([world.commit(), world.commit()])
    expect(reports.reduce((sum, { objects }) => sum + objects, 0)).toBe(2)
    await world.land([event(3), event(4)])
    await Promise.all([world.commit(), world.commit(), world.land([event(5), event(1)])])
    await world.commit()
    expect(await world.readTable()).toEqual(['1:event 1', '2:event 2', '3:event 3', '4:event 4', '5:event 5'])
  })

  for (const failure of ['refused', 'answer lost'] as const) {
    it(`survives its death at every call to the store, ${failure}`, async () => {
      await world.land([event(1), exported()])
      await world.commit()
      await world.land([event(2), event(1)])
      await world.land([event(3), exported(), exported()])
      const wanted = ['-:GET /', '-:GET /', '1:event 1', '2:event 2', '3:event 3']
      const lake = await lakeWorld()
      for (let at = 1; ; at++) {
        await lake.become(world)
        const store = dyingStore(lake.store, at, failure)
        const done = await lake.commit(lake.through(store)).then(
          () => true,
          error => {
            expect(causes(error)).toContain(StoreDown)
            return false
          },
        )
        expect(await lake.read(), `after call ${at}`).toEqual(wanted)
        await lake.commit()
        expect(await lake.readTable(), `recovered from call ${at}`).toEqual(wanted)
        const [group] = await readCatalogue((await lake.deps.catalog.load())!.metadata, lake.store)
        expect(group!.rows, `counted after call ${at}`).toBe(5)
        if (done) {
          expect(at).toBeGreaterThan(20)
          break
        }
      }
      await lake.close()
    })
  }
})

function causes(error: unknown): readonly unknown[] {
  return error instanceof Error ? [error.constructor, ...causes(error.cause)] : []
}
