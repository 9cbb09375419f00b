import { gzipSync } from 'node:zlib'

/** What an account sends: every group one batch of the same size every few minutes. */
export interface Traffic {
  readonly groups: number
  readonly batchMinutes: number
  /** Of messages, before gzip. */
  readonly batchBytes: number
}

/** Bytes of a message here; CloudWatch counts them so, and 26 more for each event. */
export const messageBytes = 200

export function eventsPerBatch({ batchBytes }: Traffic): number {
  return Math.round(batchBytes / messageBytes)
}

/** Of messages, in a day. */
export function rawBytesPerDay({ groups, batchMinutes, batchBytes }: Traffic): number {
  return groups * (1_440 / batchMinutes) * batchBytes
}

/** Groups that send in a minute. */
export function sendersIn(minute: number, { groups, batchMinutes }: Traffic): readonly number[] {
  const senders: number[] = []
  for (let group = minute % batchMinutes; group < groups; group += batchMinutes) senders.push(group)
  return senders
}

/** One batch in a hundred is so late. */
const lateMs = 10 * 60_000
const levels = ['INFO', 'INFO', 'INFO', 'WARN', 'INFO', 'ERROR', 'INFO', 'DEBUG']

/**
 * Base64 of the gzipped payload of a batch that is delivered at a time.
 * @param at ms; the events are of the minute before it
 */
export function batchData(group: number, at: number, events: number, level = 6): string {
  const seed = (group * 7_919 + Math.floor(at / 60_000) * 104_729) >>> 0
  const end = at - 2_000 - (seed % 100 === 0 ? lateMs : 0)
  const logEvents = Array.from({ length: events }, (_, index) => {
    const timestamp = end - Math.floor(((events - index) * 55_000) / events)
    const random = (BigInt(seed) << 20n) | BigInt(group)
    const id = (BigInt(timestamp) << 144n) | (BigInt(timestamp + 500) << 80n) | (random << 16n) | BigInt(index)
    return { id: String(id).padStart(56, '0'), timestamp, message: messageOf(seed, index, timestamp) }
  })
  const payload = {
    messageType: 'DATA_MESSAGE',
    owner: '123456789012',
    logGroup: `/ecs/service-${group}`,
    logStream: `app/main/${(group * 2_654_435_761).toString(16)}`,
    subscriptionFilters: ['tailrace'],
    logEvents,
  }
  return gzipSync(JSON.stringify(payload), { level }).toString('base64')
}

/** A JSON line of `messageBytes` bytes. */
function messageOf(seed: number, index: number, timestamp: number): string {
  const number = (Math.imul(seed ^ (index * 2_246_822_519), 3_266_489_917) >>> 0) % 1_000_000
  const line = {
    time: new Date(timestamp).toISOString(),
    level: levels[number % levels.length],
    msg: `${['order placed', 'payment captured', 'cache refreshed', 'request done'][number % 4]}`,
    requestId: `${number.toString(16).padStart(8, '0')}-${(seed ^ number).toString(16)}`,
    customer: `c-${number % 5_000}`,
    durationMs: number % 900,
    path: `/api/v1/orders/${number}`,
  }
  const text = JSON.stringify(line)
  return `${text.slice(0, -1)},"pad":"${'x'.repeat(Math.max(0, messageBytes - text.length - 9))}"}`
}
