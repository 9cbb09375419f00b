import type { JsonObject, Level, Parsed } from './format.js'
import { levelOf, levelOfSyslogSeverity } from './level.js'
import { traceIdOf } from './trace-id.js'

/**
 * Reads level, request id and trace id out of a JSON log object, whatever library wrote it. The object's members are
 * walked once and each name is looked up, instead of asking the object for every name that some library uses. Where
 * several members would do, the one listed first wins. `fields` is null, as the members stay in the message.
 */
export function readMembers(json: JsonObject): Parsed {
  const found: Found = { level: null, levelRank: 99, requestId: null, requestRank: 99, traceId: null, traceRank: 99 }
  walk(json, found, true)
  return { level: found.level, requestId: found.requestId, traceId: found.traceId, fields: null }
}

/** The same for members that are flattened already: dotted paths and texts, as of `flattenJson`. */
export function readFlatMembers(
  keys: readonly string[],
  values: readonly (string | null)[],
): Pick<Parsed, 'level' | 'requestId' | 'traceId'> {
  const found: Found = { level: null, levelRank: 99, requestId: null, requestRank: 99, traceId: null, traceRank: 99 }
  for (let i = 0; i < keys.length; i++) {
    const role = roles.get(keys[i]!)
    if (role === undefined) continue
    const value = values[i]!
    take(role, value !== null && value.length === 2 && Number(value) >= 10 ? Number(value) : value, found, null)
  }
  return { level: found.level, requestId: found.requestId, traceId: found.traceId }
}

/** A request id as text: a string or an integer, never a placeholder. */
export function requestIdOf(value: unknown): string | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : null
  if (typeof value !== 'string' || value === '' || value.length > 256) return null
  return value === '-' || value === 'undefined' || value === 'null' ? null : value
}

/**
 * Names by library. Level: pino, bunyan, winston, zap, structlog, Powertools, log4j2, logback, tracing, Lambda's JSON log
 * format (`level`); Google (`severity`); Elastic Common Schema (`log.level`); OpenTelemetry (`severityText`,
 * `severityNumber`); python-json-logger (`levelname`); monolog (`level_name`); .NET console (`LogLevel`); Serilog
 * (`Level`, `@l`); Datadog (`status`).
 */
const levelMembers = [
  'level',
  'severity',
  'log.level',
  'severityText',
  'severity_text',
  'SeverityText',
  'levelname',
  'level_name',
  'loglevel',
  'logLevel',
  'log_level',
  'LogLevel',
  'Level',
  'lvl',
  '@l',
  'status',
] as const

/** OpenTelemetry's 1 to 24. */
const severityNumbers = ['severityNumber', 'severity_number', 'SeverityNumber'] as const

/** Serilog's compact format leaves `@l` out when it is Information; its messages are in one of these. */
const serilogMessages = ['@mt', '@m'] as const

const requestMembers = [
  'requestId',
  'request_id',
  'requestID',
  'RequestId',
  'AWSRequestId',
  'awsRequestId',
  'aws_request_id',
  'function_request_id',
  'req_id',
  'reqId',
  'req.id',
  'http.request.id',
  'x-amzn-requestid',
  'x-request-id',
] as const

const traceMembers = [
  'trace_id',
  'traceId',
  'traceID',
  'TraceId',
  'trace.id',
  'xray_trace_id',
  'xrayTraceId',
  'AWS-XRAY-TRACE-ID',
  'otelTraceID',
  '@tr',
  'traceparent',
  'X-Amzn-Trace-Id',
  'x-amzn-trace-id',
  'dd.trace_id',
] as const

/** Objects whose members are read as if they stood at the top, one level deep: logging contexts of several libraries. */
const contexts = [
  'mdc',
  'contextMap',
  'thread_context',
  'context',
  'fields',
  'Properties',
  'extra',
  'attributes',
] as const

/** Objects that spell one of the dotted names above as a nested member. */
const dotted = ['log', 'trace', 'req', 'dd'] as const

const LEVEL = 0
const SEVERITY_NUMBER = 100
const SERILOG = 200
const REQUEST = 300
const TRACE = 400
const CONTEXT = 500
const DOTTED = 600

/** Member name → what it is, plus its rank among the names for the same thing. */
const roles: ReadonlyMap<string, number> = new Map(
  (
    [
      [LEVEL, levelMembers],
      [SEVERITY_NUMBER, severityNumbers],
      [SERILOG, serilogMessages],
      [REQUEST, requestMembers],
      [TRACE, traceMembers],
      [CONTEXT, contexts],
      [DOTTED, dotted],
    ] as const
  ).flatMap(([role, names]) => names.map((name, rank) => [name, role + rank] as const)),
)

interface Found {
  level: Level | null
  levelRank: number
  requestId: string | null
  requestRank: number
  traceId: string | null
  traceRank: number
}

function walk(json: JsonObject, found: Found, top: boolean): void {
  for (const key in json) {
    const role = roles.get(key)
    if (role === undefined) continue
    const value = json[key]
    if (role < CONTEXT) {
      // What a context says ranks behind what the object itself says.
      take(top ? role : role + 40, value, found, json)
    } else if (top && typeof value === 'object' && value !== null && !Array.isArray(value)) {
      if (role < DOTTED) walk(value as JsonObject, found, false)
      else takeDotted(key, value as JsonObject, found)
    }
  }
}

function takeDotted(key: string, json: JsonObject, found: Found): void {
  const name = key === 'log' ? 'level' : key === 'dd' ? 'trace_id' : 'id'
  const value = json[name]
  if (value !== undefined) take(roles.get(`${key}.${name}`)!, value, found, null)
}

function take(role: number, value: unknown, found: Found, json: JsonObject | null): void {
  const rank = role % 100
  if (role < REQUEST) {
    const levelRank = role < SEVERITY_NUMBER ? rank : role < SERILOG ? 80 + (rank % 10) : 98
    if (levelRank >= found.levelRank) return
    const level = role < SEVERITY_NUMBER ? memberLevel(value, json) : role < SERILOG ? severityLevel(value) : 'INFO'
    if (level === null) return
    found.level = level
    found.levelRank = levelRank
  } else if (role < TRACE) {
    if (rank >= found.requestRank) return
    const requestId = requestIdOf(value)
    if (requestId === null) return
    found.requestId = requestId
    found.requestRank = rank
  } else {
    if (rank >= found.traceRank) return
    const traceId = traceIdOf(value)
    if (traceId === null) return
    found.traceId = traceId
    found.traceRank = rank
  }
}

/** Numbers below 10 are syslog severities where the object is a GELF message, and nothing elsewhere. */
function memberLevel(value: unknown, json: JsonObject | null): Level | null {
  if (typeof value === 'number' && value < 10)
    return json !== null && typeof json.short_message === 'string' ? levelOfSyslogSeverity(value) : null
  return levelOf(value)
}

function severityLevel(value: unknown): Level | null {
  if (typeof value !== 'number' || !(value >= 1 && value <= 24)) return null
  return (['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'] as const)[Math.floor((value - 1) / 4)]!
}
