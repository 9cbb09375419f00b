/**
 * The neighbours of events that a search has found: those right before and right after each in its stream.
 *
 * How far in time the n-th neighbour is nobody knows, and all events of a stream are too many to number. So they are looked
 * for within two seconds first, which is enough where there is much, and then, where there were too few, within longer
 * stretches: these hold few events, or they would have been found before. Farther than a day nothing is looked for.
 */
import type { ResultRow } from '../../engine/render-row.js'
import { groupBy } from '../../iceberg/group-by.js'
import { and, call, compare, field, literal, not, or } from '../../plan/expr.js'
import type { Column, Plan, Project, Values, WindowColumn } from '../../plan/node.js'
import { searchColumns } from './plan-search.js'

/** How many of the events right before and right after each. */
export interface Context {
  readonly before: number
  readonly after: number
}

/** An event of a search's answer, with the columns of `planSearch`. */
export interface ContextEvent {
  readonly row: ResultRow
  /** It was found; else it is a neighbour of what was. */
  readonly isMatch: boolean
}

export interface AroundOptions extends Context {
  /** Of the search: event times in ms, both inclusive; null for no bound. Nothing beyond is looked for. */
  readonly from: number | null
  readonly to: number | null
  readonly run: (plan: Project) => Promise<readonly ResultRow[]>
}

/** How far from an event its neighbours may be, in ms, one after the other. */
const reaches = [2_000, 300_000, 86_400_000]

/**
 * Stretches of events that follow one another in their stream, each the oldest first, by the time of their first event.
 * @param found rows of a search with pointers, each of which is in one of the stretches
 */
export async function eventsAround(
  found: readonly ResultRow[],
  options: AroundOptions,
): Promise<readonly (readonly ContextEvent[])[]> {
  const hits = new Set(found.map(keyOf))
  const streams = groupBy(found.map(hitOf), streamOf)
  const stretches = new Map<string, readonly (readonly ContextEvent[])[]>()
  for (let due = [...streams.values()].flat(); due.length > 0; ) {
    const spans = spansOf(due, options)
    const rows = groupBy(await options.run(planSpans(spans, due, options)), row => streamOf(placeOf(row)))
    const again: Hit[] = []
    for (const [stream, own] of groupBy(due, streamOf)) {
      const numbered = [...groupBy(rows.get(stream) ?? [], row => row.span!).values()].map(span => byPosition(span))
      stretches.set(
        stream,
        numbered.flatMap(span => stretchesOf(span, hits, options)),
      )
      const places = placesIn(numbered)
      const lacking = own.filter(hit => {
        const found = places.get(hit.key)
        return found !== undefined && reachFarther(hit, found, options)
      })
      if (lacking.length > 0) again.push(...own)
    }
    due = again
  }
  const first = (events: readonly ContextEvent[]) => events[0]!.row['@timestamp']!
  return [...stretches.values()].flat().sort((a, b) => (first(a) < first(b) ? -1 : 1))
}

interface Place {
  readonly log: string
  readonly stream: string
}

interface Hit extends Place {
  readonly key: string
  readonly pointer: string
  /** ms */
  readonly at: number
  /** How far is looked, as places in `reaches`. */
  older: number
  newer: number
}

function hitOf(row: ResultRow): Hit {
  const at = Date.parse(`${row['@timestamp']!.replace(' ', 'T')}Z`)
  return { ...placeOf(row), key: keyOf(row), pointer: row['@ptr']!, at, older: 0, newer: 0 }
}

function placeOf(row: ResultRow): Place {
  return { log: row['@log']!, stream: row['@logStream']! }
}

function streamOf({ log, stream }: Place): string {
  return JSON.stringify([log, stream])
}

/** Events without an id that came at one time differ in their message. */
function keyOf(row: ResultRow): string {
  return JSON.stringify([row['@ptr'], row['@message']])
}

interface Span extends Place {
  readonly from: number
  to: number
}

/** Where neighbours of these events are looked for: for each stream apart. */
function spansOf(hits: readonly Hit[], { from, to }: AroundOptions): readonly Span[] {
  const spans: Span[] = []
  for (const own of groupBy(hits, streamOf).values()) {
    const wanted = own.map(({ log, stream, at, older, newer }): Span => {
      const start = Math.max(from ?? Number.NEGATIVE_INFINITY, at - reaches[older]!)
      return { log, stream, from: start, to: Math.min(to ?? Number.POSITIVE_INFINITY, at + reaches[newer]!) }
    })
    let last: Span | undefined
    for (const span of wanted.sort((a, b) => a.from - b.from)) {
      if (last !== undefined && span.from <= last.to) last.to = Math.max(last.to, span.to)
      else {
        last = span
        spans.push(span)
      }
    }
  }
  return spans
}

/** Length in ms, such that the spans reach into three times as many stretches as there are spans, at most. */
function stretchOf(spans: readonly Span[]): number {
  return Math.ceil(spans.reduce((sum, { from, to }) => sum + to - from + 1, 0) / spans.length)
}

