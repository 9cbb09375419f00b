import { byteSize } from '../diagnostics/table.js'

/** DuckDB refused a statement or could not run it: a file is gone or damaged, or the memory limit was met. */
export class EngineFailed extends Error {
  readonly sql: string
  constructor(sql: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    super(`duckdb: ${outOfMemory(reason) ?? reason}`, { cause })
    this.name = 'EngineFailed'
    this.sql = sql
  }
}

/** What helps, where DuckDB's own words are of settings that a query has no way to. */
function outOfMemory(reason: string): string | undefined {
  if (!reason.startsWith('Out of Memory Error')) return undefined
  const limit = /\/([\d.]+ [A-Za-z]+) used\)/.exec(reason)?.[1]
  const had = limit === undefined ? 'it may have' : `the ${limit} that it may have`
  return `out of memory: the query holds more than ${had}; fewer columns, groups of stats or rows to sort take less`
}

/** There is another object under the key than the one that was planned for; planning again finds it. */
export class ObjectChanged extends Error {
  constructor(key: string) {
    super(`engine: ${key} is no longer the object that was planned for`)
    this.name = 'ObjectChanged'
  }
}

/** A query would read more than it may; nothing but footers was fetched for it. */
export class ScanCapExceeded extends Error {
  readonly bytes: number
  readonly maxBytes: number
  readonly hint: string
  constructor(bytes: number, maxBytes: number) {
    super(`engine: the query would read ${byteSize(bytes)}, and may read ${byteSize(maxBytes)}`)
    this.name = 'ScanCapExceeded'
    this.bytes = bytes
    this.maxBytes = maxBytes
    this.hint = 'a shorter time range, fewer log groups or fewer fields read less; or raise the limit'
  }
}

/** Files went away again and again while the query was planned and fetched, or one is not what the table says. */
export class LakeUnsettled extends Error {
  constructor(tries: number, cause: Error) {
    super(`engine: files went away in each of ${tries} attempts at reading them, at last: ${cause.message}`, { cause })
    this.name = 'LakeUnsettled'
  }
}

/** Athena ran a query and did not answer it, or refused it. */
export class AthenaFailed extends Error {
  /** Null where it was never started. */
  readonly queryId: string | null
  constructor(queryId: string | null, reason: string, options?: ErrorOptions) {
    super(`athena: ${queryId === null ? '' : `query ${queryId}: `}${reason}`, options)
    this.name = 'AthenaFailed'
    this.queryId = queryId
  }
}

/** Athena stopped a query that read more than its workgroup lets one query read; what it had read is charged. */
export class ScanCapReached extends AthenaFailed {
  readonly scannedBytes: number
  constructor(queryId: string, scannedBytes: number) {
    super(queryId, `stopped by the workgroup's limit after ${scannedBytes} bytes; ask for less time or fewer groups`)
    this.name = 'ScanCapReached'
    this.scannedBytes = scannedBytes
  }
}

/** Somebody else cancelled the query. */
export class AthenaCancelled extends AthenaFailed {
  constructor(queryId: string, reason: string) {
    super(queryId, `cancelled: ${reason}`)
    this.name = 'AthenaCancelled'
  }
}

/** A file of another engine lacks a column, and does not say by field ids which columns it has. */
export class ColumnMissing extends Error {
  constructor(key: string, column: string | undefined) {
    super(
      column === undefined
        ? `${key} has no field ids, and is read together with files that lack a column: let its engine rewrite it`
        : `${key} has no column ${column} and no field ids: let its engine rewrite it`,
    )
    this.name = 'ColumnMissing'
  }
}
