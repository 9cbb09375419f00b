/**
 * Metric counts → EMF documents, few: what shares minute and dimensions shares documents, and only a metric with more
 * than 100 values in its minute takes another one. So there are at most as many documents as minutes × sets of
 * dimensions, plus a hundredth of the data points.
 */
import type { DimensionLimit } from './dimension-limit.js'
import { type EmfDirective, type EmfMetric, emfDocument, maxValues } from './emf.js'
import { type MetricCounts, msPerMinute } from './metric-counts.js'

/** CloudWatch takes data points of these ages. PutMetricData, API reference. */
const maxAgeMs = 14 * 24 * 60 * msPerMinute
const maxAheadMs = 120 * msPerMinute

/** Keeps a document within a log line, which Lambda cuts at 256 KB: so many metrics with 100 numbers each. */
const maxMetricsPerDocument = 50

/** Of a metric with a default value: 1 for a minute of events, 2 if one matched and made no data point. */
export function ingestedMetric(metric: string): string {
  return `${metric}${ingestedSuffix}`
}

const ingestedSuffix = '.ingested'

export interface MetricDocuments {
  readonly documents: readonly Record<string, unknown>[]
  /** Data points of dimensions beyond the limit, and of minutes that CloudWatch does not take: not in the documents. */
  readonly capped: number
  readonly late: number
}

interface Metric {
  readonly namespace: string
  readonly name: string
  readonly unit: string
  /** Value → how often, of every filter that puts to the metric. */
  readonly values: ReadonlyMap<number, number>[]
}

/** What one minute and set of dimensions holds. */
interface Slot {
  readonly minute: number
  readonly dimensions: Readonly<Record<string, string>>
  readonly metrics: Map<string, Metric>
}

/** @param now ms since the epoch */
export function metricDocuments(counts: MetricCounts, limit: DimensionLimit, now: number): MetricDocuments {
  const slots = new Map<string, Slot>()
  let capped = 0
  let late = 0
  for (const { compiled, series, minutes } of counts.results()) {
    const { name, namespace, metric, unit } = compiled.filter
    for (const { minute, dimensions, values } of series) {
      if (!isTaken(minute, now)) late += sizeOf(values)
      else if (dimensions.length > 0 && !limit.admits(name, compiled.dimensionNames, dimensions, now)) {
        capped += sizeOf(values)
      } else {
        const slot = slotOf(slots, minute, compiled.dimensionNames, dimensions)
        addValues(slot, { namespace, name: metric, unit, values })
      }
    }
    for (const [minute, isUnmeasured] of minutes) {
      if (!isTaken(minute, now)) continue
      const values = new Map([[isUnmeasured ? 2 : 1, 1]])
      addValues(slotOf(slots, minute, [], []), { namespace, name: ingestedMetric(metric), unit: 'None', values })
    }
  }
  return { documents: [...slots.values()].flatMap(documentsOf), capped, late }
}

function isTaken(minute: number, now: number): boolean {
  const start = minute * msPerMinute
  return start >= now - maxAgeMs && start <= now + maxAheadMs
}

function sizeOf(values: ReadonlyMap<number, number>): number {
  let size = 0
  for (const times of values.values()) size += times
  return size
}

function slotOf(slots: Map<string, Slot>, minute: number, names: readonly string[], values: readonly string[]): Slot {
  const key = [minute, ...names.flatMap((name, index) => [name, values[index]])].join('\n')
  const known = slots.get(key)
  if (known !== undefined) return known
  const dimensions = Object.fromEntries(names.map((name, index) => [name, values[index]!]))
  const slot: Slot = { minute, dimensions, metrics: new Map() }
  slots.set(key, slot)
  return slot
}

function addValues(
  slot: Slot,
  { namespace, name, unit, values }: Omit<Metric, 'values'> & { readonly values: ReadonlyMap<number, number> },
): void {
  const key = `${namespace}\n${name}\n${unit}`
  const known = slot.metrics.get(key)
  if (known === undefined) slot.metrics.set(key, { namespace, name, unit, values: [values] })
  else known.values.push(values)
}

function documentsOf({ minute, dimensions, metrics }: Slot): readonly Record<string, unknown>[] {
  return lanesOf([...metrics.values()]).flatMap(lane => {
    const values = lane.map(metric => flatten(addedUp(metric.values)))
    const parts = Math.max(...values.map(({ length }) => Math.ceil(length / maxValues)))
    return Array.from({ length: parts }, (_, part) => {
      const cut = values.map(all => all.slice(part * maxValues, (part + 1) * maxValues))
      const present = lane.flatMap((metric, index) =>
        cut[index]!.length === 0 ? [] : [{ metric, value: cut[index]! }],
      )
      return emfDocument(directivesOf(present), dimensions, minute * msPerMinute)
    })
  })
}

/** Metrics that can share a document: no two of the same name, which would be one member. */
function lanesOf(metrics: readonly Metric[]): readonly (readonly Metric[])[] {
  const lanes: Map<string, Metric>[] = []
  for (const metric of metrics) {
    let lane = lanes.find(taken => taken.size < maxMetricsPerDocument && !taken.has(metric.name))
    if (lane === undefined) {
      lane = new Map()
      lanes.push(lane)
    }
    lane.set(metric.name, metric)
  }
  return lanes.map(lane => [...lane.values()])
}

function directivesOf(
  present: readonly { readonly metric: Metric; readonly value: readonly number[] }[],
): readonly EmfDirective[] {
  const directives = new Map<string, EmfMetric[]>()
  for (const { metric, value } of present) {
    const { namespace, name, unit } = metric
    const known = directives.get(namespace)
    if (known === undefined) directives.set(namespace, [{ name, unit, value }])
    else known.push({ name, unit, value })
  }
  return [...directives].map(([namespace, of]) => ({ namespace, metrics: of }))
}

/** Filters may put to the same metric: CloudWatch adds up what comes in. */
function addedUp(all: readonly ReadonlyMap<number, number>[]): ReadonlyMap<number, number> {
  if (all.length === 1) return all[0]!
  const sum = new Map<number, number>()
  for (const values of all) for (const [value, times] of values) sum.set(value, (sum.get(value) ?? 0) + times)
  return sum
}

function flatten(values: ReadonlyMap<number, number>): readonly number[] {
  const flat: number[] = []
  for (const [value, times] of values) for (let time = 0; time < times; time++) flat.push(value)
  return flat
}
