/** What Trino needs is not on this machine: Java or Maven. */
export class TrinoAbsent extends Error {
  override readonly name = 'TrinoAbsent'
}

/** Trino was obtained and did not come up, or could not be obtained. */
export class TrinoUnusable extends Error {
  override readonly name = 'TrinoUnusable'
}

/** Trino refused a statement or could not run it. */
export class TrinoFailed extends Error {
  override readonly name = 'TrinoFailed'
  /** Trino's name of the error: `SYNTAX_ERROR`, `INVALID_FUNCTION_ARGUMENT`, … */
  readonly code: string
  readonly sql: string
  constructor(code: string, message: string, sql: string) {
    super(`trino: ${code}: ${message}`)
    this.code = code
    this.sql = sql
  }
}
