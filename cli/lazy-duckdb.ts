import { type DuckDb, openDuckDb } from '../shared/engine/duckdb.js'

/** A DuckDB that is opened when the first statement comes: what is answered without one does not wait for it. */
export function lazyDuckDb(): Pick<DuckDb, 'stream'> & { close(): Promise<void> } {
  let opened: Promise<DuckDb> | undefined
  return {
    async *stream(...args: Parameters<DuckDb['stream']>) {
      opened ??= openDuckDb({ memoryLimitMb: 1024, threads: 2 })
      yield* (await opened).stream(...args)
    },
    close: async () => (await opened)?.close(),
  }
}
