/**
 * klog, which the Kubernetes components log with (kubernetes/klog, "Log lines have this form"):
 *
 *   I0214 08:15:30.692994   28133 server.go:70] listening on :8443
 *   E1025 00:15:15.525108       1 pod.go:116] "Failed to sync" err="timed out" pod="kube-system/dns"
 *
 * The second, structured form has its message in quotes and pairs behind it, which become fields. EKS delivers the
 * scheduler's, the controller managers' and the API server's lines so.
 */
import type { Level, LogFormat, Parsed } from '../format.js'
import { readFlatMembers } from '../json-members.js'
import { isEksClusterGroup } from './eks-audit.js'
import { readPairs } from './key-values.js'
import { closingQuote, unescapeQuoted } from './quoted.js'
import { isClock, isDigits, skipFraction, skipSpaces, trimmedEnd } from './text-scan.js'

export const klog: LogFormat = {
  name: 'klog',
  ownsGroup: isEksClusterGroup,
  looksLike: ({ message }) => isHeader(message),
  parse: ({ message }) => parseKlog(message),
}

const headerKeys: readonly string[] = ['time', 'pid', 'file', 'line', 'message']
const levels: Readonly<Record<string, Level>> = { I: 'INFO', W: 'WARN', E: 'ERROR', F: 'FATAL' }

function isHeader(message: string): boolean {
  return (
    message.charCodeAt(5) === 32 &&
    message.charCodeAt(14) === 46 &&
    isDigits(message, 1, 5) &&
    isClock(message, 6) &&
    levels[message.charAt(0)] !== undefined
  )
}

function parseKlog(message: string): Parsed | undefined {
  if (!isHeader(message)) return undefined
  const endOfTime = skipFraction(message, 14)
  const pid = skipSpaces(message, endOfTime)
  const file = message.indexOf(' ', pid)
  const bracket = message.indexOf('] ', file)
  const colon = message.lastIndexOf(':', bracket)
  if (file === -1 || bracket === -1 || colon < file) return undefined
  if (!isDigits(message, pid, file) || !isDigits(message, colon + 1, bracket)) return undefined

  let text = message.slice(bracket + 2, trimmedEnd(message))
  let pairs: { keys: readonly string[]; values: readonly string[] } = { keys: [], values: [] }
  const close = text.startsWith('"') ? closingQuote(text, 0) : -1
  if (close !== -1 && (close === text.length - 1 || text.charCodeAt(close + 1) === 32)) {
    pairs = readPairs(text, close + 1, headerKeys, true)
    text = unescapeQuoted(text.slice(1, close))
  }
  const values = [
    message.slice(1, endOfTime),
    message.slice(pid, file),
    message.slice(file + 1, colon),
    message.slice(colon + 1, bracket),
    text,
  ]
  const level = levels[message.charAt(0)]!
  if (pairs.keys.length === 0) return { level, requestId: null, traceId: null, fields: { keys: headerKeys, values } }
  const { requestId, traceId } = readFlatMembers(pairs.keys, pairs.values)
  const fields = { keys: [...headerKeys, ...pairs.keys], values: [...values, ...pairs.values] }
  return { level, requestId, traceId, fields }
}
