import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { duckDbMerge } from '../../shared/engine/duckdb-merge.js'
import { erasurePlanner } from '../../shared/jobs/lake/plan-erasure.js'
import type { MergeInput, MergeRequest, MergeResult } from '../../shared/lake/merge.js'
import type { LogRow } from '../../shared/parquet/schema.js'
import { columnsOf, keyValuesOf, readMetadata } from '../helpers/parquet-columns.js'
import { event, exported, landingFile, noon } from '../lake/landed.js'

const hour = 3_600_000
const mergeFiles = duckDbMerge({ memoryLimitMb: 256, threads: 2, planErasures: erasurePlanner([]) })

describe('the merge', () => {
  let folder: string
  let made: number
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tailrace-merge-'))
    made = 0
  })
  afterEach(() => rm(folder, { recursive: true }))

  async function file(rows: readonly LogRow[], kind: MergeInput['kind'] = 'landing'): Promise<MergeInput> {
    const path = join(folder, `in-${made++}.parquet`)
    const body = landingFile(rows)
    await writeFile(path, body)
    return { path, kind, bytes: body.length, uncompressedBytes: body.length * 4, rows: rows.length, isPartial: false }
  }

  async function merge(request: Partial<MergeRequest> & Pick<MergeRequest, 'inputs'>): Promise<MergeResult> {
    const out = join(folder, `out-${made++}`)
    await mkdir(out)
    return mergeFiles.merge({
      against: [],
      hasIdless: true,
      promoted: [],
      targetBytes: 100_000_000,
      folder: out,
      ...request,
    })
  }

  async function select(sql: string): Promise<readonly (readonly unknown[])[]> {
    const instance = await DuckDBInstance.create(':memory:')
    const connection = await instance.connect()
    try {
      await connection.run("SET TimeZone = 'UTC'")
      return (await connection.runAndReadAll(sql)).getRows()
    } finally {
      connection.closeSync()
      instance.closeSync()
    }
  }

  const messages = async ({ files }: MergeResult): Promise<readonly unknown[]> =>
    files.length === 0
      ? []
      : (await select(`SELECT message FROM read_parquet([${files.map(({ path }) => `'${path}'`)}])`)).map(([m]) => m)

  it('writes the events of all files in order, those that stand in several once', async () => {
    const first = await file([event(3, { timestamp: noon + 2 }), event(1), event(2, { log_group: '/a' })])
    const second = await file([event(1), event(4, { timestamp: noon + 1 })])
    const result = await merge({ inputs: [first, second] })
    expect(await messages(result)).toEqual(['event 2', 'event 1', 'event 4', 'event 3'])
    expect(result.duplicates).toBe(1)
    expect(result.files.map(({ day, retention }) => ({ day, retention }))).toEqual([{ day: 20468, retention: 0 }])
  })

  it('takes names that begin with a byte order mark for others than those without', async () => {
    const marked = event(2, { log_group: '\uFEFF/a', log_stream: '\uFEFFweb/1' })
    const result = await merge({ inputs: [await file([event(1, { log_group: '/a' }), marked])] })
    expect(await messages(result)).toEqual(['event 1', 'event 2'])
    expect(result.tallies.map(({ logGroup, logStream }) => [logGroup, logStream]).sort()).toEqual([
      ['/a', 'web/1'],
      ['\uFEFF/a', '\uFEFFweb/1'],
    ])
  })

  it('stops when it is aborted while the engine is loaded', async () => {
    const reason = new Error('cancelled')
    const control = new AbortController()
    const request = {
      inputs: [await file([event(1)])],
      against: [],
      hasIdless: false,
      promoted: [],
      targetBytes: 1,
      folder,
    }
    const merged = mergeFiles.merge({ ...request, signal: control.signal })
    control.abort(reason)
    await expect(merged).rejects.toBe(reason)
  })

  it('writes a group whose name holds NUL under its own retention', async () => {
    const landed = await file([event(1), event(2, { log_group: "/a\0'b", log_stream: '\0' })])
    const { files, classes } = await merge({ inputs: [landed], retentionOf: group => (group.includes('\0') ? 1 : 7) })
    expect(files.map(({ retention }) => retention)).toEqual([1, 7])
    expect(classes).toContainEqual({ logGroup: "/a\0'b", retention: 1 })
  })

  describe('with what landing objects say of themselves', () => {
    const retentionOf = () => 0
    const tallyOf = (rows: number, bytes: number) => ({
      accountId: '123456789012',
      logGroup: '/ecs/orders',
      logStream: 'web/1',
      hour: noon / hour,
      rows,
      bytes,
      first: noon,
      last: noon,
    })

    it('counts by that, and looks for repeated events in the other inputs alone', async () => {
      const inputs = [await file([event(1)]), await file([event(2), event(3)]), await file([event(3)])]
      const distinct = new Set([0])
      const all = await merge({
        inputs: inputs.slice(0, 2),
        retentionOf,
        landed: { tallies: [tallyOf(1, 7), tallyOf(2, 14)], distinct },
      })
      expect(all.tallies).toEqual([tallyOf(3, 21)])
      expect((await messages(all)).toSorted()).toEqual(['event 1', 'event 2', 'event 3'])
      const some = await merge({ inputs, retentionOf, landed: { tallies: [tallyOf(4, 28)], distinct } })
      expect(some).toMatchObject({ duplicates: 1, tallies: [tallyOf(3, 21)] })
      expect((await messages(some)).toSorted()).toEqual(['event 1', 'event 2', 'event 3'])
    })

    it.each([
      ['of more rows', tallyOf(3, 30)],
      ['of another day', { ...tallyOf(2, 14), hour: noon / hour + 24 }],
      ['of another group', { ...tallyOf(2, 14), logGroup: '/other' }],
      ['of another stream', { ...tallyOf(2, 14), logStream: 'other' }],
      ['of another account', { ...tallyOf(2, 14), accountId: '111122223333' }],
    ])('counts the rows themselves where an object spoke %s', async (_, tally) => {
      const inputs = [await file([event(1), event(2)])]
      const said = { tallies: [tally], distinct: new Set([0]) }
      const result = await merge({ inputs, retentionOf, landed: said })
      expect(result.tallies).toEqual([tallyOf(2, 14)])
      expect((await messages(result)).toSorted()).toEqual(['event 1', 'event 2'])
    })

    it('names the place of a repeated row among all inputs', async () => {
      const inputs = [await file([event(1)]), await file([event(2)]), await file([event(2), event(4)])]
      const against = [(await file([event(4)], 'table')).path]
      const result = await merge({ inputs, against, landed: { tallies: [], distinct: new Set([0]) } })
      expect((await messages(result)).toSorted()).toEqual(['event 1', 'event 2'])
      expect(result.duplicates).toBe(2)
    })
  })

  it('leaves out what files of the table already hold', async () => {
    const landed = await file([event(1), event(2)])
    const known = await file([event(2), event(5)], 'table')
    const result = await merge({ inputs: [landed], against: [known.path] })
    expect(await messages(result)).toEqual(['event 1'])
  })

  it('writes no file when every event is known', async () => {
    const landed = await file([event(1)])
    const result = await merge({ inputs: [landed], against: [landed.path] })
    expect(result).toEqual({ files: [], classes: [], duplicates: 1, deleted: 0, erased: 0, tallies: [] })
  })

  it('counts events without ids: as many copies as the source that has most of them', async () => {
    const same = exported({ message: 'tick' })
    const twice = await file([same, same])
    const thrice = await file([same, same, same])
    expect(await messages(await merge({ inputs: [twice, thrice] }))).toEqual(['tick', 'tick', 'tick'])
    expect(await messages(await merge({ inputs: [thrice], against: [twice.path] }))).toEqual(['tick'])
  })

  it('takes the files of the table as one source', async () => {
    const same = exported({ message: 'tick' })
    const [one, other] = [await file([same], 'table'), await file([same], 'table')]
    const landed = await file([same, same, same])
    expect(await messages(await merge({ inputs: [landed], against: [one.path, other.path] }))).toEqual(['tick'])
    expect(await messages(await merge({ inputs: [one, other] }))).toEqual(['tick', 'tick'])
  })

  it('lets events with ids stand for copies without', async () => {
    const same = exported({ message: 'tick' })
    const backfill = await file([same, same, same])
    const live = await file([event(1, { message: 'tick' }), event(2, { message: 'tick' }), event(3)])
    const rows = (result: MergeResult) =>
      select(
        `SELECT message, id_random FROM read_parquet([${result.files.map(({ path }) => `'${path}'`)}]) ORDER BY 1, 2`,
      )
    const wanted = [
      ['event 3', 3n],
      ['tick', 1n],
      ['tick', 2n],
      ['tick', null],
    ]
    expect(await rows(await merge({ inputs: [backfill, live] }))).toEqual(wanted)
    expect(await rows(await merge({ inputs: [backfill], against: [live.path] }))).toEqual([['tick', null]])
    const stored = { ...backfill, kind: 'table' } as const
    expect(await rows(await merge({ inputs: [live, stored] }))).toEqual(wanted)
  })

  it('keeps what another engine wrote in the place of a row that it deleted, wherever that row stands', async () => {
    const old = await file([event(2), event(1)], 'table')
    const changed = await file([event(1, { message: 'changed' })], 'table')
    const path = join(folder, 'deletes.parquet')
    const named = "VALUES ('a', 1), ('a', 1), ('a', 7), ('b', 0)"
    await select(`COPY (SELECT * FROM (${named}) AS named(file_path, pos)) TO '${path}' (FORMAT parquet)`)
    const updated = { ...old, deletes: { uri: 'a', paths: [path] } }
    for (const inputs of [
      [updated, changed],
      [changed, updated],
    ]) {
      const result = await merge({ inputs })
      expect((await messages(result)).toSorted()).toEqual(['changed', 'event 2'])
      expect(result).toMatchObject({ duplicates: 0, deleted: 1, erased: 0 })
    }
    const again = await file([event(1), event(3)])
    const result = await merge({ inputs: [again, updated] })
    expect((await messages(result)).toSorted()).toEqual(['event 2', 'event 3'])
    expect(result).toMatchObject({ duplicates: 1, deleted: 1, erased: 0 })
    const beside = await merge({ inputs: [again, changed], against: [old.path] })
    expect((await messages(beside)).toSorted()).toEqual(['changed', 'event 3'])
  })

  it('counts the table as one source of rows with ids and without', async () => {
    const same = exported({ message: 'tick' })
    const id = (number: number) => event(number, { message: 'tick' })
    const stored = await file([id(1), id(2), same, same, same], 'table')
    const result = await merge({ inputs: [await file([id(3)]), stored] })
    const left = await select(`SELECT id_random FROM '${result.files[0]!.path}' ORDER BY 1`)
    expect(left).toEqual([[1n], [2n], [3n], [null], [null]])
    expect(result.tallies.reduce((sum, { rows }) => sum + rows, 0)).toBe(0)
    expect(await messages(await merge({ inputs: [await file(Array(5).fill(same))], against: [stored.path] }))).toEqual(
      [],
    )
    expect(await messages(await merge({ inputs: [await file(Array(6).fill(same))], against: [stored.path] }))).toEqual([
      'tick',
    ])
  })

  it('knows an event again whose lake retention has changed meanwhile', async () => {
    const before = await file([event(1, { retention: 30 })])
    const after = await file([event(1, { retention: 90 }), event(2, { retention: 90 })])
    const { files, duplicates } = await merge({ inputs: [before, after] })
    expect(duplicates).toBe(1)
    expect(files.map(({ retention }) => retention)).toEqual([30, 90])
  })

  it('writes a file for each day and retention, cut at about the size asked for', async () => {
    const day = Array.from({ length: 4_000 }, (_, id) =>
      event(id, { timestamp: noon + id * 10, log_group: `/g/${id % 3}`, retention: id % 2 }),
    )
    const landed = await file([...day, event(9_000, { timestamp: noon - 13 * hour })])
    const { files } = await merge({ inputs: [landed], targetBytes: Math.ceil(landed.bytes / 4) })
    expect(files.map(({ day: d, retention }) => `${d}/${retention}`)).toEqual([
      '20467/0',
      '20468/0',
      '20468/0',
      '20468/1',
      '20468/1',
    ])
    const facts = await Promise.all(files.map(({ path }) => readMetadata(path)))
    expect(facts.reduce((sum, metadata) => sum + Number(metadata.num_rows), 0)).toBe(4_001)
    const groups = facts.slice(1).map(metadata => columnsOf(metadata).find(({ id }) => id === 2)!)
    for (const [index, { min }] of groups.entries()) {
      const previous = groups[index - 1]
      if (previous !== undefined && files[index]!.retention === files[index + 1]!.retention) {
        expect(min! >= previous.max!).toBe(true)
      }
    }
  })

  it('gives every column its field id and nothing but plain and dictionary encodings', async () => {
    const landed = await file([event(1, { fields: { keys: ['a'], values: ['1'] } }), exported()])
    const { files } = await merge({ inputs: [landed] })
    const metadata = await readMetadata(files[0]!.path)
    expect(columnsOf(metadata).map(({ id }) => id)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 18, 19,
    ])
    expect(metadata.schema.find(({ name }) => name === 'fields')!.field_id).toBe(15)
    const encodings = metadata.row_groups.flatMap(({ columns }) => columns.flatMap(({ meta_data: m }) => m!.encodings))
    expect(
      [...new Set(encodings)].filter(name => !['PLAIN', 'RLE', 'PLAIN_DICTIONARY', 'RLE_DICTIONARY'].includes(name)),
    ).toEqual([])
    expect(new Set(metadata.row_groups.flatMap(({ columns }) => columns.map(({ meta_data: m }) => m!.codec)))).toEqual(
      new Set(['ZSTD']),
    )
    expect(
      columnsOf(metadata)
        .filter(({ id }) => [6, 8].includes(id))
        .map(({ nulls }) => nulls),
    ).toEqual([1, 2])
    expect(columnsOf(metadata)[0]).toMatchObject({ min: BigInt(noon) * 1_000n, max: BigInt(noon) * 1_000n, nulls: 0 })
  })

  it('promotes fields of JSON and of parsed lines, and counts what a column cannot hold', async () => {
    const landed = await file([
      event(1, { message: '{"status":200,"user":{"name":"ann"},"ok":true,"ratio":1.5}', timestamp: noon }),
      event(2, { fields: { keys: ['status', 'ratio'], values: ['0404', '2'] }, timestamp: noon + 1 }),
      event(3, { message: '{"status":"down","ok":false,"ratio":1e400}', timestamp: noon + 2 }),
      event(4, { message: 'nothing', timestamp: noon + 3 }),
      event(5, { message: '{"ratio":"nan"}', timestamp: noon + 4 }),
      event(6, { fields: { keys: ['ratio'], values: ['-inf'] }, timestamp: noon + 5 }),
    ])
    const promoted = [
      { field: 'status', column: 'status', type: 'long', id: 100 },
      { field: 'user.name', column: 'user_name', type: 'string', id: 101 },
      { field: 'ok', column: 'ok', type: 'boolean', id: 102 },
      { field: 'ratio', column: 'ratio', type: 'double', id: 103 },
    ] as const
    const { files } = await merge({ inputs: [landed], promoted })
    expect(await select(`SELECT status, user_name, ok, ratio FROM '${files[0]!.path}'`)).toEqual([
      [200n, 'ann', true, 1.5],
      [null, null, null, 2],
      [null, null, false, null],
      [null, null, null, null],
      [null, null, null, null],
      [null, null, null, null],
    ])
    const metadata = await readMetadata(files[0]!.path)
    expect(JSON.parse(keyValuesOf(metadata).get('tailrace.promoted')!)).toEqual({
      100: { field: 'status', unheld: 2 },
      101: { field: 'user.name', unheld: 0 },
      102: { field: 'ok', unheld: 0 },
      103: { field: 'ratio', unheld: 3 },
    })
    expect(
      columnsOf(metadata)
        .map(({ id }) => id)
        .slice(-4),
    ).toEqual([100, 101, 102, 103])
  })

  it('tells what it wrote by stream and hour', async () => {
    const landed = await file([
      event(1),
      event(2, { timestamp: noon + 5 }),
      event(3, { timestamp: noon + hour, message: 'é' }),
    ])
    const { tallies } = await merge({ inputs: [landed] })
    const stream = { accountId: '123456789012', logGroup: '/ecs/orders', logStream: 'web/1' }
    expect([...tallies].sort((a, b) => a.hour - b.hour)).toEqual([
      { ...stream, hour: noon / hour, rows: 2, bytes: 14, first: noon, last: noon + 5 },
      { ...stream, hour: noon / hour + 1, rows: 1, bytes: 2, first: noon + hour, last: noon + hour },
    ])
  })

  it('moves groups to the retention they have now, and erases what it is asked to', async () => {
    const stored = await file([event(1, { retention: 30 }), event(2, { retention: 30, log_group: '/b' })], 'table')
    const result = await merge({
      inputs: [stored],
      retentionOf: group => (group === '/b' ? 7 : 30),
      erase: [{ id: 'one', groups: ['*'], from: null, to: null, condition: { kind: 'pattern', text: '"event 1"' } }],
    })
    expect(result.files.map(({ retention }) => retention)).toEqual([7])
    expect(result).toMatchObject({ erased: 1, duplicates: 0 })
    expect(await messages(result)).toEqual(['event 2'])
  })

  it('leaves out what another engine has deleted, and does not count it as erased', async () => {
    const stored = await file(
      [1, 2, 3, 4].map(id => event(id)),
      'table',
    )
    const [uri, path] = ['s3://lake/table/data/a.parquet', join(folder, 'deletes.parquet')]
    const deleted = `[{file_path: '${uri}', pos: 1}, {file_path: '${uri}', pos: 2}, {file_path: '${uri}x', pos: 0}]`
    await select(`COPY (SELECT unnest(${deleted}, recursive := true)) TO '${path}' (FORMAT parquet)`)
    const result = await merge({
      inputs: [{ ...stored, deletes: { uri, paths: [path, path] } }],
      erase: [
        {
          id: 'one',
          groups: ['*'],
          from: null,
          to: null,
          condition: { kind: 'pattern', text: '?"event 1" ?"event 2"' },
        },
      ],
    })
    expect(result).toMatchObject({ deleted: 2, erased: 1, duplicates: 0 })
    expect(await messages(result)).toEqual(['event 4'])
  })

  it('keeps odd names byte by byte', async () => {
    const names = ["a'b/%2F c", 'Ünïcode/日本', '/x'.repeat(256), "'); DROP TABLE x; --"]
    const landed = await file(names.map((name, id) => event(id, { log_group: name, log_stream: name })))
    const { files, tallies } = await merge({ inputs: [landed], targetBytes: 500 })
    expect(files.length).toBeGreaterThan(1)
    expect(tallies.map(({ logGroup }) => logGroup).sort()).toEqual([...names].sort())
    expect((await messages({ files, classes: [], tallies: [], duplicates: 0, deleted: 0, erased: 0 })).length).toBe(4)
  })

  it('keeps the name of a stream that no literal of SQL can hold', async () => {
    const names = ['a\0b', 'ab', '']
    const landed = await file(names.map((name, id) => event(id, { log_stream: name })))
    const { files } = await merge({ inputs: [landed], retentionOf: () => 7 })
    const rows = await select(`SELECT log_stream, retention FROM '${files[0]!.path}' ORDER BY log_stream`)
    expect(rows).toEqual(names.toSorted().map(name => [name, 7]))
  })

  it('fails on a file that is cut off, and says which one is damaged', async () => {
    const [good, bad] = [await file([event(1)]), await file([event(2)])]
    await truncate(bad.path, 300)
    await expect(merge({ inputs: [good, bad] })).rejects.toMatchObject({ name: 'MergeFailed' })
    expect(await mergeFiles.damageOf(good.path)).toBeNull()
    expect(await mergeFiles.damageOf(bad.path)).toMatch(/^merge: /)
    await expect(merge({ inputs: [good, bad] })).rejects.toMatchObject({ lacksRoom: false })
  })

  it('tells a lack of memory from damage', async () => {
    const rows = Array.from({ length: 2_000 }, (_, id) => event(id, { message: randomBytes(4_000).toString('hex') }))
    const large = await file(rows)
    const small = duckDbMerge({ memoryLimitMb: 8, threads: 1 })
    const request = { inputs: [large], against: [], hasIdless: false, promoted: [], targetBytes: 1e8, folder }
    await expect(small.merge(request)).rejects.toMatchObject({ name: 'MergeFailed', lacksRoom: true })
    await expect(small.damageOf(large.path)).rejects.toMatchObject({ name: 'MergeFailed', lacksRoom: true })
  })
})
