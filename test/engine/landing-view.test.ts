import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parquetMetadata } from 'hyparquet'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type DuckDb, openDuckDb } from '../../shared/engine/duckdb.js'
import { EngineFailed } from '../../shared/engine/errors.js'
import { logColumns } from '../../shared/engine/landing-view.js'
import { BufferPool } from '../../shared/parquet/buffer-pool.js'
import { runtimeCodec } from '../../shared/parquet/codec.js'
import { type LogRow, schemaElements } from '../../shared/parquet/schema.js'
import { LogFileBuilder } from '../../shared/parquet/write.js'
import { exported, noon } from '../lake/landed.js'

const pool = new BufferPool(8_000_000)

const plain = exported()
const withId: LogRow = { ...plain, arrival: noon + 500, id_random: 7n, id_index: 0 }
const withRawId: LogRow = { ...plain, id_raw: 'a-1' }

describe('the landing view', () => {
  let folder: string
  let duckdb: DuckDb
  let files: number
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tailrace-view-'))
    duckdb = await openDuckDb({ memoryLimitMb: 256, threads: 2 })
    files = 0
  })
  afterEach(async () => {
    duckdb.close()
    await rm(folder, { recursive: true })
  })

  async function land(rows: readonly LogRow[]): Promise<string> {
    const builder = new LogFileBuilder(pool)
    for (const row of rows) builder.push(row)
    const path = join(folder, `${files++}.parquet`)
    await writeFile(path, builder.finish(runtimeCodec(), {}))
    return path
  }

  async function messages(...objects: readonly (readonly LogRow[])[]): Promise<unknown[]> {
    const paths: string[] = []
    for (const rows of objects) paths.push(await land(rows))
    await duckdb.defineLogs(paths)
    const { rows } = await duckdb.query('SELECT message FROM logs ORDER BY message')
    return rows.map(([message]) => message)
  }

  it('has the columns of the schema, also of no objects at all', async () => {
    const topLevel = schemaElements.slice(1).map(({ name }) => name)
    const names = topLevel.filter(name => !['key_value', 'key', 'value'].includes(name))
    expect(Object.keys(logColumns)).toEqual(names)
    for (const paths of [[], [await land([plain])]]) {
      await duckdb.defineLogs(paths)
      const { rows } = await duckdb.query('DESCRIBE logs')
      const described = Object.fromEntries(rows.map(([name, type]) => [name, type]))
      expect(described).toEqual({
        ...logColumns,
        timestamp: 'TIMESTAMP WITH TIME ZONE',
        arrival: 'TIMESTAMP WITH TIME ZONE',
      })
    }
  })

  it('shows an event once however often its id was delivered, within an object and among objects', async () => {
    const next = { ...withId, id_index: 1, message: 'GET /next' }
    expect(await messages([withId, next, withId], [withId], [next])).toEqual(['GET /', 'GET /next'])
  })

  it.each<[string, Partial<LogRow>]>([
    ['account', { account_id: '111122223333' }],
    ['log group', { log_group: '/ecs/other' }],
    ['log stream', { log_stream: 'web/2' }],
    ['timestamp', { timestamp: noon + 1 }],
    ['arrival', { arrival: noon + 501 }],
    ['random part', { id_random: -7n }],
    ['index', { id_index: 1 }],
  ])('keeps events apart whose ids differ in the %s alone', async (_, change) => {
    expect(await messages([withId], [{ ...withId, ...change }])).toEqual(['GET /', 'GET /'])
  })

  it('takes the first copy of an event whose copies differ', async () => {
    const redacted = { ...withId, message: '[REDACTED]' }
    expect(await messages([withId], [redacted])).toEqual(['GET /'])
    expect(await messages([redacted], [withId])).toEqual(['[REDACTED]'])
  })

  it('goes by an id of another shape as it is', async () => {
    const other = { ...withRawId, id_raw: 'a-2' }
    expect(await messages([withRawId, other], [withRawId], [withId], [plain])).toHaveLength(4)
  })

  it('takes of events without ids the largest count within one object, not the sum', async () => {
    expect(await messages([plain, plain], [plain, plain, plain], [plain])).toHaveLength(3)
    const other = { ...plain, message: 'POST /' }
    expect(await messages([plain, other, plain], [other, other])).toEqual(['GET /', 'GET /', 'POST /', 'POST /'])
  })

  it.each<[string, Partial<LogRow>]>([
    ['account', { account_id: '111122223333' }],
    ['log group', { log_group: '/ecs/other' }],
    ['log stream', { log_stream: 'web/2' }],
    ['timestamp', { timestamp: noon + 1 }],
  ])('keeps events without ids apart that differ in the %s alone', async (_, change) => {
    expect(await messages([plain], [{ ...plain, ...change }])).toHaveLength(2)
  })

  it('does not read messages for a query that does not need them, of events that have ids', async () => {
    const path = await land([withId, { ...withId, id_index: 1, message: 'secret' }])
    const file = await readFile(path)
    const { row_groups } = parquetMetadata(file.buffer.slice(file.byteOffset, file.byteOffset + file.length))
    const { data_page_offset, total_compressed_size } = row_groups[0]!.columns.find(
      ({ meta_data }) => meta_data?.path_in_schema[0] === 'message',
    )!.meta_data!
    file.fill(0xff, Number(data_page_offset), Number(data_page_offset + total_compressed_size))
    await writeFile(path, file)
    await duckdb.defineLogs([path, path])
    expect((await duckdb.query('SELECT log_stream, count(*) FROM logs GROUP BY ALL')).rows).toEqual([['web/1', '2']])
    await expect(duckdb.query('SELECT message FROM logs')).rejects.toThrow(EngineFailed)
  })

  it('takes paths with quotes', async () => {
    const path = join(folder, "it's.parquet")
    await rename(await land([plain]), path)
    await duckdb.defineLogs([path])
    expect((await duckdb.query('SELECT timestamp, fields FROM logs')).rows).toEqual([['2026-01-15 12:00:00+00', null]])
  })
})
