import type { Diagnostic } from '../../diagnostics/diagnostic.js'
import { type AthenaRunner, choosingEngine } from '../../engine/choosing-engine.js'
import { ScanCapExceeded } from '../../engine/errors.js'
import { LocalParts } from '../../engine/local-parts.js'
import { createQueryEngine, type QueryEngineOptions } from '../../engine/query-engine.js'
import type { Catalog } from '../../iceberg/catalog.js'
import type { TableFiles } from '../../iceberg/table-files.js'
import { lakeReader } from '../../lake/lake-reader.js'
import { AnswerTooLarge, DiagnosticsFound, RequestInvalid } from './errors.js'
import { type QueryRequest, readQueryRequest } from './query-request.js'
import { createQueryService, type QueryServiceOptions } from './query-service.js'

type DuckDb = QueryEngineOptions['duckdb']

export interface QueryFunctionOptions extends Omit<QueryServiceOptions, 'engineOf'> {
  readonly openDuckDb: (options: { readonly memoryLimitMb: number; readonly threads: number }) => Promise<DuckDb>
  readonly table: TableFiles
  readonly catalog: Catalog
  /** Names the store in the cache. */
  readonly place: string
  /** For local parts of files. */
  readonly folder: string
  /** Of the whole process. */
  readonly memoryMb: number
  /** What DuckDB reads for one query at most. */
  readonly maxScanBytes: number
  /** For what is more; null where there is no Athena. */
  readonly athena: AthenaRunner | null
}

export interface QueryFunction {
  handle(event: unknown, signal: AbortSignal): Promise<{ readonly action: string; readonly answer: unknown }>
}

/** What stays on disk between invocations: with the scan cap it fits into the function's storage. */
const maxCacheBytes = 1_500_000_000

/** What Node and what DuckDB holds outside of its buffers take, MB. */
const besideDuckDbMb = 700

/** A function that answers queries, made once for all invocations; DuckDB is loaded when the first one needs it. */
export function createQueryFunction(options: QueryFunctionOptions): QueryFunction {
  const { store, table, catalog, place, folder, memoryMb, maxScanBytes, openDuckDb, athena } = options
  const memoryLimitMb = Math.max(256, memoryMb - besideDuckDbMb)
  let opened: Promise<DuckDb> | undefined
  const duckdb = {
    async *stream(...args: Parameters<DuckDb['stream']>) {
      opened ??= openDuckDb({ memoryLimitMb, threads: Math.max(1, Math.round(memoryMb / 1769)) })
      yield* (await opened).stream(...args)
    },
  }
  const parts = new LocalParts({ store, place, folder, maxBytes: maxCacheBytes })
  const engine = createQueryEngine({ duckdb, reader: lakeReader({ store, catalog, table }), parts, maxScanBytes })
  const engines = { duckdb: engine, athena, duckDbLimitBytes: maxScanBytes }
  const service = createQueryService({ ...options, engineOf: wanted => choosingEngine(engines, wanted) })
  return {
    async handle(event, signal) {
      const request: QueryRequest = readQueryRequest(event)
      const answer = await service.handle(request, signal)
      // Nobody waits for a run any more, once its answer is stored.
      if (request.action === 'run') await parts.rewriteHot(duckdb, signal)
      return { action: request.action, answer }
    },
  }
}

/** What is answered to somebody who asked for something wrong; null for a failure. */
export interface Refusal {
  readonly error: string
  readonly message: string
  readonly hint?: string
  readonly query?: string
  readonly diagnostics?: readonly Diagnostic[]
}

export function refusalOf(error: unknown): Refusal | null {
  if (error instanceof DiagnosticsFound) {
    const { name, message, query, diagnostics } = error
    return { error: name, message, query, diagnostics }
  }
  if (error instanceof ScanCapExceeded || error instanceof AnswerTooLarge)
    return { error: error.name, message: error.message, hint: error.hint }
  return error instanceof RequestInvalid ? { error: error.name, message: error.message } : null
}
