/**
 * What the events of one landing object count for: values by filter, minute of event time and dimensions. Depends on the
 * events alone, so that every attempt at a batch counts alike.
 */
import type { JsonObject } from '../filter-pattern/index.js'
import type { CompiledFilter } from './metric-filter.js'

export const msPerMinute = 60_000

/**
 * Series of one object. A minute of a filter without dimensions is one series, so only dimensions of many values or
 * events of many hours come here.
 */
const maxSeries = 5_000
/** Characters of all values of dimensions of one object. */
const maxDimensionText = 256 * 1024

/** The filters of a log group. */
export interface FilterSet {
  readonly filters: readonly CompiledFilter[]
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

interface Tally {
  readonly series: Map<string, Series & { readonly values: Map<number, number> }>
  readonly unmeasured: Set<number>
  /** The series that was counted last: events come in order of time. */
  last: (Series & { readonly values: Map<number, number> }) | null
}

export class MetricCounts {
  readonly #tallies = new Map<CompiledFilter, Tally>()
  readonly #minutes = new Map<FilterSet, Set<number>>()
  #series = 0
  #dimensionText = 0
  #omitted = 0

  /** Data points that no series was left for. */
  get omitted(): number {
    return this.#omitted
  }

  /** @param timestamp event time, ms since the epoch */
  count(set: FilterSet, timestamp: number, message: string, json: () => JsonObject | undefined): void {
    const minute = Math.floor(timestamp / msPerMinute)
    this.#minutesOf(set).add(minute)
    for (const compiled of set.filters) {
      const measured = compiled.measure(message, json)
      if (measured === undefined) continue
      const tally = this.#tallyOf(compiled)
      if (measured === null) tally.unmeasured.add(minute)
      else this.#add(tally, minute, measured.dimensions, measured.value)
    }
  }

  /** In the order in which filters first matched; filters that only saw events come last. */
  *results(): Generator<FilterCounts> {
    const minutes = this.#minutesOfFilters()
    for (const compiled of new Set([...this.#tallies.keys(), ...minutes.keys()])) {
      const tally = this.#tallies.get(compiled)
      const series = [...(tally?.series.values() ?? [])]
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
    const known = this.#minutes.get(set)
    if (known !== undefined) return known
    const minutes = new Set<number>()
    this.#minutes.set(set, minutes)
    return minutes
  }

  #tallyOf(compiled: CompiledFilter): Tally {
    const known = this.#tallies.get(compiled)
    if (known !== undefined) return known
    const tally: Tally = { series: new Map(), unmeasured: new Set(), last: null }
    this.#tallies.set(compiled, tally)
    return tally
  }

  #add(tally: Tally, minute: number, dimensions: readonly string[], value: number): void {
    const { last } = tally
    const isLast = last !== null && last.minute === minute && dimensions.length === 0
    const series = isLast ? last : this.#seriesOf(tally, minute, dimensions)
    if (series === null) this.#omitted++
    else series.values.set(value, (series.values.get(value) ?? 0) + 1)
  }

  #seriesOf(tally: Tally, minute: number, dimensions: readonly string[]): Tally['last'] {
    // No value of a dimension holds a line feed.
    const key = dimensions.length === 0 ? String(minute) : `${minute}\n${dimensions.join('\n')}`
    let series = tally.series.get(key) ?? null
    if (series === null) {
      if (this.#series === maxSeries || this.#dimensionText + key.length > maxDimensionText) return null
      series = { minute, dimensions, values: new Map() }
      tally.series.set(key, series)
      this.#series++
      this.#dimensionText += key.length
    }
    tally.last = series
    return series
  }
}
