import { Command } from 'commander'
import { type AnswererOptions, addAnswererOptions, withAnswerer } from '../answerer.js'
import { timeText } from '../count-streams.js'
import { checkGroups, namedGroups } from '../log-groups.js'
import { onlyOne } from '../only-one.js'
import { type OutputOptions, printRows } from '../output/print-rows.js'
import { note, screen } from '../output/screen.js'
import { scopeHelp } from '../scope-options.js'

const help = `
The stream with the latest event comes first.
${scopeHelp}

  tailrace streams /aws/lambda/orders --since 1d

Exit status: 0 done; 2 an argument or the lake is wrong, or it has no such group; 130 ended by Ctrl-C.`

type Options = Omit<AnswererOptions, 'group'> & Pick<OutputOptions, 'json' | 'csv'>

/** `tailrace streams`: the log streams of log groups. */
export function streamsCommand({ setExitCode }: { readonly setExitCode: (code: number) => void }): Command {
  return addAnswererOptions(new Command('streams'))
    .description('list the log streams of a log group')
    .argument('<groups...>', 'log groups, or globs over their names')
    .option('--json', 'print one JSON list')
    .option('--csv', 'print CSV (RFC 4180)')
    .addHelpText('after', help)
    .action(async (globs: readonly string[], options: Options) => setExitCode(await streams(globs, options)))
}

function streams(globs: readonly string[], options: Options): Promise<number> {
  onlyOne(options, 'json', 'csv')
  return withAnswerer(options, async (answerer, { times }) => {
    const groups = (await namedGroups(globs, answerer.knownGroups)) ?? []
    const counts = await answerer.countStreams(times, groups)
    await checkGroups(globs, answerer.allGroups, new Set(counts.map(({ group }) => group)).size)
    if (counts.length === 0) note('no log stream with an event in this time')
    const found = [...counts]
      .sort((a, b) => b.last - a.last || (a.stream < b.stream ? -1 : 1))
      .map(({ group, stream, events, first, last }) => {
        return { group, stream, events, first: timeText(first), last: timeText(last) }
      })
    // One group is what was asked for: it need not be said again.
    const columns = ['group', 'stream', 'events', 'first', 'last'].slice(groups.length === 1 ? 1 : 0)
    const rows = found.map(({ events, ...rest }) => ({ ...rest, events: String(events) }))
    const text = options.json === true ? `${JSON.stringify(found)}\n` : null
    process.stdout.write(
      text ?? printRows(columns, rows, { ...options, chart: false, names: ['group', 'stream'] }, screen()),
    )
    return 0
  })
}
