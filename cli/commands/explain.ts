import { Command } from 'commander'
import { byteSize, counted } from '../../shared/diagnostics/table.js'
import type { Estimate } from '../../shared/engine/query-engine.js'
import { formatQuery } from '../../shared/insights/index.js'
import type { Project } from '../../shared/plan/node.js'
import { printPlan } from '../../shared/plan/print.js'
import { optimize } from '../../shared/plan/rules/optimize.js'
import { compilePlan } from '../../shared/sql/compile.js'
import { duckDb } from '../../shared/sql/dialects/duckdb.js'
import { interruptible } from '../interrupt.js'
import { knownGroups } from '../known-groups.js'
import { namedGroups } from '../log-groups.js'
import { refuse } from '../output/refuse.js'
import { prepareQuery, type QueryOptions } from '../prepare-query.js'
import { readQuery } from '../read-query.js'
import { addScopeOptions, collect, readScope, type Scope, type ScopeOptions, scopeHelp } from '../scope-options.js'
import { openSession } from '../session.js'

const help = `
Prints the query in its canonical form, the plan as numbered steps, the rules that shaped it, the SQL with its parameters,
and what a run would read, as far as there is a lake to look at. Nothing is run.
${scopeHelp}

  tailrace explain 'filter status >= 500 | stats count(*) by bin(5m)'

Exit status: 0 the query is right; 2 the query, an argument or the lake is wrong.`

export type ExplainOptions = ScopeOptions & QueryOptions & { readonly json?: boolean }

/** `tailrace explain`: what a query becomes before it runs. */
export function explainCommand({ setExitCode }: { readonly setExitCode: (code: number) => void }): Command {
  return addScopeOptions(new Command('explain'))
    .description('show the plan and the SQL of a query')
    .argument('<query>', 'the query')
    .option('--param <name=value>', 'value of a parameter {{name}} of the query; may be repeated', collect)
    .option('--lookup <name=file>', 'CSV file as a lookup table; else lookups/<name>.csv of the lake', collect)
    .option('--json', 'print one JSON document')
    .addHelpText('after', help)
    .action(async (given: string, options: ExplainOptions) =>
      setExitCode(await runExplain(await readQuery(given), options)),
    )
}

export function runExplain(query: string, options: ExplainOptions): Promise<number> {
  return interruptible(async signal => {
    const scope = readScope(options, Date.now())
    const prepared = await prepareQuery(query, options, scope)
    const isJson = options.json === true
    if ('diagnostics' in prepared) return refuse(prepared.text, prepared.diagnostics, isJson)
    const groups = await namedGroups(scope.globs, () => knownGroups(scope.lake(), { signal }))
    const planned = prepared.plan(groups)
    if ('diagnostics' in planned) return refuse(prepared.text, planned.diagnostics, isJson)
    const { plan, fired } = optimize(planned.plan)
    const { sql, params } = compilePlan(plan, duckDb)
    const estimate = await estimateOf(planned.plan, scope, signal)
    const steps = printPlan(plan).split('\n')
    const document = { query: formatQuery(prepared.ast), plan: steps, rules: fired, sql, params, estimate }
    process.stdout.write(isJson ? `${JSON.stringify(document)}\n` : asText(document))
    return 0
  })
}

interface Explanation {
  readonly query: string
  readonly plan: readonly string[]
  /** That changed the plan. */
  readonly rules: readonly string[]
  readonly sql: string
  readonly params: readonly string[]
  /** Null where there is no lake to look at. */
  readonly estimate: Estimate | null
}

function asText({ query, plan, rules, sql, params, estimate }: Explanation): string {
  const sections: readonly (readonly [string, string])[] = [
    ['query', query],
    ['plan', plan.join('\n')],
    ['rules that fired', rules.join(', ')],
    ['sql', sql],
    ['parameters', params.map((param, index) => `$${index + 1} = ${JSON.stringify(param)}`).join('\n')],
    ['estimate', estimate === null ? '' : estimateText(estimate)],
  ]
  return `${sections
    .filter(([, text]) => text !== '')
    .map(([title, text]) => `-- ${title} --\n${text}\n`)
    .join('\n')}`
}

function estimateText({ files, records, bytes, asOf }: Estimate): string {
  const snapshot = asOf.snapshotId === null ? 'no snapshot yet' : `snapshot ${asOf.snapshotId}`
  const read = `${byteSize(bytes)} of ${counted(records, 'event')} in ${counted(files, 'file')}`
  const without = asOf.setAside === 0 ? '' : `, without ${counted(asOf.setAside, 'damaged or foreign one')}`
  return `reads ${read}\nas of ${snapshot} and ${counted(asOf.landingObjects, 'landing object')}${without}`
}

/** A query can be explained without a lake, unless one was named. */
async function estimateOf(plan: Project, scope: Scope, signal: AbortSignal): Promise<Estimate | null> {
  if (!scope.hasLake()) return null
  const session = openSession(scope.lake(), signal)
  try {
    return await session.estimate(plan)
  } finally {
    await session.close()
  }
}
