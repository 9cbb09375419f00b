import type { ResultRow } from '../../shared/engine/render-row.js'
import { isGlob, matching, noSuchGroup, splitLog } from '../log-groups.js'
import type { Scope } from '../scope-options.js'
import type { QueryFunction } from './query-function.js'

/** Names of the groups that the globs name, asked of the function unless all are plain names; null for all groups. */
export async function remoteGroups(
  remote: QueryFunction,
  { globs, times }: Pick<Scope, 'globs' | 'times'>,
  signal: AbortSignal,
): Promise<readonly string[] | null> {
  if (globs === undefined) return null
  if (!globs.some(isGlob)) return globs
  const listed = (await remote.call({ action: 'groups', ...times }, signal)) as readonly ResultRow[]
  const names = [...new Set(listed.map(row => splitLog(row['@log'] ?? '')[1]))]
  const found = matching(names, globs)
  if (found.length === 0) throw noSuchGroup(globs, names)
  return found
}
