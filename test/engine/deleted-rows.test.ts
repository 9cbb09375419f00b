/** Rows that another engine has deleted by their positions, as queries see them before compaction has run. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { schemaWithPromoted } from '../../shared/engine/columns-by-id.js'
import { stretchesOf, wholeFile } from '../../shared/engine/deleted-rows.js'
import { dataRelation, filesRelation } from '../../shared/engine/scan-sources.js'
import type { DataFile } from '../../shared/iceberg/data-file.js'
import { planFiles } from '../../shared/iceberg/plan-files.js'
import { keyOf } from '../../shared/iceberg/table-files.js'
import type { LogRow } from '../../shared/parquet/schema.js'
import { NotFound } from '../../shared/store/errors.js'
import type { ObjectStore } from '../../shared/store/object-store.js'
import { event, exported, noon } from '../lake/landed.js'
import { commitDeletes, type Deleted, positionDeletes } from '../lake/row-deletes.js'
import { answer, location, openLake, planOf, type TestLake } from './lake-of-files.js'

const day = 86_400_000

/** In the order of the table, so that the n-th stands at position n. */
function events(from: number, to: number, change: Partial<LogRow> = {}): readonly LogRow[] {
  return Array.from({ length: to - from }, (_, index) => {
    const n = from + index
    return event(n + 1, { timestamp: noon + n, message: `{"n":${n}}`, format: 'json', ...change })
  })
}

const count = planOf('stats count(*) as n, min(n) as least, max(n) as most')

