/** A DuckDB of a merge's own, from its start to its end. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { MergeFailed } from '../lake/errors.js'
import { identifiedFilesSql } from './columns-by-id.js'
import { interruptOn } from './interrupting.js'
import { lacksRoom } from './lacks-room.js'
import { loadDuckDb } from './load-duckdb.js'

export interface SessionLimits {
  readonly memoryLimitMb: number
  readonly threads: number
}

export type Row = readonly unknown[]

export interface Session {
  run(sql: string, params?: readonly string[]): Promise<void>
  rows(sql: string): Promise<readonly Row[]>
}

export async function countOf({ rows }: Session, table: string): Promise<number> {
  const [[count] = [0n]] = await rows(`SELECT count(*) FROM ${table}`)
  return Number(count)
}

export async function isFilled({ rows }: Session, table: string): Promise<boolean> {
  return (await rows(`SELECT 1 FROM ${table} LIMIT 1`)).length > 0
}

/** @throws MergeFailed when one of the files has no field ids */
export async function checkFieldIds(session: Session, paths: readonly string[]): Promise<void> {
  if (paths.length === 0) return
  const sql = identifiedFilesSql(paths)
  const [[identified] = [0n]] = await session.rows(sql)
  if (Number(identified) === paths.length) return
  const others = paths.length - Number(identified)
  throw new MergeFailed(
    sql,
    `${others} of ${paths.length} files have no field ids: let the engine that wrote them rewrite them`,
  )
}

/** @param folder that may be spilled to; null for work that needs none */
export async function withDuckDb<T>(
  { memoryLimitMb, threads }: SessionLimits,
  folder: string | null,
  signal: AbortSignal | undefined,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted()
  const { DuckDBInstance } = await loadDuckDb()
  if (folder !== null) await mkdir(join(folder, 'spill'), { recursive: true })
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: `${memoryLimitMb}MB`,
    threads: String(threads),
    temp_directory: folder === null ? '' : join(folder, 'spill'),
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  })
  const connection = await instance.connect()
  const release = interruptOn(signal, connection)
  try {
    // It may have been aborted while the engine was loaded and opened.
    signal?.throwIfAborted()
    await connection.run("SET TimeZone = 'UTC'")
    return await work(sessionOf(connection))
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  } finally {
    release()
    connection.closeSync()
    instance.closeSync()
  }
}

function sessionOf(connection: DuckDBConnection): Session {
  const failing = async <T>(sql: string, run: () => Promise<T>): Promise<T> => {
    try {
      return await run()
    } catch (error) {
      throw new MergeFailed(sql, error, { lacksRoom: lacksRoom(error) })
    }
  }
  return {
    run: (sql, params = []) => failing(sql, async () => void (await connection.run(sql, [...params]))),
    rows: sql => failing(sql, async () => (await connection.runAndReadAll(sql)).getRows()),
  }
}
