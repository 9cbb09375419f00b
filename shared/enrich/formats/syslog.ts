/**
 * syslog, as agents on EC2 ship `/var/log/messages`, `secure`, `auth.log` and the like.
 *
 *   Feb 12 14:10:21 ip-10-0-0-1 sshd[16378]: Invalid user …                     RFC 3164, as written to files
 *   2023-11-14T00:20:42.738197+01:00 host sshd[1112652]: User root …            rsyslog's own layout for files
 *   <34>Oct 11 22:14:15 host su: 'su root' failed …                             RFC 3164, as sent
 *   <165>1 2003-10-11T22:14:15.003Z host app 4711 ID47 [sd@32473 a="b"] text    RFC 5424
 *
 * Level: the severity of the priority; without one, what the text says about itself. Parameters of structured data become
 * fields named `<SD-ID>.<parameter>`; one that comes twice keeps its first value.
 */
import type { Fields, Level, LogFormat, Parsed } from '../format.js'
import { levelOf, levelOfSyslogSeverity } from '../level.js'
import { levelInText } from '../level-token.js'
import { maxPairs } from './key-values.js'
import { closingQuote } from './quoted.js'
import { endOfRfc3339, isClock, isDigit, isDigits, skipFraction, trimmedEnd, unlessDash } from './text-scan.js'

/** Usual names of the files, which the agents use as names of the groups. */
const groupName =
  /(?:^|[^a-z])(?:messages|secure|syslog|auth\.log|maillog|mail\.log|kern\.log|cron|daemon\.log|user\.log|boot\.log)$/i

export const syslog: LogFormat = {
  name: 'syslog',
  ownsGroup: logGroup => groupName.test(logGroup),
  looksLike: ({ message }) => looksLikeSyslog(message),
  parse: ({ message }) => parseSyslog(message),
}

const fileKeys: readonly string[] = ['time', 'hostname', 'program', 'pid', 'message']
const sentKeys: readonly string[] = ['facility', 'severity', ...fileKeys]
const rfc5424Keys: readonly string[] = [...sentKeys, 'messageId']

const severities = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'] as const
const facilities = (
  'kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp audit alert clock ' +
  'local0 local1 local2 local3 local4 local5 local6 local7'
).split(' ')
const months = 'JanFebMarAprMayJunJulAugSepOctNovDec'
const longestProgram = 128

/** What stands between the time and the text. */
interface Tag {
  readonly hostname: string | null
  readonly program: string | null
  readonly pid: string | null
  /** Where the text starts. */
  readonly at: number
}

/**
 * Any line that begins with an ISO time and two words could be meant, so without a priority that layout counts only with
 * a process id behind the program, or from the kernel.
 */
function looksLikeSyslog(message: string): boolean {
  if (message.charCodeAt(0) === 60) return endOfPriority(message) !== -1
  if (endOfMonthTime(message, 0) !== -1) return true
  const end = endOfRfc3339(message, 0)
  if (end === -1) return false
  const tag = readTag(message, end)
  return tag !== undefined && tag.hostname !== null && (tag.pid !== null || tag.program === 'kernel')
}

function parseSyslog(message: string): Parsed | undefined {
  let start = 0
  let priority = -1
  if (message.charCodeAt(0) === 60) {
    start = endOfPriority(message)
    if (start === -1) return undefined
    priority = Number(message.slice(1, start - 1))
    if (isDigit(message.charCodeAt(start))) {
      const space = message.indexOf(' ', start)
      if (space - start <= 2 && isDigits(message, start, space)) return parseRfc5424(message, priority, space)
    }
  }
  const monthEnd = endOfMonthTime(message, start)
  const timeEnd = monthEnd === -1 ? endOfRfc3339(message, start) : monthEnd
  if (timeEnd === -1) return undefined
  const tag = readTag(message, timeEnd)
  if (tag === undefined) return undefined
  if (monthEnd === -1 && (tag.program === null || levelOf(tag.hostname) !== null)) return undefined

  const values = [
    message.slice(start, timeEnd),
    tag.hostname,
    tag.program,
    tag.pid,
    message.slice(tag.at, trimmedEnd(message)),
  ]
  if (priority === -1)
    return { level: levelInText(message, tag.at), requestId: null, traceId: null, fields: { keys: fileKeys, values } }
  return sent(priority, { keys: sentKeys, values: [...priorityNames(priority), ...values] })
}

function sent(priority: number, fields: Fields): Parsed {
  return { level: levelOfPriority(priority), requestId: null, traceId: null, fields }
}

function levelOfPriority(priority: number): Level | null {
  return levelOfSyslogSeverity(priority & 7)
}

function priorityNames(priority: number): [string, string] {
  return [facilities[priority >> 3] ?? String(priority >> 3), severities[priority & 7]!]
}

/** Index after `<0>` to `<191>` at the start, or -1. */
function endOfPriority(message: string): number {
  const close = message.indexOf('>')
  if (close < 2 || close > 4 || !isDigits(message, 1, close) || Number(message.slice(1, close)) > 191) return -1
  return close + 1
}

