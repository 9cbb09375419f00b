/**
 * What the events of one landing object count for: values by filter, minute of event time and dimensions. Depends on the
 * events alone, so that every attempt at a batch counts alike.
 */
import { type JsonObject, mayMatch } from '../filter-pattern/index.js'
import type { CompiledFilter } from './metric-filter.js'
import type { QuietFilters } from './quiet-filters.js'

export const msPerMinute = 60_000

/**
 * Series of one object. A minute of a filter without dimensions is one series, so only dimensions of many values or
 * events of many hours come here.
 */
const maxSeries = 5_000
/** Characters of all values of dimensions of one object. */
const maxDimensionText = 256 * 1024

/** Events and characters that are looked at together: as many as a processor's nearest cache holds, about. */
const maxPending = 64
const maxPendingText = 256 * 1024

/** A message, and what it is as a JSON object. */
export interface CountedEvent {
  readonly message: string
  json(): JsonObject | undefined
}

interface PendingEvent {
  readonly event: CountedEvent
  readonly minute: number
}

/** The filters of a log group. */
export interface FilterSet {
  readonly filters: readonly CompiledFilter[]
  readonly quiet: QuietFilters
}

export interface Series {
  /** Minutes since the epoch. */
  readonly minute: number
  readonly dimensions: readonly string[]
  /** Value → how many events had it. */
  readonly values: ReadonlyMap<number, number>
}

export interface FilterCounts {
  readonly compiled: CompiledFilter
  readonly series: readonly Series[]
  /** Of a filter with a default value: minutes of events. True where a match made no data point. */
  readonly minutes: ReadonlyMap<number, boolean>
}

interface OpenSeries extends Series {
  readonly values: Map<number, number>
}

interface Tally {
  /** In the order in which they began. */
  readonly series: OpenSeries[]
  /** By minute and by the text of the dimensions. */
  readonly minutes: Map<number, Map<string, OpenSeries>>
  readonly unmeasured: Set<number>
  /** The minute that was counted last, as events come in order of time. */
  minute: number
  ofMinute: Map<string, OpenSeries>
}

export class MetricCounts {
  readonly #tallies = new Map<CompiledFilter, Tally>()
  readonly #minutes = new Map<FilterSet, Set<number>>()
  #pending: PendingEvent[] = []
  #pendingText = 0
  #lastMinute = Number.NaN
  #lastSet: FilterSet | null = null
  #series = 0
  #dimensionText = 0
  #omitted = 0

  /** Data points that no series was left for. */
  get omitted(): number {
    return this.#omitted
  }

