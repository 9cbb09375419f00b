import { compileGlob } from '../shared/config/glob.js'
import { ask } from './ask.js'
import type { Times } from './lake.js'
import type { Session } from './session.js'

export interface LogGroup {
  readonly accountId: string
  readonly name: string
  readonly events: number
  /** Event times of the range, as they are printed. */
  readonly first: string
  readonly last: string
}

/** Log groups with events in the range whose names one of the globs matches, by name; all of them without globs. */
export async function listGroups(
  session: Session,
  times: Times,
  globs: readonly string[] | undefined,
): Promise<readonly LogGroup[]> {
  const matches = globs?.map(compileGlob)
  const query = 'stats count(*) as events, min(@timestamp) as first, max(@timestamp) as last by @log | sort @log'
  const rows = await ask(session, { query, times })
  return rows
    .map(row => {
      const [accountId, name] = splitLog(row['@log'] ?? '')
      return { accountId, name, events: Number(row.events), first: row.first ?? '', last: row.last ?? '' }
    })
    .filter(({ name }) => matches === undefined || matches.some(isMatch => isMatch(name)))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}

/** `@log` is the account and the group. */
export function splitLog(log: string): readonly [accountId: string, name: string] {
  const colon = log.indexOf(':')
  return [log.slice(0, colon), log.slice(colon + 1)]
}

/** Names of the groups that the globs name; undefined for all. Throws when none does. */
export async function namedGroups(
  session: Session,
  times: Times,
  globs: readonly string[] | undefined,
): Promise<readonly string[] | undefined> {
  if (globs === undefined) return undefined
  const found = await listGroups(session, times, globs)
  if (found.length === 0) throw new Error(`no log group of the lake is named ${globs.join(' or ')}`)
  return [...new Set(found.map(({ name }) => name))]
}
