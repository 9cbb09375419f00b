import { Command } from 'commander'
import { formatQuery } from '../../shared/insights/index.js'
import { printPlan } from '../../shared/plan/print.js'
import { compilePlan } from '../../shared/sql/compile.js'
import { duckDb } from '../../shared/sql/dialects/duckdb.js'
import { interruptible } from '../interrupt.js'
import { namedGroups } from '../log-groups.js'
import { refuse } from '../output/refuse.js'
import { prepareQuery, type QueryOptions } from '../prepare-query.js'
import { readQuery } from '../read-query.js'
import { addScopeOptions, collect, readScope, type Scope, type ScopeOptions, scopeHelp } from '../scope-options.js'
import { openSession } from '../session.js'

const help = `
Prints the query in its canonical form, the plan as numbered steps, and the SQL with its parameters. Nothing is run.
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
    const groups = scope.globs === undefined ? undefined : await findGroups(scope, signal)
    const planned = prepared.plan(groups)
    if ('diagnostics' in planned) return refuse(prepared.text, planned.diagnostics, isJson)
    const { sql, params } = compilePlan(planned.plan, duckDb)
    const document = { query: formatQuery(prepared.ast), plan: printPlan(planned.plan).split('\n'), sql, params }
    process.stdout.write(isJson ? `${JSON.stringify(document)}\n` : asText(document))
    return 0
  })
}

interface Explanation {
  readonly query: string
  readonly plan: readonly string[]
  readonly sql: string
  readonly params: readonly string[]
}

function asText({ query, plan, sql, params }: Explanation): string {
  const sections: readonly (readonly [string, string])[] = [
    ['query', query],
    ['plan', plan.join('\n')],
    ['sql', sql],
    ['parameters', params.map((param, index) => `$${index + 1} = ${JSON.stringify(param)}`).join('\n')],
  ]
  return `${sections
    .filter(([, text]) => text !== '')
    .map(([title, text]) => `-- ${title} --\n${text}\n`)
    .join('\n')}`
}

async function findGroups({ lake, times, globs }: Scope, signal: AbortSignal) {
  const session = await openSession(lake(), times, signal)
  try {
    return await namedGroups(session, times, globs)
  } finally {
    await session.close()
  }
}