  /**
   * Many events of a group are looked at together, so that a filter whose text none of them has costs one search.
   *
   * @param set the same for all events up to the next `flush`
   * @param timestamp event time, ms since the epoch
   */
  count(set: FilterSet, timestamp: number, event: CountedEvent): void {
    const minute = Math.floor(timestamp / msPerMinute)
    this.#pending.push({ event, minute })
    this.#pendingText += event.message.length
    if (minute !== this.#lastMinute || set !== this.#lastSet) this.#minutesOf(set).add(minute)
    this.#lastMinute = minute
    this.#lastSet = set
    if (this.#pending.length === maxPending || this.#pendingText > maxPendingText) this.flush(set)
  }

  /** Ends the events of a group. */
  flush(set: FilterSet): void {
    const pending = this.#pending
    if (pending.length === 0) return
    const text = pending.map(({ event }) => event.message).join('\n')
    const hasEscape = lazily(() => text.includes('\\u'))
    const documents = lazily(() => pending.filter(mayBeDocument))
    const { filters, quiet } = set
    const isNews = quiet.stirs(text)
    for (const compiled of filters) {
      if (!isNews && quiet.has(compiled)) continue
      const events = compiled.needsDocument ? documents() : pending
      if (events.length === 0 || !mayMatch(compiled.needed, text, hasEscape)) continue
      quiet.wake(compiled)
      const only = compiled.needsDocument ? undefined : compiled.needed.find(({ length }) => length === 1)?.[0]
      this.#countEach(compiled, only === undefined ? events : having(only, text, events))
    }
    this.#pending = []
    this.#pendingText = 0
  }

  #countEach(compiled: CompiledFilter, events: readonly PendingEvent[]): void {
    let tally: Tally | undefined
    for (const { event, minute } of events) {
      const measured = compiled.measure(event.message, compiled.needsDocument ? () => event.json() : noDocument)
      if (measured === undefined) continue
      tally ??= this.#tallyOf(compiled)
      if (measured === null) tally.unmeasured.add(minute)
      else this.#add(tally, minute, measured.dimensions, measured.value)
    }
  }

  /** In the order in which filters first matched; filters that only saw events come last. */
  *results(): Generator<FilterCounts> {
    const minutes = this.#minutesOfFilters()
    for (const compiled of new Set([...this.#tallies.keys(), ...minutes.keys()])) {
      const tally = this.#tallies.get(compiled)
      const series = tally?.series ?? []
      const seen = [...(minutes.get(compiled) ?? [])]
      if (series.length === 0 && seen.length === 0) continue
      yield {
        compiled,
        series,
        minutes: new Map(seen.map(minute => [minute, tally?.unmeasured.has(minute) ?? false])),
      }
    }
  }

  #minutesOfFilters(): Map<CompiledFilter, Set<number>> {
    const found = new Map<CompiledFilter, Set<number>>()
    for (const [{ filters }, minutes] of this.#minutes) {
      for (const compiled of filters) {
        if (compiled.filter.defaultValue === null) continue
        const known = found.get(compiled) ?? new Set()
        for (const minute of minutes) if (known.size < maxSeries / 10) known.add(minute)
        found.set(compiled, known)
      }
    }
    return found
  }

  #minutesOf(set: FilterSet): Set<number> {
    return getOrMake(this.#minutes, set, () => new Set())
  }

  #tallyOf(compiled: CompiledFilter): Tally {
    return getOrMake(this.#tallies, compiled, () => ({
      series: [],
      minutes: new Map(),
      unmeasured: new Set(),
      minute: Number.NaN,
      ofMinute: new Map(),
    }))
  }

  #add(tally: Tally, minute: number, dimensions: readonly string[], value: number): void {
    if (minute !== tally.minute) {
      tally.minute = minute
      tally.ofMinute = getOrMake(tally.minutes, minute, () => new Map())
    }
    // No value of a dimension holds a line feed.
    const key = dimensions.length === 1 ? dimensions[0]! : dimensions.join('\n')
    const series = tally.ofMinute.get(key) ?? this.#open(tally, key, dimensions)
    if (series === null) this.#omitted++
    else series.values.set(value, (series.values.get(value) ?? 0) + 1)
  }

  #open(tally: Tally, key: string, dimensions: readonly string[]): OpenSeries | null {
    if (this.#series === maxSeries || this.#dimensionText + key.length > maxDimensionText) return null
    const series: OpenSeries = { minute: tally.minute, dimensions, values: new Map() }
    tally.ofMinute.set(key, series)
    tally.series.push(series)
    this.#series++
    this.#dimensionText += key.length
    return series
  }
}

/**
 * The events whose message has a text that is not empty, or all where most have it: `joined` is the messages of all of
 * them, one a line.
 */
function having(text: string, joined: string, events: readonly PendingEvent[]): readonly PendingEvent[] {
  const found: PendingEvent[] = []
  let index = 0
  let end = events[0]!.event.message.length
  for (let at = joined.indexOf(text); at !== -1; at = joined.indexOf(text, end + 1)) {
    while (end < at) end += 1 + events[++index]!.event.message.length
    found.push(events[index]!)
    if (found.length === 8 && index < 16) return events
  }
  return found
}

function getOrMake<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}

const noDocument = () => undefined

const openBracket = 91
const blank = 32

/** An object that has been read, or perhaps an array. */
function mayBeDocument({ event }: PendingEvent): boolean {
  if (event.json() !== undefined) return true
  const { message } = event
  const first = message.charCodeAt(0)
  return first === openBracket || (first <= blank && message.trimStart().startsWith('['))
}

function lazily<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
