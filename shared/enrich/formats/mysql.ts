/**
 * The four logs of MySQL, MariaDB and Aurora MySQL, each in a group of its own under `/aws/rds`:
 *
 *   2021-10-28T08:06:45.411498Z 25 [Note] [MY-010926] [Server] Access denied …          error log, 8.0
 *   2020-04-16T05:13:40.861934Z 344 [Note] Access denied …                              error log, 5.7; MariaDB's alike
 *   2022-02-18 06:12:07 0x2b76b6e68700InnoDB: transactions deadlock detected …           error log, InnoDB's own
 *   2023-07-31T08:34:16.116872Z\t   14 Connect\tadmin@192.0.2.1 on shop using SSL/TLS   general log
 *   1653053459680124,db-1,admin,192.0.2.1,35,698024,WRITE,shop,orders,0                 audit log, Aurora
 *   20190909 05:25:25,db-1,admin,192.0.2.1,35,987,QUERY,shop,'SELECT 1',0               audit log, MariaDB plugin
 *   # Time: … # User@Host: … # Query_time: … SELECT …                                   slow query log, `mysql-slow.ts`
 *
 * Only the error log states a level. Sources: MySQL Reference Manual, "The Error Log", "The General Query Log"; Amazon
 * Aurora, "Using Advanced Auditing"; MariaDB, "Audit Plugin Log Format".
 */
import type { LogFormat, Parsed } from '../format.js'
import { levelOf } from '../level.js'
import { isSlowQuery, parseSlowQuery } from './mysql-slow.js'
import { isHex } from './quoted.js'
import {
  endOfRfc3339,
  endOfWord,
  isClock,
  isDate,
  isDigit,
  isDigits,
  isUpper,
  skipFraction,
  skipSpaces,
  trimmedEnd,
} from './text-scan.js'

const groupName = /^\/aws\/rds\/(?:instance|cluster)\/[^/]+\/(?:error|slowquery|general|audit)$/

export const mysql: LogFormat = {
  name: 'mysql',
  ownsGroup: logGroup => groupName.test(logGroup),
  looksLike: ({ message }) => isSlowQuery(message) || endOfTime(message) !== -1 || isAuditStart(message),
  parse: ({ message }) => parseMysql(message),
}

const errorKeys: readonly string[] = ['time', 'threadId', 'severity', 'errorCode', 'subsystem', 'message']
const generalKeys: readonly string[] = ['time', 'connectionId', 'command', 'message', 'statement']
const auditKeys: readonly string[] = [
  'time',
  'serverHost',
  'user',
  'host',
  'connectionId',
  'queryId',
  'operation',
  'database',
  'object',
  'statement',
  'returnCode',
  'connectionType',
]

/** The server's commands, as the general log spells them. */
const commands = new Set([
  ...['Sleep', 'Quit', 'Init DB', 'Query', 'Field List', 'Create DB', 'Drop DB', 'Refresh', 'Shutdown', 'Statistics'],
  ...['Processlist', 'Connect', 'Kill', 'Debug', 'Ping', 'Time', 'Delayed insert', 'Change user', 'Binlog Dump'],
  ...['Table Dump', 'Connect Out', 'Register Slave', 'Register Replica', 'Prepare', 'Execute', 'Long Data'],
  ...['Close stmt', 'Reset stmt', 'Set option', 'Fetch', 'Daemon', 'Binlog Dump GTID', 'Reset Connection', 'Error'],
])
const statementCommands = new Set(['Query', 'Prepare', 'Execute', 'Field List'])
const longestCommand = 16

function parseMysql(message: string): Parsed | undefined {
  if (isSlowQuery(message)) return parseSlowQuery(message)
  const timeEnd = endOfTime(message)
  if (timeEnd === -1) return parseAudit(message)
  const id = skipSpaces(message, timeEnd)
  if (message.startsWith('0x', id)) return parseInnodb(message, timeEnd, id)
  const idEnd = endOfWord(message, id)
  if (id === timeEnd || idEnd - id > 20 || !isDigits(message, id, idEnd)) return undefined
  if (message.charCodeAt(idEnd + 1) === 91) return parseError(message, timeEnd, id, idEnd)
  return parseGeneral(message, timeEnd, id, idEnd)
}

/** Index after `2021-10-28T08:06:45.411498Z` or, as before 5.7 and in MariaDB, `2021-10-28  8:06:45`; or -1. */
function endOfTime(message: string): number {
  const end = endOfRfc3339(message, 0)
  if (end !== -1) return end
  if (message.charCodeAt(10) !== 32 || !isDate(message, 0, 45)) return -1
  if (isClock(message, 11)) return skipFraction(message, 19)
  const isShortHour = message.charCodeAt(11) === 32 && isDigit(message.charCodeAt(12))
  return isShortHour && isDigits(message, 14, 16) && isDigits(message, 17, 19) ? 19 : -1
}

