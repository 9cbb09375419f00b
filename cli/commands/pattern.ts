import { createReadStream } from 'node:fs'
import { Command } from 'commander'
import { type Diagnostic, renderDiagnostic } from '../../shared/diagnostics/diagnostic.js'
import {
  compilePattern,
  explainPattern,
  type FilterPattern,
  formatPattern,
  parsePattern,
} from '../../shared/filter-pattern/index.js'
import { markMatches } from '../../shared/filter-pattern/mark.js'
import { readLines } from '../read-lines.js'
import { highlight, printable, showsReverse } from '../terminal.js'

const testHelp = `
Every line of the files, or of the standard input, is an event. The parts that the pattern asks about are marked, and
the values that TestMetricFilter would extract are listed below the event. A pattern that begins with a hyphen comes
after two: tailrace pattern test -- '-DEBUG'

Exit status: 0 some event matches, 1 none does, 2 the pattern or a file is wrong.`

const explainHelp = `
Exit status: 0 the pattern is right, 2 it is wrong.`

/** `tailrace pattern`: try filter patterns without an account. */
export function patternCommand({ setExitCode }: { readonly setExitCode: (code: number) => void }): Command {
  const command = new Command('pattern').description('try out CloudWatch Logs filter patterns')
  command
    .command('test')
    .description('show which events a filter pattern matches, and why')
    .argument('<pattern>', 'the filter pattern')
    .argument('[files...]', 'files with one event a line; the standard input if none is given')
    .option('--json', 'print one JSON document, in the shape of TestMetricFilter')
    .addHelpText('after', testHelp)
    .action(async (pattern: string, files: readonly string[], options: { json?: boolean }) =>
      setExitCode(await testPattern(pattern, files, options.json ?? false)),
    )
  command
    .command('explain')
    .description('say in one sentence what a filter pattern matches')
    .argument('<pattern>', 'the filter pattern')
    .option('--json', 'print one JSON document: the sentence, the canonical text and the syntax tree')
    .addHelpText('after', explainHelp)
    .action((pattern: string, options: { json?: boolean }) => setExitCode(explain(pattern, options.json ?? false)))
  return command
}

interface Match {
  /** Counts the lines of all files from 1. */
  readonly eventNumber: number
  readonly eventMessage: string
  readonly extractedValues: Readonly<Record<string, string>>
}

async function testPattern(pattern: string, files: readonly string[], isJson: boolean): Promise<number> {
  const parsed = parsePattern(pattern)
  if ('diagnostics' in parsed) return refuse(pattern, parsed.diagnostics, isJson)
  const matcher = compilePattern(parsed.ast)
  const matches: Match[] = []
  let events = 0
  let found = 0
  const inputs = files.length === 0 ? [process.stdin] : files.map(file => createReadStream(file))
  for (const input of inputs)
    for await (const eventMessage of readLines(input)) {
      events++
      const extractedValues = matcher.extract(eventMessage)
      if (extractedValues === undefined) continue
      found++
      const match = { eventNumber: events, eventMessage, extractedValues }
      if (isJson) matches.push(match)
      else process.stdout.write(renderMatch(parsed.ast, match))
    }
  if (isJson) process.stdout.write(`${JSON.stringify({ matches })}\n`)
  else process.stdout.write(`${found} of ${events} events match\n`)
  return found > 0 ? 0 : 1
}

function renderMatch(ast: FilterPattern, { eventNumber, eventMessage, extractedValues }: Match): string {
  const isTerminal = showsReverse(process.stdout)
  const lines = [`${eventNumber}: ${highlight(eventMessage, markMatches(ast, eventMessage), isTerminal)}`]
  for (const [name, value] of Object.entries(extractedValues)) lines.push(`    ${name} = ${printable(value)}`)
  return `${lines.join('\n')}\n`
}

function explain(pattern: string, isJson: boolean): number {
  const parsed = parsePattern(pattern)
  if ('diagnostics' in parsed) return refuse(pattern, parsed.diagnostics, isJson)
  const explanation = explainPattern(parsed.ast)
  const document = { explanation, canonical: formatPattern(parsed.ast), ast: parsed.ast }
  process.stdout.write(`${isJson ? JSON.stringify(document) : printable(explanation)}\n`)
  return 0
}

function refuse(text: string, diagnostics: readonly Diagnostic[], isJson: boolean): number {
  if (isJson) process.stdout.write(`${JSON.stringify({ diagnostics })}\n`)
  else
    for (const diagnostic of diagnostics)
      process.stderr.write(`${renderDiagnostic({ name: 'pattern', text }, diagnostic)}\n`)
  return 2
}
