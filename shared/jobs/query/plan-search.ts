import type { Diagnostic } from '../../diagnostics/diagnostic.js'
import { type FilterPattern, lowerSearch, parsePattern } from '../../filter-pattern/index.js'
import { and, type Expr, field } from '../../plan/expr.js'
import type { Project } from '../../plan/node.js'

export interface SearchScope {
  /** Event times in ms, both inclusive; null for no bound. */
  readonly from: number | null
  readonly to: number | null
  /** Names; null for all groups. */
  readonly logGroups: readonly string[] | null
  /** Names or globs (`*` any characters, `?` one); null for all streams. */
  readonly logStreams: readonly string[] | null
  /** How many events at most; 100 where null. */
  readonly limit: number | null
  /** The answer has `@ptr` as well. */
  readonly hasPointers?: boolean
}

export type PlannedSearch =
  | { readonly ast: FilterPattern; readonly plan: Project; readonly columns: readonly string[] }
  | { readonly diagnostics: readonly Diagnostic[] }

const defaultLimit = 100

export const searchColumns = ['@timestamp', '@log', '@logStream', '@message']

/** The plan of a search by a filter pattern: the newest events that match, the newest first. */
export function planSearch(pattern: string, scope: SearchScope): PlannedSearch {
  const parsed = parsePattern(pattern)
  if ('diagnostics' in parsed) return parsed
  const { from, to, logGroups, logStreams, limit, hasPointers = false } = scope
  const columns = hasPointers ? [...searchColumns, '@ptr'] : searchColumns
  const scan = {
    kind: 'scan',
    groups: logGroups === null ? null : { names: logGroups, prefixes: [], accounts: [] },
    from,
    to,
    fields: columns.map(name => ({ name, as: 'text' }) as const),
  } as const
  const conditions = [...(logStreams === null ? [] : [streamsNamed(logStreams)]), lowerSearch(parsed.ast)]
  const filtered = { kind: 'filter', input: scan, condition: and(conditions) } as const
  const plan: Project = {
    kind: 'project',
    input: { kind: 'limit', input: filtered, count: limit ?? defaultLimit, any: false },
    columns: columns.map(name => ({ name, value: field(name) })),
  }
  return { ast: parsed.ast, plan, columns }
}

function streamsNamed(globs: readonly string[]): Expr {
  const written = globs.map(glob =>
    [...glob].map(char => (char === '*' ? '.*' : char === '?' ? '.' : escaped(char))).join(''),
  )
  return { kind: 'regex', text: field('@logStream'), regex: `(?s)\\A(?:${written.join('|')})\\z` }
}

function escaped(char: string): string {
  return char.replace(/[\\^$.|()[\]{}+]/, '\\$&')
}
