import { type Fields, type LogFormat, valuesOf } from '../format.js'
import { levelOf } from '../level.js'
import { isEksClusterGroup } from './eks-audit.js'
import { closingQuote, unescapeQuoted } from './quoted.js'
import { trimmedEnd } from './text-scan.js'

/**
 * AWS IAM authenticator of an EKS cluster (EKS User Guide, "Send control plane logs to CloudWatch Logs"), in logrus's text
 * format: `time="…" level=info msg="access granted" arn="…" client="127.0.0.1:…" method=POST path=/authenticate`. Fields
 * have the names in the line. Other Go programs of the control plane write the same kind of line, so it takes the
 * authenticator's stream or one of the members that only it writes.
 */
export const eksAuthenticator: LogFormat = {
  name: 'eks-authenticator',
  ownsGroup: isEksClusterGroup,
  looksLike: line => isAuthenticator(line.message, line.logStream),
  parse(line) {
    if (!isAuthenticator(line.message, line.logStream)) return undefined
    const fields = readPairs(line.message)
    if (fields === undefined) return undefined
    return { level: levelOf(valuesOf(fields)[fields.keys.indexOf('level')]), requestId: null, traceId: null, fields }
  },
}

function isAuthenticator(message: string, logStream: string): boolean {
  if (!message.startsWith('time="')) return false
  const head = message.slice(0, 2048)
  if (!head.includes(' level=') || !head.includes(' msg=')) return false
  return logStream.startsWith('authenticator') || head.includes(' path=/authenticate') || head.includes(' sts=')
}

const maxPairs = 64

/** `name=value` or `name="value"` pairs with one blank between; undefined when the line is anything else. */
function readPairs(message: string): Fields | undefined {
  const keys: string[] = []
  const values: string[] = []
  const end = trimmedEnd(message)
  for (let at = 0; at < end; at++) {
    const equals = message.indexOf('=', at)
    if (equals === -1 || equals >= end || keys.length === maxPairs) return undefined
    const key = message.slice(at, equals)
    const isQuoted = message.charCodeAt(equals + 1) === 34
    const start = isQuoted ? equals + 2 : equals + 1
    const stop = isQuoted ? closingQuote(message, equals + 1) : endOfValue(message, start, end)
    if (stop === -1 || key === '' || key.includes(' ') || keys.includes(key)) return undefined
    keys.push(key)
    values.push(isQuoted ? unescapeQuoted(message.slice(start, stop)) : message.slice(start, stop))
    at = isQuoted ? stop + 1 : stop
  }
  return { keys, values }
}

function endOfValue(message: string, from: number, end: number): number {
  const blank = message.indexOf(' ', from)
  return blank === -1 || blank > end ? end : blank
}
