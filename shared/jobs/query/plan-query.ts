import type { Diagnostic } from '../../diagnostics/diagnostic.js'
import { type LookupTable, lowerQuery, parseQuery, readLookupTable } from '../../insights/index.js'
import type { Project } from '../../plan/node.js'
import { NotFound } from '../../store/errors.js'
import type { ObjectStore } from '../../store/object-store.js'
import { planSearch } from './plan-search.js'
import type { QueryInput } from './query-store.js'

export type PlannedQuery =
  | { readonly plan: Project; readonly columns: readonly string[] }
  | { readonly diagnostics: readonly Diagnostic[] }

/** The plan of a query, with the lookup tables that it names out of `lookups/`, or of a search by a filter pattern. */
export async function planQuery(input: QueryInput, store: ObjectStore, now: number): Promise<PlannedQuery> {
  const { language, query, from, to, logGroups, limit } = input
  if (language === 'filter-pattern') return planSearch(query, input)
  const parsed = parseQuery(query)
  if (!('ast' in parsed)) return parsed
  return lowerQuery(parsed.ast, query, {
    from,
    to,
    now: Math.floor(now / 1000),
    lookupTables: await readTables(tablesOf(parsed.ast), store),
    ...(logGroups === null ? {} : { logGroups }),
    ...(limit === null ? {} : { limit }),
  })
}

/** Names of the lookup tables of a query and of the queries within it: the tree is plain JSON. */
function tablesOf(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  const { kind, table } = value as { kind?: unknown; table?: { name?: unknown } }
  const isLookup = (kind === 'lookup' || kind === 'cidrlookup') && typeof table?.name === 'string'
  return [...(isLookup ? [table.name as string] : []), ...Object.values(value).flatMap(tablesOf)]
}

async function readTables(names: readonly string[], store: ObjectStore): Promise<ReadonlyMap<string, LookupTable>> {
  const tables = new Map<string, LookupTable>()
  for (const name of new Set(names)) {
    try {
      const { body } = await store.get(`lookups/${name}.csv`)
      tables.set(name, readLookupTable(new TextDecoder().decode(body)))
    } catch (error) {
      if (!(error instanceof NotFound)) throw error
    }
  }
  return tables
}
