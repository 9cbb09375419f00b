/**
 * Events that a replay is about to land and that an import has landed before, without ids. Readers know such a row for the
 * same event by its text, which is another one when the redaction has changed since, or when the export left out the end
 * of the message's last line. So the event lands as the lake has it, and its id makes the two one.
 *
 * Which row is which event is a matching, as for an import (`import-match.ts`): the export held every event of the
 * millisecond, so each event whose id the lake does not have is one of the rows without.
 */
import { decodeRecord } from '../cloudwatch/decode.js'
import { createEventIdSplitter } from '../cloudwatch/event-id.js'
import { recordsOf } from '../cloudwatch/lambda-event.js'
import type { SubscriptionPayload } from '../cloudwatch/payload.js'
import { groupBy } from '../iceberg/group-by.js'
import { maxTimestamp, minTimestamp } from '../parquet/schema.js'
import { accountOf, type StoredText } from '../pipeline/rows.js'
import { isSampled } from '../pipeline/sample.js'
import { type HeldEvent, type HeldEvents, heldId } from './held-events.js'
import { importedTextsOf, type Readings } from './import-match.js'
import { wasImported } from './imported.js'
import type { StateStore } from './job-state.js'

export interface ImportedTextsDependencies {
  /** The main bucket, for `state/`. */
  readonly state: StateStore
  readonly held: HeldEvents
  readonly readingsOf: (logGroup: string) => Promise<Readings>
  /** Share of the group's events that is kept. */
  readonly sampleOf: (logGroup: string) => number
  readonly maxDecodedBytes: number
}

/** @returns for an invocation's event, the text of each event of it that the lake holds */
export function importedTexts(
  deps: ImportedTextsDependencies,
): (event: unknown, signal?: AbortSignal) => Promise<StoredText> {
  const held = oneAtATime(deps.held)
  return async (event, signal) => {
    const texts = new Map<string, string>()
    for (const waiting of waitingIn(event, deps.maxDecodedBytes)) {
      if (!(await wasImported(deps.state, waiting, waiting))) continue
      for (const slice of slicesOf(waiting)) await addTexts(texts, slice, { ...deps, held }, signal)
    }
    return (payload, { id = '', timestamp }) => texts.get(nameOf(payload.logGroup, payload.logStream, timestamp, id))
  }
}

/** Several objects are replayed at once, and the engine's memory is for one answer. */
function oneAtATime(held: HeldEvents): HeldEvents {
  let last: Promise<unknown> = Promise.resolve()
  return query => {
    const next = last.then(() => held(query))
    last = next.catch(() => undefined)
    return next
  }
}

/** Events with ids of one log group, in the order of their times. */
interface Waiting {
  readonly account: string
  readonly logGroup: string
  /** Event times, ms, both inclusive. */
  readonly from: number
  readonly to: number
  readonly events: readonly WaitingEvent[]
}

/** An event of two weeks ago and one of today are no reason to read all that lies between. */
const longestGapMs = 3_600_000

/** What is looked up at once: the engine holds all that the lake has of these streams and times. */
const longestSliceMs = 60_000
const mostCharsOfSlice = 8_000_000
const charsPerEvent = 64

interface WaitingEvent extends HeldEvent {
  readonly name: string
  /** As it was delivered. */
  readonly rawId: string
}

function waitingIn(event: unknown, maxDecodedBytes: number): readonly Waiting[] {
  const records = recordsOf(event)
  if ('reason' in records) return []
  const found: EventsByPlace = new Map()
  for (const { bytes } of records) {
    const decoded = 'reason' in bytes ? null : decodeRecord(bytes, { maxDecodedBytes, minTimestamp, maxTimestamp })
    if (decoded?.kind === 'data') addPayload(found, decoded.payload)
  }
  return [...found.values()].flatMap(({ account, logGroup, events }) =>
    cut(
      { account, logGroup, events: [...events.values()].sort((a, b) => a.timestamp - b.timestamp) },
      ({ timestamp }, before) => timestamp - before.at(-1)!.timestamp <= longestGapMs,
    ),
  )
}

