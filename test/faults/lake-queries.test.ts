import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type DuckDb, openDuckDb } from '../../shared/engine/duckdb.js'
import { planFiles } from '../../shared/iceberg/plan-files.js'
import { stageSnapshot } from '../../shared/iceberg/stage-snapshot.js'
import { newSnapshotId } from '../../shared/iceberg/table-changes.js'
import { planCommit } from '../../shared/lake/commit.js'
import { compact } from '../../shared/lake/compact.js'
import { loadOrCreate } from '../../shared/lake/lake-dependencies.js'
import { lakeReader } from '../../shared/lake/lake-reader.js'
import { schemaElements } from '../../shared/parquet/schema.js'
import type { ObjectStore } from '../../shared/store/object-store.js'
import { planOf } from '../engine/lake-of-files.js'
import { describedFile } from '../iceberg/data-files.js'
import { engineOver, rowsOf } from '../lake/engine-reader.js'
import { type LakeWorld, lakeWorld } from '../lake/lake-world.js'
import { event, exported, landingFile, noon } from '../lake/landed.js'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

describe('queries on the lake', () => {
  let world: LakeWorld
  let duckdb: DuckDb
  let folder: string
  beforeAll(async () => {
    duckdb = await openDuckDb({ memoryLimitMb: 256, threads: 1 })
    folder = await mkdtemp(join(tmpdir(), 'tailrace-queries-'))
  })
  afterAll(async () => {
    duckdb.close()
    await rm(folder, { recursive: true })
  })
  beforeEach(async () => {
    world = await lakeWorld()
  })
  afterEach(() => world.close())

  let caches = 0
  const ask = async (store: ObjectStore = world.store): Promise<readonly string[]> => {
    const options = { duckdb, location: world.files.location, folder: join(folder, `cache-${++caches}`) }
    const rows = await rowsOf(engineOver(store, options), planOf('fields @message | limit 10000'))
    return rows.map(row => row['@message']!).sort()
  }
  /** The store as a query sees it that is held before one of its requests while something else is done. */
  const heldBefore = (isWanted: (key: string) => boolean, meanwhile: () => Promise<unknown>): ObjectStore => {
    let isDone = false
    return {
      ...world.store,
      async get(...call) {
        if (!isDone && isWanted(call[0])) {
          isDone = true
          await meanwhile()
        }
        return world.store.get(...call)
      },
    }
  }
  const compacted = () => compact({ ...world.deps, retentionOf: () => 0 })

  it('fault 44: queries read landing objects of an older schema, in which a column is not there yet', async () => {
    const key = await world.land([event(1, { trace_id: 'not there yet' })])
    const path = join(folder, 'older.parquet')
    await writeFile(path, (await world.store.get(key)).body)
    const instance = await DuckDBInstance.create(':memory:')
    const connection = await instance.connect()
    const ids = schemaElements.flatMap(({ name, field_id: id, num_children: nested }) =>
      id === undefined || name === 'trace_id' || name === 'key' || name === 'value'
        ? []
        : [`${name}: ${nested === undefined ? id : `{__duckdb_field_id: ${id}, key: 16, value: 17}`}`],
    )
    const older = `SELECT * EXCLUDE (trace_id) FROM '${path}'`
    await connection.run(`COPY (${older}) TO '${path}.older' (FORMAT parquet, FIELD_IDS {${ids.join(', ')}})`)
    connection.closeSync()
    instance.closeSync()
    await world.store.put(key, await readFile(`${path}.older`))
    await world.land([event(2, { trace_id: 'trace 2', timestamp: noon + 1 })])
    const traces = async () => {
      const options = { duckdb, location: world.files.location, folder: join(folder, `cache-${++caches}`) }
      const plan = planOf('fields @message, @trace_id | sort @message | display @message, @trace_id')
      const rows = await rowsOf(engineOver(world.store, options), plan)
      return rows.map(row => [row['@message'], row['@trace_id']])
    }
    const wanted = [
      ['event 1', undefined],
      ['event 2', 'trace 2'],
    ]
    expect(await traces()).toEqual(wanted)
    await world.commit()
    expect(await traces()).toEqual(wanted)
  })

  it('fault 42: what a query is about to read is committed, compacted and deleted, and its answer is the same', async () => {
    await world.land([event(1), exported()])
    await world.commit()
    await world.land([event(2), event(1)])
    await world.commit()
    await world.land([event(3)])
    const wanted = ['GET /', 'event 1', 'event 2', 'event 3']
    /** All that may happen to files in days, at once. */
    const daysPass = async () => {
      for (const wait of [0, 20 * minute, 3 * day, 7 * hour, 2 * day]) {
        world.clock += wait
        await world.commit()
        await compacted()
      }
    }
    const moments = ['version-hint.text', 'metadata.json', 'state/consumed/', 'snap-', 'table/data/', 'landing/']
    for (const moment of moments) {
      const other = await lakeWorld()
      await other.become(world)
      const kept = world
      world = other
      world.clock = kept.clock + 2 * day
      let held = 0
      const store = heldBefore(
        key => key.includes(moment),
        async () => {
          held++
          await daysPass()
        },
      )
      expect(await ask(store), `held before ${moment}`).toEqual(wanted)
      expect(held, moment).toBe(1)
      expect(await ask()).toEqual(wanted)
      await world.close()
      world = kept
    }
  }, 120_000)

  it('fault 43: what commit has set aside is not read, and queries say how many objects that are', async () => {
    const at = (hash: string) => `landing/2026-01-15/${noon}-${noon}-${hash.repeat(24)}.parquet`
    await world.land([event(1)])
    await world.store.put(at('a'), new Uint8Array())
    await world.store.put(at('b'), landingFile([event(2)]).slice(0, 200))
    await world.store.put('landing/readme.txt', new Uint8Array(10))
    await expect(ask()).rejects.toThrow(/landing\/2026-01-15\/.*parquet/)
    await world.commit()
    await world.land([event(3)])
    expect(await ask()).toEqual(['event 1', 'event 3'])
    const reader = lakeReader({ store: world.store, catalog: world.deps.catalog, table: world.files })
    const { asOf } = await reader.plan({ from: null, to: null }, null)
    expect(asOf).toMatchObject({ landingObjects: 1, setAside: 2 })
    // Mended, it is read at once.
    await world.store.put(at('b'), landingFile([event(2)]))
    expect(await ask()).toEqual(['event 1', 'event 2', 'event 3'])
  })

  it('fault 45: plans over very many tiny files ask for as much as over few, and open what they need', async () => {
    const requests: string[] = []
    const asked = async (run: () => Promise<unknown>): Promise<readonly string[]> => {
      requests.length = 0
      await run()
      return [...requests]
    }
    const counted: ObjectStore = {
      ...world.store,
      get: (...call) => {
        requests.push(`get ${call[0].replace(/[^/]+$/, '')}`)
        return world.store.get(...call)
      },
      list: (...call) => {
        requests.push(`list ${call[0]}`)
        return world.store.list(...call)
      },
    }
    const deps = world.through(counted)
    const body = landingFile([event(1)])
    const landMany = async (from: number, to: number) => {
      for (let index = from; index < to; index++) {
        const time = noon + index
        await world.store.put(
          `landing/2026-01-15/${time}-${time}-${index.toString(16).padStart(24, '0')}.parquet`,
          body,
        )
      }
    }
    const dataFiles = async (from: number, to: number) => {
      const table = await loadOrCreate(world.deps)
      const added = Array.from({ length: to - from }, (_, index) => {
        const at = noon - (from + index) * hour
        const group = `/app/${(from + index) % 50}`
        const path = `${world.files.location}/data/${from + index}.parquet`
        return describedFile({ path, from: at, to: at + hour - 1, groups: [group, group], retention: 0 })
      })
      const options = {
        snapshotId: newSnapshotId(world.deps.newId()),
        now: new Date(world.clock),
        newId: world.deps.newId,
      }
      const staged = await stageSnapshot(table.metadata, world.files, { operation: 'append', added }, options)
      await world.deps.catalog.commit(table, staged.metadata)
    }
    const reader = lakeReader({ store: counted, catalog: deps.catalog, table: deps.files })
    const range = { from: noon - 40 * hour, to: noon - 39 * hour - 1 }
    const one = { names: ['/app/40'], prefixes: [] }
    await landMany(0, 1_000)
    for (let from = 0; from < 500; from += 100) await dataFiles(from, from + 100)
    const few = await asked(() => planCommit(deps))
    const fewRead = await asked(() => reader.plan(range, one))
    await landMany(1_000, 10_000)
    for (let from = 500; from < 5_000; from += 100) await dataFiles(from, from + 100)
    const began = process.cpuUsage()
    const many = await asked(async () => {
      expect((await planCommit(deps)).waiting).toHaveLength(10_000)
    })
    const manyRead = await asked(async () => {
      const { files } = await reader.plan(range, one)
      expect(files.map(({ key }) => key)).toEqual(['table/data/40.parquet'])
    })
    const { user, system } = process.cpuUsage(began)
    expect(many).toEqual(few)
    expect(manyRead.length).toBeLessThanOrEqual(fewRead.length)
    expect((user + system) / 1000).toBeLessThan(5_000)
    const { metadata } = (await world.deps.catalog.load())!
    const times = { fieldId: 1, anyOf: [{ min: BigInt(range.from) * 1000n, max: BigInt(range.to) * 1000n }] }
    const planned = await planFiles(metadata, world.files, [times])
    expect(planned.manifestsRead).toBe(1)
    expect(planned.manifests).toBeGreaterThan(1)
  }, 120_000)
})
