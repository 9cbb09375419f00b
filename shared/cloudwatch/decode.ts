/**
 * One record of CloudWatch Logs → a subscription payload. The wire format is described under "Using CloudWatch Logs
 * subscription filters" in the CloudWatch Logs user guide; members that it does not list are kept, not dropped.
 */
import { decompressText } from './decompress.js'
import { type DecodeFailure, failure } from './failure.js'
import type { LogEvent, SubscriptionPayload } from './payload.js'

/** A decoded record: a payload, and beside it the events of the payload that have not the shape of one. */
export type Decoded =
  | { readonly kind: 'data'; readonly payload: SubscriptionPayload; readonly malformed: Malformed | null }
  | { readonly kind: 'control' }
  | { readonly kind: 'failure'; readonly failure: DecodeFailure }

/** Events that cannot be stored, to be quarantined as a payload of their own. */
export interface Malformed {
  readonly failure: DecodeFailure
  readonly envelope: Readonly<Record<string, unknown>>
  readonly events: readonly unknown[]
}

export interface DecodeLimits {
  /** The most bytes one record may inflate to. */
  readonly maxDecodedBytes: number
  /** Event times outside these cannot be stored, ms since the epoch. */
  readonly minTimestamp: number
  readonly maxTimestamp: number
}

export function decodeRecord(bytes: Uint8Array, limits: DecodeLimits): Decoded {
  const text = decompressText(bytes, limits.maxDecodedBytes)
  return typeof text === 'string' ? decodePayload(text, limits) : { kind: 'failure', failure: text }
}

export function decodePayload(text: string, limits: DecodeLimits): Decoded {
  const envelope = parseObject(text)
  if (envelope === null) return failed('json', `${text.length} characters are not a JSON object`)
  const { messageType } = envelope
  if (messageType === 'CONTROL_MESSAGE') return { kind: 'control' }
  if (typeof messageType !== 'string') return failed('shape', 'messageType is not text')
  if (messageType !== 'DATA_MESSAGE')
    return failed('message-type', `messageType of ${messageType.length} characters is unknown`)
  for (const member of ['owner', 'logGroup', 'logStream'] as const) {
    if (typeof envelope[member] !== 'string') return failed('shape', `${member} is not text`)
  }
  if (!Array.isArray(envelope.logEvents)) return failed('shape', 'logEvents is not a list')
  return readEvents(envelope, envelope.logEvents, limits)
}

function readEvents(
  envelope: Readonly<Record<string, unknown>>,
  events: readonly unknown[],
  limits: DecodeLimits,
): Decoded {
  const { logEvents: _, ...members } = envelope
  const tooDeep = failed('shape', `members nest deeper than ${maxDepth}`)
  if (nestsDeeper(members, maxDepth)) return tooDeep
  const looked = lookAtEach(events, limits)
  if (looked === null) return tooDeep
  const { wrong, malformed } = looked
  const good = wrong === null ? events : events.filter(event => problemOf(event, limits) === null)
  const payload: SubscriptionPayload = {
    messageType: 'DATA_MESSAGE',
    owner: envelope.owner as string,
    logGroup: envelope.logGroup as string,
    logStream: envelope.logStream as string,
    subscriptionFilters: Array.isArray(envelope.subscriptionFilters) ? envelope.subscriptionFilters : [],
    logEvents: good as readonly LogEvent[],
    unknown: unknownMembers(envelope, envelopeMembers),
  }
  if (wrong === null) return { kind: 'data', payload, malformed: null }
  const detail = `${malformed.length} of ${events.length} events, first event ${wrong.index}: ${wrong.problem}`
  return { kind: 'data', payload, malformed: { failure: failure('shape', detail), envelope, events: malformed } }
}

interface Looked {
  /** The first event that has not the shape of one. */
  readonly wrong: { readonly index: number; readonly problem: string } | null
  /** All of those. */
  readonly malformed: readonly unknown[]
}

/**
 * Null when members of an event nest too deep. A function of its own: compiled together with what is done to an envelope,
 * whose members differ from one to the next, the code for the events would be given up with it again and again.
 */
function lookAtEach(events: readonly unknown[], limits: DecodeLimits): Looked | null {
  let wrong: Looked['wrong'] = null
  const malformed: unknown[] = []
  for (let index = 0; index < events.length; index++) {
    const event = events[index]
    const problem = problemOf(event, limits)
    if (problem === null && !hasUnknownMembers(event as LogEvent)) continue
    if (nestsDeeper(event, maxDepth)) return null
    if (problem === null) continue
    wrong ??= { index, problem }
    malformed.push(event)
  }
  return { wrong, malformed }
}

/**
 * Members that no column holds are written as JSON, which overflows the stack at some thousand levels: a record that no
 * attempt can process would hold up the others for ever.
 */
const maxDepth = 500

function nestsDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  for (const name in value) {
    if (nestsDeeper((value as Readonly<Record<string, unknown>>)[name], levels - 1)) return true
  }
  return false
}

function problemOf(event: unknown, limits: DecodeLimits): string | null {
  if (typeof event !== 'object' || event === null) return 'not an object'
  const { timestamp, message, id } = event as Readonly<Record<string, unknown>>
  if (typeof message !== 'string') return 'message is not text'
  if (!Number.isSafeInteger(timestamp)) return 'timestamp is not a whole number of milliseconds'
  if ((timestamp as number) < limits.minTimestamp || (timestamp as number) > limits.maxTimestamp) {
    return 'timestamp is outside the years 1 to 9999'
  }
  return id === undefined || typeof id === 'string' ? null : 'id is not text'
}

const envelopeMembers: ReadonlySet<string> = new Set([
  'messageType',
  'owner',
  'logGroup',
  'logStream',
  'subscriptionFilters',
  'logEvents',
])
const eventMembers: ReadonlySet<string> = new Set(['id', 'timestamp', 'message'])

/** The members of an event that no column holds, such as `extractedFields`, or null without any. */
export function unknownEventMembers(event: LogEvent): Readonly<Record<string, unknown>> | null {
  if (!hasUnknownMembers(event)) return null
  return unknownMembers(event as unknown as Readonly<Record<string, unknown>>, eventMembers)
}

/** Run on every event: comparing the names costs a third of looking them up. */
function hasUnknownMembers(event: LogEvent): boolean {
  for (const name in event) if (name !== 'id' && name !== 'timestamp' && name !== 'message') return true
  return false
}

function unknownMembers(
  object: Readonly<Record<string, unknown>>,
  known: ReadonlySet<string>,
): Readonly<Record<string, unknown>> | null {
  let unknown: Record<string, unknown> | null = null
  for (const name in object) {
    if (known.has(name)) continue
    unknown ??= Object.create(null) as Record<string, unknown>
    unknown[name] = object[name]
  }
  return unknown
}

function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}

function failed(reason: DecodeFailure['reason'], detail: string): Decoded {
  return { kind: 'failure', failure: failure(reason, detail) }
}
