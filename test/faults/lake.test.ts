import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { planCommit } from '../../shared/lake/commit.js'
import { type CompactDependencies, compact } from '../../shared/lake/compact.js'
import { readCatalogue, readHourCounts } from '../../shared/lake/ledger.js'
import { schemaElements } from '../../shared/parquet/schema.js'
import { dyingStore, type LakeWorld, lakeWorld, StoreDown } from '../lake/lake-world.js'
import { event, exported, landingFile, noon } from '../lake/landed.js'

const hour = 3_600_000
const day = 24 * hour

const fieldIds: Readonly<Record<string, string>> = {
  ...Object.fromEntries(schemaElements.map(({ name, field_id: id }) => [name, `${id}`])),
  fields: '{__duckdb_field_id: 15, key: 16, value: 17}',
}

describe('the lake', () => {
  let world: LakeWorld
  beforeEach(async () => {
    world = await lakeWorld()
  })
  afterEach(() => world.close())

  const by = (): CompactDependencies => ({ ...world.deps, retentionOf: () => 0 })

  /** A landing object whose columns were changed, as a release before or after would have them, ids included. */
  async function landAs(select: string, hash: string, without: readonly string[] = []): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'tailrace-schema-'))
    const instance = await DuckDBInstance.create(':memory:')
    const connection = await instance.connect()
    try {
      await writeFile(join(folder, 'in.parquet'), landingFile([event(7)]))
      const rows = `SELECT ${select} FROM '${folder}/in.parquet'`
      const names = (await connection.runAndReadAll(`DESCRIBE ${rows}`)).getRows().map(([name]) => String(name))
      const ids = names
        .filter(name => name in fieldIds && !without.includes(name))
        .map(name => `${name}: ${fieldIds[name]}`)
      await connection.run(`COPY (${rows}) TO '${folder}/out.parquet' (FIELD_IDS {${ids.join(', ')}})`)
      const key = `landing/2026-01-15/1-2-${hash.repeat(24)}.parquet`
      await world.store.put(key, await readFile(join(folder, 'out.parquet')))
      return key
    } finally {
      connection.closeSync()
      instance.closeSync()
      await rm(folder, { recursive: true })
    }
  }

  it('faults 16, 23: a commit dies at every call to the store, applied or not', async () => {
    for (const failure of ['refused', 'answer lost'] as const) {
      const world = await lakeWorld()
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
      await world.close()
    }
  }, 120_000)

  it('fault 39: a compaction dies between its calls to the store, applied or not', async () => {
    await world.commitEach([event(1, { log_group: '/short', retention: 1 }), event(2)], [event(3), exported()])
    world.clock += 3 * day
    const retentionOf = (logGroup: string) => (logGroup === '/short' ? 1 : 0)
    const wanted = ['-:GET /', '2:event 2', '3:event 3']
    const lake = await lakeWorld()
    for (let at = 1; ; at += 7) {
      lake.clock = world.clock
      await lake.become(world)
      const deps = {
        ...lake.through(dyingStore(lake.store, at, at % 2 === 0 ? 'refused' : 'answer lost')),
        retentionOf,
      }
      const done = await compact(deps).then(
        () => true,
        (error: unknown) => {
          expect(causes(error)).toContain(StoreDown)
          return false
        },
      )
      expect((await lake.read()).filter(text => text !== '1:event 1')).toEqual(wanted)
      await compact({ ...lake.deps, retentionOf })
      expect(await lake.read(), `after call ${at}`).toEqual(wanted)
      if (done) break
    }
    await lake.close()
  })

  it('fault 40: two compactions and a commit at once change no answer', async () => {
    await world.commitEach([event(1)], [event(2)], [event(3), exported()])
    world.clock += 3 * day
    await world.land([event(4, { timestamp: noon + 5 }), event(1)])
    await Promise.all([compact(by()), compact(by()), world.commit()])
    const wanted = ['-:GET /', '1:event 1', '2:event 2', '3:event 3', '4:event 4']
    expect(await world.readTable()).toEqual(wanted)
    await compact(by())
    expect(await world.readTable()).toEqual(wanted)
    expect(await world.partitions()).toEqual(['20468/0:5'])
  })

  it('fault 41: a late event reopens its day, and compaction folds it in', async () => {
    await world.land([event(1, { timestamp: noon - 14 * day })])
    await world.commit()
    await world.land([event(2, { timestamp: noon - 14 * day + 1 }), event(1, { timestamp: noon - 14 * day })])
    await world.commit()
    expect(await world.readTable()).toEqual(['1:event 1', '2:event 2'])
    await compact(by())
    expect(await world.partitions()).toEqual(['20454/0:2'])
    expect(await world.readTable()).toEqual(['1:event 1', '2:event 2'])
  })

  it('fault 43: what is empty, cut off, damaged or foreign is set aside with the reason and holds nothing up', async () => {
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

  it('fault 44: files of an older schema are merged, those of another one wait for a release that knows it', async () => {
    await world.land([event(1)])
    await landAs('* EXCLUDE (trace_id, extra)', 'a')
    const flipped = await landAs('* REPLACE (CAST(id_index AS VARCHAR) AS id_index)', 'b')
    const newer = await landAs('*, 1 AS severity', 'c')
    const partial = await landAs('* EXCLUDE (message)', 'd')
    const unnumbered = await landAs('*', 'e', ['message'])
    const { setAside, rows } = await world.commit()
    expect(rows).toBe(2)
    expect(await world.readTable()).toEqual(['1:event 1', '7:event 7'])
    expect(Object.fromEntries(setAside.map(({ key, reason }) => [key, reason]))).toEqual({
      [flipped]: 'has the column id_index as BYTE_ARRAY UTF8, not as INT32',
      [newer]: 'has the column severity, which this release does not know',
      [partial]: 'lacks the column message',
      [unnumbered]: 'has the column message without its field id 4',
    })
  })

  it('fault 46: a backfill without ids over live data adds what is missing, whichever comes first', async () => {
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
    const { metadata } = (await other.deps.catalog.load())!
    expect((await readCatalogue(metadata, other.store))[0]).toMatchObject({ rows: 4, bytes: 19 })
    const hours = await readHourCounts(metadata, other.store, 0, Number.POSITIVE_INFINITY)
    expect(hours).toMatchObject([{ logGroup: '/ecs/orders', hour: noon / hour, rows: 4, bytes: 19 }])
    await other.close()
  })
})

function causes(error: unknown): readonly unknown[] {
  return error instanceof Error ? [error.constructor, ...causes(error.cause)] : []
}
