/**
 * `npm run bench -- ingest`: the whole ingest path (decode, redact three identifiers, recognise, parse, Parquet) against
 * the floor, in one run; landing bytes over gzipped input; then the packaged function in processes of their own: its
 * first invocation beside a bare decode, and its peak memory.
 */
import { statSync } from 'node:fs'
import { BufferPool } from '../../shared/parquet/buffer-pool.js'
import { runtimeCodec } from '../../shared/parquet/codec.js'
import { compileGroups } from '../../shared/pipeline/group.js'
import { type IngestDependencies, ingest } from '../../shared/pipeline/ingest.js'
import { memoryStore } from '../../shared/store/memory.js'
import { batchKinds, lambdaEvent } from './batches.js'
import { measureFresh } from './fresh-process.js'
import { ingestFloor } from './ingest-floor.js'
import { compare, measureInTurns, round, type Sample } from './measure.js'

const redact = ['email', 'credit-card', 'aws-secret-key'].map(identifier => ({ identifier }))
const store = memoryStore()
const deps: IngestDependencies = {
  store: { ...store, put: async () => ({ etag: '""' }) },
  raw: store,
  groupOf: compileGroups(() => ({ format: { name: 'auto' }, redact, sample: 1, retentionDays: 0 })),
  isOwnGroup: () => false,
  codec: runtimeCodec(),
  buffers: new BufferPool(64_000_000),
  region: 'us-east-1',
  maxDecodedBytes: 32 * 1024 * 1024,
  now: () => Date.now(),
  sleep: async () => {},
}

function print(result: object): void {
  console.log(JSON.stringify({ ...result, node: process.version }))
}

/** Something counted, not timed. */
function printCount(what: string, unit: string, value: number, limit: number): void {
  print({ what, unit, median: round(value), spread: 0, baseline: limit, ratio: round(value / limit) })
}

for (const kind of batchKinds) {
  for (const count of [50, 1_000, 10_000]) {
    const event = lambdaEvent(kind, count)
    const { events, bytesIn, bytesOut } = await ingest(event, { attemptId: 'bench' }, deps)
    if (events !== count) throw new Error(`bench: ${events} of ${count} events of ${kind} landed`)
    const { floor, whole } = await measureInTurns(
      { floor: () => ingestFloor(event), whole: () => ingest(event, { attemptId: 'bench' }, deps) },
      count === 10_000 ? 21 : 61,
    )
    print(compare(`ingest ${kind} ${count}`, 'ms', whole, floor))
    printCount(`landing bytes ${kind} ${count}`, 'bytes', bytesOut, bytesIn)
  }
}

for (const kind of batchKinds) {
  const { peakMb } = await measureFresh('whole', lambdaEvent(kind, 10_000), { processes: 1, invocations: 10 })
  printCount(`peak memory ${kind} 10000, limit 256`, 'MB', peakMb, 256)
}

const event = lambdaEvent('json', 1_000)
const whole = await measureFresh('whole', event, { processes: 9, invocations: 1 })
const floor = await measureFresh('floor', event, { processes: 9, invocations: 1 })
const noInit: Sample = { median: 1, spread: 0 }
print(compare('first invocation json 1000', 'ms', whole.first, floor.first))
print(compare('init of a fresh process', 'ms', whole.init, noInit))
printCount('ingest zip, limit 409600', 'bytes', statSync('dist/ingest.zip').size, 409_600)
