import { gzipSync } from 'node:zlib'
import { maxAsynchronousBytes } from '../lambda/lambda-function.js'

/** One invocation's event as CloudWatch Logs sends it through a subscription filter. */
export interface Delivery {
  /** JSON */
  readonly payload: Uint8Array
}

/** What is sent: the members of a subscription payload that vary. */
export interface Payload {
  readonly owner: string
  readonly logGroup: string
  readonly logStream: string
  readonly logEvents: readonly unknown[]
}

/** Deliveries of the events: one, or more when one would be larger than Lambda takes. */
export function deliveriesOf(payload: Payload): readonly Delivery[] {
  const { logEvents } = payload
  const delivery = deliver({ messageType: 'DATA_MESSAGE', subscriptionFilters: ['tailrace'], ...payload })
  if (delivery.payload.byteLength <= maxAsynchronousBytes || logEvents.length === 1) return [delivery]
  const half = logEvents.length >> 1
  return [logEvents.slice(0, half), logEvents.slice(half)].flatMap(part =>
    deliveriesOf({ ...payload, logEvents: part }),
  )
}

export function deliver(value: object): Delivery {
  return deliverBytes(gzipSync(JSON.stringify(value)))
}

/** Of bytes that stand for the compressed payload. */
export function deliverBytes(bytes: Uint8Array): Delivery {
  return { payload: Buffer.from(JSON.stringify({ awslogs: { data: Buffer.from(bytes).toString('base64') } })) }
}
