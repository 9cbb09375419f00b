import { createHash, randomUUID } from 'node:crypto'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { schemaWithPromoted } from '../../shared/engine/columns-by-id.js'
import type { DuckDb } from '../../shared/engine/duckdb.js'
import { EngineFailed } from '../../shared/engine/errors.js'
import { LocalParts } from '../../shared/engine/local-parts.js'
import { createQueryEngine } from '../../shared/engine/query-engine.js'
import { filesRelation } from '../../shared/engine/scan-sources.js'
import { createQueryFunction } from '../../shared/jobs/query/query-function.js'
import { lakeReader } from '../../shared/lake/lake-reader.js'
import { event, noon } from '../lake/landed.js'
import { answer, location, openLake, planOf, type TestLake } from './lake-of-files.js'

/** Enough that their messages do not fit into a megabyte. */
const rows = Array.from({ length: 20_000 }, (_, index) =>
  event(index + 1, {
    timestamp: noon + index,
    message: index % 7 === 0 ? `${noise(index)} took ${index} ms` : JSON.stringify({ n: index, text: noise(index) }),
    format: index % 7 === 0 ? 'text' : 'json',
    fields: index % 7 === 0 ? { keys: ['took', 'empty'], values: [String(index), ''] } : null,
    level: index % 3 === 0 ? null : 'INFO',
  }),
)
const promoted = [{ field: 'n', column: 'n', type: 'long' }] as const
const never = new AbortController().signal
const query = 'filter @message like /[a-c]9[^"]*"/ or took > 19900 | stats count(*) as c, sum(n) as s, max(took) as t'

function noise(seed: number): string {
  return createHash('sha512').update(String(seed)).digest('base64')
}

