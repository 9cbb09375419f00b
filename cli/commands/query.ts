import { Command } from 'commander'
import { addQueryOptions, exitHelp } from '../query-options.js'
import { readQuery } from '../read-query.js'
import { type RunOptions, runQuery } from '../run-query.js'
import { scopeHelp } from '../scope-options.js'
import { runExplain } from './explain.js'

const help = `
The query is in the language of CloudWatch Logs Insights (docs/insights.md); - reads it from the standard input. Every
event is seen once, whatever was delivered twice. On a terminal wide values are clipped to its width, and numbers by
category or over time are drawn; a file or pipe gets all of every value.
${scopeHelp}

  tailrace query 'stats count(*) as events by @log | sort events desc'
  tailrace query --group '/aws/lambda/*' --since 6h 'filter @type = "REPORT" | stats avg(@duration) by bin(5m)'
  tailrace query --lookup users=users.csv 'lookup users id OUTPUT name | display name, @message'

${exitHelp}`

/** `tailrace query`: Logs Insights QL over the lake. */
export function queryCommand({ setExitCode }: { readonly setExitCode: (code: number) => void }): Command {
  return addQueryOptions(new Command('query'))
    .description('run a CloudWatch Logs Insights query over the lake')
    .argument('<query>', 'the query')
    .option('--explain', 'print the plan and the SQL instead of running it, as tailrace explain does')
    .addHelpText('after', help)
    .action(async (given: string, options: RunOptions & { readonly explain?: boolean }) => {
      const query = await readQuery(given)
      setExitCode(await (options.explain === true ? runExplain(query, options) : runQuery(query, options)))
    })
}
