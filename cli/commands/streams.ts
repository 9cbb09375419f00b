import { Command } from 'commander'
import { ask } from '../ask.js'
import { namedGroups } from '../log-groups.js'
import { type OutputOptions, printRows } from '../output/print-rows.js'
import { screen } from '../output/screen.js'
import { type ScopeOptions, scopeHelp } from '../scope-options.js'
import { withSession } from '../with-session.js'

const help = `
The stream with the latest event comes first.
${scopeHelp}

  tailrace streams /aws/lambda/orders --since 1d

Exit status: 0 done; 2 an argument or the lake is wrong, or it has no such group; 130 ended by Ctrl-C.`

type Options = Omit<ScopeOptions, 'group'> & Pick<OutputOptions, 'json' | 'csv'>

/** `tailrace streams`: the log streams of log groups. */
export function streamsCommand({ setExitCode }: { readonly setExitCode: (code: number) => void }): Command {
  return new Command('streams')
    .description('list the log streams of a log group')
    .argument('<groups...>', 'log groups, or globs over their names')
    .option('--since <time>', 'count events from then on')
    .option('--until <time>', 'count events until then')
    .option('--lake <place>', 'directory or s3://bucket/prefix')
    .option('--json', 'print one JSON list')
    .option('--csv', 'print CSV (RFC 4180)')
    .addHelpText('after', help)
    .action(async (globs: readonly string[], options: Options) => setExitCode(await streams(globs, options)))
}

const query = `stats count(*) as events, min(@timestamp) as first, max(@timestamp) as last by @log as log, @logStream as stream
| sort last desc, stream`

function streams(globs: readonly string[], options: Options): Promise<number> {
  return withSession(options, async (session, { times }) => {
    const groups = await namedGroups(session, times, globs)
    const rows = await ask(session, { query, times, groups })
    const found = rows.map(({ log = '', stream = '', events = '', first = '', last = '' }) => {
      return { group: log.slice(log.indexOf(':') + 1), stream, events, first, last }
    })
    // One group is what was asked for: it need not be said again.
    const columns = ['group', 'stream', 'events', 'first', 'last'].slice(groups?.length === 1 ? 1 : 0)
    const typed = found.map(({ events, ...rest }) => ({ ...rest, events: Number(events) }))
    const text = options.json === true ? `${JSON.stringify(typed)}\n` : null
    process.stdout.write(text ?? printRows(columns, found, { ...options, chart: false }, screen()))
    return 0
  })
}