function slicesOf(waiting: Waiting): readonly Waiting[] {
  let chars = 0
  return cut(waiting, ({ timestamp, message }, before) => {
    const isFull = timestamp - before[0]!.timestamp >= longestSliceMs || chars >= mostCharsOfSlice
    // Events of one millisecond belong together.
    const isNear = !isFull || timestamp === before.at(-1)!.timestamp
    chars = (isNear ? chars : 0) + message.length + charsPerEvent
    return isNear
  })
}

/** @param isNear whether the next event goes with those before it */
function cut(
  { account, logGroup, events }: Pick<Waiting, 'account' | 'logGroup' | 'events'>,
  isNear: (event: WaitingEvent, before: readonly WaitingEvent[]) => boolean,
): readonly Waiting[] {
  const found: WaitingEvent[][] = []
  for (const event of events) {
    const last = found.at(-1)
    if (last !== undefined && isNear(event, last)) last.push(event)
    else found.push([event])
  }
  return found.map(those => {
    return { account, logGroup, from: those[0]!.timestamp, to: those.at(-1)!.timestamp, events: those }
  })
}

/** Events by their names, so each once. */
type EventsByPlace = Map<string, { account: string; logGroup: string; events: Map<string, WaitingEvent> }>

function addPayload(found: EventsByPlace, payload: SubscriptionPayload): void {
  const { logGroup, logStream } = payload
  const splitId = createEventIdSplitter()
  for (const event of payload.logEvents) {
    const { id: rawId = '', timestamp, message } = event
    if (rawId === '') continue
    const account = accountOf(event, payload)
    const place = JSON.stringify([account, logGroup])
    const waiting = found.get(place) ?? { account, logGroup, events: new Map() }
    found.set(place, waiting)
    const name = nameOf(logGroup, logStream, timestamp, rawId)
    const id = heldId(rawId, splitId(rawId, timestamp))
    waiting.events.set(name, { name, rawId, id, logStream, timestamp, message })
  }
}

function nameOf(logGroup: string, logStream: string, timestamp: number, id: string): string {
  return JSON.stringify([logGroup, logStream, timestamp, id])
}

async function addTexts(
  texts: Map<string, string>,
  { account, logGroup, from, to, events }: Waiting,
  deps: ImportedTextsDependencies,
  signal: AbortSignal | undefined,
): Promise<void> {
  const spots = groupBy(events, spotOf)
  const logStreams = [...new Set(events.map(({ logStream }) => logStream))]
  const isWanted = (logStream: string, timestamp: number) => spots.has(spotOf({ logStream, timestamp }))
  const held = groupBy(await deps.held({ account, logGroup, from, to, logStreams, isWanted, signal }), spotOf)
  const readings = await deps.readingsOf(logGroup)
  const sample = deps.sampleOf(logGroup)
  for (const [spot, rows] of held) {
    const known = new Map(rows.filter(({ id }) => id !== '').map(({ id, message }) => [id, message]))
    const open: WaitingEvent[] = []
    for (const event of spots.get(spot)!) {
      const text = known.get(event.id)
      if (text !== undefined) texts.set(event.name, text)
      else if (isSampled(event.rawId, sample)) open.push(event)
    }
    const imported = rows.filter(({ id }) => id === '').map(({ message }) => message)
    const messages = open.map(({ message }) => message)
    importedTextsOf(messages, imported, [...known.values()], readings).forEach((text, index) => {
      if (text !== null) texts.set(open[index]!.name, text)
    })
  }
}

/** A stream and millisecond. */
function spotOf({ logStream, timestamp }: Pick<HeldEvent, 'logStream' | 'timestamp'>): string {
  return `${timestamp} ${logStream}`
}
