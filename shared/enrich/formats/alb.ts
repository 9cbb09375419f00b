import type { LogFormat } from '../format.js'
import { levelOfHttpStatus } from '../level.js'
import { traceIdOf } from '../trace-id.js'
import { isIsoTime, orNull, pushAddress, pushRequest } from './load-balancer.js'
import { splitColumns } from './quoted-columns.js'

/**
 * Field names are AWS's column names; `client:port`, `target:port` and `request` are taken apart and named as in AWS's
 * own Athena table. The last is whatever follows the columns known here, as it stands: AWS adds columns at the end.
 */
const keys = [
  'type',
  'time',
  'elb',
  'client_ip',
  'client_port',
  'target_ip',
  'target_port',
  'request_processing_time',
  'target_processing_time',
  'response_processing_time',
  'elb_status_code',
  'target_status_code',
  'received_bytes',
  'sent_bytes',
  'request_verb',
  'request_url',
  'request_proto',
  'user_agent',
  'ssl_cipher',
  'ssl_protocol',
  'target_group_arn',
  'trace_id',
  'domain_name',
  'chosen_cert_arn',
  'matched_rule_priority',
  'request_creation_time',
  'actions_executed',
  'redirect_url',
  'error_reason',
  'target_port_list',
  'target_status_code_list',
  'classification',
  'classification_reason',
  'conn_trace_id',
  'transformed_host',
  'transformed_uri',
  'request_transform_status',
  'extra',
] as const

const types: ReadonlySet<string> = new Set(['http', 'https', 'h2', 'grpcs', 'ws', 'wss'])

/** Columns before any of the later ones; the oldest logs of the documented layout stop at `matched_rule_priority`. */
const leastColumns = 21
const knownColumns = 33

/**
 * Application Load Balancer access log (Elastic Load Balancing User Guide for ALB, "Access log entries"). Level follows
 * `elb_status_code`, the trace id is X-Ray's from `trace_id`, `-` means no value.
 */
export const alb: LogFormat = {
  name: 'alb',
  looksLike: line => startsWithType(line.message),
  parse(line) {
    if (!startsWithType(line.message)) return undefined
    const columns = splitColumns(line.message, leastColumns, knownColumns)
    if (columns === undefined || !isIsoTime(columns[1]) || !columns[2]!.includes('/')) return undefined
    const values: (string | null)[] = [columns[0]!, columns[1]!, orNull(columns[2])]
    pushAddress(values, columns[3]!)
    pushAddress(values, columns[4]!)
    for (let at = 5; at < 12; at++) values.push(orNull(columns[at]))
    pushRequest(values, columns[12]!)
    for (let at = 13; at <= knownColumns; at++) values.push(orNull(columns[at]))
    return {
      level: levelOfHttpStatus(columns[8]!),
      requestId: null,
      traceId: traceIdOf(columns[17]),
      fields: { keys, values },
    }
  },
}

function startsWithType(message: string): boolean {
  const code = message.charCodeAt(0)
  if (code !== 104 && code !== 103 && code !== 119) return false
  const head = message.slice(0, 6)
  return types.has(head.slice(0, head.indexOf(' ')))
}
