import type { JsonObject, LogFormat } from '../format.js'
import { readMembers } from '../json-members.js'

/**
 * CloudWatch embedded metric format: a JSON object whose `_aws.CloudWatchMetrics` lists metric directives
 * (CloudWatch User Guide, "Specification: Embedded metric format"). It is EMF in whatever group it stands, Lambda's too.
 */
export const emf: LogFormat = {
  name: 'emf',
  looksLike: line => isEmf(line.json()),
  parse(line) {
    const object = line.json()
    return object !== undefined && isEmf(object) ? readMembers(object) : undefined
  },
}

export function isEmf(object: JsonObject | undefined): boolean {
  const metadata = object?._aws
  return typeof metadata === 'object' && metadata !== null && Array.isArray((metadata as JsonObject).CloudWatchMetrics)
}
