import type { DuckDBConnection } from '@duckdb/node-api'
import { quoteText } from '../sql/quote.js'
import { EngineFailed } from './errors.js'
import { interruptOn } from './interrupting.js'
import { loadDuckDb } from './load-duckdb.js'

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
  /**
   * @param params texts for `$1`, `$2`, …
   * @throws EngineFailed with DuckDB's message
   */
  query(sql: string, params?: readonly string[]): Promise<QueryResult>
  /**
   * The rows in batches, made as they are asked for, on a connection of its own; DuckDB holds the whole answer. Aborting
   * the signal stops the engine at once.
   * @param profilePath where DuckDB is to write what each of its steps did
   * @throws EngineFailed, or the signal's reason
   */
  stream(
    sql: string,
    params: readonly string[],
    options?: { readonly signal?: AbortSignal; readonly profilePath?: string },
  ): AsyncIterable<readonly (readonly JsonValue[])[]>
  close(): void
}

/** A DuckDB in memory, in UTC, which neither downloads extensions nor spills to disk. */
export async function openDuckDb({ memoryLimitMb, threads }: DuckDbOptions): Promise<DuckDb> {
  const { DuckDBInstance, JsonDuckDBValueConverter } = await loadDuckDb()
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
    async *stream(sql, params, { signal, profilePath } = {}) {
      signal?.throwIfAborted()
      const own = await instance.connect()
      const release = interruptOn(signal, own)
      try {
        await run(own, "SET TimeZone = 'UTC'")
        if (profilePath !== undefined) await profile(own, profilePath)
        signal?.throwIfAborted()
        // Not `stream`: a failure half-way would look like the end of the answer. DuckDB holds it within its memory limit.
        const result = await own.run(sql, [...params])
        for await (const rows of result.yieldConvertedRows(JsonDuckDBValueConverter)) {
          yield rows as unknown as readonly (readonly JsonValue[])[]
        }
      } catch (error) {
        signal?.throwIfAborted()
        throw error instanceof EngineFailed ? error : new EngineFailed(sql, error)
      } finally {
        release()
        own.interrupt()
        own.closeSync()
      }
    },
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

async function profile(connection: DuckDBConnection, path: string): Promise<void> {
  const metrics = '{"OPERATOR_CARDINALITY": "true", "OPERATOR_TYPE": "true", "EXTRA_INFO": "true"}'
  await run(connection, "SET enable_profiling = 'json'")
  await run(connection, `SET custom_profiling_settings = '${metrics}'`)
  await run(connection, `SET profiling_output = ${quoteText(path)}`)
}

async function run(connection: DuckDBConnection, sql: string): Promise<void> {
  try {
    await connection.run(sql)
  } catch (error) {
    throw new EngineFailed(sql, error)
  }
}
