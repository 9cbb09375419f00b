import type { Level, LogFormat } from '../format.js'
import { splitExactly } from './quoted-columns.js'

/** CloudWatch's discovered names for these columns, in the order of the log. */
const keys = [
  'version',
  'queryTimestamp',
  'hostZoneId',
  'queryName',
  'queryType',
  'responseCode',
  'protocol',
  'edgeLocation',
  'resolverIp',
  'ednsClientSubnet',
] as const

/**
 * Route 53 public DNS query log (Route 53 Developer Guide, "Public DNS query logging"), version 1.0: ten columns. `-` is
 * kept as a value, as CloudWatch shows it. Level as for Resolver queries: WARN for SERVFAIL and REFUSED, else INFO.
 */
export const route53: LogFormat = {
  name: 'route53',
  ownsGroup: group => group.startsWith('/aws/route53/'),
  looksLike: line => line.message.startsWith('1.0 '),
  parse(line) {
    const { message } = line
    if (!message.startsWith('1.0 ')) return undefined
    const values = splitExactly(message, keys.length)
    if (values === undefined || values[1]!.charCodeAt(10) !== 84) return undefined
    return { level: levelOfResponse(values[5]!), requestId: null, traceId: null, fields: { keys, values } }
  },
}

function levelOfResponse(code: string): Level {
  return code === 'SERVFAIL' || code === 'REFUSED' ? 'WARN' : 'INFO'
}
