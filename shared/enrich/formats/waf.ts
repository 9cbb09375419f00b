import type { JsonObject, LogFormat } from '../format.js'
import { requestIdOf } from '../json-members.js'
import { levelOfHttpStatus } from '../level.js'
import { traceIdOf } from '../trace-id.js'

/**
 * AWS WAF web ACL traffic (AWS WAF Developer Guide, "Log fields for protection pack (web ACL) traffic"); WAF demands that
 * its groups are named `aws-waf-logs-…`. A blocked request is WARN, as the 403 it is answered with; another
 * `responseCodeSent` counts as that status, everything else is INFO. In front of a load balancer the request id is the
 * X-Ray trace id, and then stands in both columns.
 */
export const waf: LogFormat = {
  name: 'waf',
  ownsGroup: group => group.startsWith('aws-waf-logs-'),
  looksLike: line => isWaf(line.json()),
  parse(line) {
    const event = line.json()
    if (event === undefined || !isWaf(event)) return undefined
    const requestId = requestIdOf((event.httpRequest as JsonObject).requestId)
    return {
      level: levelOfHttpStatus(String(event.responseCodeSent ?? '')) ?? (event.action === 'BLOCK' ? 'WARN' : 'INFO'),
      requestId,
      traceId: traceIdOf(requestId),
      fields: null,
    }
  },
}

function isWaf(event: JsonObject | undefined): boolean {
  return (
    event !== undefined &&
    typeof event.webaclId === 'string' &&
    typeof event.action === 'string' &&
    typeof event.httpRequest === 'object' &&
    event.httpRequest !== null
  )
}