function parseError(message: string, timeEnd: number, id: number, idEnd: number): Parsed | undefined {
  const close = message.indexOf(']', idEnd)
  if (close === -1 || close - idEnd > 20) return undefined
  const severity = message.slice(idEnd + 2, close)
  const level = levelOf(severity)
  if (level === null) return undefined
  let at = skipSpaces(message, close + 1)
  let errorCode: string | null = null
  let subsystem: string | null = null
  if (message.startsWith('[MY-', at)) {
    const codeEnd = message.indexOf(']', at)
    if (codeEnd !== -1 && isDigits(message, at + 4, codeEnd)) {
      errorCode = message.slice(at + 1, codeEnd)
      at = skipSpaces(message, codeEnd + 1)
      const subsystemEnd = message.charCodeAt(at) === 91 ? message.indexOf(']', at) : -1
      if (subsystemEnd !== -1) {
        subsystem = message.slice(at + 1, subsystemEnd)
        at = skipSpaces(message, subsystemEnd + 1)
      }
    }
  }
  const text = message.slice(at, Math.max(at, trimmedEnd(message)))
  const values = [message.slice(0, timeEnd), message.slice(id, idEnd), severity, errorCode, subsystem, text]
  return { level, requestId: null, traceId: null, fields: { keys: errorKeys, values } }
}

/** What InnoDB prints on its own, such as deadlocks: no severity, and often no blank behind the thread's handle. */
function parseInnodb(message: string, timeEnd: number, id: number): Parsed | undefined {
  let idEnd = id + 2
  while (idEnd < message.length && isHex(message, idEnd, idEnd + 1)) idEnd++
  // The year of a second time stamp is no part of the handle.
  if (message.charCodeAt(idEnd) === 45 && isDate(message, idEnd - 4, 45)) idEnd -= 4
  if (idEnd <= id + 2 || idEnd - id > 18) return undefined
  const end = trimmedEnd(message)
  const text = message.slice(Math.min(skipSpaces(message, idEnd), end), end)
  const values = [message.slice(0, timeEnd), message.slice(id, idEnd), null, null, 'InnoDB', text]
  return { level: null, requestId: null, traceId: null, fields: { keys: errorKeys, values } }
}

/** The command ends at a tab; copies of the log often hold blanks instead, two at least. */
function parseGeneral(message: string, timeEnd: number, id: number, idEnd: number): Parsed | undefined {
  const start = idEnd + 1
  const end = trimmedEnd(message)
  let commandEnd = start
  while (commandEnd < end && commandEnd - start <= longestCommand && !isGap(message, commandEnd)) commandEnd++
  const command = message.slice(start, commandEnd)
  if (!commands.has(command)) return undefined
  const argument = message.slice(skipSpaces(message, commandEnd), end)
  const isStatement = statementCommands.has(command)
  const values = [
    message.slice(0, timeEnd),
    message.slice(id, idEnd),
    command,
    isStatement || argument === '' ? null : argument,
    isStatement ? argument : null,
  ]
  return { level: null, requestId: null, traceId: null, fields: { keys: generalKeys, values } }
}

function isGap(message: string, at: number): boolean {
  return message.charCodeAt(at) === 9 || (message.charCodeAt(at) === 32 && message.charCodeAt(at + 1) === 32)
}

function parseAudit(message: string): Parsed | undefined {
  if (!isAuditStart(message)) return undefined
  const columns: string[] = []
  let at = 0
  while (columns.length < 8) {
    const comma = message.indexOf(',', at)
    if (comma === -1) return undefined
    columns.push(message.slice(at, comma))
    at = comma + 1
  }
  const [, , , , connectionId = '', queryId = '', operation = '', database = ''] = columns
  if (!isDigits(connectionId, 0, connectionId.length) || !isDigits(queryId, 0, queryId.length)) return undefined
  if (!isOperation(operation)) return undefined

  // The statement stands in quotes and may hold any text, commas and quotes too: its end is looked for from behind.
  const isQuoted = message.charCodeAt(at) === 39
  const start = isQuoted ? at + 1 : at
  const objectEnd = isQuoted ? message.lastIndexOf("',") : message.indexOf(',', at)
  if (objectEnd < start) return undefined
  const tail = message.slice(objectEnd + (isQuoted ? 2 : 1), trimmedEnd(message)).split(',', 2)
  const [returnCode = '', connectionType = ''] = tail
  // Aurora leaves the code of READ and WRITE empty.
  if (returnCode !== '' && !isDigits(returnCode, 0, returnCode.length)) return undefined
  const object = message.slice(start, objectEnd)
  const values = [
    ...columns.slice(0, 7),
    database === '' ? null : database,
    isQuoted || object === '' ? null : object,
    isQuoted ? object : null,
    returnCode === '' ? null : returnCode,
    connectionType === '' ? null : connectionType,
  ]
  return { level: null, requestId: null, traceId: null, fields: { keys: auditKeys, values } }
}

/** Microseconds since 1970 (Aurora) or `20190909 05:25:25` (the plugin), and a comma. */
function isAuditStart(message: string): boolean {
  if (message.charCodeAt(16) === 44) return isDigits(message, 0, 16)
  return message.charCodeAt(17) === 44 && message.charCodeAt(8) === 32 && isDigits(message, 0, 8) && isClock(message, 9)
}

/** `QUERY`, `FAILED_CONNECT` and the like. */
function isOperation(text: string): boolean {
  if (text.length < 3 || text.length > 32) return false
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (!isUpper(code) && code !== 95) return false
  }
  return true
}
