import type { JsonObject, LogFormat } from '../format.js'
import { requestIdOf } from '../json-members.js'

/**
 * AWS CloudTrail (User Guide, "CloudTrail record contents"): management, data, network and Insights events, all versions.
 * CloudTrail has no severity: level is ERROR where the call failed (`errorCode`), INFO otherwise. The request id is
 * `requestID`, absent in events that no request caused. Groups: `aws-cloudtrail-logs-…` as the console names them, and
 * `CloudTrail/…`.
 */
export const cloudtrail: LogFormat = {
  name: 'cloudtrail',
  ownsGroup: group => group.startsWith('aws-cloudtrail-logs') || group.startsWith('CloudTrail/'),
  looksLike: line => isCloudTrail(line.json()),
  parse(line) {
    const event = line.json()
    if (event === undefined || !isCloudTrail(event)) return undefined
    return {
      level: typeof event.errorCode === 'string' && event.errorCode !== '' ? 'ERROR' : 'INFO',
      requestId: requestIdOf(event.requestID),
      traceId: null,
      fields: null,
    }
  },
}

function isCloudTrail(event: JsonObject | undefined): boolean {
  if (event === undefined) return false
  const { eventType } = event
  if (eventType === 'AwsCloudTrailInsight') return typeof event.eventVersion === 'string'
  return (
    typeof event.eventSource === 'string' &&
    typeof event.eventName === 'string' &&
    (typeof event.eventVersion === 'string' || (typeof eventType === 'string' && eventType.startsWith('Aws')))
  )
}
