/** Adds up the counts of many landing objects: the same sums, extremes and percentiles in whatever order they come. */
import { msPerMinute } from './metric-counts.js'
import type { Statistics, StoredFilter, StoredMetrics, StoredSeries } from './metrics-footer.js'

export interface MetricMinute extends Statistics {
  readonly namespace: string
  readonly metric: string
  readonly unit: string
  readonly dimensions: Readonly<Record<string, string>>
  /** Start of the minute, ms since the epoch. */
  readonly timestamp: number
  /** Of the nearest rank; null where an object kept only sums. */
  readonly percentiles: Readonly<Record<'p50' | 'p90' | 'p99', number>> | null
  /** The default value stands for a minute in which events came in and none matched. */
  readonly isDefault: boolean
}

interface Total {
  readonly of: Pick<MetricMinute, 'namespace' | 'metric' | 'unit' | 'dimensions'>
  readonly minute: number
  statistics: Statistics
  values: Map<number, number> | null
}

interface Quiet {
  readonly of: Total['of']
  readonly minute: number
  readonly defaultValue: number
  /** An event matched and made no data point, so that the default does not stand for the minute. */
  isUnmeasured: boolean
}

export class MetricTotals {
  readonly #totals = new Map<string, Total>()
  readonly #quiet = new Map<string, Quiet>()
  #omitted = 0

  /** Data points that were left out of the objects. */
  get omitted(): number {
    return this.#omitted
  }

  add({ filters, omitted }: StoredMetrics): void {
    this.#omitted += omitted
    for (const filter of filters) {
      for (const series of filter.series) this.#addSeries(filter, series)
      for (const [minute, isUnmeasured] of filter.minutes) this.#addMinute(filter, minute, isUnmeasured)
    }
  }

  /** By time, then by metric. */
  minutes(): readonly MetricMinute[] {
    const quiet = [...this.#quiet]
      .filter(([key, { isUnmeasured }]) => !isUnmeasured && !this.#totals.has(key))
      .map(([, { of, minute, defaultValue: value }]) => ({
        ...of,
        timestamp: minute * msPerMinute,
        ...{ count: 1, sum: value, min: value, max: value },
        percentiles: { p50: value, p90: value, p99: value },
        isDefault: true,
      }))
    const counted = [...this.#totals.values()].map(({ of, minute, statistics, values }) => ({
      ...of,
      timestamp: minute * msPerMinute,
      ...statistics,
      percentiles: values === null ? null : percentilesOf(values, statistics.count),
      isDefault: false,
    }))
    const orderOf = (row: MetricMinute) => JSON.stringify([row.namespace, row.metric, row.unit, row.dimensions])
    return [...quiet, ...counted].sort((a, b) => {
      if (a.timestamp !== b.timestamp) return a.timestamp - b.timestamp
      return orderOf(a) < orderOf(b) ? -1 : 1
    })
  }

  #addSeries(filter: StoredFilter, { minute, dimensions, values, ...statistics }: StoredSeries): void {
    const of = metricOf(filter, dimensions)
    const key = keyOf(of, minute)
    const known = this.#totals.get(key)
    if (known === undefined) {
      this.#totals.set(key, { of, minute, statistics, values: values === null ? null : new Map(values) })
      return
    }
    known.statistics = sumOf(known.statistics, statistics)
    if (values === null) known.values = null
    if (known.values === null || values === null) return
    for (const [value, times] of values) known.values.set(value, (known.values.get(value) ?? 0) + times)
  }

  #addMinute(filter: StoredFilter, minute: number, isUnmeasured: boolean): void {
    if (filter.defaultValue === null) return
    const of = metricOf(filter, [])
    const key = keyOf(of, minute)
    const known = this.#quiet.get(key)
    if (known === undefined) this.#quiet.set(key, { of, minute, defaultValue: filter.defaultValue, isUnmeasured })
    else known.isUnmeasured ||= isUnmeasured
  }
}

function metricOf({ namespace, metric, unit, dimensionNames }: StoredFilter, values: readonly string[]): Total['of'] {
  const dimensions = Object.fromEntries(dimensionNames.map((name, index) => [name, values[index]!]))
  return { namespace, metric, unit, dimensions }
}

function keyOf({ namespace, metric, unit, dimensions }: Total['of'], minute: number): string {
  return JSON.stringify([minute, namespace, metric, unit, Object.entries(dimensions).sort()])
}

function sumOf(a: Statistics, b: Statistics): Statistics {
  return {
    count: a.count + b.count,
    sum: a.sum + b.sum,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
  }
}

function percentilesOf(values: ReadonlyMap<number, number>, count: number): NonNullable<MetricMinute['percentiles']> {
  const sorted = [...values].sort(([a], [b]) => a - b)
  const at = (share: number) => {
    let before = Math.ceil(share * count)
    const found = sorted.find(([, times]) => {
      before -= times
      return before <= 0
    })
    return found![0]
  }
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99) }
}
