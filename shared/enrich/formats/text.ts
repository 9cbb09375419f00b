/**
 * Text that no other format reads. Nothing is taken apart; only what the line says about itself beyond doubt is noted: a
 * severity in its head, and request and trace ids in its first 2,048 characters.
 */
import type { LogFormat } from '../format.js'
import { levelInText } from '../level-token.js'
import { isUuid, isXrayTraceId, traceIdOf } from '../trace-id.js'
import { isLetter } from './text-scan.js'

/** Always answers, so it comes last and stands in no list. */
export const textFormat = {
  name: 'text',
  parse: ({ message }) => ({
    level: levelInText(message),
    requestId: requestIdIn(message),
    traceId: traceIdIn(message),
    fields: null,
  }),
} satisfies LogFormat

const searchLength = 2048

/** A UUID behind `RequestId: `, `request_id=`, `"x-amzn-requestid":"` and the like. */
function requestIdIn(message: string): string | null {
  const end = Math.min(message.length, searchLength)
  for (let at = message.indexOf('equest', 1); at !== -1 && at < end; at = message.indexOf('equest', at + 6)) {
    let id = at + 6
    if ('-_ '.includes(message.charAt(id))) id++
    if ((message.charCodeAt(id) | 32) !== 105 || (message.charCodeAt(id + 1) | 32) !== 100) continue
    id = valueAfter(message, id + 2)
    if (id !== -1 && isUuid(message, id)) return message.slice(id, id + 36)
  }
  return null
}

/**
 * An X-Ray id wherever it stands (nothing else looks like one), or the 32 hex digits of a W3C id behind `trace_id=`,
 * `traceId: ` and the like, or in a `traceparent`.
 */
function traceIdIn(message: string): string | null {
  const end = Math.min(message.length, searchLength)
  for (let at = message.indexOf('1-'); at !== -1 && at < end; at = message.indexOf('1-', at + 2))
    if (isXrayTraceId(message, at) && !isLetter(message.charCodeAt(at - 1))) return message.slice(at, at + 35)
  for (let at = message.indexOf('trace'); at !== -1 && at < end; at = message.indexOf('trace', at + 5)) {
    if (message.startsWith('parent', at + 5)) {
      const value = valueAfter(message, at + 11)
      const id = value === -1 ? null : traceIdOf(message.slice(value, value + 55))
      if (id !== null) return id
      continue
    }
    let id = at + 5
    if ('-_.'.includes(message.charAt(id))) id++
    if ((message.charCodeAt(id) | 32) !== 105 || (message.charCodeAt(id + 1) | 32) !== 100) continue
    id = valueAfter(message, id + 2)
    const found = id === -1 || isIdPart(message.charCodeAt(id + 32)) ? null : traceIdOf(message.slice(id, id + 32))
    if (found !== null) return found
  }
  return null
}

/** Index of the value behind a name that ends at `at`: over quotes, one `:` or `=` and blanks; -1 when there is none. */
function valueAfter(message: string, at: number): number {
  const limit = at + 6
  let isAssigned = false
  for (; at < limit; at++) {
    const char = message[at]
    if (char === ':' || char === '=') {
      if (isAssigned) return -1
      isAssigned = true
    } else if (char !== '"' && char !== "'" && char !== ' ' && char !== '\\') break
  }
  return isAssigned ? at : -1
}

function isIdPart(code: number): boolean {
  return isLetter(code) || (code >= 48 && code <= 57) || code === 45
}
