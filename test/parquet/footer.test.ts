import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FileFooter, type PlacedChunk, readFileFooter, subsetFooter } from '../../shared/parquet/footer.js'
import { FooterUnreadable } from '../../shared/parquet/read-footer.js'
import { readThrift, ThriftUnreadable, writeThrift } from '../../shared/parquet/thrift.js'

const magic = Uint8Array.from([0x50, 0x41, 0x52, 0x31])

describe('the footer of a Parquet file', () => {
  let folder: string
  let file: Buffer
  let footer: FileFooter
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tailrace-footer-'))
    const instance = await DuckDBInstance.create(':memory:')
    const connection = await instance.connect()
    await connection.run(`COPY (SELECT i AS number, 'row ' || i AS text, map {'key': 'value ' || i} AS map,
      make_timestamptz(1768478400000000 + i) AS time FROM range(6000) t(i))
      TO '${join(folder, 'whole.parquet')}' (FORMAT parquet, ROW_GROUP_SIZE 2048)`)
    connection.closeSync()
    instance.closeSync()
    file = await readFile(join(folder, 'whole.parquet'))
    footer = readFileFooter(file) as FileFooter
  })
  afterAll(() => rm(folder, { recursive: true }))

  async function ask(path: string, sql: string): Promise<unknown> {
    const instance = await DuckDBInstance.create(':memory:')
    const connection = await instance.connect()
    try {
      const result = await connection.runAndReadAll(sql.replace('FILE', `'${path}'`))
      return result.getRowsJson()
    } finally {
      connection.closeSync()
      instance.closeSync()
    }
  }

  /** A file of these parts alone, as the cache of local parts makes it. */
  async function part(name: string, rowGroups: readonly number[], columns: ReadonlySet<string>): Promise<string> {
    const pieces: Uint8Array[] = [magic]
    const placed: PlacedChunk[] = []
    let start = magic.length
    for (const rowGroup of rowGroups) {
      footer.rowGroups[rowGroup]!.chunks.forEach((chunk, index) => {
        if (!columns.has(chunk.column)) return
        placed.push({ rowGroup, chunk: index, start })
        pieces.push(file.subarray(chunk.start, chunk.start + chunk.bytes))
        start += chunk.bytes
      })
    }
    pieces.push(subsetFooter(footer, rowGroups, columns, placed, { origin: 'a test' }))
    const path = join(folder, `${name}.parquet`)
    await writeFile(path, Buffer.concat(pieces))
    return path
  }

  it('names columns, rows and the place of each chunk', () => {
    expect(footer.columns).toEqual(['number', 'text', 'map', 'time'])
    expect(footer.rows).toBe(6000)
    expect(footer.rowGroups.map(({ rows }) => rows)).toEqual([2048, 2048, 1904])
    expect(footer.rowGroups[0]!.chunks.map(({ column }) => column)).toEqual(['number', 'text', 'map', 'map', 'time'])
    expect(footer.rowGroups[0]!.chunks[0]!.start).toBe(4)
  })

  it('keeps statistics as they stand in the file, to the microsecond', () => {
    const { min, max } = footer.rowGroups[1]!.chunks[4]!.statistics
    expect(Buffer.from(min!).readBigInt64LE()).toBe(1_768_478_400_000_000n + 2048n)
    expect(Buffer.from(max!).readBigInt64LE()).toBe(1_768_478_400_000_000n + 4095n)
  })

  it('asks for more bytes when it is longer than what was read', () => {
    const short = file.subarray(file.length - 100)
    expect(readFileFooter(short)).toBe(footer.bytes)
    expect(typeof readFileFooter(file.subarray(file.length - footer.bytes))).toBe('object')
  })

  it('reads as the whole file does, in the parts that were taken', async () => {
    const path = await part('two', [0, 2], new Set(['number', 'map']))
    const sums = "SELECT count(*), sum(number), count(DISTINCT map['key']) FROM FILE"
    const whole = join(folder, 'whole.parquet')
    expect(await ask(path, sums)).toEqual(await ask(whole, `${sums} WHERE number NOT BETWEEN 2048 AND 4095`))
    expect(await ask(path, 'SELECT count(*) FROM FILE WHERE number = 3000')).toEqual([['0']])
  })

  it('refuses a column that was not taken', async () => {
    const path = await part('one', [1], new Set(['number']))
    await expect(ask(path, 'SELECT text FROM FILE')).rejects.toThrow(/text/)
  })

  it('writes the tree that it has read, byte for byte', () => {
    const bytes = file.subarray(file.length - footer.bytes, file.length - 8)
    expect(Buffer.from(writeThrift(readThrift(bytes))).equals(bytes)).toBe(true)
  })

  it('refuses what is no footer', () => {
    expect(() => readFileFooter(new Uint8Array(4))).toThrow(FooterUnreadable)
    expect(() => readFileFooter(new Uint8Array(64))).toThrow(FooterUnreadable)
    const damaged = Buffer.from(file.subarray(file.length - footer.bytes))
    damaged.fill(0xff, 0, 40)
    expect(() => readFileFooter(damaged)).toThrow(FooterUnreadable)
    expect(() => readThrift(Uint8Array.of(0x19, 0xfc, 0xff, 0xff, 0x7f))).toThrow(ThriftUnreadable)
  })
})
