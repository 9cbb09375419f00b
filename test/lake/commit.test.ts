import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDuckDb } from '../../shared/engine/duckdb.js'
import { planFiles } from '../../shared/iceberg/plan-files.js'
import { readManifestList } from '../../shared/iceberg/read-manifests.js'
import { keyOf } from '../../shared/iceberg/table-files.js'
import { currentSnapshot } from '../../shared/iceberg/table-metadata.js'
import { planCommit } from '../../shared/lake/commit.js'
import { landingKey } from '../../shared/lake/landing-key.js'
import { readCatalogue, readHourCounts } from '../../shared/lake/ledger.js'
import { recomputeMetrics } from '../../shared/pipeline/recompute-metrics.js'
import { type LakeWorld, lakeWorld } from './lake-world.js'
import { event, landingFile, noon } from './landed.js'

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

  it('tells engines the order of its files, which is the order of their rows', async () => {
    const early = event(3, { log_group: '/a', timestamp: noon + 2 })
    await world.commitEach([event(1, { timestamp: noon + 1 }), event(2), early])
    const { metadata } = (await world.deps.catalog.load())!
    const order = metadata['sort-orders'].find(one => one['order-id'] === metadata['default-sort-order-id'])!
    expect(order.fields.map(field => field['source-id'])).toEqual([2, 1])
    const { files } = await planFiles(metadata, world.files, [])
    expect(files.map(({ sortOrderId }) => sortOrderId)).toEqual([metadata['default-sort-order-id']])
    const path = join(world.deps.folder, 'looked-at.parquet')
    await writeFile(path, (await world.store.get(keyOf(world.files, files[0]!.filePath))).body)
    const duckdb = await openDuckDb({ memoryLimitMb: 64, threads: 1 })
    expect((await duckdb.query(`SELECT message FROM '${path}'`)).rows).toEqual([['event 3'], ['event 2'], ['event 1']])
    duckdb.close()
  })

  it('opens few manifests, however many commits a day has', async () => {
    const opened: number[] = []
    for (let id = 0; id < 45; id++) {
      await world.commitEach([event(id)])
      const { metadata } = (await world.deps.catalog.load())!
      opened.push((await readManifestList(world.files, currentSnapshot(metadata)!)).length)
    }
    expect(Math.max(...opened)).toBeLessThan(25)
    expect(await world.readTable()).toHaveLength(45)
  }, 60_000)

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

  it('takes the same ids at another time for other events', async () => {
    const foreign = (timestamp: number) => event(1, { id_random: null, id_index: null, id_raw: 'a', timestamp })
    const keyOf = (timestamp: number) => {
      const logEvents = [{ id: 'a', timestamp, message: 'event 1' }]
      return landingKey([{ owner: '1', logGroup: '/a', logStream: 's', logEvents }], timestamp, timestamp)
    }
    for (const timestamp of [noon, noon + 1]) {
      await world.store.put(keyOf(timestamp), landingFile([foreign(timestamp)]))
      await world.commit()
    }
    expect(await world.readTable()).toEqual(['a:event 1', 'a:event 1'])
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

  it('counts groups, streams and hours', async () => {
    await world.land([event(1), event(2, { timestamp: noon + hour, log_stream: 'web/2' })])
    await world.commit()
    await world.land([event(3, { log_group: '/b' })])
    await world.land([event(1), event(4)])
    await world.commit()
    const { metadata } = (await world.deps.catalog.load())!
    const catalogue = await readCatalogue(metadata, world.store)
    expect(catalogue.map(({ name, rows, first, last }) => ({ name, rows, first, last }))).toEqual([
      { name: '/b', rows: 1, first: noon, last: noon },
      { name: '/ecs/orders', rows: 3, first: noon, last: noon + hour },
    ])
    expect(catalogue[1]!.streams.map(({ name, rows }) => [name, rows])).toEqual([
      ['web/1', 2],
      ['web/2', 1],
    ])
    const first = noon / hour
    const counted = (await readHourCounts(metadata, world.store, first, first + 1)).map(
      ({ logGroup, hour: at, rows }) => `${logGroup} ${at - first}: ${rows}`,
    )
    expect(counted.sort()).toEqual(['/b 0: 1', '/ecs/orders 0: 2', '/ecs/orders 1: 1'])
    expect(await readHourCounts(metadata, world.store, first + 1, first + 9)).toHaveLength(1)
  })

  it('keeps the metric counts of what it consumes', async () => {
    const counts = (value: number) => ({
      'tailrace.metrics': JSON.stringify({
        version: 1,
        filters: [{ name: 'f', namespace: 'N', metric: 'M', unit: 'Count', series: [[noon / 60_000, [], [value, 1]]] }],
      }),
    })
    const range = { since: noon, until: noon + hour }
    const sums = async () => {
      const metadata = (await world.deps.catalog.load())?.metadata ?? null
      const { minutes, objects } = await recomputeMetrics(world.store, range, metadata)
      return [objects, minutes.map(({ sum }) => sum)]
    }
    await world.land([event(1)], counts(2))
    await world.commit()
    await world.land([event(2)], counts(5))
    expect(await sums()).toEqual([2, [7]])
    await world.commit()
    world.clock += hour
    await world.commit()
    expect(await keys('landing/')).toEqual([])
    expect(await sums()).toEqual([2, [7]])
    // Kinesis keeps a record for a week, and Lambda may deliver it a day later; commits go on meanwhile.
    for (let past = 1; past <= 8; past++) {
      world.clock += day
      await world.commitEach([event(10 + past)])
    }
    await world.land([event(2)], counts(5))
    expect(await sums()).toEqual([2, [7]])
    expect(await world.commit()).toMatchObject({ objects: 0 })
    expect(await sums()).toEqual([2, [7]])
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

  it('reads the table again when compaction has deleted what the state that it loaded names', async () => {
    await world.land([event(1)])
    await world.commit()
    const { catalog } = world.deps
    const stale = await catalog.load()
    const before = new Set([...(await keys('ledger/')), ...(await keys('state/'))])
    await world.land([event(2)])
    await world.commit()
    const named = JSON.stringify((await catalog.load())!.metadata.properties)
    await world.store.delete([...before].filter(key => key.endsWith('.json.gz') && !named.includes(key)))
    for (const staleLoad of [1, 2]) {
      await world.land([event(2 + staleLoad)])
      let loads = 0
      const load = async () => (++loads === staleLoad ? stale : await catalog.load())
      await world.commit({ ...world.deps, catalog: { ...catalog, load } })
    }
    expect(await world.readTable()).toEqual(['1:event 1', '2:event 2', '3:event 3', '4:event 4'])
    await world.store.delete(await keys('ledger/'))
    await world.land([event(5)])
    await expect(world.commit()).rejects.toThrow('which is gone')
  })
})
