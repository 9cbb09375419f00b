import type { JsonObject, LogFormat, Parsed } from '../format.js'
import { requestIdOf } from '../json-members.js'
import { levelOfHttpStatus } from '../level.js'
import { isUuid, traceIdOf } from '../trace-id.js'
import { trimmedEnd, unlessDash } from './text-scan.js'

/**
 * API Gateway access log. Its layout is the user's own; recognised are the four that the API Gateway Developer Guide gives
 * ("Set up CloudWatch logging for REST APIs", "Customize HTTP API access logs"): JSON, Common Log Format (REST and HTTP
 * APIs), CSV and XML, and JSON with snake-case names. Field names of the three text layouts are those of the guide's JSON
 * one; `-` means no value. Level follows the status.
 */
export const apigatewayAccess: LogFormat = {
  name: 'apigateway-access',
  looksLike: line => {
    const object = line.json()
    return object === undefined ? looksLikeText(line.message) : isAccess(object)
  },
  parse(line) {
    const object = line.json()
    if (object !== undefined) return isAccess(object) ? parseObject(object) : undefined
    const { message } = line
    if (message.length > maxLineLength) return undefined
    const text = message.slice(0, trimmedEnd(message))
    if (text.startsWith('<request id="')) return parseXml(text)
    return parseCommon(text) ?? parseCsv(text)
  },
}

/** Requests' paths are at most some kilobytes; it keeps hostile lines cheap. */
const maxLineLength = 65_536

const keys = [
  'requestId',
  'extendedRequestId',
  'ip',
  'caller',
  'user',
  'requestTime',
  'httpMethod',
  'resourcePath',
  'protocol',
  'status',
  'responseLength',
] as const

/** Members that only a gateway's log has; a request id, a method and a status are in many applications' logs too. */
const gatewayMembers = [
  'responseLength',
  'response_length',
  'resourcePath',
  'resource_path',
  'routeKey',
  'route_key',
  'apiId',
  'api_id',
  'stage',
  'integrationLatency',
  'integration_latency',
  'integrationStatus',
  'responseLatency',
  'response_latency',
] as const

function isAccess(object: JsonObject): boolean {
  return (
    statusOf(object) !== undefined &&
    (object.requestId ?? object.request_id) !== undefined &&
    (object.httpMethod ?? object.http_method ?? object.routeKey ?? object.route_key) !== undefined &&
    object.level === undefined &&
    object.message === undefined &&
    gatewayMembers.some(name => object[name] !== undefined)
  )
}

function statusOf(object: JsonObject): unknown {
  return object.status ?? object.status_code ?? object.statusCode
}

function parseObject(object: JsonObject): Parsed {
  const trace = object.xrayTraceId ?? object.xray_trace_id ?? object.traceId ?? object.trace_id
  return {
    level: levelOfHttpStatus(String(statusOf(object))),
    requestId: requestIdOf(object.requestId ?? object.request_id),
    traceId: traceIdOf(trace),
    fields: null,
  }
}

function looksLikeText(message: string): boolean {
  // Lines of web servers end at the quote of a header; these end at an id.
  if (message.endsWith('"')) return false
  if (message.startsWith('<request id="')) return true
  const head = message.slice(0, 512)
  return head.includes(' [') ? head.includes('] "') : head.includes(',') && head.includes('HTTP/')
}

/** `ip caller user [time] "method path protocol" status length requestId [extendedRequestId]` */
function parseCommon(text: string): Parsed | undefined {
  const open = text.indexOf(' [')
  const close = text.indexOf('] "', open)
  const quote = text.lastIndexOf('" ')
  if (open === -1 || close === -1 || quote <= close) return undefined
  const who = text.slice(0, open).split(' ')
  const result = text.slice(quote + 2).split(' ')
  if (who.length !== 3 || result.length < 3 || result.length > 4 || !isRequestId(result[2]!)) return undefined
  const request = text.slice(close + 3, quote)
  const first = request.indexOf(' ')
  const last = request.lastIndexOf(' ')
  if (first === -1 || last === first) return undefined
  return parsed([
    result[2]!,
    result[3],
    who[0],
    who[1],
    who[2],
    text.slice(open + 2, close),
    request.slice(0, first),
    request.slice(first + 1, last),
    request.slice(last + 1),
    result[0],
    result[1],
  ])
}

/** `ip,caller,user,time,method,path,protocol,status,length,requestId[,extendedRequestId]` */
function parseCsv(text: string): Parsed | undefined {
  const columns = text.split(',', 13)
  if (columns.length < 10 || columns.length > 11 || !columns[6]!.startsWith('HTTP/')) return undefined
  if (!isRequestId(columns[9]!)) return undefined
  return parsed([columns[9]!, columns[10], ...columns.slice(0, 9)])
}

/** `<request id="…"> <ip>…</ip> <caller>…</caller> … </request>`; elements that are missing stay null. */
function parseXml(text: string): Parsed | undefined {
  const end = text.indexOf('"', 13)
  if (end === -1) return undefined
  const values: (string | undefined)[] = [text.slice(13, end)]
  for (let at = 1; at < keys.length; at++) {
    const open = text.indexOf(`<${keys[at]}>`, end)
    const start = open + keys[at]!.length + 2
    const close = open === -1 ? -1 : text.indexOf('<', start)
    values.push(close === -1 ? undefined : text.slice(start, close))
  }
  return values[9] === undefined ? undefined : parsed(values)
}

function parsed(columns: readonly (string | undefined)[]): Parsed {
  const values: (string | null)[] = []
  for (let at = 0; at < keys.length; at++) values.push(unlessDash(columns[at] ?? ''))
  return { level: levelOfHttpStatus(values[9] ?? ''), requestId: values[0]!, traceId: null, fields: { keys, values } }
}

/** A UUID, or the short base64 id that HTTP and WebSocket APIs give. */
function isRequestId(value: string): boolean {
  if (value.length === 36) return isUuid(value, 0)
  return value.length >= 15 && value.length <= 17 && value.endsWith('=')
}
