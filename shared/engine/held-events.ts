import { quoteText } from '../sql/quote.js'
import type { DuckDb } from './duckdb.js'

export interface HeldRow {
  readonly logStream: string
  /** ms since the epoch */
  readonly timestamp: number
  readonly message: string
}

/**
 * The rows of one log group in the view `logs` within a time, of the streams that export files of these folders can be
 * of (`/` is written as `-` in them).
 * @throws EngineFailed
 */
export async function heldRows(
  duckdb: Pick<DuckDb, 'query'>,
  query: {
    readonly account: string
    readonly logGroup: string
    readonly folders: readonly string[]
    readonly from: number
    readonly to: number
  },
): Promise<readonly HeldRow[]> {
  const { account, logGroup, folders, from, to } = query
  const sql = `SELECT log_stream, epoch_ms(timestamp) AS at, message FROM logs
WHERE account_id = $1 AND log_group = $2
  AND timestamp >= ${instant(from)} AND timestamp < ${instant(to + 1)}
  AND replace(log_stream, '/', '-') IN (${folders.map(quoteText).join(', ')})`
  const { rows } = await duckdb.query(sql, [account, logGroup])
  return rows.map(([logStream, at, message]) => ({
    logStream: String(logStream),
    timestamp: Number(at),
    message: String(message),
  }))
}

function instant(ms: number): string {
  return `TIMESTAMPTZ '${new Date(ms).toISOString()}'`
}
