/** Columns that another engine added, renamed or dropped, and files that it wrote under their new names. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDuckDb } from '../../shared/engine/duckdb.js'
import { LocalParts } from '../../shared/engine/local-parts.js'
import { createQueryEngine } from '../../shared/engine/query-engine.js'
import type { DataFile } from '../../shared/iceberg/data-file.js'
import { planFiles } from '../../shared/iceberg/plan-files.js'
import type { NestedField } from '../../shared/iceberg/schema.js'
import { keyOf } from '../../shared/iceberg/table-files.js'
import { currentSchema, type TableMetadata } from '../../shared/iceberg/table-metadata.js'
import { compact } from '../../shared/lake/compact.js'
import { lakeReader } from '../../shared/lake/lake-reader.js'
import { planOf } from '../engine/lake-of-files.js'
import { appendTheirs } from './append-theirs.js'
import { rowsOf as rowsFrom } from './engine-reader.js'
import { type LakeWorld, lakeWorld } from './lake-world.js'
import { event, exported, noon } from './landed.js'

const day = 86_400_000
const dayNumber = Math.floor(noon / day)

/** `class` is a name that the merge uses itself. */
const added: readonly NestedField[] = [
  { id: 100, name: 'class', required: false, type: 'string' },
  {
    id: 101,
    name: 'tags',
    required: false,
    type: { type: 'list', 'element-id': 102, element: 'int', 'element-required': false },
  },
  {
    id: 103,
    name: 'who is it',
    required: false,
    type: { type: 'struct', fields: [{ id: 104, name: 'a b', required: false, type: 'decimal(9,2)' }] },
  },
]

/** A row as the other engine writes it: its own order of columns, its own name for one of ours, and none for another. */
const theirRow = `SELECT 'blue' AS class, [1, 2] AS tags, {'a b': 1.50::DECIMAL(9, 2)} AS "who is it",
'theirs' AS message, make_timestamptz(${noon * 1000}) AS timestamp, '/ecs/orders' AS log_group, 'web/1' AS log_stream,
'trace 1' AS trace, '123456789012' AS account_id, 'us-east-1' AS region, 'text' AS format, 0::INTEGER AS retention,
NULL::TIMESTAMPTZ AS arrival, NULL::BIGINT AS id_random, NULL::INTEGER AS id_index, NULL::VARCHAR AS id_raw,
NULL::VARCHAR AS level, NULL::VARCHAR AS request_id, NULL::MAP(VARCHAR, VARCHAR) AS fields`

const theirIds = `{class: 100, tags: {__duckdb_field_id: 101, element: 102}, "who is it": {__duckdb_field_id: 103, "a b": 104},
timestamp: 1, log_group: 2, log_stream: 3, message: 4, arrival: 5, id_random: 6, id_index: 7, id_raw: 8, account_id: 9,
region: 10, format: 11, level: 12, request_id: 13, trace: 14, fields: {__duckdb_field_id: 15, key: 16, value: 17}, retention: 19}`

async function rowsOf(sql: string): Promise<readonly (readonly unknown[])[]> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    return (await connection.runAndReadAll(sql)).getRowsJson()
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

