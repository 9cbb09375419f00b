import { readFile } from 'node:fs/promises'
import type { Diagnostic } from '../shared/diagnostics/diagnostic.js'
import {
  type LookupTable,
  lowerQuery,
  parameterNames,
  parseQuery,
  type Query,
  readLookupTable,
  withParameters,
} from '../shared/insights/index.js'
import type { Project } from '../shared/plan/node.js'
import { NotFound } from '../shared/store/errors.js'
import type { ObjectStore } from '../shared/store/object-store.js'
import type { Scope } from './scope-options.js'

export interface QueryOptions {
  /** `name=value` */
  readonly param?: readonly string[]
  /** `name=file.csv` */
  readonly lookup?: readonly string[]
}

/** A query that is known to be right as far as that can be known without the lake's groups. */
export interface Prepared {
  /** With its parameters filled in: what diagnostics point into. */
  readonly text: string
  readonly ast: Query
  /** It ends with `estimate`: the plan is that of the commands before, to be estimated and not run. */
  readonly isEstimate: boolean
  /** The plan over these log groups, or over all. */
  plan(logGroups: readonly string[] | undefined): Planned
}

export type Planned =
  | { readonly plan: Project; readonly columns: readonly string[] }
  | { readonly diagnostics: readonly Diagnostic[] }

export type Preparation = Prepared | { readonly text: string; readonly diagnostics: readonly Diagnostic[] }

/**
 * Fills in parameters, reads the query and the lookup tables that it names: files of `--lookup`, and else `lookups/` of
 * the lake.
 *
 * @throws Error when an option is wrong; ObjectStoreError
 */
export async function prepareQuery(query: string, options: QueryOptions, scope: Scope): Promise<Preparation> {
  const read = parseGiven(query, options.param ?? [])
  if ('diagnostics' in read) return read
  const { text, ast, asked, isEstimate } = read
  const lookupTables = await readTables(tablesOf(ast), options.lookup ?? [], scope.lake)
  const { times, now } = scope
  const plan = (logGroups: readonly string[] | undefined): Planned => {
    // No output shows them.
    const given = { ...times, now: Math.floor(now / 1000), lookupTables, hasPointers: false }
    return lowerQuery(asked, text, logGroups === undefined ? given : { ...given, logGroups })
  }
  const planned = plan(undefined)
  if ('diagnostics' in planned) return { text, diagnostics: planned.diagnostics }
  return { text, ast, isEstimate, plan }
}

/** A query that is written correctly; whether its commands go together is not known yet. */
export interface GivenQuery {
  /** With its parameters filled in. */
  readonly text: string
  readonly ast: Query
  /** Without a last command `estimate`. */
  readonly asked: Query
  readonly isEstimate: boolean
}

/** @throws Error when a parameter is no `name=value` */
export function parseGiven(
  query: string,
  params: readonly string[],
): GivenQuery | { readonly text: string; readonly diagnostics: readonly Diagnostic[] } {
  const filled = filledIn(query, params)
  if ('diagnostics' in filled) return { text: query, diagnostics: filled.diagnostics }
  const text = filled.query
  const parsed = parseQuery(text)
  if (!('ast' in parsed)) return { text, diagnostics: parsed.diagnostics }
  const { ast } = parsed
  const isEstimate = ast.commands.length > 1 && ast.commands.at(-1)?.kind === 'estimate'
  return { text, ast, asked: isEstimate ? { ...ast, commands: ast.commands.slice(0, -1) } : ast, isEstimate }
}

function filledIn(query: string, params: readonly string[]) {
  if (params.length === 0 && parameterNames(query).length === 0) return { query }
  return withParameters(query, new Map(params.map(param => pairOf(param, '--param name=value'))))
}

function pairOf(text: string, wanted: string): readonly [string, string] {
  const at = text.indexOf('=')
  if (at < 1) throw new Error(`expected ${wanted}, found ${JSON.stringify(text)}`)
  return [text.slice(0, at), text.slice(at + 1)]
}

/** Names of the lookup tables of a query and of the queries within it. */
function tablesOf(query: Query): readonly string[] {
  const names = new Set<string>()
  // The tree is plain JSON: commands are found wherever they stand, also within conditions.
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    const { kind, table } = value as { kind?: unknown; table?: { name?: unknown } }
    if ((kind === 'lookup' || kind === 'cidrlookup') && typeof table?.name === 'string') names.add(table.name)
    for (const member of Object.values(value)) visit(member)
  }
  visit(query)
  return [...names]
}

async function readTables(
  names: readonly string[],
  lookups: readonly string[],
  lake: () => ObjectStore,
): Promise<ReadonlyMap<string, LookupTable>> {
  const files = new Map(lookups.map(lookup => pairOf(lookup, '--lookup name=file.csv')))
  const tables = new Map<string, LookupTable>()
  for (const name of names) {
    const file = files.get(name)
    const csv = file === undefined ? await storedTable(name, lake()) : await readFile(file, 'utf8')
    if (csv !== null) tables.set(name, readLookupTable(csv))
  }
  return tables
}

/** Null where the lake has no table of that name. */
async function storedTable(name: string, lake: ObjectStore): Promise<string | null> {
  try {
    const { body } = await lake.get(`lookups/${name}.csv`)
    return new TextDecoder().decode(body)
  } catch (error) {
    if (error instanceof NotFound) return null
    throw error
  }
}
