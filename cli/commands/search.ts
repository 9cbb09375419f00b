import { Command } from 'commander'
import { type FilterPattern, parsePattern } from '../../shared/filter-pattern/index.js'
import { planSearch } from '../../shared/jobs/query/plan-search.js'
import { maxSearchEvents } from '../../shared/jobs/query/query-request.js'
import { interruptible } from '../interrupt.js'
import { checkGroups, namedGroups } from '../log-groups.js'
import { markedLine } from '../output/marked-line.js'
import { type ShownEvent, shownEvent } from '../output/print-events.js'
import { refuse } from '../output/refuse.js'
import { clearProgress, note } from '../output/screen.js'
import { askFunction, tellStatus } from '../remote/ask-function.js'
import { queryFunction } from '../remote/query-function.js'
import { remoteGroups } from '../remote/remote-groups.js'
import { checkOptions, refusedBy } from '../remote/run-remotely.js'
import { addScopeOptions, collect, readScope, type Scope, type ScopeOptions, scopeHelp } from '../scope-options.js'
import { openSession } from '../session.js'

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
  readonly function?: string
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
    .option('--function <name>', 'have this query function search (docs/query.md), and not this machine')
    .option('--json', 'print one JSON object a line')
    .option('--raw', 'print the messages only')
    .addHelpText('after', help)
    .action(async (pattern: string, options: Options) => setExitCode(await search(pattern, options)))
}

async function search(pattern: string, options: Options): Promise<number> {
  const limit = limitOf(options.limit)
  const parsed = parsePattern(pattern)
  const isJson = options.json === true
  if ('diagnostics' in parsed) return refuse(pattern, parsed.diagnostics, isJson, 'pattern')
  // One more than is shown tells whether there are more.
  const asked = { pattern, streams: options.stream ?? null, limit: Math.min(limit + 1, maxSearchEvents) }
  return await interruptible(async signal => {
    const scope = readScope(options, Date.now())
    const { function: name } = options
    if (name !== undefined) checkOptions(options)
    try {
      const rows = await (name === undefined
        ? searchHere(asked, scope, signal)
        : searchRemotely(name, asked, scope, signal))
      const found = rows.slice(0, limit).map(shownEvent).reverse()
      print(parsed.ast, found, options)
      if (rows.length > limit) note(`the latest ${limit}; there are more (--limit)`)
      return found.length > 0 ? 0 : 1
    } catch (error) {
      return refusedBy(error, isJson, 'pattern')
    }
  })
}

function limitOf(text = '100'): number {
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0
  if (limit < 1 || limit > maxSearchEvents)
    throw new Error(`expected a number of events from 1 to ${maxSearchEvents}, found ${JSON.stringify(text)}`)
  return limit
}

interface Asked {
  readonly pattern: string
  readonly streams: readonly string[] | null
  readonly limit: number
}

async function searchHere(asked: Asked, { lake, times, globs }: Scope, signal: AbortSignal) {
  const session = openSession(lake(), signal)
  try {
    const groups = await namedGroups(session.lake, globs, signal)
    const scope = { ...times, logGroups: groups ?? null, logStreams: asked.streams, limit: asked.limit }
    const planned = planSearch(asked.pattern, scope)
    if ('diagnostics' in planned) throw new Error(planned.diagnostics[0]?.message)
    const rows = await session.run(planned.plan)
    if (!session.sawGroups) await checkGroups(session.lake, groups, signal)
    return rows
  } finally {
    await session.close()
  }
}

async function searchRemotely(name: string, { pattern, streams, limit }: Asked, scope: Scope, signal: AbortSignal) {
  const remote = queryFunction(name)
  const logGroups = await remoteGroups(remote, scope, signal)
  const request = { action: 'search', pattern, ...scope.times, logGroups, logStreams: streams, limit }
  const { rows } = await askFunction(remote, request, signal, tellStatus())
  clearProgress()
  return rows
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
