/** DuckDB refused a statement or could not run it: a file is gone or damaged, or the memory limit was met. */
export class EngineFailed extends Error {
  readonly sql: string
  constructor(sql: string, cause: unknown) {
    super(`duckdb: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    this.name = 'EngineFailed'
    this.sql = sql
  }
}
