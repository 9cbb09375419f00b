/** What the fault tests hand to the function, and beside it what they know of it without decoding it again. */
import { compressed, controlMessage, payload } from '../helpers/payload.js'

/** Stands in what the tests' events say, and so may stand in no line that the function prints. */
export const secret = 'zq7payload'

/** The function's own log groups begin with this. */
export const ownGroupPrefix = '/aws/lambda/tailrace-test-'

export type Payload = Readonly<Record<string, unknown>>

/** One record of an invocation. `data` is the text in the invocation's event. */
export type Item =
  | { readonly kind: 'events'; readonly data: string; readonly payload: Payload }
  | { readonly kind: 'control'; readonly data: string }
  | { readonly kind: 'undecodable'; readonly data: string }

export interface Delivery {
  readonly event: unknown
  readonly items: readonly Item[]
}

/** A record with events, of a stream whose name is secret too. */
export function batch(events: readonly unknown[], members: Payload = {}): Item {
  return encoded(payload(events, { logStream: `${secret}/1`, ...members }))
}

/** @param bytes when the payload is compressed otherwise than by one gzip member */
export function encoded(value: Payload, bytes: Uint8Array = compressed(value)): Item {
  return { kind: 'events', data: Buffer.from(bytes).toString('base64'), payload: value }
}

/** A record that nothing can be read from; text stands for the record's data as it is. */
export function undecodable(data: string | Uint8Array): Item {
  return { kind: 'undecodable', data: typeof data === 'string' ? data : Buffer.from(data).toString('base64') }
}

export function control(): Item {
  return { kind: 'control', data: compressed(controlMessage).toString('base64') }
}

export function direct(item: Item): Delivery {
  return { event: { awslogs: { data: item.data } }, items: [item] }
}

export function kinesis(items: readonly Item[]): Delivery {
  const records = items.map(({ data }, index) => ({
    eventID: `shardId-000000000000:${1000 + index}`,
    eventSource: 'aws:kinesis',
    kinesis: { data },
  }))
  return { event: { Records: records }, items }
}

/** An invocation that is neither of the two. */
export function foreign(event: unknown): Delivery {
  return { event, items: [undecodable(JSON.stringify(event))] }
}

/** An event as it was sent. */
export interface SentEvent {
  /** What a reader tells events apart by; null for what is not shaped like an event. */
  readonly identity: string | null
  readonly hasId: boolean
  readonly message: string
  /** All of it, to find it in the quarantine. */
  readonly json: string
}

const known = new WeakMap<Payload, readonly SentEvent[]>()

/** The events of a record, in order. */
export function sentEvents(payload: Payload): readonly SentEvent[] {
  const found = known.get(payload) ?? readEvents(payload)
  known.set(payload, found)
  return found
}

function readEvents({ owner, logGroup, logStream, logEvents, ...envelope }: Payload): readonly SentEvent[] {
  return (logEvents as readonly unknown[]).map(event => {
    const json = JSON.stringify(event)
    if (!isEvent(event)) return { identity: null, hasId: false, message: '', json }
    const { id = '', timestamp, message } = event
    const account = systemAccount(event) ?? systemAccount(envelope) ?? owner
    const place = { account, logGroup, logStream, timestamp } as Place
    return { identity: identityOf(place, id, message), hasId: id !== '', message: message.toWellFormed(), json }
  })
}

export interface Place {
  readonly account: string
  readonly logGroup: string
  readonly logStream: string
  readonly timestamp: number
}

export function identityOf({ account, logGroup, logStream, timestamp }: Place, id: string, message: string): string {
  const event = id === '' ? `-${message.toWellFormed()}` : id
  return JSON.stringify([account, logGroup.toWellFormed(), logStream.toWellFormed(), timestamp, event])
}

function isEvent(event: unknown): event is { id?: string; timestamp: number; message: string } {
  if (typeof event !== 'object' || event === null) return false
  const { id, timestamp, message } = event as Payload
  const inRange = Number.isSafeInteger(timestamp) && !Number.isNaN(new Date(timestamp as number).getTime())
  const year = inRange ? new Date(timestamp as number).getUTCFullYear() : 0
  return typeof message === 'string' && year >= 1 && year <= 9999 && (id === undefined || typeof id === 'string')
}

function systemAccount(members: Payload): string | undefined {
  const extracted = members.extractedFields as Payload | undefined
  return (members['@aws.account'] ?? extracted?.['@aws.account']) as string | undefined
}
