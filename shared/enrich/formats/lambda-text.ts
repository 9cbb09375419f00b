import type { Fields, Level, Parsed } from '../format.js'
import { findJson } from '../json-fragment.js'
import { readFlatMembers } from '../json-members.js'
import { levelOf } from '../level.js'
import { levelInText } from '../level-token.js'
import { isUuid, traceIdAfterRoot } from '../trace-id.js'

/**
 * What a function itself writes, as text. The runtimes put time, request id and level in front, each in its own way:
 *
 *   2024-10-21T14:28:15.158Z\t<id>\tINFO\tmessage                Node.js (also .NET, with `info`, `fail`, …)
 *   [ERROR]\t2024-10-21T14:28:15.158Z\t<id>\tmessage             Python
 *   [ERROR] KeyError: 'x'                                        Python, an error nobody caught
 *   2024-10-21 14:28:15 <id> INFO  Handler - message             Java with AWS's log4j2 layout
 *   I, [2024-10-21T14:28:15.158 #8]  INFO -- <id>: message       Ruby
 *   2024-10-21T14:28:15.158Z <id> Task timed out after 3.00 seconds
 *   RequestId: <id> Error: Runtime exited with error: signal: killed
 *
 * Anything else (Go's `log`, a bare print) has neither id nor level, and may still hold one among its first words.
 */
export function parseOutput(message: string): Parsed {
  if (message.charCodeAt(24) === 9 && message.charCodeAt(23) === 90) return parseTabbed(message)
  const requestId = leadingRequestId(message)
  return withJson(message, 0, requestId, failureLevel(message, requestId) ?? levelInText(message))
}

function parseTabbed(message: string): Parsed {
  const second = message.indexOf('\t', 25)
  if (second === -1) return withJson(message, 25, null, null)
  const id = second - 25
  const requestId = id === 36 ? message.slice(25, second) : null
  // A level is at most 13 characters; a message without one may be long.
  const head = message.slice(second + 1, second + 15)
  const tab = head.indexOf('\t')
  const level = tab === -1 ? null : levelOf(head.slice(0, tab))
  return withJson(message, level === null ? second + 1 : second + tab + 2, requestId, level)
}

const requestIdKeys = ['@requestId'] as const

/** Adds what the first JSON object of the line says: its fields, and level and ids where the text has none. */
function withJson(message: string, from: number, requestId: string | null, level: Level | null): Parsed {
  const flat = findJson(message, from)
  const inner = flat === undefined ? undefined : readFlatMembers(flat.keys, flat.values)
  let fields: Fields | null = null
  if (flat !== undefined && flat.keys.length > 0) {
    fields =
      requestId === null
        ? { keys: flat.keys, values: flat.values }
        : { keys: ['@requestId', ...flat.keys], values: [requestId, ...flat.values] }
  } else if (requestId !== null) fields = { keys: requestIdKeys, values: [requestId] }
  return {
    level: level ?? inner?.level ?? null,
    requestId: requestId ?? inner?.requestId ?? null,
    traceId: inner?.traceId ?? traceIdAfterRoot(message),
    fields,
  }
}

/** How much of a line is looked at for an id; behind it an id is part of the message. */
const leadingWords = 8
const leadingCharacters = 200

/** A UUID among the first words. */
function leadingRequestId(message: string): string | null {
  for (let at = 0, word = 0; at < leadingCharacters && word < leadingWords; word++) {
    if (isUuid(message, at)) return message.slice(at, at + 36)
    const next = endOfWord(message, at)
    at = next === -1 ? leadingCharacters : next + 1
  }
  return null
}

/** Offset of the next blank or tab; -1 at the end of the first line and of the part that is looked at. */
function endOfWord(message: string, from: number): number {
  const end = Math.min(message.length, leadingCharacters)
  for (let at = from; at < end; at++) {
    const code = message.charCodeAt(at)
    if (code === 32 || code === 9) return at
    if (code === 10) return -1
  }
  return -1
}

/** The platform's own messages about an invocation that went wrong. */
function failureLevel(message: string, requestId: string | null): Level | null {
  if (requestId === null) return message.startsWith('LAMBDA_WARNING: ') ? 'WARN' : null
  if (message.startsWith('RequestId: ')) return 'ERROR'
  const head = message.slice(0, leadingCharacters)
  return head.includes(`${requestId} Task timed out after `) ? 'ERROR' : null
}
