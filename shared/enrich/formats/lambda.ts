import type { JsonObject, Level, LogFormat, Parsed } from '../format.js'
import { readMembers, requestIdOf } from '../json-members.js'
import { traceIdOf } from '../trace-id.js'
import { isEmf } from './emf.js'
import { parsePlatformLine } from './lambda-report.js'
import { parseOutput } from './lambda-text.js'

/**
 * Everything that a Lambda function's log holds (Lambda Developer Guide, "Sending Lambda function logs to CloudWatch
 * Logs", "Log and configure advanced logging controls"): the platform's text lines, its JSON events and what the function
 * writes, text or JSON. All of it is `lambda`, so that one name selects a function's log; only embedded metric documents
 * are left to `emf`. Of a JSON message `fields` is null, since the fields stand in the message.
 *
 * Text lines have CloudWatch's discovered names where it has them: `@type` (START, END and REPORT only), `@requestId`,
 * `@duration`, `@billedDuration`, `@initDuration`, `@memorySize` and `@maxMemoryUsed` (bytes of decimal megabytes),
 * `@xrayTraceId`, `@xraySegmentId`, and the first JSON object inside the line, flattened. What CloudWatch does not discover
 * is named in its style in `lambda-report.ts`.
 *
 * A function may log to a group of any name; its streams (`2024/10/21/name[$LATEST]<32 hex>`) give it away there.
 */
export const lambda: LogFormat = {
  name: 'lambda',
  ownsGroup: group => group.startsWith('/aws/lambda/'),
  looksLike: line => isLambdaStream(line.logStream) || isPlatformLine(line.message),
  parse(line) {
    const object = line.json()
    if (object === undefined) return parsePlatformLine(line.message) ?? parseOutput(line.message)
    return isEmf(object) ? undefined : parseObject(object)
  },
}

function parseObject(object: JsonObject): Parsed {
  const { type } = object
  const members = readMembers(object)
  if (typeof type !== 'string' || !type.startsWith('platform.')) return members
  const record = object.record
  if (typeof record !== 'object' || record === null)
    return { ...members, level: levelOfEvent(type, undefined), requestId: requestIdIn(record) ?? members.requestId }
  const { requestId, status, tracing } = record as JsonObject
  return {
    level: levelOfEvent(type, status),
    requestId: requestIdOf(requestId) ?? members.requestId,
    traceId: traceIdOf((tracing as JsonObject | null | undefined)?.value) ?? members.traceId,
    fields: null,
  }
}

/** `platform.fault` is a text: `RequestId: <id> Process exited before completing request`. */
function requestIdIn(record: unknown): string | null {
  return typeof record === 'string' && record.startsWith('RequestId: ') ? requestIdOf(record.slice(11, 47)) : null
}

/** Platform events carry a status (success, failure, error, timeout) instead of a severity. */
function levelOfEvent(type: string, status: unknown): Level {
  if (type === 'platform.fault' || status === 'error' || status === 'failure' || status === 'timeout') return 'ERROR'
  return type === 'platform.logsDropped' ? 'WARN' : 'INFO'
}

/** `yyyy/mm/dd/…[version]<32 hex>`. */
function isLambdaStream(stream: string): boolean {
  return (
    stream.length > 44 &&
    stream.charCodeAt(4) === 47 &&
    stream.charCodeAt(7) === 47 &&
    stream.charCodeAt(10) === 47 &&
    stream.charCodeAt(stream.length - 33) === 93
  )
}

function isPlatformLine(message: string): boolean {
  return (
    message.startsWith('START RequestId: ') ||
    message.startsWith('END RequestId: ') ||
    message.startsWith('REPORT RequestId: ') ||
    message.startsWith('INIT_START Runtime Version: ')
  )
}
