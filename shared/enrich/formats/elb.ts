import type { LogFormat } from '../format.js'
import { levelOfHttpStatus } from '../level.js'
import { isIsoTime, orNull, pushAddress, pushRequest } from './load-balancer.js'
import { splitColumns } from './quoted-columns.js'

/** AWS's column names; addresses and request line are taken apart as for the other load balancers. */
const keys = [
  'time',
  'elb',
  'client_ip',
  'client_port',
  'backend_ip',
  'backend_port',
  'request_processing_time',
  'backend_processing_time',
  'response_processing_time',
  'elb_status_code',
  'backend_status_code',
  'received_bytes',
  'sent_bytes',
  'request_verb',
  'request_url',
  'request_proto',
  'user_agent',
  'ssl_cipher',
  'ssl_protocol',
  'extra',
] as const

const knownColumns = 15

/**
 * Classic Load Balancer access log (Elastic Load Balancing User Guide for Classic Load Balancers, "Access log entries").
 * Level follows `elb_status_code`; TCP listeners have none and get INFO.
 */
export const elb: LogFormat = {
  name: 'elb',
  looksLike: line => isIsoTime(line.message.slice(0, 20)) && line.message.charCodeAt(26) === 90,
  parse(line) {
    if (line.message.charCodeAt(27) !== 32) return undefined
    const columns = splitColumns(line.message, 12, knownColumns)
    if (columns === undefined || !isIsoTime(columns[0]) || !areNumbers(columns)) return undefined
    const values: (string | null)[] = [columns[0]!, columns[1]!]
    pushAddress(values, columns[2]!)
    pushAddress(values, columns[3]!)
    for (let at = 4; at < 11; at++) values.push(orNull(columns[at]))
    pushRequest(values, columns[11]!)
    for (let at = 12; at <= knownColumns; at++) values.push(orNull(columns[at]))
    return { level: levelOfHttpStatus(columns[7]!) ?? 'INFO', requestId: null, traceId: null, fields: { keys, values } }
  },
}

/** The times, statuses and sizes: enough to tell the line from other text that begins with a time. */
function areNumbers(columns: readonly string[]): boolean {
  for (let at = 4; at < 11; at++) {
    const column = columns[at]!
    if (column !== '-' && (column === '' || Number.isNaN(Number(column)))) return false
  }
  return true
}
