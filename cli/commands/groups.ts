import { Command } from 'commander'
import { listGroups } from '../log-groups.js'
import { type OutputOptions, printRows } from '../output/print-rows.js'
import { screen } from '../output/screen.js'
import { type ScopeOptions, scopeHelp } from '../scope-options.js'
import { withSession } from '../with-session.js'

const help = `
${scopeHelp}

  tailrace groups '/aws/lambda/*' --since 1d

Exit status: 0 done, also without a group; 2 an argument or the lake is wrong; 130 ended by Ctrl-C.`

type Options = Omit<ScopeOptions, 'group'> & Pick<OutputOptions, 'json' | 'csv'>

/** `tailrace groups`: what log groups the lake holds. */
export function groupsCommand({ setExitCode }: { readonly setExitCode: (code: number) => void }): Command {
  return new Command('groups')
    .description('list the log groups of the lake')
    .argument('[globs...]', 'names or globs (* any characters, ? one); all if left out')
    .option('--since <time>', 'count events from then on')
    .option('--until <time>', 'count events until then')
    .option('--lake <place>', 'directory or s3://bucket/prefix')
    .option('--json', 'print one JSON list')
    .option('--csv', 'print CSV (RFC 4180)')
    .addHelpText('after', help)
    .action(async (globs: readonly string[], options: Options) => setExitCode(await groups(globs, options)))
}

function groups(globs: readonly string[], options: Options): Promise<number> {
  return withSession(options, async (session, { times }) => {
    const found = await listGroups(session, times, globs.length === 0 ? undefined : globs)
    if (options.json === true) process.stdout.write(`${JSON.stringify(found)}\n`)
    else {
      const rows = found.map(({ name, accountId, events, first, last }) => {
        return { group: name, account: accountId, events: String(events), first, last }
      })
      const columns = ['group', 'account', 'events', 'first', 'last']
      process.stdout.write(printRows(columns, rows, { ...options, chart: false }, screen()))
    }
    return 0
  })
}