describe('parts that are read again and again', () => {
  let lake: TestLake
  let folder: string
  beforeEach(async () => {
    lake = await openLake()
    folder = join(lake.folder, 'hot')
    await lake.append(rows, { promoted, hasSmallRowGroups: true })
  })
  afterEach(() => lake.close())

  const open = (maxBytes = 1e9) => {
    const { store, catalog, duckdb } = lake
    const parts = new LocalParts({ store, place: 'memory', folder, maxBytes, wholeBytes: 0 })
    const reader = lakeReader({ store, catalog, table: { store, location } })
    return { parts, engine: createQueryEngine({ duckdb, reader, parts, maxScanBytes: null }) }
  }
  const rewritten = async () =>
    (await readdir(folder).catch(() => [])).filter(name => /^[0-9a-f]+-[0-9a-f]{16}q-\d+$/.test(name))
  const times = async (count: number, run: () => Promise<unknown>) => {
    for (let time = 0; time < count; time++) await run()
  }

  it('are written again after the third time, and answer the same', async () => {
    const { parts, engine } = open()
    const plan = planOf(query)
    const before = await answer(engine, plan)
    await times(1, () => answer(engine, plan))
    await parts.rewriteHot(lake.duckdb, never)
    expect(await rewritten()).toEqual([])
    await times(1, () => answer(engine, plan))
    await parts.rewriteHot(lake.duckdb, never)
    expect(await rewritten()).toHaveLength(1)
    const after = await answer(engine, plan)
    expect(after.rows).toEqual(before.rows)
    expect(Number(before.rows[0]!.c)).toBeGreaterThan(100)
    expect(after.statistics).toEqual({ ...before.statistics, bytesFetched: 0, requests: 0 })
    expect(await readdir(folder)).toSatisfy((names: string[]) => names.every(name => !name.startsWith('run-')))
  })

  it('have the rows, columns and field ids that they had, and lend their chunks to no other file', async () => {
    const { parts, engine } = open()
    const plan = planOf('fields @message, n, took, @timestamp, @level | sort @timestamp')
    const { rows: expected } = await answer(engine, plan)
    await times(2, () => answer(engine, plan))
    const first = (await readdir(folder)).find(name => /-[0-9a-f]{16}-\d+$/.test(name))!
    await parts.rewriteHot(lake.duckdb, never)
    const [second] = await rewritten()
    const [was, is] = await Promise.all(
      [first, second!].map(async name => {
        const path = join(folder, name)
        const byId = filesRelation([path], schemaWithPromoted([{ id: 100, column: 'n', type: 'long' }]))
        const { rows: all } = await lake.duckdb.query(`SELECT file_row_number, * FROM read_parquet('${path}')`)
        const schema = await lake.duckdb.query(
          `SELECT name, type, logical_type, field_id FROM parquet_schema('${path}') WHERE field_id IS NOT NULL AND num_children IS NULL`,
        )
        const read = `SELECT message, n, fields, level, timestamp FROM ${byId}`
        return { all, schema: schema.rows, byId: (await lake.duckdb.query(read)).rows }
      }),
    )
    expect(is!.all).toEqual(was!.all)
    expect(is!.byId).toEqual(was!.byId)
    expect(is!.byId.filter(([message, n]) => message !== null && n !== null).length).toBeGreaterThan(10_000)
    expect(is!.schema.map(([name]) => name)).toEqual(expect.arrayContaining(['message', 'timestamp', 'n']))
    await rm(join(folder, first))
    const fewer = planOf('fields @message, n, took, @timestamp, @level, @logStream | sort @timestamp')
    const { rows: found } = await answer(open().engine, fewer)
    expect(found.map(({ '@logStream': _, ...row }) => row)).toEqual(expected)
  })

  it('are written again by the query function, once the answer is there', async () => {
    const { store, catalog, duckdb } = lake
    const service = createQueryFunction({
      store,
      catalog,
      table: { store, location },
      place: 'memory',
      folder,
      openDuckDb: async () => duckdb,
      memoryMb: 1024,
      maxScanBytes: 1e9,
      athena: null,
      maxRunMs: 60_000,
      now: Date.now,
      newId: randomUUID,
      sleep: ms => sleep(ms),
      invokeSelf: async () => {},
    })
    for (let asked = 1; asked <= 3; asked++) {
      const started = await service.handle({ action: 'start', query, from: noon, to: noon + 1e6 }, never)
      const { queryId } = started.answer as { readonly queryId: string }
      expect(await rewritten()).toEqual([])
      await service.handle({ action: 'run', queryId }, never)
      const { answer: polled } = await service.handle({ action: 'poll', queryId }, never)
      expect(polled).toMatchObject({ status: 'Complete' })
    }
    expect(await rewritten()).toHaveLength(1)
  })

  it.each([
    ['in memory', new EngineFailed('COPY', new Error('Out of Memory Error'))],
    ['on disk', Object.assign(new Error('no space left on device, mkdir'), { code: 'ENOSPC' })],
  ])('stay as they are where there is no room %s, and are not tried again', async (_, error) => {
    const { parts, engine } = open()
    await times(3, () => answer(engine, planOf(query)))
    let tries = 0
    const full: Pick<DuckDb, 'stream'> = {
      // biome-ignore lint/correctness/useYield: it fails before it has something to give
      async *stream() {
        tries++
        throw error
      },
    }
    await parts.rewriteHot(full, never)
    await times(3, () => answer(engine, planOf(query)))
    await parts.rewriteHot(full, never)
    expect(tries).toBe(1)
    const small = open(4_000_000)
    await times(3, () => answer(small.engine, planOf(query)))
    await small.parts.rewriteHot(lake.duckdb, never)
    expect(await rewritten()).toEqual([])
  })

  it('leave nothing behind when they are stopped, and are begun again', async () => {
    const { parts, engine } = open()
    await times(3, () => answer(engine, planOf(query)))
    const stop = new AbortController()
    const stopped: Pick<DuckDb, 'stream'> = {
      async *stream(sql, params, options) {
        stop.abort()
        yield* lake.duckdb.stream(sql, params, options)
      },
    }
    const names = await readdir(folder)
    await parts.rewriteHot(stopped, stop.signal)
    expect(await readdir(folder)).toEqual(names)
    await parts.rewriteHot(lake.duckdb, never)
    expect(await rewritten()).toHaveLength(1)
  })
})
