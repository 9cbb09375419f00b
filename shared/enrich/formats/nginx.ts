/**
 * nginx: access lines (`access-line.ts`) and the error log
 * (`2021/12/02 11:53:15 [error] 31#31: *46 message, client: …, server: …, request: "…", upstream: "…", host: "…"`).
 *
 * In a group whose name says nothing, only lines that httpd does not write count as nginx: its error log, the `main`
 * layout with the forwarded addresses at the end, and ingress-nginx. A bare common or combined line is `apache` there.
 */
import type { LogFormat, Parsed } from '../format.js'
import { levelOf } from '../level.js'
import { looksLikeAccessLine, parseAccessLine, splitRequest } from './access-line.js'
import { isClock, isDate, isDigit, isDigits, trimmedEnd, unlessDash } from './text-scan.js'

const groupName = /(?:^|[^a-z])nginx(?:$|[^a-z])/i

export const nginx: LogFormat = {
  name: 'nginx',
  ownsGroup: logGroup => groupName.test(logGroup),
  looksLike: ({ message }) => isErrorLine(message) || (looksLikeAccessLine(message) && hasNginxTail(message)),
  parse: ({ message }) => parseErrorLine(message) ?? parseAccessLine(message),
}

const errorKeys: readonly string[] = [
  'time',
  'severity',
  'pid',
  'tid',
  'connection',
  'message',
  'remoteAddr',
  'server',
  'request',
  'method',
  'path',
  'protocol',
  'subrequest',
  'upstream',
  'host',
  'referer',
]

/** What a worker adds about the request, in this order, each at most once; the last four are quoted like `request`. */
const contextNames = ['server', 'request', 'subrequest', 'upstream', 'host', 'referrer'] as const
type Context = Partial<Record<(typeof contextNames)[number] | 'client', string>>

function isErrorLine(message: string): boolean {
  return (
    message.charCodeAt(20) === 91 &&
    message.charCodeAt(10) === 32 &&
    isDate(message, 0, 47) &&
    isClock(message, 11) &&
    message.indexOf('#', 21) !== -1
  )
}

function parseErrorLine(message: string): Parsed | undefined {
  if (!isErrorLine(message)) return undefined
  const close = message.indexOf('] ', 21)
  const hash = message.indexOf('#', close)
  const colon = message.indexOf(': ', hash)
  if (close === -1 || hash === -1 || colon === -1) return undefined
  const severity = message.slice(21, close)
  const level = levelOf(severity)
  if (level === null || !isDigits(message, close + 2, hash) || !isDigits(message, hash + 1, colon)) return undefined

  let start = colon + 2
  let connection: string | null = null
  if (message.charCodeAt(start) === 42 && isDigit(message.charCodeAt(start + 1))) {
    const space = message.indexOf(' ', start)
    if (space !== -1 && isDigits(message, start + 1, space)) {
      connection = message.slice(start + 1, space)
      start = space + 1
    }
  }
  const end = trimmedEnd(message)
  const client = clientAfter(message, start)
  const context = client === -1 ? {} : readContext(message, client, end)
  const request = context.request ?? null
  const { method, path, protocol } = splitRequest(request ?? '', 0, request?.length ?? 0)
  const values = [
    message.slice(0, 19),
    severity,
    message.slice(close + 2, hash),
    message.slice(hash + 1, colon),
    connection,
    message.slice(start, client === -1 ? end : client),
    context.client ?? null,
    context.server ?? null,
    method === null ? request : null,
    method,
    path,
    protocol,
    context.subrequest ?? null,
    context.upstream ?? null,
    context.host ?? null,
    context.referrer ?? null,
  ]
  return { level, requestId: null, traceId: null, fields: { keys: errorKeys, values } }
}

/**
 * Where the context starts. Paths in the message come from the client and can hold `, client: ` too, but inside quotes;
 * so the first one that is not inside quotes counts, and the first at all when quotes do not balance.
 */
function clientAfter(message: string, start: number): number {
  const first = message.indexOf(', client: ', start)
  let isQuoted = false
  let from = start
  for (let at = first; at !== -1; at = message.indexOf(', client: ', at + 1)) {
    for (; from < at; from++) if (message.charCodeAt(from) === 34) isQuoted = !isQuoted
    if (!isQuoted) return at
  }
  return first
}

function readContext(message: string, clientAt: number, end: number): Context {
  const context: Context = {}
  let name: keyof Context = 'client'
  let at = clientAt + 10
  for (;;) {
    const next = nextContext(message, at)
    const value = message.slice(at, next === undefined ? end : next.at)
    const bare = value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value
    const known = unlessDash(bare)
    if (known !== null) context[name] = known
    if (next === undefined) return context
    name = next.name
    at = next.at + name.length + 4
  }
}

/** The next `, name: ` of the context at or after `from`. */
function nextContext(message: string, from: number): { at: number; name: keyof Context } | undefined {
  for (let at = message.indexOf(', ', from); at !== -1; at = message.indexOf(', ', at + 2)) {
    for (const name of contextNames)
      if (message.startsWith(name, at + 2) && message.startsWith(': ', at + 2 + name.length)) return { at, name }
  }
  return undefined
}

/** True when something follows the user agent that nginx layouts have and httpd's have not. */
function hasNginxTail(message: string): boolean {
  const end = trimmedEnd(message)
  const first = message.indexOf('" "')
  if (first === -1) return false
  if (message.charCodeAt(end - 1) === 34) return message.indexOf('" "', first + 3) !== -1
  const last = message.lastIndexOf('" ')
  return isDigit(message.charCodeAt(last + 2)) && message.indexOf(' [', last) !== -1
}
