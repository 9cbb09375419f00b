import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import { valuesOf } from '../../shared/enrich/format.js'
import type { LogRow } from '../../shared/parquet/schema.js'

export { parquetMetadata }

/** What a reader gives back of a row: timestamps in µs, fields as sorted entries. */
export interface ReadRow extends Omit<LogRow, 'timestamp' | 'arrival' | 'fields'> {
  readonly timestamp: bigint
  readonly arrival: bigint | null
  readonly fields: readonly (readonly [string, string | null])[] | null
}

/** The row as a faithful reader must give it back. */
export function expectedRow(row: LogRow): ReadRow {
  const { fields } = row
  const values = fields === null ? [] : valuesOf(fields)
  const entries = fields?.keys.map((key, index) => [key, values[index] ?? null] as const)
  return {
    ...row,
    timestamp: BigInt(row.timestamp) * 1000n,
    arrival: row.arrival === null ? null : BigInt(row.arrival) * 1000n,
    fields: entries === undefined ? null : sorted(entries.filter(([, value]) => value !== null)),
  }
}

/** Reads with DuckDB, which reads Parquet with its own C++ code. */
export async function readWithDuckDB(file: Uint8Array): Promise<ReadRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tailrace-'))
  try {
    const path = join(folder, 'file.parquet')
    writeFileSync(path, file)
    const instance = await DuckDBInstance.create(':memory:')
    const connection = await instance.connect()
    const result = await connection.runAndReadAll(
      `SELECT * REPLACE (epoch_us(timestamp) AS timestamp, epoch_us(arrival) AS arrival,
         CASE WHEN fields IS NULL THEN NULL ELSE map_entries(fields) END AS fields)
       FROM read_parquet($path)`,
      { path },
    )
    const rows = result.getRowObjects().map(row => ({ ...row, fields: duckEntries(row.fields) }) as unknown as ReadRow)
    connection.closeSync()
    instance.closeSync()
    return rows
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Reads with hyparquet, whose code shares nothing with the writer's encoders. */
export async function readWithHyparquet(file: Uint8Array): Promise<ReadRow[]> {
  const buffer = file.slice().buffer as ArrayBuffer
  const parsers = { timestampFromMicroseconds: (value: bigint) => value as unknown as Date }
  const { zstdDecompressSync, gunzipSync } = (await import('node:zlib')) as unknown as {
    zstdDecompressSync?: (bytes: Uint8Array) => Uint8Array
    gunzipSync: (bytes: Uint8Array) => Uint8Array
  }
  const rows = await parquetReadObjects({
    file: buffer,
    parsers,
    compressors: { GZIP: gunzipSync, ...(zstdDecompressSync === undefined ? {} : { ZSTD: zstdDecompressSync }) },
  } as Parameters<typeof parquetReadObjects>[0])
  return rows.map(row => ({ ...nullsOf(row), fields: objectEntries(row.fields) }) as unknown as ReadRow)
}

function nullsOf(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).map(([key, value]) => [key, value ?? null]))
}

function duckEntries(value: unknown): ReadRow['fields'] {
  if (value === null || value === undefined) return null
  const { items } = value as { items: readonly { entries: { key: string; value: string | null } }[] }
  return sorted(items.map(({ entries }) => [entries.key, entries.value] as const))
}

function objectEntries(value: unknown): ReadRow['fields'] {
  if (value === null || value === undefined) return null
  return sorted(Object.entries(value as Record<string, string | null>))
}

function sorted(entries: readonly (readonly [string, string | null])[]): (readonly [string, string | null])[] {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
}
