import { Command } from 'commander'
import { completeQuery } from '../../shared/insights/index.js'
import { printable } from '../terminal.js'

const help = `
Prints what can stand at the cursor of a query that is being written, the best first: a line each with the kind, what is
inserted and what it is; --json tells also which part of the text is replaced. For the shell's own completion see
tailrace completion.

  tailrace complete 'filter @type = "REPORT" | sta'

Exit status: 0 done, also without a completion; 2 an argument is wrong.`

interface Options {
  readonly cursor?: string
  readonly field?: readonly string[]
  readonly source?: string
  readonly json?: boolean
}

/** `tailrace complete`: completion of a query, for editors. */
export function completeCommand({ setExitCode }: { readonly setExitCode: (code: number) => void }): Command {
  return new Command('complete')
    .description('what can stand at the cursor of an unfinished query')
    .argument('[text]', 'the query so far', '')
    .option('--cursor <offset>', 'where the cursor is, in UTF-16 units; the end of the text if left out')
    .option('--field <names...>', 'fields of the log groups that are queried')
    .option('--source <name>', 'sample queries of this source only, such as lambda')
    .option('--json', 'print one JSON document')
    .addHelpText('after', help)
    .action((text: string, options: Options) => setExitCode(complete(text, options)))
}

function complete(text: string, { cursor, field = [], source, json }: Options): number {
  if (cursor !== undefined && (!/^\d{1,9}$/.test(cursor) || Number(cursor) > text.length))
    throw new Error(`expected an offset from 0 to ${text.length}, the end of the text, found ${JSON.stringify(cursor)}`)
  const fields = field.map(name => ({ name }))
  const at = cursor === undefined ? text.length : Number(cursor)
  const found = completeQuery(text, at, { fields, ...(source === undefined ? {} : { source }) })
  const lines = found.items.map(({ kind, insert, detail }) => [kind, insert, detail ?? ''].map(printable).join('\t'))
  process.stdout.write(json === true ? `${JSON.stringify(found)}\n` : lines.map(line => `${line.trimEnd()}\n`).join(''))
  return 0
}
