/**
 * The access line that httpd and nginx share: the Common Log Format and what grew out of it.
 *
 *   host ident user [time] "request" status bytes                                     common
 *   … "referer" "user agent"                                                          combined
 *   … "x-forwarded-for" or "gzip ratio"                                               nginx `main`, nginx's own example
 *   … length time [upstream] [alternative] addr length time status request-id         ingress-nginx `upstreaminfo`
 *   vhost host ident user [time] …                                                    httpd `vhost_combined`
 *   host (x-forwarded-for) ident user [time] …                                        Elastic Beanstalk's httpd
 *   forwarded, for [host] ident user [time] …                                         x-forwarded-for in front
 *   host - [host] - user [time] …                                                     ingress-nginx before 0.22
 *
 * Field names are the same for both servers. `request` is set only when the request line cannot be taken apart (TLS or
 * binary noise on a plain port); otherwise `method`, `path` and `protocol` hold all of it. `-` counts as no value. What
 * follows the parts known above goes into `rest`. Values stay as written, escapes included.
 * Sources: httpd mod_log_config, nginx ngx_http_log_module, ingress-nginx "Log format".
 */
import type { Parsed } from '../format.js'
import { levelOfHttpStatus } from '../level.js'
import { accessKeys, combinedSpans, isMethod, isPlainLine } from './combined-spans.js'
import { closingQuote } from './quoted.js'
import { isDate, isDigits, isLetter, isSpace, trimmedEnd, unlessDash } from './text-scan.js'

const extendedKeys: readonly string[] = [
  ...accessKeys,
  'request',
  'virtualHost',
  'gzipRatio',
  'rest',
  'requestLength',
  'requestTime',
  'upstreamName',
  'alternativeUpstreamName',
  'upstreamAddr',
  'upstreamResponseLength',
  'upstreamResponseTime',
  'upstreamStatus',
]

/** What comes before the time; longer than any real one, so that a hostile line is not cut into pieces for nothing. */
const maxHeadLength = 4096

type Optional = string | null
type Span = readonly [from: number, to: number]
const none: Span = [-1, -1]

interface Head {
  readonly remoteAddr: Optional
  readonly ident: Optional
  readonly remoteUser: Optional
  readonly virtualHost: Optional
  readonly xForwardedFor: Optional
}

export interface RequestLine {
  readonly method: Optional
  readonly path: Optional
  readonly protocol: Optional
}

const noRequestLine: RequestLine = { method: null, path: null, protocol: null }

interface Tail {
  readonly xForwardedFor: Optional
  readonly requestId: Optional
  /** Values for `gzipRatio`, `rest` and the upstream columns; null when there are none. */
  readonly others: readonly Optional[] | null
}

const noForwarded = ' "-"'
const noUpstream: readonly null[] = [null, null, null, null, null, null, null, null]
const noOthers: readonly null[] = [null, null, ...noUpstream]
const noTail: Tail = { xForwardedFor: null, requestId: null, others: null }

