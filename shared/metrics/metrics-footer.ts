/**
 * Metric counts as they stand in a landing object's footer, under `metricsKey`: what `tailrace metrics recompute` and
 * whoever rewrites landing objects go by. A filter is written with its definition, so that counts can be read whatever
 * `pipeline.yml` says later.
 */
import type { MetricCounts } from './metric-counts.js'

/** Key of the footer's key-value metadata. */
export const metricsKey = 'tailrace.metrics'

const version = 1

/**
 * Different values of all series, about half a megabyte. Series that come later are summed up: count, sum and extremes
 * are exact, percentiles are gone.
 */
const maxStoredValues = 40_000

export interface StoredMetrics {
  readonly filters: readonly StoredFilter[]
  /** Data points that were left out, because the object had too many series. */
  readonly omitted: number
}

export interface StoredFilter {
  readonly name: string
  readonly namespace: string
  readonly metric: string
  readonly unit: string
  readonly defaultValue: number | null
  readonly dimensionNames: readonly string[]
  readonly series: readonly StoredSeries[]
  /** With a default value: minutes of events. True where a match made no data point. */
  readonly minutes: ReadonlyMap<number, boolean>
}

export interface StoredSeries extends Statistics {
  /** Minutes since the epoch. */
  readonly minute: number
  readonly dimensions: readonly string[]
  /** Value → how many events had it; null where only the statistics were kept. */
  readonly values: ReadonlyMap<number, number> | null
}

export interface Statistics {
  readonly count: number
  readonly sum: number
  readonly min: number
  readonly max: number
}

/** Text of a version of the footer that this release does not know, or that is damaged. */
export class MetricsUnreadable extends Error {
  override name = 'MetricsUnreadable'
}

/** Null when there is nothing to say. At most about a megabyte and a half; of usual batches some hundred bytes. */
export function encodeMetrics(counts: MetricCounts): string | null {
  let written = 0
  const filters = [...counts.results()].map(({ compiled, series, minutes }) => {
    const { name, namespace, metric, unit, defaultValue } = compiled.filter
    return {
      name,
      namespace,
      metric,
      unit,
      ...(defaultValue === null ? {} : { default: defaultValue }),
      ...(compiled.dimensionNames.length === 0 ? {} : { dimensions: compiled.dimensionNames }),
      series: series.map(({ minute, dimensions, values }) => {
        const isKept = written + values.size <= maxStoredValues
        if (isKept) written += values.size
        return [minute, dimensions, ...(isKept ? [pairsOf(values)] : summaryOf(statisticsOf(values)))]
      }),
      ...(minutes.size === 0 ? {} : { minutes: [...minutes].map(([minute, isUnmeasured]) => [minute, +isUnmeasured]) }),
    }
  })
  if (filters.length === 0 && counts.omitted === 0) return null
  return JSON.stringify({ version, filters, ...(counts.omitted === 0 ? {} : { omitted: counts.omitted }) })
}

/** Value, number, value, number, … */
function pairsOf(values: ReadonlyMap<number, number>): readonly number[] {
  const pairs: number[] = []
  for (const [value, times] of values) pairs.push(value, times)
  return pairs
}

function summaryOf({ count, sum, min, max }: Statistics): readonly number[] {
  return [count, sum, min, max]
}

function statisticsOf(values: ReadonlyMap<number, number>): Statistics {
  let count = 0
  let sum = 0
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  for (const [value, times] of values) {
    count += times
    sum += value * times
    min = Math.min(min, value)
    max = Math.max(max, value)
  }
  return { count, sum, min, max }
}

type WrittenSeries = [minute: number, dimensions: string[], values: number[]] | [number, string[], ...summary: number[]]

interface WrittenFilter {
  readonly name: string
  readonly namespace: string
  readonly metric: string
  readonly unit: string
  readonly default?: number
  readonly dimensions?: readonly string[]
  readonly series: readonly WrittenSeries[]
  readonly minutes?: readonly (readonly [minute: number, isUnmeasured: number])[]
}

/** @throws MetricsUnreadable */
export function decodeMetrics(text: string): StoredMetrics {
  try {
    const written = JSON.parse(text) as { version: number; filters: readonly WrittenFilter[]; omitted?: number }
    if (written.version !== version) {
      throw new MetricsUnreadable(`metrics footer: version ${written.version}, this release reads ${version}`)
    }
    return { filters: written.filters.map(decodeFilter), omitted: written.omitted ?? 0 }
  } catch (error) {
    if (error instanceof MetricsUnreadable) throw error
    throw new MetricsUnreadable('metrics footer: not written by Tailrace', { cause: error })
  }
}

function decodeFilter({ name, namespace, metric, unit, ...rest }: WrittenFilter): StoredFilter {
  return {
    name,
    namespace,
    metric,
    unit,
    defaultValue: rest.default ?? null,
    dimensionNames: rest.dimensions ?? [],
    series: rest.series.map(decodeSeries),
    minutes: new Map((rest.minutes ?? []).map(([minute, isUnmeasured]) => [minute, isUnmeasured === 1])),
  }
}

function decodeSeries([minute, dimensions, first, ...rest]: WrittenSeries): StoredSeries {
  if (!Array.isArray(first)) {
    const [sum, min, max] = rest as [number, number, number]
    return { minute, dimensions, values: null, count: first as number, sum, min, max }
  }
  const values = new Map<number, number>()
  for (let at = 0; at < first.length; at += 2) values.set(first[at]!, first[at + 1]!)
  return { minute, dimensions, values, ...statisticsOf(values) }
}
