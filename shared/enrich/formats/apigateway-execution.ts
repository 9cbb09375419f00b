import type { Level, LogFormat } from '../format.js'
import { levelOfHttpStatus } from '../level.js'
import { isUuid, isXrayTraceId, traceIdAfterRoot } from '../trace-id.js'

const keys = ['requestId', 'httpMethod', 'resourcePath', 'status', 'extendedRequestId'] as const

/**
 * API Gateway execution log (API Gateway Developer Guide, "Set up CloudWatch logging for REST APIs"): `(request id) text`,
 * in groups named `API-Gateway-Execution-Logs_<api>/<stage>` (`/aws/apigateway/<api>/<stage>` for WebSocket APIs).
 * The lines carry no severity: ERROR where execution or the Lambda function failed or the answer is 5xx, WARN for 4xx and
 * refused authorisation, else INFO. Fields are what these lines tell about the call: method and path,
 * status, extended request id.
 */
export const apigatewayExecution: LogFormat = {
  name: 'apigateway-execution',
  ownsGroup: group => group.startsWith('API-Gateway-Execution-Logs_'),
  looksLike: line => line.message.charCodeAt(0) === 40 && line.message.charCodeAt(37) === 41 && isUuid(line.message, 1),
  parse(line) {
    const { message } = line
    if (message.charCodeAt(0) !== 40) return undefined
    const close = message.slice(0, 80).indexOf(') ')
    if (close < 9 || message.slice(1, close).includes(' ')) return undefined
    const requestId = message.slice(1, close)
    const text = message.slice(close + 2, close + 4096)
    const values: (string | null)[] = [requestId, null, null, null, null]
    readText(text, values)
    return {
      level: levelOfText(text, values[3]!),
      requestId,
      traceId: xrayIdOf(message, close + 2),
      fields: { keys, values },
    }
  },
}

function readText(text: string, values: (string | null)[]): void {
  if (text.startsWith('HTTP Method: ')) {
    const comma = text.indexOf(', Resource Path: ')
    values[1] = text.slice(13, comma === -1 ? undefined : comma).trimEnd()
    if (comma !== -1) values[2] = text.slice(comma + 17).trimEnd()
  } else if (text.startsWith('Method completed with status: ')) values[3] = text.slice(30, 33)
  else if (text.startsWith('Gateway response type: ')) {
    const status = text.indexOf(' with status code: ')
    if (status !== -1) values[3] = text.slice(status + 19, status + 22)
  } else if (text.startsWith('Extended Request Id: ')) values[4] = text.slice(21).trimEnd()
}

function levelOfText(text: string, status: string | null): Level {
  if (status !== null) return levelOfHttpStatus(status) ?? 'INFO'
  if (text.startsWith('Execution failed') || text.startsWith('Lambda execution failed')) return 'ERROR'
  return text.startsWith('Unauthorized request: ') ? 'WARN' : 'INFO'
}

/** Headers quote `X-Amzn-Trace-Id=Root=1-…`; with tracing on there is also a line of its own. */
function xrayIdOf(message: string, from: number): string | null {
  if (message.startsWith('X-ray Tracing ID : ', from) || message.startsWith('X-Ray Tracing ID : ', from)) {
    return isXrayTraceId(message, from + 19) ? message.slice(from + 19, from + 54) : null
  }
  return traceIdAfterRoot(message)
}
