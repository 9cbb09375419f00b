import type { JsonObject, LogFormat } from '../format.js'

/**
 * AWS Step Functions execution history (Step Functions Developer Guide, "Logging in CloudWatch Logs"): one JSON object an
 * event. Level is ERROR where the event's type says that something failed, timed out or was aborted, else INFO. The
 * request id is the execution's ARN: it is what ties the events of one execution together.
 */
export const stepfunctions: LogFormat = {
  name: 'stepfunctions',
  ownsGroup: group => group.startsWith('/aws/vendedlogs/states/'),
  looksLike: line => isStepFunctions(line.json()),
  parse(line) {
    const event = line.json()
    if (event === undefined || !isStepFunctions(event)) return undefined
    const type = event.type as string
    const failed = type.endsWith('Failed') || type.endsWith('TimedOut') || type.endsWith('Aborted')
    return {
      level: failed ? 'ERROR' : 'INFO',
      requestId: event.execution_arn as string,
      traceId: null,
      fields: null,
    }
  },
}

function isStepFunctions(event: JsonObject | undefined): boolean {
  return (
    event !== undefined &&
    typeof event.execution_arn === 'string' &&
    typeof event.type === 'string' &&
    event.id !== undefined &&
    event.event_timestamp !== undefined
  )
}
