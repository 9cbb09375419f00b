import { Command } from 'commander'
import { type AnswererOptions, addAnswererOptions, withAnswerer } from '../answerer.js'
import { type StreamCount, timeText } from '../count-streams.js'
import { checkGroups, isGlob, matching } from '../log-groups.js'
import { onlyOne } from '../only-one.js'
import { type OutputOptions, printRows } from '../output/print-rows.js'
import { note, screen } from '../output/screen.js'
import { scopeHelp } from '../scope-options.js'

const help = `
${scopeHelp}

  tailrace groups '/aws/lambda/*' --since 1d

Exit status: 0 done, also without a group; 2 an argument or the lake is wrong, or it has no group of these names; 130 ended by Ctrl-C.`

type Options = Omit<AnswererOptions, 'group'> & Pick<OutputOptions, 'json' | 'csv'>

/** `tailrace groups`: what log groups the lake holds. */
export function groupsCommand({ setExitCode }: { readonly setExitCode: (code: number) => void }): Command {
  return addAnswererOptions(new Command('groups'))
    .description('list the log groups of the lake')
    .argument('[globs...]', 'log groups, or globs over their names (* any characters, ? one); all if left out')
    .option('--json', 'print one JSON list')
    .option('--csv', 'print CSV (RFC 4180)')
    .addHelpText('after', help)
    .action(async (globs: readonly string[], options: Options) => setExitCode(await groups(globs, options)))
}

function groups(globs: readonly string[], options: Options): Promise<number> {
  onlyOne(options, 'json', 'csv')
  return withAnswerer(options, async (answerer, { times }) => {
    const named = globs.some(isGlob) ? matching(await answerer.knownGroups(), globs) : globs
    const isNone = globs.length > 0 && named.length === 0
    const wanted = globs.length === 0 ? undefined : named
    const found = isNone ? [] : sorted(await answerer.countGroups(times, wanted))
    await checkGroups(globs, answerer.allGroups, new Set(found.map(({ name }) => name)).size)
    const isAll = globs.length === 0 && times.from === null && times.to === null
    if (found.length === 0) note(isAll ? 'the lake has no events yet' : 'no such log group has an event in this time')
    if (options.json === true) process.stdout.write(`${JSON.stringify(found)}\n`)
    else {
      const rows = found.map(({ name, accountId, events, first, last }) => {
        return { group: name, account: accountId, events: String(events), first, last }
      })
      const columns = ['group', 'account', 'events', 'first', 'last']
      process.stdout.write(printRows(columns, rows, { ...options, chart: false, names: ['group'] }, screen()))
    }
    return 0
  })
}

/** By name. */
function sorted(groups: readonly StreamCount[]) {
  return groups
    .map(({ accountId, group: name, events, first, last }) => {
      return { accountId, name, events, first: timeText(first), last: timeText(last) }
    })
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.accountId < b.accountId ? -1 : 1))
}
