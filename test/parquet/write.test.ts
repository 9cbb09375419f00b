import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BufferPool } from '../../shared/parquet/buffer-pool.js'
import { gzipCodec, runtimeCodec } from '../../shared/parquet/codec.js'
import { type LogRow, maxTimestamp, minTimestamp } from '../../shared/parquet/schema.js'
import { LogFileBuilder } from '../../shared/parquet/write.js'
import { expectedRow, parquetMetadata, readWithDuckDB, readWithHyparquet } from './read-back.js'
import { anyRow, plain } from './rows.js'

/** One for all files: what a file leaves in its buffers must not show in the next. */
const pool = new BufferPool(8_000_000)

function write(rows: readonly LogRow[], codec = runtimeCodec()): Uint8Array {
  const builder = new LogFileBuilder(pool)
  for (const row of rows) builder.push(row)
  return builder.finish(codec, { 'tailrace.rows': String(rows.length) }).slice()
}

async function expectSame(rows: readonly LogRow[], codec = runtimeCodec()): Promise<void> {
  const file = write(rows, codec)
  const expected = rows.map(expectedRow)
  expect(await readWithDuckDB(file)).toEqual(expected)
  expect(await readWithHyparquet(file)).toEqual(expected)
}

describe('a log file', () => {
  it('gives back one plain row', () => expectSame([plain]))

  it('gives back rows written with the codec of Node 20', () =>
    expectSame([plain, { ...plain, message: 'second' }], gzipCodec()))

  it('keeps nulls apart from empty text and empty maps', () =>
    expectSame([
      { ...plain, arrival: null, id_random: null, id_index: null, id_raw: '', fields: null, level: null, extra: '' },
      { ...plain, message: '', fields: { keys: [], values: [] }, request_id: '', trace_id: '0' },
      { ...plain, fields: { keys: ['only'], values: [null] } },
      { ...plain, fields: { keys: ['', 'é'], values: ['', '💧'] } },
    ]))

  it('keeps columns that hold nothing but nulls', () =>
    expectSame([{ ...plain, arrival: null, id_random: null, id_index: null, level: null, fields: null }]))

  it('keeps unicode, NUL and long text', () =>
    expectSame([
      { ...plain, message: 'naïve 💧 \u0000 \u2028 \ufffd end' },
      { ...plain, message: 'x'.repeat(1_000_000) },
      { ...plain, message: 'é'.repeat(70_000), log_group: `/${'ü'.repeat(511)}` },
    ]))

  it('keeps the extremes of every number', () =>
    expectSame([
      { ...plain, timestamp: minTimestamp, arrival: 0, id_random: -(2n ** 63n), id_index: 0 },
      {
        ...plain,
        timestamp: maxTimestamp,
        arrival: maxTimestamp,
        id_random: 2n ** 63n - 1n,
        id_index: 65_535,
        retention: 36_500,
      },
      { ...plain, timestamp: -1 },
      { ...plain, timestamp: 0 },
    ]))

  it('keeps 40,000 different field values and 300 different keys', () =>
    expectSame(
      Array.from({ length: 20_000 }, (_, index) => ({
        ...plain,
        timestamp: plain.timestamp + index * (index % 3),
        id_index: index % 65_536,
        level: index % 7 === 0 ? null : ['INFO', 'WARN'][index % 2]!,
        fields: index % 11 === 0 ? null : { keys: [`k${index % 300}`, 'n'], values: [`v${index}`, `w${index * 31}`] },
      })),
    ))

  it('gives back any rows', () =>
    fc.assert(
      fc.asyncProperty(fc.array(anyRow(), { minLength: 1, maxLength: 300 }), rows => expectSame(rows)),
      { seed: 20260115, numRuns: 25 },
    ))

  it('carries field ids, bounds, null counts and key-value metadata', () => {
    const file = write([plain, { ...plain, timestamp: plain.timestamp + 5, log_group: '/b', level: null }])
    const { schema, row_groups, key_value_metadata } = parquetMetadata(file.slice().buffer as ArrayBuffer)
    expect(schema.flatMap(element => (element.field_id === undefined ? [] : [element.field_id]))).toEqual(
      Array.from({ length: 19 }, (_, index) => index + 1),
    )
    expect(key_value_metadata).toEqual([{ key: 'tailrace.rows', value: '2' }])
    const statistics = Object.fromEntries(
      row_groups[0]!.columns.map(({ meta_data }) => [meta_data!.path_in_schema.join('.'), meta_data!.statistics]),
    )
    expect(statistics.timestamp).toMatchObject({
      min_value: new Date(plain.timestamp),
      max_value: new Date(plain.timestamp + 5),
      null_count: 0n,
    })
    expect(statistics.log_group).toMatchObject({ min_value: '/aws/lambda/orders', max_value: '/b' })
    expect(statistics.level).toMatchObject({ min_value: 'INFO', max_value: 'INFO', null_count: 1n })
  })
})
