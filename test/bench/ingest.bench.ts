/**
 * `npm run bench -- ingest`: the whole ingest path (decode, redact three identifiers, recognise, parse, Parquet) against
 * the floor, in one run. Sizes are Parquet bytes over gzipped input; memory is the peak of a process of its own.
 */
import { runtimeCodec } from '../../shared/parquet/codec.js'
import { compileGroups } from '../../shared/pipeline/group.js'
import { type IngestDependencies, ingest } from '../../shared/pipeline/ingest.js'
import { memoryStore } from '../../shared/store/memory.js'
import { batchKinds, lambdaEvent } from './batches.js'
import { ingestFloor } from './ingest-floor.js'
import { compare, measureInTurns, round } from './measure.js'

const identifiers = ['email', 'credit-card', 'aws-secret-key']
const redact = identifiers.map(identifier => ({ identifier }))

function dependencies(): IngestDependencies {
  const store = memoryStore()
  return {
    store: { ...store, put: async () => ({ etag: '""' }) },
    raw: store,
    groupOf: compileGroups(() => ({ format: { name: 'auto' }, redact, sample: 1, retentionDays: 0 })),
    isOwnGroup: () => false,
    codec: runtimeCodec(),
    region: 'us-east-1',
    maxDecodedBytes: 32 * 1024 * 1024,
    now: () => Date.now(),
    sleep: async () => {},
  }
}

function print(result: Readonly<Record<string, unknown>>): void {
  console.log(JSON.stringify({ ...result, node: process.version }))
}

const deps = dependencies()
for (const kind of batchKinds) {
  for (const count of [50, 1_000, 10_000]) {
    const event = lambdaEvent(kind, count)
    const report = await ingest(event, { attemptId: 'bench' }, deps)
    if (report.events !== count) throw new Error(`bench: ${report.events} of ${count} events of ${kind} landed`)
    const { floor, whole } = await measureInTurns(
      { floor: () => ingestFloor(event), whole: () => ingest(event, { attemptId: 'bench' }, deps) },
      count === 10_000 ? 21 : 61,
    )
    print({ ...compare(`ingest ${kind} ${count}`, 'ms', whole, floor) })
    const { bytesOut, bytesIn } = report
    print({
      what: `landing bytes ${kind} ${count}`,
      unit: 'bytes',
      median: bytesOut,
      spread: 0,
      baseline: bytesIn,
      ratio: round(bytesOut / bytesIn),
    })
  }
}
print({
  what: 'peak memory of all of the above',
  unit: 'MB',
  median: Math.round(process.resourceUsage().maxRSS / 1024),
  spread: 0,
  baseline: 256,
  ratio: round(process.resourceUsage().maxRSS / 1024 / 256),
})
