import type { Choice } from '../../shared/engine/choose.js'
import type { QueryStatistics } from '../../shared/engine/query-engine.js'
import type { ResultRow } from '../../shared/engine/render-row.js'
import type { AsOf } from '../../shared/lake/lake-reader.js'
import { showProgress, warnOfSetAside } from '../output/screen.js'
import { type QueryFunction, QueryFunctionFailed, QueryRefused } from './query-function.js'

export interface RemoteAnswer {
  readonly columns: readonly string[]
  readonly rows: readonly ResultRow[]
  readonly statistics: QueryStatistics | null
  /** Which engine it was and why, where there was a choice. */
  readonly choice: Choice | null
}

/** Tells on a terminal how far a query is. */
export function tellStatus(): (text: string) => void {
  const started = Date.now()
  return text => showProgress(`${text}, ${Math.round((Date.now() - started) / 1000)} s`)
}

interface Polled {
  readonly status: string
  readonly columns: readonly string[]
  readonly statistics: QueryStatistics | null
  readonly asOf: AsOf | null
  readonly choice?: Choice | null
  readonly problem: { readonly message: string; readonly hint?: string } | null
  readonly rows: readonly ResultRow[]
  readonly nextPage: number | null
}

/** How long one poll waits: so often the progress is told. */
const pollMs = 2_000

/** Longer than that nobody waits for the function to hear that a query is not wanted any more. */
const cancelMs = 5_000

/**
 * Starts a query or search in the query function and brings its answer, page by page. Where the signal is aborted the
 * function is told to cancel it, and the call rejects with the signal's reason.
 *
 * @param request `start` or `search` of docs/query.md
 * @param onProgress told the status at each look
 * @throws QueryRefused; QueryFunctionFailed when the query fails
 */
export async function askFunction(
  remote: QueryFunction,
  request: object,
  signal: AbortSignal,
  onProgress: (text: string) => void,
): Promise<RemoteAnswer> {
  // A query whose id is not known yet could not be cancelled: its start is waited for.
  const { queryId } = (await remote.call(request)) as { readonly queryId?: string }
  if (queryId === undefined) throw new QueryFunctionFailed('the function started no query: it is no query function')
  try {
    let polled = await poll(remote, { queryId, waitMs: pollMs }, signal)
    while (polled.status === 'Scheduled' || polled.status === 'Running') {
      onProgress(polled.status.toLowerCase())
      polled = await poll(remote, { queryId, waitMs: pollMs }, signal)
    }
    if (polled.status !== 'Complete') throw failureOf(polled)
    const rows = [...polled.rows]
    const { columns, statistics, asOf, choice = null } = polled
    for (let page = polled.nextPage; page !== null; page = polled.nextPage) {
      polled = await poll(remote, { queryId, page }, signal)
      for (const row of polled.rows) rows.push(row)
      onProgress(`${rows.length} rows`)
    }
    warnOfSetAside(asOf?.setAside ?? 0)
    return { columns, rows, statistics, choice }
  } catch (error) {
    if (!signal.aborted) throw error
    // Whether it was heard or not, the user wants to go.
    await remote.call({ action: 'cancel', queryId }, AbortSignal.timeout(cancelMs)).catch(() => undefined)
    throw signal.reason
  }
}

async function poll(remote: QueryFunction, request: object, signal: AbortSignal): Promise<Polled> {
  signal.throwIfAborted()
  return (await remote.call({ action: 'poll', ...request }, signal)) as Polled
}

function failureOf({ status, problem }: Polled): Error {
  const message = problem?.message ?? `the query ended as ${status}`
  return problem?.hint === undefined ? new QueryFunctionFailed(message) : new QueryRefused({ ...problem })
}
