/**
 * The access lines that nearly all are: `host ident user [time] "METHOD path HTTP/x" status bytes`, with or without
 * `"referer" "user agent"`, and nothing before or behind. Their fields are pieces of the line as they stand, so it is
 * enough to say where each begins and ends; every other line is taken apart by `access-line.ts`.
 */

import { isUpper } from './text-scan.js'

/** Where the fixed parts of an access line are; -1 for what it does not have. */
export interface AccessParts {
  /** The blank before the time's bracket, and the bracket behind the time. */
  readonly open: number
  readonly close: number
  /** The request's quotes. */
  readonly quote: number
  readonly endOfRequest: number
  readonly endOfBytes: number
  readonly referer: readonly [from: number, to: number]
  readonly userAgent: readonly [from: number, to: number]
}

export const accessKeys: readonly string[] = [
  'remoteAddr',
  'ident',
  'remoteUser',
  'timeLocal',
  'method',
  'path',
  'protocol',
  'status',
  'bytes',
  'referer',
  'userAgent',
  'xForwardedFor',
]

/** Spans for `accessKeys`, or undefined when the line is another. */
export function combinedSpans(message: string, parts: AccessParts): number[] | undefined {
  const { open, close, quote, endOfRequest, endOfBytes, referer, userAgent } = parts
  const first = message.indexOf(' ')
  const second = message.indexOf(' ', first + 1)
  if (first >= open || second >= open || message.indexOf(' ', second + 1) !== open) return undefined
  const space = message.indexOf(' ', quote + 1)
  const protocol = endOfRequest - 'HTTP/1.1'.length
  if (space === -1 || space >= protocol || !message.startsWith(' HTTP/', protocol - 1)) return undefined
  if (!isMethod(message, quote + 1, space)) return undefined
  const path = [space + 1, protocol - 1] as const
  if (path[0] > path[1]) return undefined
  const spans = [
    0,
    first,
    first + 1,
    second,
    second + 1,
    open,
    open + 2,
    close,
    quote + 1,
    space,
    path[0],
    path[1],
    protocol,
    endOfRequest,
    endOfRequest + 2,
    endOfRequest + 5,
    endOfRequest + 6,
    endOfBytes,
    referer[0],
    referer[1],
    userAgent[0],
    userAgent[1],
    -1,
    -1,
  ]
  for (let index = 0; index < spans.length; index += 2) {
    const from = spans[index]!
    const length = spans[index + 1]! - from
    if (length === 0 || (length === 1 && message.charCodeAt(from) === 45)) spans[index] = -1
  }
  return spans
}

/** True for a line of `combinedSpans` without quotes and backslashes in its parts, and with single blanks between them. */
export function isPlainLine(message: string, { quote, endOfRequest, endOfBytes, referer }: AccessParts): boolean {
  for (let at = endOfRequest - 3; at < endOfRequest; at++) if (message.charCodeAt(at) > 127) return false
  return (
    message.charCodeAt(endOfRequest + 5) === 32 &&
    endOfBytes >= endOfRequest + 6 &&
    (referer[0] === -1 || message.charCodeAt(referer[1] + 1) === 32) &&
    message.indexOf('"') === quote &&
    message.indexOf('"', quote + 1) === endOfRequest &&
    message.indexOf('"', endOfRequest + 1) === (referer[0] === -1 ? -1 : referer[0] - 1) &&
    message.indexOf('\\') === -1
  )
}

/** A method's letters in `text[from, to)`: HTTP allows more, servers log these. */
export function isMethod(text: string, from: number, to: number): boolean {
  if (to === from || to - from > 20) return false
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at)
    if (!isUpper(code) && code !== 45 && code !== 95) return false
  }
  return true
}
