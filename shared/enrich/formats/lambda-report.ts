import type { Fields, Level, Parsed } from '../format.js'
import { isXrayTraceId } from '../trace-id.js'
import { trimmedEnd } from './text-scan.js'

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
const positions: ReadonlyMap<string, number> = new Map(labels.map(([label], at) => [label, at + 2]))
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
  let at = kind.length + 1
  while (at < message.length) {
    const end = readPair(message, at, values)
    at = end + 1
    if (message.startsWith('XRAY ', at)) at += 5
  }
  const traceId = values[traceIdAt]
  const fields: Fields = { keys, values }
  return {
    level: levelOfStatus(values[statusAt]!),
    requestId: values[requestIdAt]!,
    traceId: traceId && isXrayTraceId(traceId, 0) ? traceId : null,
    fields,
  }
}

/** Reads `Name: value` at the offset and returns the offset of the tab or line break behind it. */
function readPair(message: string, start: number, values: (string | null)[]): number {
  let colon = -1
  let end = start
  for (; end < message.length; end++) {
    const code = message.charCodeAt(end)
    if (code === 9 || code === 10) break
    if (code === 58 && colon === -1 && message.charCodeAt(end + 1) === 32) colon = end
  }
  const position = colon === -1 ? undefined : positions.get(message.slice(start, colon))
  if (position !== undefined) values[position] = quantityOf(message.slice(colon + 2, end).trim())
  return end
}

/** Durations lose their unit, which is always ms; memory becomes bytes of decimal megabytes, as CloudWatch reckons. */
function quantityOf(text: string): string {
  if (text.endsWith(' ms')) return text.slice(0, -3)
  if (!text.endsWith(' MB')) return text
  const megabytes = text.slice(0, -3)
  return /^[0-9]+$/.test(megabytes) ? `${megabytes}000000` : String(Number(megabytes) * 1_000_000)
}

function levelOfStatus(status: string | null): Level {
  return status === 'timeout' || status === 'error' || status === 'failure' ? 'ERROR' : 'INFO'
}
