import type { JsonObject, Level, LogFormat } from '../format.js'

/**
 * Route 53 Resolver query log (Route 53 Developer Guide, "Values that appear in VPC Resolver query logs"): one JSON
 * object a query. Level: WARN where DNS Firewall blocked or alerted and for SERVFAIL and REFUSED, else INFO; a name that
 * does not exist is an ordinary answer.
 */
export const route53Resolver: LogFormat = {
  name: 'route53-resolver',
  looksLike: line => isResolver(line.json()),
  parse(line) {
    const query = line.json()
    if (query === undefined || !isResolver(query)) return undefined
    return { level: levelOfQuery(query), requestId: null, traceId: null, fields: null }
  },
}

function levelOfQuery(query: JsonObject): Level {
  const { rcode, firewall_rule_action: action } = query
  return rcode === 'SERVFAIL' || rcode === 'REFUSED' || action === 'BLOCK' || action === 'ALERT' ? 'WARN' : 'INFO'
}

function isResolver(query: JsonObject | undefined): boolean {
  return (
    query !== undefined &&
    typeof query.query_timestamp === 'string' &&
    typeof query.query_name === 'string' &&
    typeof query.query_type === 'string' &&
    query.rcode !== undefined
  )
}