/** Index after `Feb  2 14:10:21` (day padded or not, fraction or not) at `at`, or -1. */
function endOfMonthTime(message: string, at: number): number {
  if (message.charCodeAt(at + 3) !== 32 || months.indexOf(message.slice(at, at + 3)) % 3 !== 0) return -1
  let day = at + 4
  if (message.charCodeAt(day) === 32) day++
  const clock = message.charCodeAt(day + 1) === 32 ? day + 2 : day + 3
  if (message.charCodeAt(clock - 1) !== 32 || !isDigits(message, day, clock - 1) || !isClock(message, clock)) return -1
  return skipFraction(message, clock + 8)
}

/** Reads ` host program[pid]: `. The host is missing where a program writes the file itself; so may the program be. */
function readTag(message: string, timeEnd: number): Tag | undefined {
  if (message.charCodeAt(timeEnd) !== 32) return undefined
  const first = timeEnd + 1
  const space = message.indexOf(' ', first)
  if (space === first) return undefined
  const own = readProgram(message, first)
  if (own !== undefined) return { hostname: null, ...own }
  if (space === -1 || space - first > 255) return undefined
  const hostname = message.slice(first, space)
  const program = readProgram(message, space + 1)
  return { hostname, ...(program ?? { program: null, pid: null, at: space + 1 }) }
}

/** Reads `program:` or `program[pid]:` at `at`; undefined when it is not there. */
function readProgram(message: string, at: number): { program: string; pid: string | null; at: number } | undefined {
  const limit = Math.min(message.length, at + longestProgram)
  let end = at
  for (; end < limit; end++) {
    const code = message.charCodeAt(end)
    if (code === 32 || code === 58 || code === 91) break
  }
  if (end === at || end === limit) return undefined
  let pid: string | null = null
  let colon = end
  if (message.charCodeAt(end) === 91) {
    const close = message.indexOf(']', end)
    if (close === -1 || close - end > longestProgram) return undefined
    pid = message.slice(end + 1, close)
    colon = close + 1
  }
  if (message.charCodeAt(colon) !== 58) return undefined
  const next = message.charCodeAt(colon + 1)
  if (next !== 32 && !Number.isNaN(next)) return undefined
  return { program: message.slice(at, end), pid, at: Math.min(colon + 2, message.length) }
}

/** `time host app procid msgid structured-data text`, from the blank behind the version. */
function parseRfc5424(message: string, priority: number, versionEnd: number): Parsed | undefined {
  const columns: (string | null)[] = []
  let at = versionEnd + 1
  for (let column = 0; column < 5; column++) {
    const space = message.indexOf(' ', at)
    if (space === -1 || space - at > 255) return undefined
    columns.push(unlessDash(message.slice(at, space)))
    at = space + 1
  }
  const [time = null, hostname = null, program = null, pid = null, messageId = null] = columns
  if (time !== null && endOfRfc3339(time, 0) !== time.length) return undefined
  const data = readStructuredData(message, at)
  let text = data.at
  if (message.charCodeAt(text) === 32) text++
  // The byte order mark says that the text is UTF-8; it is none of it.
  if (message.charCodeAt(text) === 0xfeff) text++
  return sent(priority, {
    keys: data.keys.length === 0 ? rfc5424Keys : [...rfc5424Keys, ...data.keys],
    values: [
      ...priorityNames(priority),
      time,
      hostname,
      program,
      pid,
      message.slice(text, Math.max(text, trimmedEnd(message))),
      messageId,
      ...data.values,
    ],
  })
}

/** Reads `-` or `[id name="value" …][id …]`; where it is broken, the rest counts as text. */
function readStructuredData(message: string, at: number): { keys: string[]; values: string[]; at: number } {
  const keys: string[] = []
  const values: string[] = []
  if (message.charCodeAt(at) === 45) return { keys, values, at: at + 1 }
  while (message.charCodeAt(at) === 91) {
    const idEnd = endOfName(message, at + 1)
    const id = message.slice(at + 1, idEnd)
    let end = idEnd
    while (message.charCodeAt(end) === 32) {
      const equals = endOfName(message, end + 1)
      if (message.charCodeAt(equals) !== 61 || message.charCodeAt(equals + 1) !== 34) break
      const close = closingQuote(message, equals + 1)
      if (close === -1) break
      const key = `${id}.${message.slice(end + 1, equals)}`
      if (keys.length < maxPairs && !keys.includes(key)) {
        keys.push(key)
        values.push(message.slice(equals + 2, close).replace(/\\(["\\\]])/g, '$1'))
      }
      end = close + 1
    }
    if (message.charCodeAt(end) !== 93) break
    at = end + 1
  }
  return { keys, values, at }
}

/** Index of the first blank, `]` or `=` at or after `at`, but not beyond the length that RFC 5424 allows by far. */
function endOfName(message: string, at: number): number {
  const limit = Math.min(message.length, at + longestProgram)
  for (; at < limit; at++) {
    const code = message.charCodeAt(at)
    if (code === 32 || code === 93 || code === 61) return at
  }
  return limit
}
