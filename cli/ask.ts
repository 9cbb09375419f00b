import type { ResultRow } from '../shared/engine/render-row.js'
import { lowerQuery, parseQuery } from '../shared/insights/index.js'
import type { Times } from './lake.js'
import type { Session } from './session.js'

export interface Question {
  /** A query of a command's own, with the user's texts quoted in it. */
  readonly query: string
  readonly times: Times
  readonly groups?: readonly string[] | undefined
}

/** Runs a query that a command asks for itself: that it is right is up to the command. */
export async function ask(session: Session, { query, times, groups }: Question): Promise<readonly ResultRow[]> {
  const parsed = parseQuery(query)
  const options = { ...times, now: null, lookupTables: new Map() }
  const lowered =
    'ast' in parsed
      ? lowerQuery(parsed.ast, query, groups === undefined ? options : { ...options, logGroups: groups })
      : parsed
  if ('diagnostics' in lowered) throw new Error(`${lowered.diagnostics[0]?.message}, in a query of our own: ${query}`)
  return await session.run(lowered.plan)
}
