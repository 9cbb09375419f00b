import type { GroupSettings } from '../../shared/config/pipeline.js'
import { dimensionLimit } from '../../shared/metrics/dimension-limit.js'
import { filterSets } from '../../shared/metrics/filter-sets.js'
import type { MetricFilter } from '../../shared/metrics/metric-filter.js'
import { BufferPool } from '../../shared/parquet/buffer-pool.js'
import { gzipCodec } from '../../shared/parquet/codec.js'
import { compileGroups } from '../../shared/pipeline/group.js'
import { type IngestDependencies, ingest } from '../../shared/pipeline/ingest.js'
import { recomputeMetrics, type TimeRange } from '../../shared/pipeline/recompute-metrics.js'
import { memoryStore } from '../../shared/store/memory.js'
import type { ObjectStore } from '../../shared/store/object-store.js'
import { noon } from '../helpers/payload.js'

export function metricFilter(members: Partial<MetricFilter>): MetricFilter {
  return {
    name: 'f',
    pattern: '',
    metric: 'M',
    namespace: 'N',
    value: 1,
    defaultValue: null,
    unit: 'None',
    dimensions: {},
    ...members,
  }
}

export interface EmfDocument {
  readonly _aws: {
    readonly Timestamp: number
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string
      readonly Dimensions: readonly (readonly string[])[]
      readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[]
    }[]
  }
  readonly [member: string]: unknown
}

export interface WorldOptions {
  readonly settings?: Partial<GroupSettings>
  readonly filtersOf?: (logGroup: string) => readonly MetricFilter[]
  readonly limit?: number
  readonly now?: number
  /** Of the raw bucket. */
  readonly raw?: ObjectStore
}

/** Ingest over a store in memory, and what it printed. */
export function countingWorld(filters: readonly MetricFilter[], options: WorldOptions = {}) {
  const store = memoryStore()
  const documents: EmfDocument[] = []
  const settings: GroupSettings = {
    format: { name: 'auto' },
    redact: [],
    sample: 1,
    retentionDays: 0,
    ...options.settings,
  }
  const deps: IngestDependencies = {
    store,
    raw: options.raw ?? memoryStore(),
    groupOf: compileGroups(() => settings, undefined, filterSets(options.filtersOf ?? (() => filters))),
    isOwnGroup: logGroup => logGroup.startsWith('/aws/lambda/tailrace-'),
    codec: gzipCodec(),
    buffers: new BufferPool(1024 * 1024),
    region: 'eu-west-1',
    maxDecodedBytes: 5_000_000,
    now: () => options.now ?? noon,
    sleep: async () => {},
    metrics: { limit: dimensionLimit(options.limit), emit: document => documents.push(document as EmfDocument) },
  }
  let attempts = 0
  return {
    store,
    documents,
    run: (event: unknown) => ingest(event, { attemptId: `attempt-${++attempts}` }, deps),
    recompute: (range: TimeRange = { since: noon - 20 * 86_400_000, until: noon + 86_400_000 }) =>
      recomputeMetrics(store, range),
  }
}

/** Every data point of the documents: metric, dimensions and minute → values in ascending order. */
export function pointsOf(documents: readonly EmfDocument[]): Readonly<Record<string, readonly number[]>> {
  const points: Record<string, number[]> = {}
  for (const document of documents) {
    for (const { Namespace, Dimensions, Metrics } of document._aws.CloudWatchMetrics) {
      const dimensions = Dimensions[0]!.map(name => `${name}=${document[name]}`)
      for (const { Name, Unit } of Metrics) {
        const minute = (document._aws.Timestamp - noon) / 60_000
        const key = [Namespace, Name, Unit, ...dimensions, `+${minute}`].join(' ')
        points[key] = [...(points[key] ?? []), ...(document[Name] as number[])].sort((a, b) => a - b)
      }
    }
  }
  return points
}
