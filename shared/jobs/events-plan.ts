/** Plans for whole events, however many, and what their rows say. */
import type { ResultRow } from '../engine/render-row.js'
import type { GroupSelection, Project } from '../plan/node.js'

const eventFields = ['@timestamp', '@log', '@logStream', '@message']

export interface EventsRange {
  /** Event times, ms, both inclusive; null for no bound. */
  readonly from: number | null
  readonly to: number | null
  /** Names of the log streams, null for all. */
  readonly logStreams?: readonly string[] | null
}

/**
 * @param more fields beside those of `PlainEvent`
 */
export function eventsPlan(
  groups: GroupSelection | null,
  { from, to, logStreams = null }: EventsRange,
  more: readonly string[] = [],
): Project {
  const fields = [...eventFields, ...more]
  const streams = logStreams === null ? {} : { streams: logStreams }
  const read = fields.map(name => ({ name, as: 'text' as const }))
  const input = { kind: 'scan', groups, from, to, ...streams, fields: read } as const
  return { kind: 'project', input, columns: fields.map(name => ({ name, value: { kind: 'field', name } })) }
}

/** The names of the log streams that have events in a range, as `@logStream`. */
export function streamsPlan(groups: GroupSelection | null, { from, to }: Pick<EventsRange, 'from' | 'to'>): Project {
  const columns = [{ name: '@logStream', value: { kind: 'field', name: '@logStream' } }] as const
  const scan = { kind: 'scan', groups, from, to, fields: [{ name: '@logStream', as: 'text' }] } as const
  return { kind: 'project', input: { kind: 'aggregate', input: scan, keys: columns, aggregates: [] }, columns }
}

/** `eventsPlan`, the oldest first; those of the same time in the order of their arrival and id. */
export function inOrder({ input, columns }: Project): Project {
  const keys = [{ value: { kind: 'field', name: '@timestamp' } as const, descending: false }]
  return { kind: 'project', input: { kind: 'sort', input, keys, reversesTies: true }, columns }
}

export interface PlainEvent {
  readonly timestamp: number
  readonly account: string
  readonly logGroup: string
  readonly logStream: string
  readonly message: string
}

export function plainEvent(row: ResultRow): PlainEvent {
  // `<account>:<group>`; no account holds a colon.
  const log = row['@log'] ?? ''
  const colon = log.indexOf(':')
  return {
    timestamp: Date.parse(`${(row['@timestamp'] ?? '').replace(' ', 'T')}Z`),
    account: log.slice(0, colon),
    logGroup: log.slice(colon + 1),
    logStream: row['@logStream'] ?? '',
    message: row['@message'] ?? '',
  }
}