/** Numbers the events of each span from the newest on, and gives those near to what was found. */
function planSpans(spans: readonly Span[], hits: readonly Hit[], { before, after }: Context): Project {
  const scan: Plan = {
    kind: 'scan',
    groups: {
      names: [...new Set(spans.map(({ log }) => log.slice(log.indexOf(':') + 1)))],
      prefixes: [],
      accounts: [],
    },
    from: Math.min(...spans.map(({ from }) => from)),
    to: Math.max(...spans.map(({ to }) => to)),
    fields: [...searchColumns, '@ptr'].map(name => ({ name, as: 'text' })),
  }
  // An event is compared with the spans of its stream that reach into its stretch of time, and not with all of them.
  const stretch = stretchOf(spans)
  const right: Values = {
    kind: 'values',
    columns: ['log', 'stream', 'from', 'to', 'stretch'],
    rows: spans.flatMap(({ log, stream, from, to }) => {
      const [first, last] = [Math.floor(from / stretch), Math.floor(to / stretch)]
      const own = (_: unknown, index: number) => [log, stream, String(from), String(to), String(first + index)]
      return Array.from({ length: last - first + 1 }, own)
    }),
  }
  const stretchAt = call('floor', call('divide', field('@timestamp'), literal(stretch)))
  const on = [
    { left: field('@log'), right: field('log'), test: 'equal' },
    { left: field('@logStream'), right: field('stream'), test: 'equal' },
    { left: stretchAt, right: field('stretch'), test: 'equal' },
  ] as const
  const joined: Plan = { kind: 'join', how: 'inner', left: scan, right, on, prefix: 'span ', mark: null }
  const within = and([
    compare(field('@timestamp'), '>=', call('toNumber', field('span from'))),
    compare(field('@timestamp'), '<=', call('toNumber', field('span to'))),
  ])
  const pointers: Values = { kind: 'values', columns: ['pointer'], rows: hits.map(({ pointer }) => [pointer]) }
  const marked: Plan = {
    kind: 'join',
    how: 'mark',
    left: { kind: 'filter', input: joined, condition: within },
    right: pointers,
    on: [{ left: field('@ptr'), right: field('pointer'), test: 'equal' }],
    prefix: '',
    mark: 'match',
  }
  return {
    kind: 'project',
    input: nearOnes(marked, { before, after }),
    columns: [
      ...[...searchColumns, '@ptr', 'position'].map((name): Column => ({ name, value: field(name) })),
      { name: 'span', value: field('span from') },
    ],
  }
}

function nearOnes(marked: Plan, { before, after }: Context): Plan {
  const partition = ['@log', '@logStream', 'span from'].map(name => field(name))
  const window = (input: Plan, ...columns: readonly WindowColumn[]): Plan => ({ kind: 'window', input, columns })
  const numbered = window(
    marked,
    { name: 'position', function: 'running-sum', of: literal(1), partition },
    { name: 'newer', function: 'running-sum', of: field('match'), partition },
  )
  // The same from the other end.
  const by = call('negate', field('position'))
  const counted = window(
    numbered,
    { name: 'newer before', function: 'lag', of: field('newer'), rows: before + 1, partition },
    { name: 'older', function: 'running-sum', of: field('match'), partition, by },
  )
  const last = window(counted, {
    name: 'older before',
    function: 'lag',
    of: field('older'),
    rows: after + 1,
    partition,
    by,
  })
  // A count that grew within so many rows; where there are not so many, the one before is absent.
  const grew = (name: string) =>
    and([compare(field(name), '>', literal(0)), not(compare(field(name), '<=', field(`${name} before`)))])
  return { kind: 'filter', input: last, condition: or([grew('newer'), grew('older')]) }
}

type Numbered = ReadonlyMap<number, ResultRow>

function byPosition(rows: readonly ResultRow[]): Numbered {
  return new Map(rows.map(row => [Number(row.position), row] as const).sort(([a], [b]) => b - a))
}

/** Where an event is in a span. */
interface Found {
  readonly rows: Numbered
  readonly position: number
}

function placesIn(spans: readonly Numbered[]): ReadonlyMap<string, Found> {
  return new Map(spans.flatMap(rows => [...rows].map(([position, row]) => [keyOf(row), { rows, position }] as const)))
}

/** Rows of a span that are near to one that was found; those that follow one another together. */
function stretchesOf(
  rows: Numbered,
  hits: ReadonlySet<string>,
  { before, after }: Context,
): readonly (readonly ContextEvent[])[] {
  const near = new Set<number>()
  for (const [position, row] of rows) {
    if (!hits.has(keyOf(row))) continue
    for (let one = position - after; one <= position + before; one++) near.add(one)
  }
  const stretches: ContextEvent[][] = []
  let previous: number | undefined
  for (const [position, { position: _, span: __, ...row }] of rows) {
    if (!near.has(position)) continue
    if (previous !== position + 1) stretches.push([])
    stretches.at(-1)!.push({ row, isMatch: hits.has(keyOf(row)) })
    previous = position
  }
  return stretches
}

/** Where an event has too few neighbours, and there may be more, the next look for them reaches farther. */
function reachFarther(hit: Hit, { rows, position }: Found, { before, after, from, to }: AroundOptions): boolean {
  const isLast = (reach: number) => reach === reaches.length - 1
  const lacksOlder =
    !rows.has(position + before) && !isLast(hit.older) && hit.at - reaches[hit.older]! > (from ?? -Infinity)
  const lacksNewer = position <= after && !isLast(hit.newer) && hit.at + reaches[hit.newer]! < (to ?? Infinity)
  if (lacksOlder) hit.older++
  if (lacksNewer) hit.newer++
  return lacksOlder || lacksNewer
}
