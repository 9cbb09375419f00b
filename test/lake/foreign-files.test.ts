/** Files of another engine: without columns that the table does not require, which are null then, and such as cannot be merged. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDuckDb } from '../../shared/engine/duckdb.js'
import { LocalParts } from '../../shared/engine/local-parts.js'
import { createQueryEngine } from '../../shared/engine/query-engine.js'
import type { DataFile } from '../../shared/iceberg/data-file.js'
import { describeParquet } from '../../shared/iceberg/parquet-metrics.js'
import { stageSnapshot } from '../../shared/iceberg/stage-snapshot.js'
import { newSnapshotId } from '../../shared/iceberg/table-changes.js'
import { keyOf } from '../../shared/iceberg/table-files.js'
import { currentSchema } from '../../shared/iceberg/table-metadata.js'
import { compact, failuresOf } from '../../shared/lake/compact.js'
import { lakeReader } from '../../shared/lake/lake-reader.js'
import { planOf } from '../engine/lake-of-files.js'
import { rowsOf } from './engine-reader.js'
import { type LakeWorld, lakeWorld } from './lake-world.js'
import { event, exported, noon } from './landed.js'

const day = 86_400_000

/** Columns of one row, each as its value and field id. */
const columns: Readonly<Record<string, readonly [value: string, id: string]>> = {
  timestamp: [`make_timestamptz(${noon * 1000})`, '1'],
  log_group: ["'/ecs/orders'", '2'],
  log_stream: ["'web/1'", '3'],
  message: ["'theirs'", '4'],
  arrival: ['NULL::TIMESTAMPTZ', '5'],
  id_random: ['NULL::BIGINT', '6'],
  id_index: ['NULL::INTEGER', '7'],
  id_raw: ["'their id'", '8'],
  account_id: ["'123456789012'", '9'],
  region: ["'us-east-1'", '10'],
  format: ["'text'", '11'],
  level: ['NULL::VARCHAR', '12'],
  request_id: ['NULL::VARCHAR', '13'],
  trace_id: ['NULL::VARCHAR', '14'],
  fields: ['NULL::MAP(VARCHAR, VARCHAR)', '{__duckdb_field_id: 15, key: 16, value: 17}'],
  extra: ['NULL::VARCHAR', '18'],
  retention: ['0::INTEGER', '19'],
}

async function parquetOf(names: readonly string[]): Promise<Uint8Array> {
  const path = join(tmpdir(), `${randomUUID()}.parquet`)
  const values = names.map(name => `${columns[name]![0]} AS ${name}`)
  const ids = names.map(name => `${name}: ${columns[name]![1]}`)
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  await connection.run(`COPY (SELECT ${values}) TO '${path}' (FORMAT parquet, FIELD_IDS {${ids}})`)
  connection.closeSync()
  const body = await readFile(path)
  await rm(path)
  return body
}

