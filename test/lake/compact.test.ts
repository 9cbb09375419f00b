import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Catalog } from '../../shared/iceberg/catalog.js'
import { CatalogFailed } from '../../shared/iceberg/errors.js'
import { planFiles } from '../../shared/iceberg/plan-files.js'
import { keyOf } from '../../shared/iceberg/table-files.js'
import { currentSchema } from '../../shared/iceberg/table-metadata.js'
import { type CompactDependencies, compact, failuresOf, planCompact } from '../../shared/lake/compact.js'
import { writeJson } from '../../shared/lake/json-object.js'
import { ledgerProperty, readCatalogue, readLedger } from '../../shared/lake/ledger.js'
import type { Merge } from '../../shared/lake/merge.js'
import { partitionOf } from '../../shared/lake/plan-compaction.js'
import type { ObjectStore } from '../../shared/store/object-store.js'
import { type LakeWorld, lakeWorld } from './lake-world.js'
import { event, noon } from './landed.js'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

describe('compact', () => {
  let world: LakeWorld
  beforeEach(async () => {
    world = await lakeWorld()
  })
  afterEach(() => world.close())

  const by = (change: Partial<CompactDependencies> = {}): CompactDependencies => ({
    ...world.deps,
    retentionOf: () => 0,
    ...change,
  })

  it('makes few files of many, and folds in what comes late', async () => {
    await world.commitEach([event(1), event(9)], [event(2)], [event(3)])
    expect(await world.partitions()).toHaveLength(3)
    // The day is not over: a few small files may wait.
    expect((await planCompact(by())).rewrites).toEqual([])
    world.clock += 2 * day
    const before = await world.read()
    expect(await compact(by())).toMatchObject({
      rewrites: [{ removed: 3, added: 1, rows: 4, duplicates: 0 }],
      overtaken: 0,
    })
    expect(await world.partitions()).toEqual(['20468/0:4'])
    expect(await world.read()).toEqual(before)
    await world.commitEach([event(4)])
    await compact(by())
    expect(await world.partitions()).toEqual(['20468/0:5'])
    expect((await planCompact(by())).rewrites).toEqual([])
  })

  it('drops partitions whose retention is over, as a whole', async () => {
    await world.commitEach([
      event(1, { log_group: '/x', retention: 1 }),
      event(2, { log_group: '/y', retention: 7 }),
      event(3),
    ])
    world.clock = Date.UTC(2026, 0, 16, 23, 59)
    expect((await planCompact(by())).expired).toEqual([])
    world.clock = Date.UTC(2026, 0, 17)
    expect(await compact(by({ retentionOf: group => (group === '/x' ? 1 : group === '/y' ? 7 : 0) }))).toMatchObject({
      expiredFiles: 1,
      expiredRows: 1,
    })
    expect(await world.readTable()).toEqual(['2:event 2', '3:event 3'])
  })

  it('moves a group whose retention has changed, before it drops anything', async () => {
    const rows = [event(1, { log_group: '/a', retention: 1 }), event(2, { log_group: '/b', retention: 1 })]
    await world.commitEach(rows)
    await compact(by({ retentionOf: () => 1 }))
    world.clock += 5 * day
    const now = by({ retentionOf: group => (group === '/a' ? 400 : 1) })
    expect((await planCompact(now)).former).toEqual([{ logGroup: '/a', retention: 1, isSettled: true }])
    await compact(now)
    await compact(now)
    expect(await world.partitions()).toEqual(['20468/400:1'])
    expect(await world.readTable()).toEqual(['1:event 1'])
    expect((await planCompact(now)).former).toEqual([])
  })

  it('keeps what was committed under a retention that changed before any compaction has looked', async () => {
    const deps = { ...world.deps, retentionOf: () => 1 }
    await world.land([event(1, { retention: 1 })])
    await world.commit(deps)
    const changed = by({ retentionOf: () => 0 })
    // The commit might still be under way for all that this one knows.
    expect(await compact(changed)).toMatchObject({ rewrites: [], expiredFiles: 0 })
    world.clock += 5 * day
    expect(await compact(changed)).toMatchObject({ rewrites: [{ rows: 1 }], expiredFiles: 0 })
    expect(await world.partitions()).toEqual(['20468/0:1'])
    expect((await planCompact(changed)).former).toEqual([])
  })

  it('comes to an end: what it wrote is not written again', async () => {
    const settings = { ...world.deps.settings, fileBytes: 100_000 }
    // Cut by rows into two of the size asked for, the first of them would be small, and fit to the second.
    const rows = (group: string, bytes: number) =>
      Array.from({ length: 50 }, (_, id) =>
        event(id, { log_group: group, message: randomBytes(bytes).toString('base64') }),
      )
    await world.commitEach(rows('/a', 700), rows('/b', 1_300))
    world.clock += 2 * day
    expect(await compact(by({ settings }))).toMatchObject({ rewrites: [{ added: 1, rows: 100 }] })
    expect((await planCompact(by({ settings }))).rewrites).toEqual([])
  })

  it('gives up a rewrite when another writer has promoted other columns under the same ids', async () => {
    await world.commitEach([event(1, { message: '{"a":1,"b":2}', format: 'json' })], [event(2)])
    world.clock += 2 * day
    await world.land([event(3, { message: '{"a":3,"b":4}', format: 'json' })])
    const promoted = (field: string) => [{ field, column: field, type: 'long' as const }]
    const merge: Merge = {
      ...world.deps.merge,
      async merge(request) {
        const merged = await world.deps.merge.merge(request)
        await world.commit({ ...world.deps, promote: promoted('b') })
        return merged
      },
    }
    expect(await compact(by({ merge, promote: promoted('a') }))).toMatchObject({ rewrites: [], overtaken: 1 })
    expect(await compact(by({ promote: promoted('a') }))).toMatchObject({ rewrites: [{ rows: 3 }] })
    const { metadata } = (await world.deps.catalog.load())!
    const ids = currentSchema(metadata).fields.flatMap(({ id, name }) => (id < 100 ? [] : [[id, name]]))
    expect(ids).toEqual([
      [100, 'b'],
      [101, 'a'],
    ])
    const [file] = (await planFiles(metadata, world.files, [])).files
    // The other column is not worked out anew, and keeps what it has.
    expect([...file!.lowerBounds!.keys()].filter(id => id >= 100).sort()).toEqual([100, 101])
  })

  it('publishes nothing that was written so long ago that it may be gone, as on a machine that slept', async () => {
    await world.commitEach([event(1)], [event(2)])
    world.clock += 3 * day
    let hasSlept = false
    const sleeping = (pass: () => Promise<unknown>): ObjectStore => ({
      ...world.store,
      async put(...call) {
        const answer = await world.store.put(...call)
        if (call[0].startsWith('table/data/') && !hasSlept) {
          hasSlept = true
          world.clock += 2 * day
          await pass()
        }
        return answer
      },
    })
    const small = { ...world.deps.settings, fileBytes: 1 }
    const store = sleeping(() => compact(by({ settings: small })))
    expect(await compact({ ...world.through(store), retentionOf: () => 0 })).toMatchObject({ overtaken: 1 })
    expect(await world.read()).toEqual(['1:event 1', '2:event 2'])
    hasSlept = false
    await world.land([event(3)])
    const report = await world.commit(world.through(sleeping(() => compact(by({ settings: small })))))
    expect(report).toMatchObject({ objects: 1, rows: 1 })
    expect(await world.read()).toEqual(['1:event 1', '2:event 2', '3:event 3'])
  })

  it('leaves alone what a commit or a compaction under way has put, for as long as one may take', async () => {
    await world.commitEach([event(1)], [event(2)])
    world.clock += 3 * day
    const seen = new Set<string>()
    /** Between any two of its writes an hour passes, and a compaction. */
    const slow = (): ObjectStore => ({
      ...world.store,
      async put(...call) {
        const answer = await world.store.put(...call)
        seen.add(/^(ledger|state\/consumed|table\/\w+)\//.exec(call[0])?.[1] ?? '')
        world.clock += hour
        await compact(by({ settings: { ...world.deps.settings, fileBytes: 1 } }))
        return answer
      },
    })
    expect(await compact({ ...world.through(slow()), retentionOf: () => 0 })).toMatchObject({ rewrites: [{ rows: 2 }] })
    await world.land([event(3)])
    expect(await world.commit(world.through(slow()))).toMatchObject({ rounds: 1, rows: 1 })
    expect(seen).toEqual(new Set(['', 'ledger', 'state/consumed', 'table/data', 'table/metadata']))
    expect(await world.read()).toEqual(['1:event 1', '2:event 2', '3:event 3'])
    await world.land([event(4)])
    expect(await world.commit()).toMatchObject({ rows: 1 })
  })

  it('keeps the files of a snapshot for six hours, for queries that have planned on it', async () => {
    await world.commitEach([event(1)], [event(2)])
    world.clock += 3 * day
    await world.commitEach([event(3, { timestamp: noon + 3 * day })])
    const { metadata } = (await world.deps.catalog.load())!
    const planned = (await planFiles(metadata, world.files, [])).files.map(file => keyOf(world.files, file.filePath))
    const left = async () => {
      const found = await Promise.all(planned.map(key => world.store.head(key).catch(() => null)))
      return found.filter(one => one !== null).length
    }
    expect(await compact(by())).toMatchObject({ rewrites: [{ removed: 2 }] })
    world.clock += 6 * hour
    await compact(by())
    expect(await left()).toBe(3)
    world.clock += minute
    await compact(by())
    expect(await left()).toBe(1)
    expect(await world.readTable()).toEqual(['1:event 1', '2:event 2', '3:event 3'])
  })

  it('merges the files of a day in progress when there are more than eight', async () => {
    for (let id = 0; id < 8; id++) await world.commitEach([event(id)])
    expect((await planCompact(by())).rewrites).toEqual([])
    await world.commitEach([event(8)])
    expect(await compact(by())).toMatchObject({ rewrites: [{ removed: 9, added: 1, rows: 9 }] })
  })

  it('makes no file larger than a third above the size asked for, nor fills one beyond it', async () => {
    const settings = { ...world.deps.settings, fileBytes: 100_000 }
    // About 840 bytes each.
    const rows = (from: number, count: number, dayOf: number) =>
      Array.from({ length: count }, (_, index) =>
        event(from + index, {
          timestamp: noon + dayOf * day + from + index,
          message: randomBytes(750).toString('base64'),
        }),
      )
    const sizes = async (dayOf: number) => {
      const { metadata } = (await world.deps.catalog.load())!
      const { files } = await planFiles(metadata, world.files, [])
      return files.filter(file => partitionOf(file).timestamp_day === 20468 + dayOf).map(file => file.fileSizeInBytes)
    }
    const batches = Array.from({ length: 10 }, (_, index) => rows(30 * index, 30, -1))
    await world.commitEach(...batches, rows(300, 45, 0), rows(345, 45, 0), rows(390, 45, 0))
    world.clock += 2 * day
    await compact(by({ settings }))
    const split = await sizes(-1)
    expect(split).toHaveLength(3)
    const [whole, ...others] = await sizes(0)
    expect(others).toEqual([])
    for (const size of [...split, whole!]) expect(size > 66_000 && size < 133_000, String(size)).toBe(true)
    // What comes late stays beside a file that has no room for it, and is folded into one that has.
    await world.commitEach(rows(450, 30, 0))
    expect((await planCompact(by({ settings }))).rewrites).toEqual([])
    await world.commitEach(rows(480, 30, -1))
    expect(await compact(by({ settings }))).toMatchObject({ rewrites: [{ removed: 2, added: 1 }] })
    expect(Math.max(...(await sizes(-1)))).toBeLessThan(133_000)
  })

  it('lets snapshots and files go also when the ledger cannot be added up, and says so', async () => {
    await world.commitEach([event(1)], [event(2)], [event(3)])
    const table = (await world.deps.catalog.load())!
    const ledger = await readLedger(table.metadata, world.store)
    const parts = Array.from({ length: 9 }, (_, part) => ({ key: `ledger/gone-${part}` }))
    await writeJson(world.store, table.metadata.properties![ledgerProperty]!, { ...ledger, parts })
    await world.store.put('table/data/left-behind.parquet', new Uint8Array(10))
    world.clock += 5 * day
    const report = await compact(by())
    expect(report).toMatchObject({ rewrites: [{ removed: 3, added: 1 }], expiredSnapshots: 2 })
    await expect(world.store.get('table/data/left-behind.parquet')).rejects.toMatchObject({ name: 'NotFound' })
    expect(failuresOf(report)).toEqual([
      "the ledger's parts were not added up: lake: the table refers to ledger/gone-0, which is gone or is not what it should be",
    ])
  })

  it('names a file of the table that is gone, and merges its neighbours', async () => {
    await world.commitEach([event(1)], [event(2)], [event(3)], [event(4)])
    const { metadata } = (await world.deps.catalog.load())!
    const [lost] = (await planFiles(metadata, world.files, [])).files
    await world.store.delete([keyOf(world.files, lost!.filePath)])
    world.clock += 5 * day
    const report = await compact(by())
    expect(report).toMatchObject({ rewrites: [{ removed: 2, added: 1 }], overtaken: 0 })
    const { filePath } = lost!
    expect(report.unmerged).toEqual([
      { files: [filePath], reason: expect.stringContaining(keyOf(world.files, filePath)) },
    ])
  })

  it('stops at once when the catalog refuses its changes, of which no file is the reason', async () => {
    const other = { timestamp: noon - day }
    await world.commitEach([event(1)], [event(2)], [event(3, other)], [event(4, other)])
    world.clock += 5 * day
    const merge = vi.fn(world.deps.merge.merge)
    const catalog: Catalog = {
      load: signal => world.deps.catalog.load(signal),
      create: () => Promise.reject(new Error('there is one')),
      commit: () => Promise.reject(new CatalogFailed('iceberg: Glue refuses the change')),
    }
    await expect(compact(by({ catalog, merge: { ...world.deps.merge, merge } }))).rejects.toThrow('Glue refuses')
    expect(merge).toHaveBeenCalledTimes(1)
  })

  it('deletes what nothing refers to when its time is over, and keeps the rest', async () => {
    await world.commitEach([event(1)], [event(2)])
    await world.store.put('table/data/left-behind.parquet', new Uint8Array(10))
    world.clock += 3 * day
    await compact(by())
    expect(await world.partitions()).toEqual(['20468/0:2'])
    world.clock += 2 * day
    await compact(by())
    world.clock += 2 * day
    await compact(by())
    expect((await planCompact(by())).orphans).toEqual([])
    const keys: string[] = []
    for await (const { key } of world.store.list('')) keys.push(key)
    expect(keys.filter(key => key.startsWith('table/data/'))).toHaveLength(1)
    expect(keys.filter(key => key.startsWith('landing/'))).toEqual([])
    expect(keys.filter(key => key.startsWith('state/consumed/'))).toHaveLength(1)
    expect(keys.filter(key => key.startsWith('ledger/'))).toHaveLength(1)
    expect(await world.read()).toEqual(['1:event 1', '2:event 2'])
    expect((await readCatalogue((await world.deps.catalog.load())!.metadata, world.store))[0]!.rows).toBe(2)
  })
})
