import type { LogFormat } from '../format.js'
import { isIsoTime, orNull, pushAddress } from './load-balancer.js'
import { splitColumns } from './quoted-columns.js'

/** AWS's column names, the two addresses taken apart; the last holds columns that AWS added later, as they stand. */
const keys = [
  'type',
  'version',
  'time',
  'elb',
  'listener',
  'client_ip',
  'client_port',
  'destination_ip',
  'destination_port',
  'connection_time',
  'tls_handshake_time',
  'received_bytes',
  'sent_bytes',
  'incoming_tls_alert',
  'chosen_cert_arn',
  'chosen_cert_serial',
  'tls_cipher',
  'tls_protocol_version',
  'tls_named_group',
  'domain_name',
  'alpn_fe_protocol',
  'alpn_be_protocol',
  'alpn_client_preference_list',
  'tls_connection_creation_time',
  'extra',
] as const

const knownColumns = 22

/**
 * Network Load Balancer access log, TLS listeners (Elastic Load Balancing User Guide for NLB, "Access log entries"),
 * versions 1.0 and 2.0. No column holds a blank, so the quotes of the ALPN list are part of it. A connection has no status: level is ERROR where the TLS handshake ended in an alert, else INFO.
 */
export const nlb: LogFormat = {
  name: 'nlb',
  looksLike: line => line.message.startsWith('tls '),
  parse(line) {
    if (!line.message.startsWith('tls ')) return undefined
    const columns = splitColumns(line.message, 17, knownColumns, false)
    if (columns === undefined || !isIsoTime(columns[2]) || !columns[3]!.includes('/')) return undefined
    const values: (string | null)[] = [columns[0]!, columns[1]!, columns[2]!, columns[3]!, orNull(columns[4])]
    pushAddress(values, columns[5]!)
    pushAddress(values, columns[6]!)
    for (let at = 7; at <= knownColumns; at++) values.push(orNull(columns[at]))
    return {
      level: orNull(columns[11]) === null ? 'INFO' : 'ERROR',
      requestId: null,
      traceId: null,
      fields: { keys, values },
    }
  },
}