/** Undefined when the line is no access line. */
export function parseAccessLine(message: string): Parsed | undefined {
  const open = openOfTime(message)
  if (open === -1) return undefined
  const close = closeOfTime(message, open)
  if (close === -1) return undefined
  const quote = close + 2
  const endOfRequest = quoteBeforeStatus(message, quote)
  if (endOfRequest === -1) return undefined

  const status = message.slice(endOfRequest + 2, endOfRequest + 5)
  const end = trimmedEnd(message)
  let at = message.indexOf(' ', endOfRequest + 6)
  if (at === -1 || at > end) at = end
  const endOfBytes = at

  let referer: Span = none
  let userAgent: Span = none
  if (message.charCodeAt(at + 1) === 34) {
    const endOfReferer = closingQuote(message, at + 1)
    const endOfAgent = message.charCodeAt(endOfReferer + 2) === 34 ? closingQuote(message, endOfReferer + 2) : -1
    if (endOfReferer !== -1 && endOfAgent !== -1) {
      referer = [at + 2, endOfReferer]
      userAgent = [endOfReferer + 3, endOfAgent]
      at = endOfAgent + 1
    }
  }
  const level = levelOfHttpStatus(status)
  // Nginx's `main` layout ends with the forwarded addresses, of which there are mostly none.
  const withoutTail = referer[0] !== -1 && message.startsWith(noForwarded, at) ? at + noForwarded.length : at
  if (withoutTail >= end) {
    const parts = { open, close, quote, endOfRequest, endOfBytes, referer, userAgent }
    const spans = combinedSpans(message, parts)
    if (spans !== undefined) {
      const isPlain = withoutTail === message.length && isPlainLine(message, parts)
      return { level, requestId: null, traceId: null, fields: { keys: accessKeys, text: message, spans, isPlain } }
    }
  }

  const head = readHead(message, open)
  const tail = at >= end ? noTail : readTail(message, at, end)
  const request = splitRequest(message, quote + 1, endOfRequest)
  const values = [
    head.remoteAddr,
    head.ident,
    head.remoteUser,
    message.slice(open + 2, close),
    request.method,
    request.path,
    request.protocol,
    status,
    textOf(message, [endOfRequest + 6, endOfBytes]),
    textOf(message, referer),
    textOf(message, userAgent),
    head.xForwardedFor ?? tail.xForwardedFor,
  ]
  if (request.method !== null && head.virtualHost === null && tail.others === null)
    return { level, requestId: null, traceId: null, fields: { keys: accessKeys, values } }
  values.push(
    request.method === null ? unlessDash(message.slice(quote + 1, endOfRequest)) : null,
    head.virtualHost,
    ...(tail.others ?? noOthers),
  )
  return { level, requestId: tail.requestId, traceId: null, fields: { keys: extendedKeys, values } }
}

function textOf(message: string, [from, to]: Span): Optional {
  return from === -1 ? null : unlessDash(message.slice(from, to))
}

/** Cheap: a `[time] "` in the head of the line. */
export function looksLikeAccessLine(message: string): boolean {
  const open = openOfTime(message)
  return open !== -1 && closeOfTime(message, open) !== -1
}

/** Method, path and protocol in `text[from, to)`; all null when it is no HTTP request line. */
export function splitRequest(text: string, from: number, to: number): RequestLine {
  const space = text.indexOf(' ', from)
  if (space === -1 || space >= to || !isMethod(text, from, space)) return noRequestLine
  const last = lastSpace(text, to)
  const method = text.slice(from, space)
  if (last > space && text.startsWith('HTTP/', last + 1))
    return { method, path: text.slice(space + 1, last), protocol: text.slice(last + 1, to) }
  return { method, path: text.slice(space + 1, to), protocol: null }
}

/*
 * V8 searches for one character in place and for more through its runtime, which costs five times as much; hence the
 * searches for single characters on this path.
 */

/** Index of the ` [` before a time (`02/Jan/2006:…` or `2006-01-02T…`), or -1. */
function openOfTime(message: string): number {
  let bracket = message.indexOf('[', 1)
  while (bracket !== -1 && bracket <= maxHeadLength) {
    const isDated = isCommonDate(message, bracket + 1) || isDate(message, bracket + 1, 45)
    if (isDated && message.charCodeAt(bracket - 1) === 32) return bracket - 1
    bracket = message.indexOf('[', bracket + 1)
  }
  return -1
}

/** Index of the `] "` behind the time, or -1. */
function closeOfTime(message: string, open: number): number {
  const close = message.indexOf(']', open)
  return message.charCodeAt(close + 1) === 32 && message.charCodeAt(close + 2) === 34 ? close : -1
}

/** True for `02/Jan/2006:` at `at`. */
export function isCommonDate(text: string, at: number): boolean {
  return (
    text.charCodeAt(at + 2) === 47 &&
    text.charCodeAt(at + 6) === 47 &&
    text.charCodeAt(at + 11) === 58 &&
    isDigits(text, at, at + 2) &&
    isLetter(text.charCodeAt(at + 3)) &&
    isDigits(text, at + 7, at + 11)
  )
}

/**
 * The quote that ends the request: the first one not escaped that has a status behind it. Servers that do not escape
 * leave quotes inside the request, and those have none.
 */
function quoteBeforeStatus(message: string, open: number): number {
  for (let at = closingQuote(message, open); at !== -1; at = closingQuote(message, at)) {
    const after = message.charCodeAt(at + 5)
    if (
      message.charCodeAt(at + 1) === 32 &&
      (isSpace(after) || Number.isNaN(after)) &&
      isDigits(message, at + 2, at + 5)
    )
      return at
  }
  return -1
}

