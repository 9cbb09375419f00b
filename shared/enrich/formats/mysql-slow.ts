/**
 * An entry of the slow query log, several lines in one event:
 *
 *   # Time: 2022-02-18T06:02:22.837877Z
 *   # User@Host: admin[admin] @ ip-10-0-0-1 [10.0.0.1]  Id:   116
 *   # Query_time: 2.033731  Lock_time: 0.000119 Rows_sent: 1071  Rows_examined: 1071
 *   use shop;
 *   SET timestamp=1645164142;
 *   SELECT …;
 *
 * MariaDB and `log_slow_extra` add more `Name: value` pairs; all of them become fields, their names in camel case, with
 * the unit for the two times. Source: MySQL Reference Manual, "The Slow Query Log".
 */
import type { Parsed } from '../format.js'
import { maxPairs } from './key-values.js'
import { endOfWord, skipSpaces, trimmedEnd } from './text-scan.js'

export function isSlowQuery(message: string): boolean {
  return message.startsWith('# Time: ') || message.startsWith('# User@Host: ') || message.startsWith('# Thread_id: ')
}

/** Undefined when there is no query time, as in the lines that the server writes when it starts. */
export function parseSlowQuery(message: string): Parsed | undefined {
  const fields = new Map<string, string>()
  const end = trimmedEnd(message)
  let at = 0
  while (at < end && message.charCodeAt(at) === 35) {
    const lineEnd = endOfLine(message, at, end)
    readComment(message.slice(at, lineEnd), fields)
    at = Math.min(lineEnd + 1, end)
  }
  if (!fields.has('queryTimeSeconds')) return undefined
  for (;;) {
    const lineEnd = endOfLine(message, at, end)
    if (message.startsWith('use ', at) && message.charCodeAt(lineEnd - 1) === 59)
      fields.set('database', message.slice(at + 4, lineEnd - 1))
    else if (!message.startsWith('SET timestamp=', at)) break
    if (lineEnd === end) {
      at = end
      break
    }
    at = lineEnd + 1
  }
  if (at < end) fields.set('statement', message.slice(at, end))
  return {
    level: null,
    requestId: null,
    traceId: null,
    fields: { keys: [...fields.keys()], values: [...fields.values()] },
  }
}

function endOfLine(message: string, at: number, end: number): number {
  const newline = message.indexOf('\n', at)
  return newline === -1 || newline > end ? end : newline
}

function readComment(line: string, fields: Map<string, string>): void {
  if (line.startsWith('# Time: ')) fields.set('time', line.slice(8).trim())
  else if (line.startsWith('# User@Host: ')) readUser(line, fields)
  else readPairs(line, 2, fields)
}

/** `# User@Host: name[account] @ host [address]  Id: 7`; host or address may be missing. */
function readUser(line: string, fields: Map<string, string>): void {
  const at = line.indexOf(' @ ')
  if (at === -1) return
  const account = line.indexOf('[', 13)
  setKnown(fields, 'user', line.slice(13, account === -1 || account > at ? at : account))
  const open = line.indexOf('[', at)
  const close = line.indexOf(']', open)
  if (open === -1 || close === -1) {
    setKnown(fields, 'host', line.slice(at + 3))
    return
  }
  setKnown(fields, 'host', line.slice(at + 3, open))
  setKnown(fields, 'remoteAddr', line.slice(open + 1, close))
  readPairs(line, close + 1, fields)
}

function setKnown(fields: Map<string, string>, name: string, value: string): void {
  const text = value.trim()
  if (text !== '') fields.set(name, text)
}

/** Names that differ from their camel case, and the two that stand in every entry. */
const names: ReadonlyMap<string, string> = new Map([
  ['Id', 'connectionId'],
  ['Query_time', 'queryTimeSeconds'],
  ['Lock_time', 'lockTimeSeconds'],
  ['Schema', 'database'],
  ['Rows_sent', 'rowsSent'],
  ['Rows_examined', 'rowsExamined'],
])

/** `Name: value  Name: value`; a name without a value is passed over. */
function readPairs(line: string, at: number, fields: Map<string, string>): void {
  for (at = skipSpaces(line, at); at < line.length && fields.size < maxPairs; at = skipSpaces(line, at)) {
    const nameEnd = endOfWord(line, at)
    if (line.charCodeAt(nameEnd - 1) !== 58 || nameEnd - at > 64) {
      at = nameEnd
      continue
    }
    const name = line.slice(at, nameEnd - 1)
    const value = skipSpaces(line, nameEnd)
    const valueEnd = endOfWord(line, value)
    if (value < valueEnd && line.charCodeAt(valueEnd - 1) !== 58) {
      fields.set(names.get(name) ?? camelCase(name), line.slice(value, valueEnd))
      at = valueEnd
    } else at = value
  }
}

/** `Rows_examined` → `rowsExamined`. */
function camelCase(name: string): string {
  return name.toLowerCase().replace(/_+([a-z0-9])/g, (_, first: string) => first.toUpperCase())
}
