/**
 * Apache httpd: access lines (`access-line.ts`) and the error log of 2.2 and 2.4.
 *
 *   [Thu Oct 13 12:24:49.880562 2022] [auth_basic:error] [pid 10:tid 14] [client 192.0.2.1:50229] AH01618: user …
 *   [Wed Oct 11 14:32:52 2000] [error] [client 192.0.2.1] client denied by server configuration: …
 *
 * A bare access line in a group whose name does not decide counts as `apache`: the layout is httpd's Common Log Format.
 */
import type { LogFormat, Parsed } from '../format.js'
import { levelOf } from '../level.js'
import { isCommonDate, looksLikeAccessLine, parseAccessLine } from './access-line.js'
import { isClock, isDigit, isDigits, isLetter, trimmedEnd } from './text-scan.js'

const groupName = /(?:^|[^a-z])(?:apache2?|httpd)(?:$|[^a-z])/i

export const apache: LogFormat = {
  name: 'apache',
  ownsGroup: logGroup => groupName.test(logGroup),
  looksLike: ({ message }) => isErrorLine(message) || looksLikeAccessLine(message),
  parse: ({ message }) => (message.charCodeAt(0) === 91 ? parseErrorLine(message) : parseAccessLine(message)),
}

const errorKeys: readonly string[] = [
  'time',
  'module',
  'severity',
  'pid',
  'tid',
  'remoteAddr',
  'remotePort',
  'cause',
  'errorCode',
  'message',
  'referer',
]

function isErrorLine(message: string): boolean {
  if (message.charCodeAt(0) !== 91 || message.indexOf('] [') === -1) return false
  return isCommonDate(message, 1) || (isLetter(message.charCodeAt(1)) && isClock(message, 12))
}

function parseErrorLine(message: string): Parsed | undefined {
  if (!isErrorLine(message)) return undefined
  const endOfTime = message.indexOf('] [')
  const endOfLevel = message.indexOf('] ', endOfTime + 3)
  if (endOfLevel === -1 || endOfLevel - endOfTime > 64) return undefined
  const [module, severity] = splitModule(message.slice(endOfTime + 3, endOfLevel))
  const level = levelOfSeverity(severity)
  if (level === null) return undefined

  const end = trimmedEnd(message)
  let at = endOfLevel + 2
  let pid: string | null = null
  let tid: string | null = null
  if (message.startsWith('[pid ', at)) {
    const close = message.indexOf(']', at)
    if (close === -1) return undefined
    const ids = message.slice(at + 5, close).split(':tid ')
    pid = ids[0] ?? null
    tid = ids[1] ?? null
    at = message.charCodeAt(close + 1) === 32 ? close + 2 : close + 1
  }

  let cause: string | null = null
  let client: readonly [string | null, string | null] = [null, null]
  const clientAt = clientFrom(message, at)
  if (clientAt !== -1) {
    const close = message.indexOf(']', clientAt)
    if (close !== -1) {
      if (clientAt > at) cause = message.slice(at, message.startsWith(': ', clientAt - 2) ? clientAt - 2 : clientAt - 1)
      client = splitPort(message.slice(clientAt + 8, close), pid !== null || module !== null)
      at = message.charCodeAt(close + 1) === 32 ? close + 2 : close + 1
    }
  }
  const referer = clientAt === -1 ? -1 : message.lastIndexOf(', referer: ')
  const endOfText = referer > at ? referer : end
  const values = [
    message.slice(1, endOfTime),
    module,
    severity,
    pid,
    tid,
    client[0],
    client[1],
    cause,
    errorCodeAt(message, at),
    message.slice(at, endOfText),
    endOfText === end ? null : message.slice(referer + 11, end),
  ]
  return { level, requestId: null, traceId: null, fields: { keys: errorKeys, values } }
}

function splitModule(text: string): readonly [string | null, string] {
  const colon = text.indexOf(':')
  if (colon === -1) return [null, text]
  return [colon === 0 ? null : text.slice(0, colon), text.slice(colon + 1)]
}

/** httpd numbers its trace levels, `trace1` to `trace8`. */
function levelOfSeverity(severity: string) {
  return levelOf(severity.startsWith('trace') && severity.length === 6 ? 'trace' : severity)
}

/**
 * Where `[client ` stands: right away, or behind the source file (`mod_ssl.c(12): `) and the system's error
 * (`(70014)End of file found: `) that may come before it. Anywhere else it is part of the message.
 */
function clientFrom(message: string, at: number): number {
  if (message.startsWith('[client ', at)) return at
  const client = message.indexOf(' [client ', at)
  if (client === -1 || client - at > 256 || message.charCodeAt(client - 1) !== 58) return -1
  const parenthesis = message.indexOf('(', at)
  return parenthesis !== -1 && parenthesis < client && isDigit(message.charCodeAt(parenthesis + 1)) ? client + 1 : -1
}

/** 2.4 writes the port behind the last colon, IPv6 or not; 2.2 writes none, and every colon belongs to the address. */
function splitPort(client: string, isWithPort: boolean): readonly [string, string | null] {
  const colon = client.lastIndexOf(':')
  if (!isWithPort || colon < 1 || !isDigits(client, colon + 1, client.length)) return [client, null]
  return [client.slice(0, colon), client.slice(colon + 1)]
}

/** The `AH01618` of `AH01618: user …`. */
function errorCodeAt(message: string, at: number): string | null {
  const isCode = message.startsWith('AH', at) && message.charCodeAt(at + 7) === 58 && isDigits(message, at + 2, at + 7)
  return isCode ? message.slice(at, at + 7) : null
}
