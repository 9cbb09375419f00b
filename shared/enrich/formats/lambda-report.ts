import type { Fields, Level, Parsed } from '../format.js'
import { isXrayTraceId } from '../trace-id.js'
import { isDigits, trimmedEnd } from './text-scan.js'

/**
 * The platform's text lines: a word, then `Name: value` pairs separated by tabs (by a line break before XRAY).
 *
 *   START RequestId: <id> Version: <version>
 *   END RequestId: <id>
 *   REPORT RequestId: <id>\tDuration: 9.14 ms\t…\nXRAY TraceId: <id>\tSegmentId: <id>\tSampled: true
 *   INIT_START Runtime Version: python:3.13.v1\tRuntime Version ARN: <arn>      RESTORE_START likewise
 *   INIT_REPORT Init Duration: 9999.46 ms\tPhase: init\tStatus: timeout         RESTORE_REPORT likewise
 *   EXTENSION\tName: agent\tState: Ready\tEvents: [INVOKE, SHUTDOWN]
 *   TELEMETRY\tName: agent\tState: Subscribed\tTypes: [Platform, Function]      LOGS likewise
 */

/** Name in the line → our field. Those below `@xraySegmentId` are not CloudWatch's. */
const labels: readonly (readonly [label: string, key: string])[] = [
  ['RequestId', '@requestId'],
  ['Duration', '@duration'],
  ['Billed Duration', '@billedDuration'],
  ['Memory Size', '@memorySize'],
  ['Max Memory Used', '@maxMemoryUsed'],
  ['Init Duration', '@initDuration'],
  ['TraceId', '@xrayTraceId'],
  ['SegmentId', '@xraySegmentId'],
  ['Sampled', '@xraySampled'],
  ['Restore Duration', '@restoreDuration'],
  ['Billed Restore Duration', '@billedRestoreDuration'],
  ['Status', '@status'],
  ['Error Type', '@errorType'],
  ['Version', '@version'],
  ['Phase', '@phase'],
  ['Runtime Version', '@runtimeVersion'],
  ['Runtime Version ARN', '@runtimeVersionArn'],
  ['Name', '@extensionName'],
  ['State', '@extensionState'],
  ['Events', '@extensionEvents'],
  ['Types', '@extensionTypes'],
]

/** `@type` is CloudWatch's and START, END or REPORT; the other kinds of line have `@platformEvent` instead. */
const keys: readonly string[] = ['@type', '@platformEvent', ...labels.map(([, key]) => key)]
const positions: ReadonlyMap<string, number> = new Map(labels.map(([label], at) => [label, at]))
const requestIdAt = 2
const traceIdAt = 8
const statusAt = 13

const startKeys = ['@type', '@requestId', '@version'] as const
const endKeys = ['@type', '@requestId'] as const

/** No platform line is longer. */
const maxLength = 8192

/** Undefined when the line is the function's own. */
export function parsePlatformLine(message: string): Parsed | undefined {
  switch (message.charCodeAt(0)) {
    case 83: // S
      return message.startsWith('START RequestId: ') ? parseStart(message) : undefined
    case 69: // E
      if (message.startsWith('END RequestId: ')) return parseEnd(message)
      return message.startsWith('EXTENSION\t') ? parsePairs(message, 'EXTENSION') : undefined
    case 82: // R
      if (message.startsWith('REPORT RequestId: ')) return parsePairs(message, 'REPORT')
      if (message.startsWith('RESTORE_START ')) return parsePairs(message, 'RESTORE_START')
      return message.startsWith('RESTORE_REPORT ') ? parsePairs(message, 'RESTORE_REPORT') : undefined
    case 73: // I
      if (message.startsWith('INIT_START ')) return parsePairs(message, 'INIT_START')
      return message.startsWith('INIT_REPORT ') ? parsePairs(message, 'INIT_REPORT') : undefined
    case 84: // T
      return message.startsWith('TELEMETRY\t') ? parsePairs(message, 'TELEMETRY') : undefined
    case 76: // L
      return message.startsWith('LOGS\t') ? parsePairs(message, 'LOGS') : undefined
    case 88: // X
      return message.startsWith('XRAY TraceId: ') ? parsePairs(message, 'XRAY') : undefined
    default:
      return undefined
  }
}

function parseStart(message: string): Parsed {
  const version = message.indexOf(' Version: ', 17)
  const end = trimmedEnd(message)
  const requestId = message.slice(17, version === -1 ? end : version)
  return {
    level: 'INFO',
    requestId,
    traceId: null,
    fields: { keys: startKeys, values: ['START', requestId, version === -1 ? null : message.slice(version + 10, end)] },
  }
}

function parseEnd(message: string): Parsed {
  const requestId = message.slice(15, trimmedEnd(message))
  return { level: 'INFO', requestId, traceId: null, fields: { keys: endKeys, values: ['END', requestId] } }
}

function parsePairs(message: string, kind: string): Parsed | undefined {
  if (message.length > maxLength) return undefined
  const values: (string | null)[] = new Array<string | null>(keys.length).fill(null)
  values[kind === 'REPORT' ? 0 : 1] = kind
  readAll(message, kind.length + 1, values)
  const traceId = values[traceIdAt]
  const fields: Fields = { keys, values }
  return {
    level: levelOfStatus(values[statusAt]!),
    requestId: values[requestIdAt]!,
    traceId: traceId && isXrayTraceId(traceId, 0) ? traceId : null,
    fields,
  }
}

/**
 * Reads the pairs from the offset on, each up to a tab or line break. Every mark is looked for once, behind the one before,
 * so that reading is linear in the message.
 */
function readAll(message: string, from: number, values: (string | null)[]): void {
  let colon = -1
  let lineEnd = -1
  let tab = -1
  let label = 0
  for (let start = from; start < message.length; ) {
    if (colon < start) colon = indexOrEnd(message, ': ', start)
    if (lineEnd < start) lineEnd = indexOrEnd(message, '\n', start)
    if (tab < start) tab = indexOrEnd(message, '\t', start)
    const end = tab < lineEnd ? tab : lineEnd
    if (colon < end) {
      label = labelAt(message, start, colon, label)
      if (label !== -1) values[label + 2] = quantityOf(message.slice(colon + 2, end).trim())
    }
    label++
    start = end + 1
    if (message.startsWith('XRAY ', start)) start += 5
  }
}

function indexOrEnd(message: string, mark: string, from: number): number {
  const at = message.indexOf(mark, from)
  return at === -1 ? message.length : at
}

/** Which of the labels stands there, or -1: mostly the one that is expected, as a line has them in the order of the list. */
function labelAt(message: string, start: number, end: number, expected: number): number {
  const label = labels[expected]?.[0]
  if (label !== undefined && label.length === end - start && message.startsWith(label, start)) return expected
  return positions.get(message.slice(start, end)) ?? -1
}

/** Durations lose their unit, which is always ms; memory becomes bytes of decimal megabytes, as CloudWatch reckons. */
function quantityOf(text: string): string {
  if (text.endsWith(' ms')) return text.slice(0, -3)
  if (!text.endsWith(' MB')) return text
  const end = text.length - 3
  const megabytes = text.slice(0, end)
  return isDigits(text, 0, end) ? `${megabytes}000000` : String(Number(megabytes) * 1_000_000)
}

function levelOfStatus(status: string | null): Level {
  return status === 'timeout' || status === 'error' || status === 'failure' ? 'ERROR' : 'INFO'
}
