import { Command } from 'commander'
import { discoverFields, type FieldFound } from '../../shared/jobs/query/discover-fields.js'
import { type AnswererOptions, addAnswererOptions, withAnswerer } from '../answerer.js'
import { checkGroups, namedGroups } from '../log-groups.js'
import { eventFields, shownEvent } from '../output/print-events.js'
import { printRows } from '../output/print-rows.js'
import { note, screen } from '../output/screen.js'
import { scopeHelp } from '../scope-options.js'

const help = `
Looks at the latest events and tells what fields they have, in how many of them, of what type, and the most frequent
values (shortened; --json has them whole). Members of JSON are named by their path, elements of arrays by their position:
items.0.id. Every event also has @timestamp, @message, @logStream, @log, @ingestionTime and @format, and @level, @request_id
and @trace_id where the line says them.
${scopeHelp}

  tailrace fields /aws/lambda/orders --since 1d

Exit status: 0 done; 2 an argument or the lake is wrong, or it has no such group; 130 ended by Ctrl-C.`

interface Options extends Omit<AnswererOptions, 'group'> {
  readonly sample?: string
  readonly json?: boolean
}

/** `tailrace fields`: the fields of log groups. */
export function fieldsCommand({ setExitCode }: { readonly setExitCode: (code: number) => void }): Command {
  return addAnswererOptions(new Command('fields'))
    .description('discover the fields of a log group')
    .argument('<groups...>', 'log groups, or globs over their names')
    .option('--sample <n>', 'how many events to look at; 1000 if left out')
    .option('--json', 'print one JSON list')
    .addHelpText('after', help)
    .action(async (globs: readonly string[], options: Options) => setExitCode(await fields(globs, options)))
}

async function fields(globs: readonly string[], options: Options): Promise<number> {
  const { sample = '1000', json } = options
  if (!/^[1-9]\d{0,4}$/.test(sample))
    throw new Error(`expected a number of events from 1 to 99999, found ${JSON.stringify(sample)}`)
  return await withAnswerer(options, async (answerer, { times }) => {
    const groups = await namedGroups(globs, answerer.knownGroups)
    const query = `fields ${eventFields} | sort @timestamp desc | limit ${sample}`
    const events = (await answerer.ask({ query, times, groups })).map(shownEvent)
    await checkGroups(globs, answerer.allGroups, new Set(events.map(({ logGroup }) => logGroup)).size)
    const found = discoverFields(events)
    process.stdout.write(json === true ? `${JSON.stringify(found)}\n` : asTable(found))
    note(`${found.length} fields in ${events.length} events`)
    return 0
  })
}

/** Characters of a value in the table. */
const shown = 40

function asTable(found: readonly FieldFound[]): string {
  const rows = found.map(({ name, type, percentage, top }) => {
    const values = top.map(({ value, events }) => `${shortened(value)} (${events})`).join(', ')
    return { field: name, type, '%': String(percentage), 'top values': values }
  })
  return printRows(['field', 'type', '%', 'top values'], rows, { chart: false, names: ['field'] }, screen())
}

function shortened(value: string): string {
  return value.length > shown ? `${value.slice(0, shown - 1)}…` : value
}
