/**
 * PostgreSQL server log on stderr. What stands before the severity is the setting `log_line_prefix`; these are read:
 *
 *   2020-03-11 20:40:50 CET:192.0.2.1(50906):ann@shop:[12795]:FATAL:  …    RDS and Aurora, %t:%r:%u@%d:[%p]:
 *   … :[12795]:7:42P01:2020-03-11 20:40:00 CET:…:ERROR:  …                  RDS's long form, …:[%p]:%l:%e:%s:%v:%x:%c:%q%a
 *   2021-12-03 07:14:48.591 UTC [4913] LOG:  …                              the server's default, %m [%p]
 *   … [4913] ann@shop LOG:  …                                               Debian's, %m [%p] %q%u@%d
 *   … [20]: [121-1] user=ann,db=shop,app=psql,client=192.0.2.1 LOG:  …      the one that pgBadger asks for
 *
 * `duration` and `statement` messages are taken apart, and `message` is left out when that leaves nothing of it. DETAIL,
 * HINT, STATEMENT and the like come as lines of their own and have no level: it stands in the line before.
 */
import type { LogFormat, Parsed } from '../format.js'
import { levelOf } from '../level.js'
import { isClock, isDate, isDigit, isDigits, isLetter, skipFraction, skipSpaces, trimmedEnd } from './text-scan.js'

export const postgresql: LogFormat = {
  name: 'postgresql',
  ownsGroup: logGroup => logGroup.startsWith('/aws/rds/') && logGroup.endsWith('/postgresql'),
  looksLike: ({ message }) => endOfTime(message) !== -1,
  parse: ({ message }) => parsePostgresql(message),
}

const keys: readonly string[] = [
  'time',
  'remoteAddr',
  'remotePort',
  'user',
  'database',
  'application',
  'pid',
  'sessionLine',
  'severity',
  'sqlState',
  'message',
  'durationMs',
  'phase',
  'statementName',
  'statement',
]

const severities = new Set(
  'DEBUG DEBUG1 DEBUG2 DEBUG3 DEBUG4 DEBUG5 LOG INFO NOTICE WARNING ERROR FATAL PANIC'.split(' '),
)
/** Labels of the lines that belong to the one before. */
const companions = new Set('DETAIL HINT QUERY CONTEXT STATEMENT LOCATION BACKTRACE'.split(' '))
const longestPrefix = 1024
const phasePattern = /(parse|bind|execute) ([^:]{1,200}):/y

interface Prefix {
  pid: string
  remote: string | null
  user: string | null
  database: string | null
  application: string | null
  sessionLine: string | null
  sqlState: string | null
}

interface Text {
  readonly message: string | null
  readonly durationMs: string | null
  readonly phase: string | null
  readonly statementName: string | null
  readonly statement: string | null
}

function parsePostgresql(message: string): Parsed | undefined {
  const timeEnd = endOfTime(message)
  if (timeEnd === -1) return undefined
  const colon = endOfSeverity(message, timeEnd)
  if (colon === -1) return undefined
  const label = startOfLabel(message, colon)
  const severity = message.slice(label, colon)
  const isRds = message.charCodeAt(timeEnd) === 58
  const prefix = isRds ? readRdsPrefix(message, timeEnd, label) : readPrefix(message.slice(timeEnd, label))
  if (prefix === undefined) return undefined

  let at = skipSpaces(message, colon + 1)
  const end = trimmedEnd(message)
  let { sqlState } = prefix
  if (message.charCodeAt(at + 5) === 58 && isSqlState(message, at)) {
    sqlState = message.slice(at, at + 5)
    at = skipSpaces(message, at + 6)
  }
  const text = severity === 'STATEMENT' ? statementOnly(message.slice(at, end)) : readText(message.slice(at, end))
  const [remoteAddr, remotePort] = splitRemote(prefix.remote)
  return {
    level: companions.has(severity) ? null : levelOf(severity),
    requestId: null,
    traceId: null,
    fields: {
      keys,
      values: [
        message.slice(0, timeEnd),
        remoteAddr,
        remotePort,
        prefix.user,
        prefix.database,
        prefix.application,
        prefix.pid,
        prefix.sessionLine,
        severity,
        sqlState,
        text.message,
        text.durationMs,
        text.phase,
        text.statementName,
        text.statement,
      ],
    },
  }
}

/** Index after `2020-03-11 20:40:43.123 CET` at the start, or -1. */
function endOfTime(message: string): number {
  if (message.charCodeAt(10) !== 32 || !isDate(message, 0, 45) || !isClock(message, 11)) return -1
  // Java and Python put a comma before the milliseconds.
  let at = message.charCodeAt(19) === 44 ? 19 : skipFraction(message, 19)
  if (message.charCodeAt(at) !== 32) return -1
  const zone = ++at
  for (; at - zone < 40; at++) {
    const code = message.charCodeAt(at)
    if (!isLetter(code) && !isDigit(code) && code !== 43 && code !== 45 && code !== 47 && code !== 95) break
  }
  return at > zone && (message.charCodeAt(at) === 58 || message.charCodeAt(at) === 32) ? at : -1
}

/** Index of the colon of the first ` LOG: ` or `:LOG: `, whatever the severity, or -1. */
function endOfSeverity(message: string, from: number): number {
  for (let at = message.indexOf(':', from); at !== -1 && at - from < longestPrefix; at = message.indexOf(':', at + 1)) {
    if (message.charCodeAt(at + 1) !== 32) continue
    const start = startOfLabel(message, at)
    const before = message.charCodeAt(start - 1)
    if (start <= from || (before !== 32 && before !== 58)) continue
    const label = message.slice(start, at)
    if (severities.has(label) || companions.has(label)) return at
  }
  return -1
}

