import type { ResultRow } from '../../shared/engine/render-row.js'
import { splitLog } from '../log-groups.js'
import { printable } from '../terminal.js'

/** An event as it is printed by commands that show events. */
export interface ShownEvent {
  /** ISO 8601. */
  readonly timestamp: string
  readonly logGroup: string
  readonly logStream: string
  readonly message: string
}

/** What a query for events has to ask for. */
export const eventFields = '@timestamp, @log, @logStream, @message'

export function shownEvent(row: ResultRow): ShownEvent {
  const [, logGroup] = splitLog(row['@log'] ?? '')
  const timestamp = `${(row['@timestamp'] ?? '').replace(' ', 'T')}Z`
  return { timestamp, logGroup, logStream: row['@logStream'] ?? '', message: row['@message'] ?? '' }
}

/** What of the place of an event a line says: nothing where there is one stream only. */
export interface EventPlaces {
  readonly groups: boolean
  readonly streams: boolean
}

export function placesOf(events: readonly ShownEvent[]): EventPlaces {
  return {
    groups: new Set(events.map(({ logGroup }) => logGroup)).size > 1,
    streams: new Set(events.map(({ logStream }) => logStream)).size > 1,
  }
}

/** The message alone, with one end of line. */
export function rawLine({ message }: ShownEvent): string {
  return `${message.replace(/\r?\n$/, '')}\n`
}

/** `2026-01-15T12:00:00.000Z group stream message`; the lines of a message keep their own, without what is blank at its end. */
export function eventLine({ timestamp, logGroup, logStream, message }: ShownEvent, places: EventPlaces): string {
  const place = [...(places.groups ? [logGroup] : []), ...(places.streams ? [logStream] : [])].map(printable)
  const lines = message.trimEnd().split(/\r?\n/).map(printable)
  return `${[timestamp, ...place, lines.join('\n  ')].join(' ')}\n`
}
