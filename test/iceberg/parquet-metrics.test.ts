/** What is said about a data file, for files of the two writers that make them. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, describe, expect, it } from 'vitest'
import type { DataFile } from '../../shared/iceberg/data-file.js'
import { describeParquet } from '../../shared/iceberg/parquet-metrics.js'
import { readBound } from '../../shared/iceberg/single-value.js'
import { memoryStore } from '../../shared/store/memory.js'
import { createLogTable, logSchema, oddGroups, writeDataFile } from './log-table.js'

const day = Date.UTC(2026, 0, 10)
const micro = (ms: number): bigint => BigInt(ms) * 1000n
const described = { filePath: 's3://bucket/table/data/x.parquet', specId: 0, partition: {}, sortOrderId: 1 }

function bounds(file: DataFile, id: number, type: string): unknown[] {
  const [lower, upper] = [file.lowerBounds?.get(id), file.upperBounds?.get(id)]
  return [lower && readBound(type, lower), upper && readBound(type, upper)]
}

describe('a landing file described for a manifest', () => {
  it('has counts, sizes and bounds by field id', async () => {
    const log = await createLogTable(memoryStore(), 's3://bucket/table')
    const event = { timestamp: day, group: '/aws/lambda/checkout-service', message: 'm' }
    const file = await writeDataFile(log, [event, { ...event, timestamp: day + 7, group: 'b', fields: { k: 'v' } }])
    expect(file).toMatchObject({
      recordCount: 2,
      splitOffsets: [4],
      sortOrderId: 1,
      content: 'data',
      fileFormat: 'PARQUET',
    })
    expect(bounds(file, 1, 'timestamptz')).toEqual([micro(day), micro(day + 7)])
    expect(bounds(file, 2, 'string')).toEqual(['/aws/lambda/chec', 'b'])
    expect(bounds(file, 19, 'int')).toEqual([30, 30])
    expect(bounds(file, 5, 'timestamptz')).toEqual([undefined, undefined])
    expect(bounds(file, 16, 'string')).toEqual([undefined, undefined])
    expect([file.valueCounts?.get(1), file.nullValueCounts?.get(5), file.valueCounts?.get(5)]).toEqual([2, 2, 2])
    expect([...file.columnSizes!.keys()].toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 19 }, (_, index) => index + 1).filter(id => id !== 15),
    )
    const sizes = [...file.columnSizes!.values()]
    expect(sizes.every(size => size > 0)).toBe(true)
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(file.fileSizeInBytes)
  })
})

describe('the table properties for metrics', () => {
  it('say which columns have counts, and how long the bounds are', async () => {
    const log = await createLogTable(memoryStore(), 's3://bucket/table')
    const group = `/aws/lambda/${'checkout-'.repeat(40)}`
    const file = await writeDataFile(log, [{ timestamp: day, group, message: 'm', fields: { k: 'v' } }])
    const key = file.filePath.slice('s3://bucket/'.length)
    const { body: tail } = await log.files.store.get(key)
    const metrics = 'write.metadata.metrics'
    const properties = {
      [`${metrics}.default`]: 'counts',
      [`${metrics}.column.log_group`]: 'full',
      [`${metrics}.column.log_stream`]: 'truncate(2)',
      [`${metrics}.column.timestamp`]: 'truncate(16)',
      [`${metrics}.column.message`]: 'none',
      [`${metrics}.column.fields.key`]: 'none',
      [`${metrics}.column.region`]: 'every thing',
    }
    const told = describeParquet({ ...described, fileSizeInBytes: tail.length, tail, schema: logSchema, properties })
    expect(bounds(told, 2, 'string')).toEqual([group, group])
    expect(bounds(told, 3, 'string')).toEqual(['st', 'su'])
    expect([...told.lowerBounds!.keys()]).toEqual([1, 2, 3])
    expect([1, 4, 10, 16, 17].map(id => told.valueCounts?.get(id))).toEqual([1, undefined, 1, undefined, 1])
    expect(told.columnSizes?.size).toBe(18)
  })
})

describe('a file that DuckDB wrote', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tailrace-metrics-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  async function copy(select: string, fieldIds: string, rowGroup = 2048): Promise<DataFile> {
    const instance = await DuckDBInstance.create(':memory:')
    const connection = await instance.connect()
    const path = join(folder, 'x.parquet')
    await connection.run(
      `COPY (${select}) TO '${path}' (FORMAT parquet, ROW_GROUP_SIZE ${rowGroup}, FIELD_IDS {${fieldIds}})`,
    )
    connection.closeSync()
    const tail = readFileSync(path)
    return describeParquet({ ...described, fileSizeInBytes: tail.length, tail, schema: logSchema })
  }

  it('has bounds over all its row groups, and none for a column that has values only in some', async () => {
    const file = await copy(
      `SELECT make_timestamptz(${micro(day)} + i) AS timestamp, 'g' || (i % 100) AS log_group,
        CASE WHEN i < 3000 THEN NULL ELSE 'info' END AS level, MAP {'k': 'v'} AS fields, 30 AS retention, i AS foreign_column
       FROM range(5000) t(i)`,
      'timestamp: 1, log_group: 2, level: 12, fields: {__duckdb_field_id: 15, key: 16, value: 17}, retention: 19',
    )
    expect(file.recordCount).toBe(5000)
    expect(file.splitOffsets).toHaveLength(3)
    expect(file.splitOffsets?.toSorted((a, b) => a - b)).toEqual(file.splitOffsets)
    expect(bounds(file, 1, 'timestamptz')).toEqual([micro(day), micro(day) + 4999n])
    expect(bounds(file, 2, 'string')).toEqual(['g0', 'g99'])
    expect(bounds(file, 12, 'string')).toEqual(['info', 'info'])
    expect(bounds(file, 19, 'int')).toEqual([30, 30])
    expect(bounds(file, 17, 'string')).toEqual([undefined, undefined])
    expect(file.nullValueCounts?.get(12)).toBe(3000)
    expect([...file.valueCounts!.keys()].toSorted((a, b) => a - b)).toEqual([1, 2, 12, 16, 17, 19])
  })

  it('keeps the order of names of any characters', async () => {
    const text = (name: string): string => `'${name.replaceAll("'", "''")}'`
    for (const name of oddGroups) {
      const file = await copy(`SELECT ${text(name)} AS log_group`, 'log_group: 2')
      const stored = Buffer.from(name)
      const lower = file.lowerBounds?.get(2)
      const upper = file.upperBounds?.get(2)
      if (lower !== undefined) expect(Buffer.compare(lower, stored)).toBeLessThanOrEqual(0)
      if (upper !== undefined) expect(Buffer.compare(stored, upper)).toBeLessThanOrEqual(0)
      if (name.length < 100) expect([lower, upper]).not.toContain(undefined)
    }
  })
})
