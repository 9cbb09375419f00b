import { Command } from 'commander'
import { formatText } from '../../shared/insights/format-expr.js'
import { type AnswererOptions, addAnswererOptions, withAnswerer } from '../answerer.js'
import { firstEvents } from '../first-events.js'
import type { Times } from '../lake.js'
import { checkGroups, namedGroups } from '../log-groups.js'
import { onlyOne } from '../only-one.js'
import { eventFields, eventLine, placesOf, rawLine, type ShownEvent, shownEvent } from '../output/print-events.js'
import { note } from '../output/screen.js'
import { scopeHelp } from '../scope-options.js'
import { readTime } from '../times.js'

const help = `
Prints events in the order of their time, the latest 100 if nothing else is asked for.
${scopeHelp}

  tailrace events /aws/lambda/orders --tail 20
  tailrace events /ecs/orders web/1 --around 2026-01-15T12:00Z --limit 50

Exit status: 0 done, also without an event; 2 an argument or the lake is wrong, or it has no such group; 130 ended by
Ctrl-C.`

interface Options extends Omit<AnswererOptions, 'group'> {
  readonly head?: string
  readonly tail?: string
  readonly around?: string
  readonly limit?: string
  readonly json?: boolean
  readonly raw?: boolean
}

/** `tailrace events`: the events of a log group or stream, as they came. */
export function eventsCommand({ setExitCode }: { readonly setExitCode: (code: number) => void }): Command {
  return addAnswererOptions(new Command('events'))
    .description('show the events of a log group or stream')
    .argument('<group>', 'log group, or a glob over their names')
    .argument('[stream]', 'log stream; all if left out')
    .option('--head <n>', 'the first events')
    .option('--tail <n>', 'the last events')
    .option('--around <time>', 'the events before and after a time')
    .option('--limit <n>', 'how many events around that time; 100 if left out')
    .option('--json', 'print one JSON object a line')
    .option('--raw', 'print the messages only')
    .addHelpText('after', help)
    .action(async (group: string, stream: string | undefined, options: Options) =>
      setExitCode(await events(group, stream, options)),
    )
}

async function events(group: string, stream: string | undefined, options: Options): Promise<number> {
  onlyOne(options, 'json', 'raw')
  const way = onlyOne(options, 'head', 'tail', 'around') ?? 'tail'
  const count = countOf(way === 'around' ? options.limit : options[way])
  return await withAnswerer(options, async (answerer, { times, now }) => {
    const groups = await namedGroups([group], answerer.knownGroups)
    const filter = stream === undefined ? '' : `filter @logStream = ${formatText(stream)} | `
    const read = async (order: 'asc' | 'desc', limit: number, range: Times) => {
      const query = `${filter}fields ${eventFields} | sort @timestamp ${order} | limit ${limit}`
      return await answerer.ask({ query, times: range, groups })
    }
    const first = async (limit: number, range: Times) =>
      (await firstEvents((within, most) => read('asc', most, within), range, limit)).map(shownEvent)
    const last = async (limit: number, range: Times) => (await read('desc', limit, range)).map(shownEvent).reverse()
    const found: ShownEvent[] = []
    if (way === 'head') found.push(...(await first(count, times)))
    else if (way === 'tail') found.push(...(await last(count, times)))
    else {
      const at = readTime(options.around ?? 'now', now)
      const before = Math.floor(count / 2)
      found.push(...(await last(before, { from: times.from, to: at - 1 })))
      found.push(...(await first(count - before, { from: at, to: times.to })))
    }
    if (found.length === 0) {
      await checkGroups([group], answerer.allGroups, 0)
      const of = stream === undefined ? '' : ` of a stream ${stream}; tailrace streams ${group} lists them`
      note(`no event${of}`)
    }
    print(found, options)
    return 0
  })
}

function countOf(text = '100'): number {
  const count = /^\d{1,6}$/.test(text) ? Number(text) : 0
  if (count < 1 || count > 100_000)
    throw new Error(`expected a number of events from 1 to 100000, found ${JSON.stringify(text)}`)
  return count
}

function print(found: readonly ShownEvent[], { json, raw }: Options): void {
  const places = placesOf(found)
  const lineOf = (event: ShownEvent) => {
    if (json === true) return `${JSON.stringify(event)}\n`
    return raw === true ? rawLine(event) : eventLine(event, places)
  }
  process.stdout.write(found.map(lineOf).join(''))
}
