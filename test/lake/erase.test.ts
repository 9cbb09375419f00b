import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { duckDbMerge } from '../../shared/engine/duckdb-merge.js'
import { findOrphans } from '../../shared/iceberg/find-orphans.js'
import { setProperties } from '../../shared/iceberg/table-changes.js'
import type { TableMetadata } from '../../shared/iceberg/table-metadata.js'
import { erasurePlanner } from '../../shared/jobs/lake/plan-erasure.js'
import { compact } from '../../shared/lake/compact.js'
import { eraseEvents } from '../../shared/lake/erase.js'
import { planErase } from '../../shared/lake/erase-plan.js'
import { beginErasure, type EraseRequest, type LegalHold, readErasures } from '../../shared/lake/erasures.js'
import type { LakeDependencies } from '../../shared/lake/lake-dependencies.js'
import type { ObjectStore } from '../../shared/store/object-store.js'
import { dyingStore, type LakeWorld, lakeWorld } from './lake-world.js'
import { event, exported, noon } from './landed.js'

const day = 86_400_000

const request: EraseRequest = {
  id: 'abc',
  groups: ['/ecs/*'],
  from: null,
  to: noon + day,
  condition: { kind: 'pattern', text: '"user=7"' },
  asked: { since: null, until: '2026-01-16T12:00Z' },
  requestedBy: 'somebody@somewhere',
  reason: 'request 17',
}

const user = (id: number, change: Parameters<typeof event>[1] = {}) =>
  event(id, { message: `user=${id} in`, ...change })