describe('columns that another engine changed', () => {
  let world: LakeWorld
  beforeEach(async () => {
    world = await lakeWorld()
  })
  afterEach(() => world.close())

  /** `trace_id` is `trace` now and `extra` is gone, three columns are new, and a file has all that. */
  const changeThem = async (row = theirRow, ids = theirIds, told = (file: DataFile) => file) => {
    const table = (await world.deps.catalog.load())!
    const own = currentSchema(table.metadata)
    const fields = own.fields
      .filter(({ name }) => name !== 'extra')
      .map(field => (field.name === 'trace_id' ? { ...field, name: 'trace' } : field))
    const schema = { ...own, 'schema-id': 1, fields: [...fields, ...added] }
    const metadata: TableMetadata = {
      ...table.metadata,
      'last-column-id': 104,
      'current-schema-id': 1,
      schemas: [...table.metadata.schemas, schema],
    }
    const write = (path: string) => rowsOf(`COPY (${row}) TO '${path}' (FORMAT parquet, FIELD_IDS ${ids})`)
    await appendTheirs(world, table, { metadata, write, day: dayNumber, told })
  }
  /** Of the file that holds their row. */
  const theirColumns = async () => {
    const { metadata } = (await world.deps.catalog.load())!
    const { files } = await planFiles(metadata, world.files, [])
    const { filePath } = files.find(({ valueCounts }) => valueCounts?.has(100))!
    const path = join(tmpdir(), `${randomUUID()}.parquet`)
    await writeFile(path, (await world.store.get(keyOf(world.files, filePath))).body)
    const ids = await rowsOf(`SELECT name, field_id FROM parquet_schema('${path}') WHERE field_id >= 100 ORDER BY 2`)
    expect(Object.fromEntries(ids)).toEqual({
      class: '100',
      tags: '101',
      element: '102',
      'who is it': '103',
      'a b': '104',
    })
    const rows = await rowsOf(`SELECT message, class, tags, "who is it"['a b'], trace_id FROM '${path}' ORDER BY 1`)
    await rm(path)
    return rows
  }

  it('keep their values when compaction writes the file anew, and ours are found by their ids', async () => {
    await world.commitEach([event(1, { trace_id: 'trace 0' })], [event(2)])
    await changeThem()
    world.clock += 3 * day
    expect(await compact({ ...world.deps, retentionOf: () => 0 })).toMatchObject({
      rewrites: [{ removed: 3, rows: 3 }],
    })
    expect(await theirColumns()).toEqual([
      ['event 1', null, null, null, 'trace 0'],
      ['event 2', null, null, null, null],
      ['theirs', 'blue', [1, 2], '1.50', 'trace 1'],
    ])
    expect(await world.readTable()).toEqual(['-:theirs', '1:event 1', '2:event 2'])
  })

  it('keep their values under a name of ours where theirs is that of another column', async () => {
    await world.commitEach([event(1, { level: 'WARN' })], [event(2)])
    await changeThem()
    const table = (await world.deps.catalog.load())!
    const own = currentSchema(table.metadata)
    const fields = own.fields
      .filter(({ name }) => name !== 'level')
      .map(field => (field.name === 'class' ? { ...field, name: 'Level' } : field))
    const schemas = [...table.metadata.schemas, { ...own, 'schema-id': 2, fields }]
    await world.deps.catalog.commit(table, { ...table.metadata, 'current-schema-id': 2, schemas })
    world.clock += 3 * day
    await compact({ ...world.deps, retentionOf: () => 0 })
    const { metadata } = (await world.deps.catalog.load())!
    const [file] = (await planFiles(metadata, world.files, [])).files
    const path = join(tmpdir(), `${randomUUID()}.parquet`)
    await writeFile(path, (await world.store.get(keyOf(world.files, file!.filePath))).body)
    const named = await rowsOf(`SELECT field_id, name FROM parquet_schema('${path}') WHERE field_id IN (12, 100)`)
    expect(named).toEqual([
      ['12', 'level'],
      ['100', 'carried_100'],
    ])
    const rows = await rowsOf(`SELECT message, level, carried_100 FROM '${path}' ORDER BY 1`)
    await rm(path)
    expect(rows).toEqual([
      ['event 1', 'WARN', null],
      ['event 2', null, null],
      ['theirs', null, 'blue'],
    ])
  })

  it('keep them where the other engine does not count the values of its columns', async () => {
    await world.commitEach([event(1)])
    await changeThem(theirRow, theirIds, ({ valueCounts, nullValueCounts, ...file }) => {
      const ours = (counts: DataFile['valueCounts']) => new Map([...counts!].filter(([id]) => id < 100))
      return { ...file, valueCounts: ours(valueCounts), nullValueCounts: ours(nullValueCounts) }
    })
    world.clock += 3 * day
    await compact({ ...world.deps, retentionOf: () => 0 })
    expect(await theirColumns()).toContainEqual(['theirs', 'blue', [1, 2], '1.50', 'trace 1'])
  })

  it('keep them when a commit writes the file anew for its rows without ids', async () => {
    await world.commitEach([event(1)])
    await changeThem()
    await world.land([event(2, { message: 'others', timestamp: noon - 1 }), exported({ timestamp: noon + 2 })])
    expect(await world.commit()).toMatchObject({ rows: 2, duplicates: 0 })
    expect(await theirColumns()).toContainEqual(['theirs', 'blue', [1, 2], '1.50', 'trace 1'])
  })

  it.each(['class', 'trace_id'])(
    'are found in queries by their ids, in whole files and in parts of files: %s',
    async name => {
      await world.commitEach([event(1, { trace_id: 'trace 0', timestamp: noon - 1 })])
      await changeThem(theirRow.replace('AS class', `AS ${name}`), theirIds.replace('class', name))
      await world.land([event(2, { timestamp: noon + 1, trace_id: 'trace 2' })])
      const duckdb = await openDuckDb({ memoryLimitMb: 256, threads: 1 })
      const folder = await mkdtemp(join(tmpdir(), 'tailrace-columns-'))
      const reader = lakeReader({ store: world.store, catalog: world.deps.catalog, table: world.files })
      for (const wholeBytes of [1_000_000, 0]) {
        const place = `bytes ${wholeBytes}`
        const parts = new LocalParts({ store: world.store, place, folder, maxBytes: 1e9, wholeBytes })
        const engine = createQueryEngine({ duckdb, reader, parts, maxScanBytes: null })
        const ask = (query: string) => rowsFrom(engine, planOf(query))
        const traces = await ask('fields @trace_id | sort @timestamp | display @trace_id')
        expect(traces.map(row => row['@trace_id'])).toEqual(['trace 0', 'trace 1', 'trace 2'])
        expect(await ask('filter @trace_id = "trace 1" | stats count(*) as n')).toEqual([{ n: '1' }])
        expect(await ask('stats count(*) as n')).toEqual([{ n: '3' }])
      }
      duckdb.close()
      await rm(folder, { recursive: true })
    },
  )

  it('stop a merge that would have to guess: a file without field ids among renamed columns', async () => {
    await world.commitEach([event(1)])
    await changeThem(theirRow, '{timestamp: 1, log_group: 2}')
    const path = `${world.files.location}/data/theirs.parquet`
    const bare = join(tmpdir(), `${randomUUID()}.parquet`)
    await rowsOf(`COPY (${theirRow}) TO '${bare}' (FORMAT parquet)`)
    await world.store.put(keyOf(world.files, path), await readFile(bare))
    await rm(bare)
    world.clock += 3 * day
    const reason = 'merge: 1 of 1 files have no field ids: let the engine that wrote them rewrite them'
    expect(await compact({ ...world.deps, retentionOf: () => 0 })).toMatchObject({
      rewrites: [],
      unmerged: [{ files: [path], reason }],
    })
  })
})