/** `HTTP/1.1` and `HTTP/2` are short: a walk backwards is cheaper than `lastIndexOf`. Not beyond 12 characters. */
function lastSpace(text: string, to: number): number {
  for (let at = to - 1; at >= to - 12; at--) if (text.charCodeAt(at) === 32) return at
  return -1
}

function readHead(message: string, open: number): Head {
  const first = message.indexOf(' ')
  const second = first >= open ? open : message.indexOf(' ', first + 1)
  const third = second >= open ? open : message.indexOf(' ', second + 1)
  if (third < open) return readLongHead(message.slice(0, open).split(' '))
  return {
    remoteAddr: unlessDash(message.slice(0, first)),
    ident: first >= open ? null : unlessDash(message.slice(first + 1, second)),
    remoteUser: second >= open ? null : unlessDash(message.slice(second + 1, open)),
    virtualHost: null,
    xForwardedFor: null,
  }
}

/** Four words and more: a user with spaces, a virtual host, or forwarded addresses. */
function readLongHead(words: readonly string[]): Head {
  const [first = '', second = '', third = ''] = words
  let virtualHost: Optional = null
  let xForwardedFor: Optional = null
  let remoteAddr: Optional = first
  let ident = 1
  if (second.startsWith('(')) {
    while (ident < words.length - 1 && !words[ident]!.endsWith(')')) ident++
    xForwardedFor = unlessDash(
      words
        .slice(1, ident + 1)
        .join(' ')
        .slice(1, -1),
    )
    ident++
  } else if (first.endsWith(',')) {
    while (ident < words.length - 1 && words[ident - 1]!.endsWith(',')) ident++
    xForwardedFor = words.slice(0, ident).join(' ')
    remoteAddr = words[ident] === '-' ? null : (words[ident++] ?? null)
  } else if (second === '-' && third.startsWith('[')) ident = 3
  else if (second !== '-') {
    virtualHost = first
    remoteAddr = second
    ident = 2
  }
  return {
    remoteAddr: remoteAddr === null ? null : unlessDash(remoteAddr),
    ident: unlessDash(words[ident] ?? ''),
    remoteUser: unlessDash(words.slice(ident + 1).join(' ')),
    virtualHost,
    xForwardedFor,
  }
}

/** What follows the combined part. */
function readTail(message: string, at: number, end: number): Tail {
  if (message.charCodeAt(at + 1) === 34 && closingQuote(message, at + 1) === end - 1) {
    const value = unlessDash(message.slice(at + 2, end - 1))
    if (value === null) return noTail
    const point = value.indexOf('.')
    const isRatio = isDigits(value, 0, point) && isDigits(value, point + 1, value.length)
    if (isRatio) return { xForwardedFor: null, requestId: null, others: [value, null, ...noUpstream] }
    return { xForwardedFor: value, requestId: null, others: null }
  }
  const rest = message.slice(at + 1, end)
  const upstream = rest.length <= maxHeadLength ? readUpstream(rest) : undefined
  if (upstream === undefined) return { xForwardedFor: null, requestId: null, others: [null, rest, ...noUpstream] }
  const requestId = upstream.pop() ?? null
  return { xForwardedFor: null, requestId, others: [null, null, ...upstream] }
}

/** The nine columns of `upstreaminfo`. Retried requests list their upstreams as `a, b`, internal redirects as `a : b`. */
function readUpstream(rest: string): Optional[] | undefined {
  if (!rest.includes(' [')) return undefined
  const columns: string[] = []
  let isOpen = false
  for (const word of rest.split(' ')) {
    if (isOpen || word === ':') columns[columns.length - 1] += ` ${word}`
    else columns.push(word)
    isOpen = word.endsWith(',') || word === ':'
  }
  if (columns.length !== 9 || !isBracketed(columns[2]!) || !isBracketed(columns[3]!)) return undefined
  return columns.map((column, index) => unlessDash(index === 2 || index === 3 ? column.slice(1, -1) : column))
}

function isBracketed(text: string): boolean {
  return text.startsWith('[') && text.endsWith(']')
}
