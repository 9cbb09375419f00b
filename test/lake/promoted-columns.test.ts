/** Promoted columns through edits of `pipeline.yml` and changes of other engines: they answer like the fields themselves. */
import { randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type DuckDb, openDuckDb } from '../../shared/engine/duckdb.js'
import { planFiles } from '../../shared/iceberg/plan-files.js'
import type { NestedField } from '../../shared/iceberg/schema.js'
import { setProperties } from '../../shared/iceberg/table-changes.js'
import { keyOf } from '../../shared/iceberg/table-files.js'
import { currentSchema, type TableMetadata } from '../../shared/iceberg/table-metadata.js'
import { compact } from '../../shared/lake/compact.js'
import type { LakeDependencies } from '../../shared/lake/lake-dependencies.js'
import { planOf } from '../engine/lake-of-files.js'
import { appendTheirs } from './append-theirs.js'
import { engineOver, rowsOf } from './engine-reader.js'
import { type LakeWorld, lakeWorld } from './lake-world.js'
import { event, exported, noon } from './landed.js'

type Setting = LakeDependencies['promote'][number]

const day = 86_400_000
const promoted = (field: string, type: Setting['type'] = 'string', column = field.replaceAll('.', '_')): Setting => ({
  field,
  column,
  type,
})
const queries = [
  'fields @message, user.id, user_id, user_id_2, n, team | sort @message | display user.id, user_id, user_id_2, n, team',
  'filter user.id = "nested-2" or user_id = "flat-1" | stats count(*) as a, min(user_id_2) as b',
  'filter n > 1 | stats count(*) as a, max(n) as b, avg(n) as c, count_distinct(user.id) as d by team | sort team',
]
const message = (id: number) =>
  JSON.stringify({
    user: { id: `nested-${id}` },
    user_id: `flat-${id}`,
    user_id_2: `second-${id}`,
    team: `team ${id % 2}`,
    n: id,
  })

let duckdb: DuckDb
beforeAll(async () => {
  duckdb = await openDuckDb({ memoryLimitMb: 256, threads: 1 })
})
afterAll(() => duckdb.close())

let world: LakeWorld
/** The same events, nothing promoted. */
let plain: LakeWorld
let events: number
beforeEach(async () => {
  world = await lakeWorld()
  plain = await lakeWorld()
  events = 0
})
afterEach(async () => {
  await world.close()
  await plain.close()
})

