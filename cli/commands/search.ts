import { Command } from 'commander'
import { type FilterPattern, lowerSearch, parsePattern } from '../../shared/filter-pattern/index.js'
import { and, type Expr, field } from '../../shared/plan/expr.js'
import type { Project } from '../../shared/plan/node.js'
import type { Times } from '../lake.js'
import { namedGroups } from '../log-groups.js'
import { markedLine } from '../output/marked-line.js'
import { type ShownEvent, shownEvent } from '../output/print-events.js'
import { refuse } from '../output/refuse.js'
import { note } from '../output/screen.js'
import { addScopeOptions, collect, type ScopeOptions, scopeHelp } from '../scope-options.js'
import { withSession } from '../with-session.js'

const help = `
Prints the events that a filter pattern of CloudWatch Logs matches (docs/filter-patterns.md) in the order of their time;
where there are more than --limit, the latest of them. On a terminal the parts that the pattern asks about are marked. A
pattern that begins with a hyphen comes after two: tailrace search -- '-DEBUG'
${scopeHelp}

  tailrace search '?ERROR ?Exception' --group '/aws/lambda/*' --since 1h
  tailrace search '{ $.level = "error" && $.ms > 500 }' --stream 'web/*' --limit 20

Exit status: 0 some event matches; 1 none does; 2 the pattern, an argument or the lake is wrong; 130 ended by Ctrl-C.`

interface Options extends ScopeOptions {
  readonly stream?: readonly string[]
  readonly limit?: string
  readonly json?: boolean
  readonly raw?: boolean
}

/** `tailrace search`: a filter pattern over the lake. */
export function searchCommand({ setExitCode }: { readonly setExitCode: (code: number) => void }): Command {
  return addScopeOptions(new Command('search'))
    .description('find the events that a filter pattern matches')
    .argument('<pattern>', 'the filter pattern')
    .option('--stream <name>', 'log stream or glob; may be repeated; all if left out', collect)
    .option('--limit <n>', 'how many events at most; 100 if left out')
    .option('--json', 'print one JSON object a line')
    .option('--raw', 'print the messages only')
    .addHelpText('after', help)
    .action(async (pattern: string, options: Options) => setExitCode(await search(pattern, options)))
}

async function search(pattern: string, options: Options): Promise<number> {
  const parsed = parsePattern(pattern)
  if ('diagnostics' in parsed) return refuse(pattern, parsed.diagnostics, options.json === true, 'pattern')
  const limit = limitOf(options.limit)
  return await withSession(options, async (session, { times, globs }) => {
    const groups = await namedGroups(session, times, globs)
    // One more than is shown tells whether there are more.
    const rows = await session.run(planOf(parsed.ast, { times, groups, streams: options.stream, limit: limit + 1 }))
    const found = rows.slice(0, limit).map(shownEvent).reverse()
    print(parsed.ast, found, options)
    if (rows.length > limit) note(`the latest ${limit}; there are more (--limit)`)
    return found.length > 0 ? 0 : 1
  })
}

function limitOf(text = '100'): number {
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0
  if (limit < 1 || limit > 100_000)
    throw new Error(`expected a number of events from 1 to 100000, found ${JSON.stringify(text)}`)
  return limit
}

interface Asked {
  readonly times: Times
  readonly groups: readonly string[] | undefined
  readonly streams: readonly string[] | undefined
  readonly limit: number
}

const columns = ['@timestamp', '@log', '@logStream', '@message']

/** The newest events first, as a scan gives them. */
function planOf(ast: FilterPattern, { times, groups, streams, limit }: Asked): Project {
  const scan = {
    kind: 'scan',
    groups: groups === undefined ? null : { names: groups, prefixes: [], accounts: [] },
    ...times,
    fields: columns.map(name => ({ name, as: 'text' }) as const),
  } as const
  const conditions = [...(streams === undefined ? [] : [streamsNamed(streams)]), lowerSearch(ast)]
  const filtered = { kind: 'filter', input: scan, condition: and(conditions) } as const
  return {
    kind: 'project',
    input: { kind: 'limit', input: filtered, count: limit, any: false },
    columns: columns.map(name => ({ name, value: field(name) })),
  }
}

function streamsNamed(globs: readonly string[]): Expr {
  const written = globs.map(glob =>
    [...glob].map(char => (char === '*' ? '.*' : char === '?' ? '.' : escaped(char))).join(''),
  )
  return { kind: 'regex', text: field('@logStream'), regex: `(?s)\\A(?:${written.join('|')})\\z` }
}

function escaped(char: string): string {
  return char.replace(/[\\^$.|()[\]{}+]/, '\\$&')
}

function print(ast: FilterPattern, found: readonly ShownEvent[], { json, raw }: Options): void {
  const places = {
    groups: new Set(found.map(({ logGroup }) => logGroup)).size > 1,
    streams: new Set(found.map(({ logStream }) => logStream)).size > 1,
  }
  const isMarked = process.stdout.isTTY === true && process.env.NO_COLOR === undefined
  const lineOf = (event: ShownEvent) => {
    if (json === true) return `${JSON.stringify(event)}\n`
    return raw === true ? `${event.message.replace(/\r?\n$/, '')}\n` : markedLine(event, places, isMarked ? ast : null)
  }
  process.stdout.write(found.map(lineOf).join(''))
}
