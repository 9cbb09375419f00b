import type { DuckDBConnection } from '@duckdb/node-api'

const everyMs = 25

/**
 * Stops what a connection does as soon as the signal is aborted, and what it begins later. DuckDB forgets an interruption that
 * comes while a statement is about to begin, so it is told again and again.
 * @returns call it when the connection is done, before it is closed
 */
export function interruptOn(
  signal: AbortSignal | undefined,
  connection: Pick<DuckDBConnection, 'interrupt'>,
): () => void {
  let timer: NodeJS.Timeout | undefined
  const interrupt = () => {
    connection.interrupt()
    timer = setInterval(() => connection.interrupt(), everyMs)
  }
  signal?.addEventListener('abort', interrupt)
  return () => {
    signal?.removeEventListener('abort', interrupt)
    clearInterval(timer)
  }
}