describe('a file of another engine', () => {
  let world: LakeWorld
  beforeEach(async () => {
    world = await lakeWorld()
  })
  afterEach(() => world.close())

  const append = async (body: Uint8Array, told = (file: DataFile) => file) => {
    const table = (await world.deps.catalog.load())!
    const filePath = `${world.files.location}/data/${randomUUID()}.parquet`
    await world.store.put(keyOf(world.files, filePath), body)
    const file = describeParquet({
      filePath,
      fileSizeInBytes: body.length,
      tail: body,
      schema: currentSchema(table.metadata),
      specId: 0,
      partition: { timestamp_day: Math.floor(noon / day), retention: 0 },
      sortOrderId: null,
    })
    const options = { snapshotId: newSnapshotId(randomUUID()), now: new Date(world.clock), newId: randomUUID }
    const changes = { operation: 'append', added: [told(file)] } as const
    await world.deps.catalog.commit(
      table,
      (await stageSnapshot(table.metadata, world.files, changes, options)).metadata,
    )
    return filePath
  }

  const messages = async () => {
    const duckdb = await openDuckDb({ memoryLimitMb: 256, threads: 1 })
    const folder = await mkdtemp(join(tmpdir(), 'tailrace-columns-'))
    const reader = lakeReader({ store: world.store, catalog: world.deps.catalog, table: world.files })
    const parts = new LocalParts({ store: world.store, place: 'x', folder, maxBytes: 1e9, wholeBytes: 0 })
    const engine = createQueryEngine({ duckdb, reader, parts, maxScanBytes: null })
    const rows = await rowsOf(engine, planOf('fields @message | sort @message | display @message'))
    duckdb.close()
    await rm(folder, { recursive: true })
    return rows.map(row => row['@message'])
  }

  const uncounted = (file: DataFile): DataFile => ({ ...file, columnSizes: null, valueCounts: null })
  const lacking = [['extra'], ['level'], ['arrival'], ['id_random', 'id_index', 'fields', 'trace_id']]
  it.each(lacking.map(names => [names]))('is queried, compared with and compacted where it lacks %s', async names => {
    const there = Object.keys(columns).filter(name => !names.includes(name))
    await world.commitEach([event(1)])
    await append(await parquetOf(there), names[0] === 'level' ? uncounted : undefined)
    expect(await messages()).toEqual(['event 1', 'theirs'])
    // Its event is known by its id, and so are those of the other files.
    await world.land([event(2), event(1), exported({ id_raw: 'their id', message: 'theirs' })])
    expect(await world.commit()).toMatchObject({ rows: 1, duplicates: 2 })
    world.clock += 3 * day
    const rewritten = await compact({ ...world.deps, retentionOf: () => 0 })
    expect(rewritten).toMatchObject({ rewrites: [{ added: 1, rows: 3, duplicates: 0 }] })
    expect(await messages()).toEqual(['event 1', 'event 2', 'theirs'])
  })

  it('that cannot be merged is set aside, and the rest of a compaction goes on', async () => {
    const small = Array.from({ length: 5 }, (_, id) => [event(id)])
    const old = event(9, { log_group: '/old', timestamp: noon - 9 * day, retention: 1 })
    await world.commitEach(
      ...small,
      [old],
      [event(7, { timestamp: noon - day })],
      [event(8, { timestamp: noon - day })],
    )
    const body = await parquetOf(Object.keys(columns))
    // The footer is whole, the values are not.
    const theirs = await append(body.fill(0xff, 4, 400))
    await world.store.put('table/data/left-behind.parquet', new Uint8Array(10))
    world.clock += 5 * day
    const deps = { ...world.deps, retentionOf: (group: string) => Number(group === '/old') }
    const report = await compact(deps)
    expect(report.unmerged).toEqual([{ files: [theirs], reason: expect.stringMatching(/^merge: /) }])
    expect(report).toMatchObject({ expiredRows: 1, overtaken: 0, postponed: 0, ledgerFailure: null })
    expect(report.expiredSnapshots).toBeGreaterThan(0)
    expect(report.deletedFiles).toBeGreaterThan(0)
    const partitions = await world.partitions()
    const [before, own] = [Math.floor(noon / day) - 1, Math.floor(noon / day)].map(each => `${each}/0:`)
    expect(partitions.filter(each => each.startsWith(before!))).toEqual([`${before}2`])
    // Of six files at most the one that was left with it, the other ones in two, and itself.
    expect(partitions.filter(each => each.startsWith(own!)).length).toBeLessThanOrEqual(4)
    const again = await compact(deps)
    expect(again.unmerged).toEqual(report.unmerged)
    expect(failuresOf(again)).toEqual([expect.stringMatching(/^s3:[^,]* cannot be merged: merge: /)])
  })

  it('is written anew when rows with ids come for rows of it that have none', async () => {
    await world.commitEach([event(1)])
    await append(await parquetOf(Object.keys(columns).filter(name => !['arrival', 'id_raw'].includes(name))))
    await world.land([event(0, { timestamp: noon, message: 'theirs', log_stream: 'web/1' })])
    expect(await world.commit()).toMatchObject({ objects: 1 })
    expect(await messages()).toEqual(['event 1', 'theirs'])
  })
})
