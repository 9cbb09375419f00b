/**
 * `npm run bench -- metric-filters`: the ingest path with 20 metric filters against the same without any, in turns, in
 * floors of `ingest-floor.ts`, in processor time. The filters are the same for every kind of batch and mixed: words, phrases, JSON,
 * space-delimited, regular expressions; some count, some read values and dimensions, some have a default; half match little.
 */

import { dimensionLimit } from '../../shared/metrics/dimension-limit.js'
import { filterSets } from '../../shared/metrics/filter-sets.js'
import type { MetricFilter } from '../../shared/metrics/metric-filter.js'
import { BufferPool } from '../../shared/parquet/buffer-pool.js'
import { runtimeCodec } from '../../shared/parquet/codec.js'
import { compileGroups } from '../../shared/pipeline/group.js'
import { type IngestDependencies, ingest } from '../../shared/pipeline/ingest.js'
import { memoryStore } from '../../shared/store/memory.js'
import { batchKinds, lambdaEvent } from './batches.js'
import { ingestFloor } from './ingest-floor.js'
import { round, summarise } from './measure.js'

type Written = Partial<MetricFilter> & { readonly pattern: string }

/** Two to four about each kind of batch, ten about events that none of the batches has. */
const written: readonly Written[] = [
  { pattern: '{ $.durationMs = * }', value: '$.durationMs', unit: 'Milliseconds' },
  { pattern: '{ $.level = "error" && $.http.status >= 500 }', defaultValue: 0 },
  { pattern: '{ $.http.status >= 400 }', dimensions: { Service: '$.service', Status: '$.http.status' } },
  { pattern: '[type=REPORT, label, id, d, ms, ...]', value: '$ms', unit: 'Milliseconds' },
  { pattern: 'ERROR', defaultValue: 0 },
  { pattern: '[..., action=REJECT, status]', dimensions: { Action: '$action' } },
  {
    pattern:
      '[version, account, eni, source, destination, srcport, destport, protocol=6, packets, bytes, start, end, action=REJECT, status]',
    value: '$bytes',
    unit: 'Bytes',
  },
  { pattern: '% 443 \\d+ 6 \\d+ %' },
  {
    pattern: '[ip, id, user, time, request=*HTTP*, status, size, ...]',
    value: '$size',
    dimensions: { Status: '$status' },
  },
  { pattern: '%HTTP/1.1. 5\\d\\d%' },
  { pattern: 'OutOfMemoryError' },
  { pattern: '"Access Denied"' },
  { pattern: '?FATAL ?panic ?"stack overflow"', defaultValue: 0 },
  { pattern: '{ $.eventName = "ConsoleLogin" && $.responseElements.ConsoleLogin = Failure }' },
  { pattern: '{ ($.eventName = CreateTrail) || ($.eventName = UpdateTrail) || ($.eventName = DeleteTrail) }' },
  { pattern: '{ $.errorCode = "*UnauthorizedOperation" || $.errorCode = "AccessDenied*" }' },
  { pattern: '{ $.queue.depth > 1000 }', value: '$.queue.depth' },
  { pattern: '[month, day, time, host, process=sshd*, ...]' },
  { pattern: 'Throttling -retry' },
  { pattern: '%[Tt]imed? ?out after \\d+%' },
]

const events = 1_000
const rounds = 45
const runsPerRound = 8

/**
 * ms of processor time of each round. What is added is a small difference of two long runs, which a neighbour on the
 * machine or a change of its clock would hide: so the two are taken side by side, each first in every other round. The
 * clock of processor time is coarse, so that a round is many runs.
 */
async function cpuInTurns<Name extends string>(contenders: Readonly<Record<Name, () => unknown>>) {
  const names = Object.keys(contenders) as Name[]
  const times = Object.fromEntries(names.map(name => [name, [] as number[]])) as Record<Name, number[]>
  for (let round = -5; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const before = process.cpuUsage()
      for (let run = 0; run < runsPerRound; run++) await contenders[name]()
      const { user, system } = process.cpuUsage(before)
      if (round >= 0) times[name].push((user + system) / 1e3 / runsPerRound)
    }
  }
  return times
}

const filters: readonly MetricFilter[] = written.map((filter, index) => ({
  name: `filter-${index}`,
  metric: `Metric${index}`,
  namespace: 'Bench',
  value: 1,
  defaultValue: null,
  unit: 'None',
  dimensions: {},
  ...filter,
}))

const redact = ['email', 'credit-card', 'aws-secret-key'].map(identifier => ({ identifier }))
const store = memoryStore()

function dependencies(used: readonly MetricFilter[], emit: (document: object) => void): IngestDependencies {
  const settings = { format: { name: 'auto' }, redact, sample: 1, retentionDays: 0 } as const
  return {
    store: { ...store, put: async () => ({ etag: '""' }) },
    raw: store,
    groupOf: compileGroups(
      () => settings,
      undefined,
      filterSets(() => used),
    ),
    isOwnGroup: () => false,
    codec: runtimeCodec(),
    buffers: new BufferPool(64 * 1024 * 1024),
    region: 'us-east-1',
    maxDecodedBytes: 32 * 1024 * 1024,
    // The hour of the events.
    now: () => Date.UTC(2026, 0, 15, 10, 5),
    sleep: async () => {},
    metrics: { limit: dimensionLimit(), emit },
  }
}

if (filters.length !== 20) throw new Error(`bench: ${filters.length} filters`)

for (const kind of batchKinds) {
  const event = lambdaEvent(kind, events)
  // As the function does before it prints.
  let printed = 0
  const filtered = dependencies(filters, document => {
    printed += JSON.stringify(document).length
  })
  const plain = dependencies([], () => {})
  const { metrics } = await ingest(event, { attemptId: 'bench' }, filtered)
  if (metrics.documents === 0) throw new Error(`bench: the filters for ${kind} count nothing`)
  const { floor, without, withFilters } = await cpuInTurns({
    without: () => ingest(event, { attemptId: 'bench' }, plain),
    floor: () => ingestFloor(event),
    withFilters: () => ingest(event, { attemptId: 'bench' }, filtered),
  })
  const added = summarise(withFilters.map((time, round) => time - without[round]!))
  const { median: baseline } = summarise(floor)
  if (printed === 0) throw new Error(`bench: nothing was printed for ${kind}`)
  console.log(
    JSON.stringify({
      what: `20 metric filters ${kind} ${events}, added, limit 1.5 floors`,
      unit: 'ms',
      median: round(added.median),
      spread: round(added.spread),
      baseline: round(baseline),
      ratio: round(added.median / baseline),
      documents: metrics.documents,
      node: process.version,
    }),
  )
}
