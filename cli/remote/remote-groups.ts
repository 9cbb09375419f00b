import type { ResultRow } from '../../shared/engine/render-row.js'
import type { Times } from '../lake.js'
import { splitLog } from '../log-groups.js'
import type { QueryFunction } from './query-function.js'

/** Names of the groups that have events in the range, as the function tells them. */
export async function remoteGroups(
  remote: QueryFunction,
  times: Times,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const listed = (await remote.call({ action: 'groups', ...times }, signal)) as readonly ResultRow[]
  return [...new Set(listed.map(row => splitLog(row['@log'] ?? '')[1]))]
}