async function ask(lake: LakeWorld, query: string) {
  const folder = join(tmpdir(), randomUUID())
  const engine = engineOver(lake.store, { duckdb, location: lake.files.location, folder })
  try {
    return await rowsOf(engine, planOf(query))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function expectSameAnswers(when: string): Promise<void> {
  for (const query of queries) {
    const expected = await ask(plain, query)
    expect(expected.length).toBeGreaterThan(0)
    expect({ when, query, rows: await ask(world, query) }).toEqual({ when, query, rows: expected })
  }
}

/** Commits two events more under a setting. */
async function commitUnder(promote: readonly Setting[]) {
  const rows = [++events, ++events].map(id => event(id, { format: 'json', message: message(id) }))
  await plain.commitEach(rows)
  await world.land(rows)
  return world.commit({ ...world.deps, promote })
}

async function compactUnder(promote: readonly Setting[]) {
  world.clock += 3 * day
  return compact({ ...world.deps, promote, retentionOf: () => 0 })
}

/** Names of the table's promoted and foreign columns, by field id. */
async function columns(): Promise<Readonly<Record<number, string>>> {
  const { metadata } = (await world.deps.catalog.load())!
  return Object.fromEntries(currentSchema(metadata).fields.flatMap(({ id, name }) => (id < 100 ? [] : [[id, name]])))
}

async function change(edit: (metadata: TableMetadata) => TableMetadata): Promise<void> {
  const table = (await world.deps.catalog.load())!
  await world.deps.catalog.commit(table, edit(table.metadata))
}

const withFields = (edit: (fields: readonly NestedField[]) => readonly NestedField[]) => (metadata: TableMetadata) => {
  const own = currentSchema(metadata)
  const id = Math.max(...metadata.schemas.map(schema => schema['schema-id'])) + 1
  const fields = edit(own.fields)
  const highest = Math.max(metadata['last-column-id'], ...fields.map(field => field.id))
  const schemas = [...metadata.schemas, { ...own, 'schema-id': id, fields }]
  return { ...metadata, 'last-column-id': highest, 'current-schema-id': id, schemas }
}

/** Values of a column of all data files, by field id; null where a file has none. */
async function valuesOf(id: number): Promise<readonly unknown[]> {
  const { metadata } = (await world.deps.catalog.load())!
  const found: unknown[] = []
  for (const file of (await planFiles(metadata, world.files, [])).files) {
    const path = join(tmpdir(), `${randomUUID()}.parquet`)
    await writeFile(path, (await world.store.get(keyOf(world.files, file.filePath))).body)
    const schema = `MAP {${id}: {name: 'value', type: 'VARCHAR', default_value: NULL}}`
    const { rows } = await duckdb.query(`SELECT value FROM read_parquet('${path}', schema = ${schema})`)
    found.push(...rows.map(([value]) => value))
    await rm(path)
  }
  return found.sort()
}

const team: NestedField = { id: 100, name: 'Team', required: false, type: 'string' }
const theirRow = `SELECT make_timestamptz(${noon * 1000}) AS timestamp, '/ecs/orders' AS log_group, 'web/1' AS log_stream,
'theirs' AS message, NULL::TIMESTAMPTZ AS arrival, NULL::BIGINT AS id_random, NULL::INTEGER AS id_index, NULL::VARCHAR AS id_raw,
'123456789012' AS account_id, 'us-east-1' AS region, 'text' AS format, NULL::VARCHAR AS level, NULL::VARCHAR AS request_id,
NULL::VARCHAR AS trace_id, NULL::MAP(VARCHAR, VARCHAR) AS fields, NULL::VARCHAR AS extra, 0::INTEGER AS retention, 'payments' AS Team`
const theirIds = `{timestamp: 1, log_group: 2, log_stream: 3, message: 4, arrival: 5, id_random: 6, id_index: 7, id_raw: 8,
account_id: 9, region: 10, format: 11, level: 12, request_id: 13, trace_id: 14,
fields: {__duckdb_field_id: 15, key: 16, value: 17}, extra: 18, retention: 19, Team: 100}`

/** Another engine adds a column and a row with a value in it. */
async function addTheirColumn(): Promise<void> {
  const table = (await world.deps.catalog.load())!
  const metadata = withFields(fields => [...fields, team])(table.metadata)
  const write = (path: string) =>
    duckdb.query(`COPY (${theirRow}) TO '${path}' (FORMAT parquet, FIELD_IDS ${theirIds})`)
  await appendTheirs(world, table, { metadata, write, day: Math.floor(noon / day) })
}

describe('a promoted column', () => {
  it.each<[string, readonly (readonly Setting[])[]]>([
    ['another field derives its name', [[promoted('user.id')], [promoted('user_id')]]],
    ['its field is dropped and promoted again', [[promoted('user.id')], [], [promoted('user.id')]]],
    ['its field comes back under another type', [[promoted('n')], [promoted('n', 'long')], [promoted('n', 'double')]]],
    ['and back again', [[promoted('n', 'long')], [promoted('n')], [promoted('n', 'long')], [promoted('n')]]],
    [
      'two fields swap their columns',
      [
        [promoted('user.id', 'string', 'a'), promoted('user_id', 'string', 'b')],
        [promoted('user.id', 'string', 'b'), promoted('user_id', 'string', 'a')],
      ],
    ],
    [
      'the name it gives way to is that of another field',
      [[promoted('user.id')], [promoted('user_id')], [promoted('user_id'), promoted('user_id_2')]],
    ],
    [
      'a field has two columns',
      [[promoted('n', 'long'), promoted('n', 'string', 'n_text')], [promoted('n', 'string', 'n_text')]],
    ],
    [
      'names mean something in SQL, or in ours',
      [
        [
          promoted('user.id', 'string', 'order'),
          promoted('user_id', 'string', 'is_new'),
          promoted('n', 'long', 'carried_100'),
        ],
        [promoted('n', 'long', 'file_row_number'), promoted('team', 'string', 'message_4')],
        [promoted('user.id', 'string', 'file_index'), promoted('user_id', 'string', 'filename')],
      ],
    ],
  ])('answers like the field when %s', async (_, settings) => {
    for (const [index, setting] of settings.entries()) {
      await commitUnder(setting)
      await expectSameAnswers(`commit ${index}`)
    }
    for (const setting of [settings.at(-1)!, settings[0]!]) {
      await compactUnder(setting)
      await expectSameAnswers('compacted')
      await commitUnder(setting)
      await expectSameAnswers('committed after')
    }
  })

  it('stays that of its field, which gets another for another type, and what takes its name gets one of its own', async () => {
    await commitUnder([promoted('user.id')])
    expect(await commitUnder([promoted('user_id'), promoted('n')])).toMatchObject({
      promotedElsewhere: [{ field: 'user_id', asked: 'user_id', column: 'user_id_2' }],
    })
    await commitUnder([promoted('n', 'long'), promoted('user_id')])
    await commitUnder([promoted('user.id'), promoted('n')])
    expect(await columns()).toEqual({ 100: 'user_id', 101: 'user_id_2', 102: 'n', 103: 'n_2' })
    await compactUnder([promoted('user.id')])
    expect(await valuesOf(100)).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map(id => `nested-${id}`))
    // What is promoted no more keeps what it has.
    expect(await valuesOf(101)).toEqual([null, null, null, null, 'flat-3', 'flat-4', 'flat-5', 'flat-6'].sort())
  })

  it("never takes another engine's column, however that spells its name", async () => {
    await commitUnder([])
    await addTheirColumn()
    await plain.commitEach([exported({ message: 'theirs' })])
    const promote = [promoted('team')]
    await commitUnder(promote)
    await expectSameAnswers('committed')
    await compactUnder(promote)
    await expectSameAnswers('compacted')
    expect(await columns()).toEqual({ 100: 'Team', 101: 'team_2' })
    expect(await valuesOf(100)).toEqual(['payments', null, null, null, null].sort())
    expect(await valuesOf(101)).toEqual(['team 0', 'team 0', 'team 1', 'team 1', null].sort())
  })

  it('is found by its id when another engine renames it, and is not what takes its name then', async () => {
    const promote = [promoted('team'), promoted('n', 'long')]
    await commitUnder(promote)
    await change(
      withFields(fields => [
        ...fields.map(field => (field.name === 'team' ? { ...field, name: 'squad' } : field)),
        { id: 102, name: 'team', required: false, type: 'string' as const },
      ]),
    )
    await expectSameAnswers('renamed')
    await commitUnder(promote)
    await compactUnder(promote)
    await expectSameAnswers('compacted')
    expect(await columns()).toEqual({ 100: 'squad', 101: 'n', 102: 'team' })
    expect(await valuesOf(100)).toEqual(['team 0', 'team 0', 'team 1', 'team 1'])
  })

  it('may get the name of a column of ours that another engine dropped', async () => {
    const promote = [promoted('team')]
    await commitUnder(promote)
    await change(
      withFields(fields =>
        fields
          .filter(({ name }) => name !== 'extra')
          .map(field => (field.name === 'team' ? { ...field, name: 'Extra' } : field)),
      ),
    )
    await commitUnder(promote)
    await expectSameAnswers('committed')
    await compactUnder(promote)
    await expectSameAnswers('compacted')
    expect(await valuesOf(100)).toEqual(['team 0', 'team 0', 'team 1', 'team 1'])
  })

  it('is made anew when another engine drops it, and files with the old one are read from their events', async () => {
    const promote = [promoted('team'), promoted('n', 'long')]
    await commitUnder(promote)
    await change(withFields(fields => fields.filter(({ name }) => name !== 'team')))
    await expectSameAnswers('dropped')
    await commitUnder(promote)
    await expectSameAnswers('made anew')
    expect(await columns()).toEqual({ 101: 'n', 102: 'team' })
  })

  it('goes by no documentation that another engine wrote', async () => {
    await commitUnder([promoted('user.id')])
    const doc = 'the field user_id'
    await change(withFields(fields => fields.map(field => (field.id === 100 ? { ...field, doc } : field))))
    await expectSameAnswers('edited')
    await commitUnder([promoted('user.id'), promoted('user_id')])
    await expectSameAnswers('committed')
    expect(await columns()).toEqual({ 100: 'user_id', 101: 'user_id_2' })
  })

  it('of a table that has its documentation only is known by that', async () => {
    await commitUnder([promoted('user.id'), promoted('n', 'long')])
    await change(metadata => setProperties(metadata, { 'tailrace.promoted': null }, new Date(world.clock)))
    await expectSameAnswers('forgotten')
    await commitUnder([promoted('user_id'), promoted('n', 'long')])
    await commitUnder([promoted('user.id')])
    await expectSameAnswers('committed')
    expect(await columns()).toEqual({ 100: 'user_id', 101: 'n', 102: 'user_id_2' })
  })
})
