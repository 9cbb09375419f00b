import { Command } from 'commander'
import type { ResultRow } from '../../shared/engine/render-row.js'
import { type FilterPattern, parsePattern } from '../../shared/filter-pattern/index.js'
import { type Context, type ContextEvent, eventsAround } from '../../shared/jobs/query/events-around.js'
import { planSearch } from '../../shared/jobs/query/plan-search.js'
import { maxSearchEvents } from '../../shared/jobs/query/query-request.js'
import { interruptible } from '../interrupt.js'
import { knownGroups } from '../known-groups.js'
import { checkGroups, namedGroups } from '../log-groups.js'
import { onlyOne } from '../only-one.js'
import { markedLine } from '../output/marked-line.js'
import { placesOf, rawLine, type ShownEvent, shownEvent } from '../output/print-events.js'
import { refuse } from '../output/refuse.js'
import { clearProgress, note } from '../output/screen.js'
import { askFunction, tellStatus } from '../remote/ask-function.js'
import { queryFunction } from '../remote/query-function.js'
import { remoteGroups } from '../remote/remote-groups.js'
import { checkOptions, refusedBy } from '../remote/run-remotely.js'
import { addScopeOptions, collect, readScope, type Scope, type ScopeOptions, scopeHelp } from '../scope-options.js'
import { openSession } from '../session.js'
import { showsReverse } from '../terminal.js'

const help = `
Prints the events that a filter pattern of CloudWatch Logs matches (docs/filter-patterns.md) in the order of their time;
where there are more than --limit, the latest of them. On a terminal the parts that the pattern asks about are marked. A
pattern that begins with a hyphen comes after two: tailrace search -- '-DEBUG'

--context shows neighbours, too: the events right before and after in the same log stream and within the range, unless they
are more than a day away. Lines that match then begin with >, and -- stands between events that do not follow one another.
${scopeHelp}

  tailrace search '?ERROR ?Exception' --group '/aws/lambda/*' --since 1h
  tailrace search '{ $.level = "error" && $.ms > 500 }' --stream 'web/*' --limit 20
  tailrace search Traceback --context 5 --since 1d

Exit status: 0 some event matches; 1 none does; 2 the pattern, an argument or the lake is wrong; 130 ended by Ctrl-C.`

interface Options extends ScopeOptions {
  readonly stream?: readonly string[]
  readonly limit?: string
  readonly context?: string
  readonly before?: string
  readonly after?: string
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
    .option('-C, --context <n>', 'show so many events before and after each, too')
    .option('-B, --before <n>', 'show so many events before each, too')
    .option('-A, --after <n>', 'show so many events after each, too')
    .option('--function <name>', 'have this query function search (docs/query.md), and not this machine')
    .option('--json', 'print one JSON object a line')
    .option('--raw', 'print the messages only')
    .addHelpText('after', help)
    .action(async (pattern: string, options: Options) => setExitCode(await search(pattern, options)))
}

async function search(pattern: string, options: Options): Promise<number> {
  onlyOne(options, 'json', 'raw')
  const context = contextOf(options)
  const limit = numberOf(options.limit ?? '100', 'events', 1, context === null ? maxSearchEvents : maxWithContext)
  const parsed = parsePattern(pattern)
  const isJson = options.json === true
  if ('diagnostics' in parsed) return refuse(pattern, parsed.diagnostics, isJson, 'pattern')
  // One more than is shown tells whether there are more.
  const asked = { pattern, streams: options.stream ?? null, limit: Math.min(limit + 1, maxSearchEvents) }
  return await interruptible(async signal => {
    const scope = readScope(options, Date.now())
    const { function: name } = options
    if (name !== undefined && context !== null)
      throw new Error('--context is for searches that run here: the function tells of matching events only')
    if (name !== undefined) checkOptions(options)
    try {
      const { stretches, hasMore } = await (name === undefined
        ? searchHere(asked, scope, { limit, context, signal })
        : searchRemotely(name, asked, scope, { limit, signal }))
      print(parsed.ast, options, stretches, context !== null)
      if (stretches.length === 0) note('no event matches')
      if (hasMore) note(`the latest ${limit}; there are more (--limit)`)
      return stretches.length > 0 ? 0 : 1
    } catch (error) {
      return refusedBy(error, isJson, 'pattern')
    }
  })
}

