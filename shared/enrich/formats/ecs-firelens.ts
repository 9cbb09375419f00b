import type { JsonObject, LogFormat, Parsed } from '../format.js'
import { readMembers } from '../json-members.js'
import { levelInText } from '../level-token.js'
import { parseJsonObject } from '../line.js'

/**
 * What FireLens's Fluent Bit or Fluentd makes of a container's output (ECS Developer Guide, "Send Amazon ECS logs to an
 * AWS service or AWS Partner"): JSON with the container's line in `log`. Level, request id and trace id come from that
 * line, read as JSON where it is JSON; the outer object's members serve where the line says nothing.
 */
export const ecsFirelens: LogFormat = {
  name: 'ecs-firelens',
  looksLike: line => isFirelens(line.json()),
  parse(line) {
    const record = line.json()
    if (record === undefined || !isFirelens(record)) return undefined
    const log = record.log as string
    const outer = readMembers(record)
    const inner: Parsed | undefined = log.charCodeAt(0) === 123 ? readInner(log) : undefined
    return {
      level: (inner === undefined ? levelInText(log) : inner.level) ?? outer.level,
      requestId: inner?.requestId ?? outer.requestId,
      traceId: inner?.traceId ?? outer.traceId,
      fields: null,
    }
  },
}

function readInner(log: string): Parsed | undefined {
  const object = parseJsonObject(log)
  return object === undefined ? undefined : readMembers(object)
}

function isFirelens(record: JsonObject | undefined): boolean {
  return (
    record !== undefined &&
    typeof record.log === 'string' &&
    typeof record.container_id === 'string' &&
    typeof record.container_name === 'string'
  )
}
