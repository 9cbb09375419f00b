import type { DuckDBConnection } from '@duckdb/node-api'
import { EngineFailed } from './errors.js'
import { landingView } from './landing-view.js'

export interface DuckDbOptions {
  /** What DuckDB may hold in its buffers; the process takes some 250 MB more. */
  readonly memoryLimitMb: number
  readonly threads: number
}

/** Values as JSON has them; 64-bit integers and instants are text, as DuckDB prints them. */
export interface QueryResult {
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly rows: readonly (readonly JsonValue[])[]
}

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [name: string]: JsonValue }

export interface DuckDb {
  /** Makes the view `logs` over these landing objects (local paths), each event once; replaces the one before. */
  defineLogs(paths: readonly string[]): Promise<void>
  /**
   * @param params texts for `$1`, `$2`, …
   * @throws EngineFailed with DuckDB's message
   */
  query(sql: string, params?: readonly string[]): Promise<QueryResult>
  close(): void
}

/** A DuckDB in memory, in UTC, which neither downloads extensions nor spills to disk. */
export async function openDuckDb({ memoryLimitMb, threads }: DuckDbOptions): Promise<DuckDb> {
  // Loaded here: the native library costs some 100 ms, which only those who query should pay.
  // The default: what a bundle has of a CommonJS module.
  const { DuckDBInstance, JsonDuckDBValueConverter } = (await import('@duckdb/node-api')).default
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: `${memoryLimitMb}MB`,
    threads: String(threads),
    temp_directory: '',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  })
  const connection = await instance.connect()
  await run(connection, "SET TimeZone = 'UTC'")
  return {
    defineLogs: paths => run(connection, `CREATE OR REPLACE TEMP VIEW logs AS ${landingView(paths)}`),
    async query(sql, params = []) {
      try {
        const result = await connection.runAndReadAll(sql, [...params])
        const rows = result.convertRows(JsonDuckDBValueConverter) as unknown as readonly (readonly JsonValue[])[]
        const types = result.columnTypes()
        const columns = result.deduplicatedColumnNames().map((name, index) => ({ name, type: String(types[index]) }))
        return { columns, rows }
      } catch (error) {
        throw new EngineFailed(sql, error)
      }
    },
    close() {
      connection.closeSync()
      instance.closeSync()
    },
  }
}

async function run(connection: DuckDBConnection, sql: string): Promise<void> {
  try {
    await connection.run(sql)
  } catch (error) {
    throw new EngineFailed(sql, error)
  }
}