/** What the statement that looks for neighbours can name. */
const maxWithContext = 1_000
const maxContext = 1_000

function contextOf({ context, before = context, after = context }: Options): Context | null {
  if (before === undefined && after === undefined) return null
  const count = (text = '0') => numberOf(text, 'neighbours', 0, maxContext)
  return { before: count(before), after: count(after) }
}

function numberOf(text: string, what: string, least: number, most: number): number {
  const number = /^\d{1,6}$/.test(text) ? Number(text) : -1
  if (number < least || number > most)
    throw new Error(`expected a number of ${what} from ${least} to ${most}, found ${JSON.stringify(text)}`)
  return number
}

interface Asked {
  readonly pattern: string
  readonly streams: readonly string[] | null
  readonly limit: number
}

/** Events in the order that they are shown in; those of a stretch follow one another in their stream, if there is context. */
interface Found {
  readonly stretches: readonly (readonly ContextEvent[])[]
  readonly hasMore: boolean
}

interface Bounds {
  /** Of matching events that are shown. */
  readonly limit: number
  readonly signal: AbortSignal
}

async function searchHere(
  asked: Asked,
  { lake, times, globs }: Scope,
  { limit, context, signal }: Bounds & { readonly context: Context | null },
): Promise<Found> {
  const session = openSession(lake(), signal)
  const known = () => knownGroups(session.lake, { signal })
  try {
    const groups = await namedGroups(globs, known)
    const scope = { ...times, logGroups: groups ?? null, logStreams: asked.streams, limit: asked.limit }
    const planned = planSearch(asked.pattern, { ...scope, hasPointers: context !== null })
    if ('diagnostics' in planned) throw new Error(planned.diagnostics[0]?.message)
    const rows = await session.run(planned.plan)
    await checkGroups(globs, known, session.groupsSeen)
    if (context === null) return inOneStretch(rows, limit)
    const stretches = await eventsAround(rows.slice(0, limit), { ...context, ...times, run: session.run })
    return { stretches, hasMore: rows.length > limit }
  } finally {
    await session.close()
  }
}

async function searchRemotely(
  name: string,
  { pattern, streams, limit: asked }: Asked,
  scope: Scope,
  { limit, signal }: Bounds,
): Promise<Found> {
  const remote = queryFunction(name)
  const logGroups = (await namedGroups(scope.globs, () => remoteGroups(remote, scope.times, signal))) ?? null
  const request = { action: 'search', pattern, ...scope.times, logGroups, logStreams: streams, limit: asked }
  const { rows } = await askFunction(remote, request, signal, tellStatus())
  clearProgress()
  return inOneStretch(rows, limit)
}

function inOneStretch(rows: readonly ResultRow[], limit: number): Found {
  const events = rows.slice(0, limit).map(row => ({ row, isMatch: true }))
  return { stretches: events.length === 0 ? [] : [events.reverse()], hasMore: rows.length > limit }
}

function print(ast: FilterPattern, { json, raw }: Options, stretches: Found['stretches'], hasContext: boolean): void {
  const shown = stretches.map(events => events.map(({ row, isMatch }) => ({ event: shownEvent(row), isMatch })))
  const places = placesOf(shown.flat().map(({ event }) => event))
  const isMarked = showsReverse(process.stdout)
  const lineOf = ({ event, isMatch }: { readonly event: ShownEvent; readonly isMatch: boolean }) => {
    if (json === true) return `${JSON.stringify(hasContext ? { ...event, match: isMatch } : event)}\n`
    if (raw === true) return rawLine(event)
    const line = markedLine(event, places, isMarked && isMatch ? ast : null)
    return hasContext ? `${isMatch ? '>' : ' '} ${line.replaceAll(/\n(?!$)/g, '\n  ')}` : line
  }
  const texts = shown.map(stretch => stretch.map(lineOf).join(''))
  process.stdout.write(texts.join(json === true ? '' : '--\n'))
}
