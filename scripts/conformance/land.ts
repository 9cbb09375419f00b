/** Events of cases on their way into a lake. */
import { gzipSync } from 'node:zlib'
import { BufferPool } from '../../shared/parquet/buffer-pool.js'
import { runtimeCodec } from '../../shared/parquet/codec.js'
import { compileGroups } from '../../shared/pipeline/group.js'
import { ingest } from '../../shared/pipeline/ingest.js'
import type { ObjectStore } from '../../shared/store/object-store.js'

export interface LandedEvent {
  readonly timestamp: number
  readonly ingestionTime?: number
  readonly logGroup: string
  readonly logStream: string
  readonly message: string
}

/** The events as one landing object, as a delivery to `ingest` leaves it. */
export async function land(
  events: readonly LandedEvent[],
  store: ObjectStore,
  retentionOf: (logGroup: string) => number = () => 0,
): Promise<void> {
  const settings = { format: { name: 'auto' }, redact: [], sample: 1 } as const
  const report = await ingest(
    { Records: payloadsOf(events).map(kinesisRecord) },
    { attemptId: 'conformance' },
    {
      store,
      raw: store,
      groupOf: compileGroups(group => ({ ...settings, retentionDays: retentionOf(group) })),
      isOwnGroup: () => false,
      codec: runtimeCodec(),
      buffers: new BufferPool(16 * 1024 * 1024),
      region: 'us-east-1',
      maxDecodedBytes: 64 * 1024 * 1024,
      now: Date.now,
      sleep: () => Promise.resolve(),
    },
  )
  if (report.events !== events.length) throw new Error(`${report.events} of ${events.length} events landed`)
}

interface Payload {
  readonly logEvents: unknown[]
  readonly [member: string]: unknown
}

function payloadsOf(events: readonly LandedEvent[]): readonly unknown[] {
  const payloads = new Map<string, Payload>()
  events.forEach(({ logGroup, logStream, timestamp, ingestionTime = timestamp, message }, index) => {
    const key = JSON.stringify([logGroup, logStream])
    const payload: Payload = payloads.get(key) ?? {
      messageType: 'DATA_MESSAGE',
      owner: '123456789012',
      logGroup,
      logStream,
      subscriptionFilters: ['tailrace'],
      logEvents: [],
    }
    payloads.set(key, payload)
    payload.logEvents.push({ id: eventId(timestamp, ingestionTime, index), timestamp, message })
  })
  return [...payloads.values()]
}

/** Of the form that CloudWatch gives: time of the event, of its arrival, a random part and an index. */
function eventId(timestamp: number, arrival: number, index: number): string {
  return String((BigInt(timestamp) << 144n) | (BigInt(arrival) << 80n) | (7n << 16n) | BigInt(index)).padStart(56, '0')
}

function kinesisRecord(payload: unknown, index: number): unknown {
  const data = gzipSync(JSON.stringify(payload)).toString('base64')
  return { eventID: `shardId-000000000000:${index}`, eventSource: 'aws:kinesis', kinesis: { data } }
}
