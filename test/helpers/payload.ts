import { gzipSync } from 'node:zlib'

export interface TestEvent {
  readonly id?: string
  readonly timestamp: number
  readonly message: string
  readonly [member: string]: unknown
}

/** Noon of a fixed day: tests have no clock. */
export const noon = Date.UTC(2026, 0, 15, 12)

/** A well-formed event id. */
export function eventId(timestamp: number, index: number, random = 7n): string {
  return String(
    (BigInt(timestamp) << 144n) | (BigInt(timestamp + 500) << 80n) | (random << 16n) | BigInt(index),
  ).padStart(56, '0')
}

/** Events with ascending ids, one a millisecond. */
export function events(messages: readonly string[], start = noon): TestEvent[] {
  return messages.map((message, index) => ({ id: eventId(start + index, index), timestamp: start + index, message }))
}

/** A DATA_MESSAGE as CloudWatch Logs sends it. */
export function payload(
  logEvents: readonly unknown[],
  members: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return {
    messageType: 'DATA_MESSAGE',
    owner: '123456789012',
    logGroup: '/ecs/orders',
    logStream: 'web/1',
    subscriptionFilters: ['tailrace'],
    logEvents,
    ...members,
  }
}

/** The control message as recorded at a receiver: no group, one event with an empty id. */
export const controlMessage = {
  messageType: 'CONTROL_MESSAGE',
  owner: 'CloudwatchLogs',
  logGroup: '',
  logStream: '',
  subscriptionFilters: [],
  logEvents: [
    { id: '', timestamp: noon, message: 'CWL CONTROL MESSAGE: Checking health of destination Kinesis stream.' },
  ],
}

export function compressed(value: unknown): Buffer {
  return gzipSync(typeof value === 'string' || value instanceof Uint8Array ? value : JSON.stringify(value))
}

export function lambdaEvent(value: unknown): { awslogs: { data: string } } {
  return { awslogs: { data: compressed(value).toString('base64') } }
}

/** A Kinesis batch; a Buffer or text stands for a record's data as it is. */
export function kinesisEvent(values: readonly unknown[]): { Records: unknown[] } {
  return {
    Records: values.map((value, index) => ({
      eventID: `shardId-000000000000:${1000 + index}`,
      eventSource: 'aws:kinesis',
      kinesis: {
        data:
          typeof value === 'string' ? value : (value instanceof Buffer ? value : compressed(value)).toString('base64'),
      },
    })),
  }
}