/** Start of the word that ends before `end`; no label is longer than 9 characters. */
function startOfLabel(message: string, end: number): number {
  let start = end
  while (end - start < 10 && (isLetter(message.charCodeAt(start - 1)) || isDigit(message.charCodeAt(start - 1))))
    start--
  return start
}

/** `:remote:user@database:[pid]:` and, in the long form, session line and SQLSTATE behind it. */
function readRdsPrefix(message: string, from: number, to: number): Prefix | undefined {
  const pid = nextPid(message, from)
  const close = message.indexOf(']:', pid)
  if (pid === -1 || close === -1 || close >= to || !isDigits(message, pid + 2, close)) return undefined
  const session = message.slice(from + 1, pid)
  const at = session.lastIndexOf('@')
  const colon = endOfRemote(session, at)
  if (at === -1 || colon === -1) return undefined
  const [line = '', state = ''] = close + 2 === to ? [] : message.slice(close + 2, to).split(':', 2)
  const isLong = isDigits(line, 0, line.length)
  return {
    pid: message.slice(pid + 2, close),
    remote: known(session.slice(0, colon)),
    user: known(session.slice(colon + 1, at)),
    database: known(session.slice(at + 1)),
    application: null,
    sessionLine: isLong ? line : null,
    sqlState: isLong && isSqlState(state, 0) ? state : null,
  }
}

/** Index of the first `:[` with a digit behind it, or -1; `:[local]` stands for a socket. */
function nextPid(message: string, from: number): number {
  let open = message.indexOf(':[', from)
  while (open !== -1 && !isDigit(message.charCodeAt(open + 2))) open = message.indexOf(':[', open + 2)
  return open
}

/** Index of the colon between `192.0.2.1(50906)` (or `[local]`, or nothing) and the user; IPv6 has colons of its own. */
function endOfRemote(session: string, at: number): number {
  if (session.startsWith(':')) return 0
  const port = session.indexOf('):')
  if (port !== -1 && port < at) return port + 1
  return session.lastIndexOf(':', at)
}

/** ` [pid] …` and what the usual settings put behind it. */
function readPrefix(text: string): Prefix | undefined {
  const open = text.indexOf('[')
  const close = text.indexOf(']', open)
  if (open === -1 || close === -1 || !isDigits(text, open + 1, close)) return undefined
  const prefix: Prefix = {
    pid: text.slice(open + 1, close),
    remote: null,
    user: null,
    database: null,
    application: null,
    sessionLine: null,
    sqlState: null,
  }
  let rest = text.slice(close + 1)
  const line = rest.indexOf('[')
  const dash = rest.indexOf('-', line)
  if (line !== -1 && isDigits(rest, line + 1, dash)) {
    prefix.sessionLine = rest.slice(line + 1, dash)
    rest = rest.slice(rest.indexOf(']', dash) + 1)
  }
  rest = rest.trim()
  if (rest.includes('=')) readNamed(rest, prefix)
  else if (rest.includes('@') && !rest.includes(' ')) {
    prefix.user = known(rest.slice(0, rest.lastIndexOf('@')))
    prefix.database = known(rest.slice(rest.lastIndexOf('@') + 1))
  }
  return prefix
}

/** `user=ann,db=shop,app=psql,client=192.0.2.1`, in any order. */
function readNamed(text: string, prefix: Prefix): void {
  for (const pair of text.split(',')) {
    const equals = pair.indexOf('=')
    const value = known(pair.slice(equals + 1).trim())
    const name = pair.slice(0, equals).trim()
    if (name === 'user') prefix.user = value
    else if (name === 'db' || name === 'database') prefix.database = value
    else if (name === 'app' || name === 'application') prefix.application = value
    else if (name === 'client' || name === 'host' || name === 'remote') prefix.remote = value
    else if (name === 'sqlstate' || name === 'state' || name === 'sql_error_code') prefix.sqlState = value
  }
}

function known(value: string): string | null {
  return value === '' || value === '[unknown]' ? null : value
}

function splitRemote(remote: string | null): readonly [string | null, string | null] {
  if (remote === null || !remote.endsWith(')')) return [remote, null]
  const open = remote.lastIndexOf('(')
  return open === -1 ? [remote, null] : [remote.slice(0, open), remote.slice(open + 1, -1)]
}

/** Five digits or capitals. */
function isSqlState(text: string, at: number): boolean {
  if (text.length < at + 5) return false
  for (let end = at + 5; at < end; at++) {
    const code = text.charCodeAt(at)
    if (!isDigit(code) && !(code >= 65 && code <= 90)) return false
  }
  return true
}

function statementOnly(statement: string): Text {
  return { message: null, durationMs: null, phase: null, statementName: null, statement }
}

/** `duration: 0.7 ms  bind name: SELECT …`, either half of which may be missing; any other text is the message. */
function readText(text: string): Text {
  let at = 0
  let durationMs: string | null = null
  if (text.startsWith('duration: ')) {
    const end = text.indexOf(' ms', 10)
    if (end !== -1 && end < 40 && isDigit(text.charCodeAt(10))) {
      durationMs = text.slice(10, end)
      at = skipSpaces(text, end + 3)
    }
  }
  if (text.startsWith('statement:', at))
    return { message: null, durationMs, phase: 'statement', statementName: null, statement: text.slice(at + 10).trim() }
  phasePattern.lastIndex = at
  const found = phasePattern.exec(text)
  if (found === null) {
    const message = at === text.length ? null : text.slice(at)
    return { message, durationMs, phase: null, statementName: null, statement: null }
  }
  const [head, phase = null, name = null] = found
  const statement = text.slice(at + head.length).trim()
  return { message: null, durationMs, phase, statementName: name === '<unnamed>' ? null : name, statement }
}
