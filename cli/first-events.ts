import type { ResultRow } from '../shared/engine/render-row.js'
import { maxLimit } from '../shared/insights/index.js'
import type { Times } from './lake.js'

/** @returns the oldest events of a range by their time, up to the limit, with `@timestamp` */
type ReadOldest = (range: Times, limit: number) => Promise<readonly ResultRow[]>

/**
 * The first events of a range, those of the same millisecond in the order of their arrival and id, too: a query that sorts by
 * `@timestamp` leaves them as they come, the newest first, and its limit takes the newest of the last one.
 */
export async function firstEvents(read: ReadOldest, times: Times, limit: number): Promise<readonly ResultRow[]> {
  const rows = await read(times, limit)
  const last = rows.at(-1)?.['@timestamp']
  if (rows.length < limit || last === undefined) return oldestFirst(rows)
  const whole = rows.findIndex(row => row['@timestamp'] === last)
  const at = Date.parse(`${last.replace(' ', 'T')}Z`)
  const ofLast = await read({ from: at, to: at }, maxLimit)
  return [...oldestFirst(rows.slice(0, whole)), ...ofLast.toReversed().slice(0, limit - whole)]
}

/** Rows in the order of their time; those of the same time come in the other direction. */
function oldestFirst(rows: readonly ResultRow[]): readonly ResultRow[] {
  const runs: ResultRow[][] = []
  for (const row of rows) {
    const run = runs.at(-1) ?? []
    if (run[0]?.['@timestamp'] === row['@timestamp']) run.push(row)
    else runs.push([row])
  }
  return runs.flatMap(run => run.reverse())
}