describe('rows that another engine has deleted by their positions', () => {
  let lake: TestLake
  beforeEach(async () => {
    lake = await openLake()
  })
  afterEach(() => lake.close())

  const files = () => ({ store: lake.store, location })
  const keyIn = ({ filePath }: DataFile) => keyOf(files(), filePath)
  /** The newest first. */
  async function dataFiles(): Promise<readonly DataFile[]> {
    const { metadata } = (await lake.catalog.load())!
    return (await planFiles(metadata, files(), [], { rowDeletes: 'report' })).files
  }
  async function remove(deletes: readonly DataFile[], appliesUpTo?: number): Promise<void> {
    await commitDeletes({ files: files(), deps: lake, clock: Date.now() }, deletes, appliesUpTo)
  }
  const write = (deleted: readonly Deleted[], options?: Parameters<typeof positionDeletes>[2]) =>
    positionDeletes(files(), deleted, options)
  const ask = async (query: string, options: Parameters<typeof planOf>[1] = {}) =>
    (await answer(lake.engine(), planOf(query, options))).rows

  it('are not seen, whatever files name them and however often', async () => {
    await lake.append(events(0, 10))
    await lake.append(events(10, 20))
    await lake.append(events(20, 30))
    const [third, second, first] = await dataFiles()
    const one = await write([
      [first!, [0, 1, 9]],
      [second!, [9]],
    ])
    // With what a writer may add, and a row that is not there.
    const two = await write([[first!, [1, 2, 5_000]]], { bounds: true, columns: "{'message': 'x'} AS row, " })
    await remove([one, two])
    await remove([await write([[second!, [8, 9]]], { bounds: true })])
    const { rows, statistics } = await answer(lake.engine(), planOf('fields n | sort n asc'))
    const left = [3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17, ...Array.from({ length: 10 }, (_, n) => n + 20)]
    expect(rows.map(({ n }) => Number(n))).toEqual(left)
    expect(statistics).toMatchObject({ recordsScanned: 30, recordsMatched: 24, files: 3, estimatedBytesSkipped: 0 })
    expect(await ask('filter n in [2, 3, 25] | fields n | sort n')).toEqual([{ n: '3' }, { n: '25' }])
    expect(await ask('fields n | sort @timestamp asc | limit 2')).toEqual([{ n: '3' }, { n: '4' }])
    expect(third!.recordCount).toBe(10)
  })

  it('are counted among what is read and not among what is found', async () => {
    await lake.append(events(0, 5_000))
    const [file] = await dataFiles()
    await remove([await write([[file!, Array.from({ length: 4_000 }, (_, n) => n)]])])
    const plan = planOf('filter n >= 3900 | stats count(*) as n')
    const { bytes, records } = await lake.engine().estimate(plan)
    const { rows, statistics } = await answer(lake.engine(), plan)
    expect(rows).toEqual([{ n: '1000' }])
    expect(statistics).toMatchObject({ recordsScanned: records, recordsMatched: 1_000, bytesScanned: bytes })
    expect(records).toBe(5_000)
  })

  it('may be all there are', async () => {
    await lake.append(events(0, 100))
    const [file] = await dataFiles()
    await remove([await write([[file!, Array(100).keys()]])])
    const { rows, statistics } = await answer(lake.engine(), count)
    expect(rows).toEqual([])
    expect(statistics).toMatchObject({ recordsScanned: 100, recordsMatched: 0 })
  })

  it('keep their positions where a part of the file is fetched', async () => {
    await lake.append(events(0, 7_000), { hasSmallRowGroups: true })
    const [file] = await dataFiles()
    expect(file!.splitOffsets).toHaveLength(4)
    const gone = [0, 2_047, 2_048, 4_095, 4_096, 6_143, 6_144, 6_999]
    await remove([await write([[file!, gone]])])
    const range = (from: number, to: number) => ({ from: noon + from, to: noon + to })
    const within = (query: string, from: number, to: number) => ask(query, range(from, to))
    const cached = async (from: number, to: number, fresh: string) => {
      const plan = planOf('stats count(*) as n, min(n) as least, max(n) as most', range(from, to))
      return [(await answer(lake.engine(), plan)).rows, (await answer(lake.engine({ cache: fresh }), plan)).rows]
    }
    const ranges = [
      [6_144, 6_999, '854'],
      [4_096, 6_999, '2900'],
      [0, 0, undefined],
      [0, 2_047, '2046'],
      [2_000, 4_100, '2097'],
      [0, 6_999, '6992'],
    ] as const
    for (const [from, to, left] of ranges) {
      const [again, anew] = await cached(from, to, `${from}-${to}`)
      expect([from, to, again![0]?.n]).toEqual([from, to, left])
      expect(again).toEqual(anew)
    }
    expect(await within('fields n | sort n desc | limit 1', 0, 6_999)).toEqual([{ n: '6998' }])
    expect(await within('fields n | sort n | limit 1', 4_096, 6_143)).toEqual([{ n: '4097' }])
  })

  it('are those of the positions, whatever is deleted and asked for', async () => {
    await lake.append(events(0, 5_000), { hasSmallRowGroups: true })
    const [file] = await dataFiles()
    const position = fc.integer({ min: 0, max: 4_999 })
    const asked = fc.record({ deleted: fc.uniqueArray(position, { maxLength: 50 }), from: position, to: position })
    const gone = new Set<number>()
    const property = fc.asyncProperty(asked, async ({ deleted, from, to }) => {
      if (deleted.length > 0) await remove([await write([[file!, deleted]])])
      for (const each of deleted) gone.add(each)
      const left = Array.from({ length: 5_000 }, (_, n) => n).filter(n => n >= from && n <= to && !gone.has(n))
      const rows = await ask('stats count(*) as n, sum(n) as total', { from: noon + from, to: noon + to })
      expect(Number(rows[0]?.n ?? 0)).toBe(left.length)
      expect(Number(rows[0]?.total ?? 0)).toBe(left.reduce((sum, n) => sum + n, 0))
    })
    await fc.assert(property, { numRuns: 20 })
  })

  it('are those of the files that are as old as the deletion, of its partition, and that it may name', async () => {
    await lake.append(events(0, 10))
    await lake.append(events(10, 20))
    const [second, first] = await dataFiles()
    const both = await write([
      [first!, [0]],
      [second!, [0]],
    ])
    // The second file came with the second snapshot.
    await remove([both], 1)
    expect((await ask('stats count(*) as n'))[0]).toEqual({ n: '19' })
    const elsewhere = { ...first!, partition: { ...first!.partition, retention: 30 } }
    await remove([{ ...(await write([[first!, [1]]])), partition: elsewhere.partition }])
    expect((await ask('stats count(*) as n'))[0]).toEqual({ n: '19' })
    await remove([await write([[second!, [5]]], { bounds: true })], 2)
    expect((await ask('stats count(*) as n'))[0]).toEqual({ n: '18' })
  })

  it('cost nothing where files have none, and no deletion is fetched that another file is named in', async () => {
    await lake.append(events(0, 3_000))
    await lake.append(events(3_000, 6_000, { timestamp: noon + 3 * day }))
    const all = await dataFiles()
    const [early, late] = [0, 3].map(
      days => all.find(file => file.partition.timestamp_day === noon / day - 0.5 + days)!,
    )
    const deletes = await write([[late!, [0]]], { bounds: true })
    await remove([deletes])
    lake.gets.length = 0
    const range = { from: noon, to: noon + day }
    const [row] = await ask('stats count(*) as n', range)
    expect(row).toEqual({ n: '3000' })
    expect(new Set(lake.gets.map(({ key }) => key))).toEqual(new Set([keyIn(early!)]))
    await ask('stats count(*) as n')
    expect(lake.gets.filter(({ key }) => key === keyIn(deletes))).toHaveLength(1)
    const paths = ['/a.parquet', '/b.parquet']
    expect(dataRelation(paths.map(path => ({ path })))).toBe(filesRelation(paths))
  })

  it('are those of the positions where columns are found by their field ids, too', async () => {
    await lake.append(events(0, 4))
    const [file] = await dataFiles()
    const deletes = await write([[file!, [1, 2]]])
    const [path, named] = [join(lake.folder, 'data.parquet'), join(lake.folder, 'deletes.parquet')]
    await writeFile(path, (await lake.store.get(keyIn(file!))).body)
    await writeFile(named, (await lake.store.get(keyIn(deletes))).body)
    const own = { uri: file!.filePath, paths: [named], stretches: wholeFile }
    const relation = dataRelation([{ path }, { path, deletes: own }], schemaWithPromoted([]))
    const { rows } = await lake.duckdb.query(
      `SELECT id_index, count(*)::INTEGER FROM ${relation} GROUP BY 1 ORDER BY 1`,
    )
    expect(rows).toEqual([
      [1, 2],
      [2, 1],
      [3, 1],
      [4, 2],
    ])
  })

  it('of many files are read by the row groups that may name them', async () => {
    await lake.append(events(0, 3_000))
    await lake.append(events(3_000, 6_000, { timestamp: noon + day / 4 }))
    const all = await dataFiles()
    const positions = Array.from({ length: 2_990 }, (_, n) => n)
    const both: readonly Deleted[] = all.map(file => [file, positions])
    await remove([await write(both)])
    const engine = lake.engine()
    const [one, two] = [
      await answer(engine, planOf('stats count(*) as n', { from: noon, to: noon + 3_000 })),
      await answer(engine, planOf('stats count(*) as n')),
    ]
    expect([one.rows, two.rows]).toEqual([[{ n: '10' }], [{ n: '20' }]])
    const [whole, part] = [two.statistics.bytesScanned, one.statistics.bytesScanned]
    expect(part).toBeLessThan(whole)
  })

  it('stand for what is delivered again, as they do when that is committed', async () => {
    await lake.append([...events(0, 3), exported({ message: 'twice' }), exported({ message: 'twice' })])
    const [file] = await dataFiles()
    await remove([await write([[file!, [0, 3]]])])
    const seen = async () =>
      (await ask('stats count(*) as n by @message | sort @message')).map(row => Object.values(row))
    const before = await seen()
    expect(before.reduce((sum, [, n]) => sum + Number(n), 0)).toBe(3)
    await lake.land(events(0, 2), 'again')
    expect(await seen()).toEqual(before)
    await lake.land([exported({ message: 'twice' })], 'export')
    expect(await seen()).toEqual(before)
  })

  it('make way for a landed row with an id where the deleted one had none, and leave the others', async () => {
    await lake.append([exported({ message: 'a' }), exported({ message: 'b', timestamp: noon + 1 })])
    const [file] = await dataFiles()
    await remove([await write([[file!, [0]]])])
    await lake.land([event(7, { message: 'c', timestamp: noon })], 'live')
    expect(await ask('fields @message | sort @message')).toEqual([{ '@message': 'b' }, { '@message': 'c' }])
  })

  it('do not stand for what an update wrote in their place', async () => {
    const before = [event(1), event(2, { timestamp: noon + 1 })] as const
    const after = before.map(row => ({ ...row, message: `changed ${row.id_index}` }))
    const idless = (message: string) => exported({ message, timestamp: noon + 9 })
    await lake.append([before[0], after[1]!, idless('x')])
    const [one] = await dataFiles()
    await lake.append([after[0]!, before[1], idless('y')])
    const other = (await dataFiles()).find(({ filePath }) => filePath !== one!.filePath)
    await remove([
      await write([
        [one!, [0]],
        [other!, [1]],
      ]),
    ])
    const texts = async () => (await ask('fields @message | sort @message')).map(row => row['@message'])
    expect(await texts()).toEqual(['changed 1', 'changed 2', 'x', 'y'])
    await lake.land([...before, event(3, { timestamp: noon + 9, message: 'x' })], 'live')
    expect(await texts()).toEqual(['changed 1', 'changed 2', 'x', 'y'])
  })

  it('are planned again when the deletion goes away while it is fetched', async () => {
    await lake.append(events(0, 10))
    const [file] = await dataFiles()
    const deletes = await write([[file!, [0]]])
    await remove([deletes])
    let gone = 0
    const store: ObjectStore = {
      ...lake.store,
      list: (prefix, options) => lake.store.list(prefix, options),
      async get(key, options) {
        if (key === keyIn(deletes) && gone++ === 0) throw new NotFound('gone', key)
        return lake.store.get(key, options)
      },
    }
    expect((await answer(lake.engine({ store }), count)).rows[0]).toMatchObject({ n: '9', least: '1' })
    expect(gone).toBe(2)
  })

  it('by equality are refused, and by positions beside them, too', async () => {
    await lake.append(events(0, 10))
    const [file] = await dataFiles()
    const deletes = await write([[file!, [0]]])
    const byValue: DataFile = {
      ...deletes,
      content: 'equality deletes',
      filePath: `${deletes.filePath}.eq`,
      equalityIds: [4],
    }
    await remove([deletes])
    await remove([byValue])
    const refused = lake.engine().run(count)
    await expect(refused).rejects.toThrow(
      `(equality deletes in ${byValue.filePath}): let that engine rewrite the data files`,
    )
  })

  it('cannot be told from a file that is not of positions', async () => {
    await lake.append(events(0, 10))
    const [file] = await dataFiles()
    await remove([{ ...file!, content: 'position deletes' }])
    await expect(lake.engine().run(count)).rejects.toThrow(
      `iceberg: ${keyIn(file!)} is listed as position deletes and has no column file_path`,
    )
  })
})

describe('the rows of a local file', () => {
  const file = { rowGroups: [10, 20, 30, 40].map(rows => ({ rows, chunks: [] })) }

  it('are numbered from the first of them, whatever the file held before', () => {
    expect(stretchesOf(file, [0, 1, 2, 3])).toEqual([{ from: 0, to: 100, shift: 0 }])
    expect(stretchesOf(file, [1, 3])).toEqual([
      { from: 10, to: 30, shift: 10 },
      { from: 60, to: 100, shift: 40 },
    ])
    expect(stretchesOf(file, [2, 3])).toEqual([{ from: 30, to: 100, shift: 30 }])
    expect(stretchesOf(file, [])).toEqual([])
  })
})
