import type { EventIdParts } from '../cloudwatch/event-id.js'
import type { QueryEngine } from '../engine/query-engine.js'
import { eventsPlan, plainEvent, streamsPlan } from './events-plan.js'

/** What the lake holds of a log group, each event once. */
export type HeldEvents = (query: HeldQuery) => Promise<readonly HeldEvent[]>

export interface HeldQuery {
  readonly account: string
  readonly logGroup: string
  /** Event times, ms, both inclusive. */
  readonly from: number
  readonly to: number
  /** Names, or which: those that have events in the range are then looked up first. */
  readonly logStreams: readonly string[] | ((logStream: string) => boolean)
  /** Of these streams and times, what is looked for. */
  readonly isWanted: (logStream: string, timestamp: number) => boolean
  readonly signal: AbortSignal | undefined
}

export interface HeldEvent {
  readonly logStream: string
  readonly timestamp: number
  readonly message: string
  /** As `heldId` writes it; empty for a row without one, which an import has landed. */
  readonly id: string
}

/** What the lake holds, as any query sees it: table and landing. */
export function heldInLake(engine: Pick<QueryEngine, 'run'>): HeldEvents {
  return async ({ account, logGroup, from, to, logStreams, isWanted, signal }) => {
    signal?.throwIfAborted()
    const groups = { names: [logGroup], prefixes: [], accounts: [account] }
    const held: HeldEvent[] = []
    let names = logStreams
    if (typeof names === 'function') {
      const streams: string[] = []
      const { batches } = await engine.run(streamsPlan(groups, { from, to }), signal)
      for await (const rows of batches) streams.push(...rows.map(row => row['@logStream'] ?? ''))
      names = streams.filter(names)
      if (names.length === 0) return held
    }
    const { batches } = await engine.run(eventsPlan(groups, { from, to, logStreams: names }, ['@ptr']), signal)
    for await (const rows of batches) {
      for (const row of rows) {
        const { logStream, timestamp, message } = plainEvent(row)
        if (isWanted(logStream, timestamp)) held.push({ logStream, timestamp, message, id: idOf(row['@ptr'] ?? '') })
      }
    }
    return held
  }
}

/** The id within a pointer: JSON of account, group, stream, time and id, in base64. */
function idOf(pointer: string): string {
  return (JSON.parse(Buffer.from(pointer, 'base64').toString('utf8')) as readonly string[])[4]!
}

/** An event id as pointers hold it: its parts, or the whole where it has another shape. */
export function heldId(id: string, parts: EventIdParts | null): string {
  return parts === null ? id : `${parts.arrival}.${parts.random}.${parts.index}`
}