describe('erase', () => {
  let world: LakeWorld
  beforeEach(async () => {
    world = await lakeWorld()
  })
  afterEach(() => world.close())

  const erasing = (deps: LakeDependencies, holds: readonly LegalHold[] = []): LakeDependencies => {
    return {
      ...deps,
      holds,
      merge: duckDbMerge({ memoryLimitMb: 256, threads: 1, planErasures: erasurePlanner(holds) }),
    }
  }
  /** Of every object that is there, the keys of those whose bytes hold the text. */
  const holding = async (text: string): Promise<readonly string[]> => {
    const found: string[] = []
    for await (const { key } of world.store.list('')) {
      const { body } = await world.store.get(key)
      if (Buffer.from(body).includes(text)) found.push(key)
    }
    return found
  }

  it('shows what would go, and changes nothing', async () => {
    await world.land([user(6), user(7)])
    await world.commit()
    await world.land([user(7, { timestamp: noon + 1 }), user(8)])
    const before = await world.read()
    const plan = await planErase(erasing(world.deps), request)
    expect(plan).toMatchObject({ rows: 2, held: 0, setAside: [] })
    expect(plan.tableFiles.map(({ rows }) => rows)).toEqual([1])
    expect(plan.landing.map(({ rows }) => rows)).toEqual([1])
    expect(plan.samples).toEqual([
      { accountId: '123456789012', logGroup: '/ecs/orders', logStream: 'web/1', timestamp: noon },
      { accountId: '123456789012', logGroup: '/ecs/orders', logStream: 'web/1', timestamp: noon + 1 },
    ])
    expect(await world.read()).toEqual(before)
    expect(await readErasures(world.store)).toEqual([])
  })

  it('takes events out of the table, of landing and of the store', async () => {
    await world.land([user(6), user(7), exported({ message: 'user=7 out' }), exported({ message: 'user=6 out' })])
    await world.land([user(7, { log_group: '/other' }), user(7, { timestamp: noon - 3 * day })])
    await world.commit()
    await world.land([user(7, { timestamp: noon + 1 }), user(8)])
    const report = await eraseEvents(erasing(world.deps), request)
    expect(report).toMatchObject({
      record: { id: 'abc', rows: 4, requestedBy: 'somebody@somewhere', reason: 'request 17', finishedAt: world.clock },
      committed: { objects: 1, erased: 3 },
      refs: [],
      leftovers: { files: 0, until: null },
    })
    expect(await world.read()).toEqual(['-:user=6 out', '6:user=6 in', '7:user=7 in', '8:user=8 in'])
    const files = await holding('PAR1')
    expect(files.filter(key => key.startsWith('landing/'))).toEqual([])
    // What is left of that day; of the other nothing is.
    expect(files).toHaveLength(1)
    expect(await readErasures(world.store)).toEqual([report.record])
    expect(JSON.stringify(report.record)).not.toContain(' in')
    expect(await planErase(erasing(world.deps), request)).toMatchObject({ rows: 0 })
  })

  const change = async (next: (metadata: TableMetadata) => TableMetadata) => {
    const table = (await world.deps.catalog.load())!
    await world.deps.catalog.commit(table, next(table.metadata))
  }
  /** What no snapshot has, but for the metadata of versions before. */
  const orphans = async (): Promise<readonly string[]> => {
    const keys: string[] = []
    const table = (await world.deps.catalog.load())!
    const options = { now: new Date(world.clock), delayMs: Number.NEGATIVE_INFINITY }
    for await (const { key } of findOrphans(table, world.files, options)) keys.push(key)
    return keys.filter(key => !key.endsWith('.metadata.json'))
  }

  it('leaves nothing in the history of main, whatever that is to keep', async () => {
    await world.commitEach([user(6), user(7)], [user(7, { timestamp: noon - 3 * day })])
    const settings = { 'min-snapshots-to-keep': 5, 'max-snapshot-age-ms': 100 * day }
    await change(metadata => ({ ...metadata, refs: { main: { ...metadata.refs!.main!, ...settings } } }))
    // Another writer's clock was ahead.
    world.clock -= 60_000
    expect(await eraseEvents(erasing(world.deps), request)).toMatchObject({ record: { rows: 2, keptBy: [] }, refs: [] })
    const { metadata } = (await world.deps.catalog.load())!
    expect(metadata.snapshots).toHaveLength(1)
    expect(metadata.refs!.main).toMatchObject(settings)
    expect(await orphans()).toEqual([])
    expect(await holding('PAR1')).toHaveLength(1)
  })

  it('names the tags and branches of others that still have such events, until they are dropped', async () => {
    const tag = (name: string) =>
      change(metadata => ({
        ...metadata,
        refs: { ...metadata.refs, [name]: { 'snapshot-id': metadata['current-snapshot-id']!, type: 'tag' } },
      }))
    await world.commitEach([user(6)])
    await tag('early')
    await world.commitEach([user(7), user(7, { timestamp: noon + 1 })])
    await tag('audit')
    const deps = erasing(world.deps)
    const refs = [
      { name: 'early', rows: 0 },
      { name: 'audit', rows: 2 },
    ]
    expect(await planErase(deps, request)).toMatchObject({ rows: 2, refs })
    expect(await eraseEvents(deps, request)).toMatchObject({ record: { rows: 2, keptBy: ['audit'] }, refs })
    expect(await world.read()).toEqual(['6:user=6 in'])
    expect((await readErasures(world.store)).map(({ keptBy }) => keptBy)).toEqual([['audit']])
    await change(metadata => ({ ...metadata, refs: { main: metadata.refs!.main! } }))
    const again = await eraseEvents(deps, { ...request, id: 'again' })
    expect(again).toMatchObject({ record: { rows: 0, keptBy: [] }, refs: [] })
    expect(await orphans()).toEqual([])
  })

  it('refuses a table whose files have to stay', async () => {
    await world.commitEach([user(6), user(7)])
    await change(metadata => ({ ...metadata, properties: { ...metadata.properties, 'gc.enabled': 'false' } }))
    await expect(eraseEvents(erasing(world.deps), request)).rejects.toThrow('gc.enabled=false')
    expect(await readErasures(world.store)).toEqual([])
  })

  it('takes what a condition of a query finds', async () => {
    const json = (id: number) => event(id, { format: 'json', message: JSON.stringify({ user: { id } }) })
    await world.land([json(6), json(7)])
    await world.commit()
    await eraseEvents(erasing(world.deps), { ...request, condition: { kind: 'filter', text: 'user.id = 7' } })
    expect(await world.read()).toEqual(['6:{"user":{"id":6}}'])
  })

  it('lets nothing come back through a delivery cut anew, and takes later events of the same kind', async () => {
    await world.land([user(6), user(7)])
    await world.commit()
    const deps = erasing(world.deps)
    await eraseEvents(deps, request)
    await world.land([user(7), user(5)])
    expect(await world.commit(deps)).toMatchObject({ rows: 1, erased: 1 })
    await world.land([user(7, { timestamp: noon + 2 * day })])
    expect(await world.commit(deps)).toMatchObject({ rows: 1, erased: 0 })
    expect(await world.readTable()).toEqual(['5:user=5 in', '6:user=6 in', '7:user=7 in'])
  })

  it('keeps away what it has erased, whatever is held later, and leaves what was held before or while it is under way', async () => {
    const hold = { groups: ['/ecs/*'], from: null, to: null, reason: 'case 4' }
    await world.commitEach([user(6), user(7)])
    await eraseEvents(erasing(world.deps), request)
    await world.land([user(7), user(5)])
    expect(await world.commit(erasing(world.deps, [hold]))).toMatchObject({ rows: 1, erased: 1 })
    const second = { ...request, id: 'second', condition: { kind: 'pattern', text: '"user=8"' } } as const
    await eraseEvents(erasing(world.deps, [hold]), second)
    await beginErasure(world.store, { ...second, id: 'third', condition: { kind: 'pattern', text: '"user=9"' } }, noon)
    await world.land([user(8), user(9)])
    expect(await world.commit(erasing(world.deps, [hold]))).toMatchObject({ rows: 2, erased: 0 })
    await world.land([user(8, { timestamp: noon + 1 }), user(9, { timestamp: noon + 1 })])
    expect(await world.commit(erasing(world.deps))).toMatchObject({ rows: 0, erased: 2 })
    expect(await world.read()).toEqual(['5:user=5 in', '6:user=6 in', '8:user=8 in', '9:user=9 in'])
  })

  it('stops commits at once while a record is damaged, which the error names', async () => {
    await world.land([user(6), user(7)])
    const key = 'state/erasures/abc.json'
    for (const text of ['{"version":1,"gro', '{"version":9,"groups":[]}', '{"version":1}', 'null']) {
      await world.store.put(key, Buffer.from(text))
      let reads = 0
      const counting = {
        ...world.store,
        get: (...args: Parameters<typeof world.store.get>) => {
          if (args[0] === key) reads++
          return world.store.get(...args)
        },
      }
      const failed = await world.commit(world.through(counting)).catch(error => error)
      expect(failed).toMatchObject({ name: 'StateDamaged', key })
      expect(failed.message).toMatch(/^lake: state\/erasures\/abc\.json is damaged, .*put back as it was.*delete it$/)
      expect(reads).toBe(1)
    }
    await world.store.delete([key])
    expect(await world.commit()).toMatchObject({ rows: 2 })
  })

  /** The lake for one who does something else before a PUT. */
  const preceded = (put: (key: string) => Promise<void>, deps: LakeDependencies): LakeDependencies => {
    const { store } = world
    const hooked = {
      ...store,
      async put(...args: Parameters<typeof store.put>) {
        await put(args[0])
        return await store.put(...args)
      },
    }
    return { ...deps, ...world.through(hooked), merge: deps.merge }
  }

  it.each([
    ['what waits', async () => undefined],
    ['nothing, as the objects are gone', async (keys: readonly string[]) => await world.store.delete(keys)],
  ])('stops a commit that began before it, also when it finds %s', async (_, meanwhile) => {
    await world.commitEach([user(6)])
    const key = await world.land([user(7), user(8)])
    const deps = erasing(world.deps)
    let isHeld = true
    const slow = preceded(async put => {
      if (!isHeld || !put.endsWith('.metadata.json')) return
      isHeld = false
      await meanwhile([key])
      await eraseEvents(deps, request)
    }, deps)
    await world.commit(slow)
    expect(isHeld).toBe(false)
    expect(await world.read()).toEqual(['6:user=6 in', '8:user=8 in'])
  })

  it('does not end while other writers keep what waits out of the table', async () => {
    await world.commitEach([user(6)])
    await world.land([user(7), user(8)])
    let races = 0
    const raced = preceded(async put => {
      // Every try of the first commit.
      if (put.startsWith('state/consumed/') && races++ < 6) {
        await change(metadata => ({ ...metadata, properties: { ...metadata.properties, race: `${races}` } }))
      }
    }, erasing(world.deps))
    const report = await eraseEvents(raced, request)
    expect(races).toBeGreaterThan(6)
    expect(report).toMatchObject({ record: { rows: 1 }, committed: { objects: 1, erased: 1 } })
    expect((await holding('PAR1')).filter(key => key.startsWith('landing/'))).toEqual([])
  })

  it('looks again when another writer has replaced and deleted what it was looking at', async () => {
    await world.commitEach([user(6), user(7), user(5)])
    const deps = erasing(world.deps)
    const other = { ...request, id: 'other', condition: { kind: 'pattern', text: '"user=5"' } } as const
    const { store } = world
    let reads = 0
    const raced = {
      ...store,
      async get(...args: Parameters<typeof store.get>) {
        // The first look of all only shows what would go.
        if (args[0].startsWith('table/data/') && ++reads === 2) await eraseEvents(deps, other)
        return await store.get(...args)
      },
    }
    await eraseEvents({ ...world.through(raced), merge: deps.merge, holds: [] }, request)
    expect(reads).toBeGreaterThan(2)
    expect(await world.read()).toEqual(['6:user=6 in'])
  })

  it('refuses what a legal hold covers, and keeps it beyond its retention', async () => {
    const hold = { groups: ['/ecs/orders'], from: noon, to: noon, reason: 'case 4' }
    await world.land([user(7, { retention: 1 }), user(6, { retention: 1, log_group: '/a' })])
    await world.land([user(7, { retention: 1, timestamp: noon - 5 * day })])
    await world.commit()
    const deps = erasing(world.deps, [hold])
    expect(await planErase(deps, request)).toMatchObject({ rows: 1, held: 1 })
    await expect(eraseEvents(deps, request)).rejects.toMatchObject({ name: 'EventsHeld', events: 1 })
    expect(await readErasures(world.store)).toEqual([])
    world.clock += 30 * day
    await compact({ ...deps, retentionOf: () => 1 })
    expect(await world.readTable()).toEqual(['6:user=6 in', '7:user=7 in'])
    await compact({ ...erasing(world.deps), retentionOf: () => 1 })
    expect(await world.readTable()).toEqual([])
  })

  it('says what it has done when a held event comes in meanwhile, which stops it', async () => {
    const held = { groups: ['/held'], from: null, to: null, reason: 'case 4' }
    const all = { ...request, groups: ['*'], condition: null }
    await world.commitEach([user(7)], [user(8, { timestamp: noon - 3 * day })])
    await world.land([user(9, { timestamp: noon + 1 })])
    const { store } = world
    const late = world.through({
      ...store,
      // Its first commit is done then.
      put: async (...args) => {
        const result = await store.put(...args)
        if (args[0].startsWith('state/consumed/')) await world.land([user(1, { log_group: '/held' })])
        return result
      },
    })
    await expect(eraseEvents(erasing(late, [held]), all)).rejects.toMatchObject({
      name: 'EventsHeld',
      events: 1,
      stopped: { id: 'abc', rows: 1, files: 0 },
    })
    expect(await readErasures(store)).toMatchObject([{ id: 'abc', finishedAt: null }])
    const { record } = await eraseEvents(erasing(world.deps), all)
    expect(record).toMatchObject({ rows: 3, files: 3 })
    expect(await world.read()).toEqual([])
  })

  it('obeys what has ended under an older release, which did not note the holds, whatever is held now', async () => {
    await eraseEvents(erasing(world.deps), request)
    const { holds: _, ...older } = (await readErasures(world.store))[0]!
    await world.store.put('state/erasures/abc.json', Buffer.from(JSON.stringify(older)))
    const hold = { groups: ['*'], from: null, to: null, reason: 'case 4' }
    await world.land([user(6), user(7)])
    expect(await world.commit(erasing(world.deps, [hold]))).toMatchObject({ rows: 1, erased: 1 })
  })

  it('leaves no note in the table of what has ended, wherever it was cut short', async () => {
    const notes = async () => {
      const { properties = {} } = (await world.deps.catalog.load())!.metadata
      return Object.keys(properties).filter(name => name.startsWith('tailrace.erasing.'))
    }
    const note = async (...ids: readonly string[]) => {
      const table = (await world.deps.catalog.load())!
      const changes = Object.fromEntries(ids.map(id => [`tailrace.erasing.${id}`, '{"rows":1,"files":1}']))
      await world.deps.catalog.commit(table, setProperties(table.metadata, changes, new Date(world.clock)))
    }
    await world.commitEach([user(7)])
    await eraseEvents(erasing(world.deps), request)
    await beginErasure(world.store, { ...request, id: 'under-way' }, noon)
    await note('abc', 'under-way', 'whose-record-was-deleted')
    await compact({ ...world.deps, retentionOf: () => 0 })
    expect(await notes()).toEqual(['tailrace.erasing.under-way'])
    await note('abc')
    await eraseEvents(erasing(world.deps), { ...request, id: 'later' })
    expect(await notes()).toEqual(['tailrace.erasing.under-way'])
  })

  it('counts what it has taken itself, whatever another takes meanwhile', async () => {
    for (let age = 0; age < 6; age++) {
      const timestamp = noon - age * day
      const other = event(10 + age, { timestamp, log_group: '/other' })
      await world.commitEach([event(age, { timestamp }), other, event(20 + age, { timestamp, log_group: '/third' })])
    }
    const all = { ...request, condition: null, from: null }
    const reports = await Promise.all([
      eraseEvents(erasing(world.deps), { ...all, id: 'one', groups: ['/ecs/orders'] }),
      eraseEvents(erasing(world.deps), { ...all, id: 'other', groups: ['/other'] }),
    ])
    expect(reports.map(({ record: { rows, files } }) => ({ rows, files }))).toEqual([
      { rows: 6, files: 6 },
      { rows: 6, files: 6 },
    ])
    const { properties = {} } = (await world.deps.catalog.load())!.metadata
    expect(Object.keys(properties).filter(name => name.startsWith('tailrace.erasing'))).toEqual([])
  })

  it('goes on whenever another takes the history away that it is reading', async () => {
    await world.commitEach(
      [user(6), user(7)],
      [event(1, { log_group: '/other' })],
      [event(2, { timestamp: noon + day })],
    )
    const start = await lakeWorld()
    try {
      await start.become(world)
      for (let at = 1, lists = at; lists >= at; at++) {
        await world.become(start)
        lists = 0
        const meeting: ObjectStore = {
          ...world.store,
          async get(key, options) {
            const isList = /\/snap-[^/]+$/.test(key)
            if (isList && ++lists === at) {
              await eraseEvents(erasing(world.deps), { ...request, id: 'other', groups: ['/other'], condition: null })
            }
            return world.store.get(key, options)
          },
        }
        const { record } = await eraseEvents(erasing(world.through(meeting)), request)
        expect({ rows: record.rows, finishedAt: record.finishedAt }).toEqual({ rows: 1, finishedAt: world.clock })
        expect(await world.read()).toEqual(
          lists < at ? ['1:event 1', '2:event 2', '6:user=6 in'] : ['2:event 2', '6:user=6 in'],
        )
      }
    } finally {
      await start.close()
    }
  })

  it('is finished by running it again, wherever it was cut short', async () => {
    await world.land([user(6), user(7)])
    await world.land([user(7, { timestamp: noon - 3 * day })])
    await world.commit()
    await world.land([user(7, { timestamp: noon + 1 }), user(8)])
    const start = await lakeWorld()
    try {
      await start.become(world)
      for (let at = 1; ; at += 9) {
        await world.become(start)
        const dying = dyingStore(world.store, at, at % 2 === 0 ? 'refused' : 'answer lost')
        const done = await eraseEvents(erasing(world.through(dying)), request).then(
          () => true,
          () => false,
        )
        const { record } = await eraseEvents(erasing(world.deps), request)
        expect(await world.read(), `cut short at call ${at}`).toEqual(['6:user=6 in', '8:user=8 in'])
        if (done) break
        expect(record.finishedAt).toBe(world.clock)
        expect((await holding('PAR1')).filter(key => key.startsWith('landing/'))).toEqual([])
      }
    } finally {
      await start.close()
    }
  })
})
