import { describe, expect, it } from 'vitest'
import { apigatewayExecution } from '../../../shared/enrich/formats/apigateway-execution.js'
import { looksLike, parsed, survivesHostileLines } from './parsed.js'

const id = '6f0c7a1e-1d2b-4c3d-8e4f-5a6b7c8d9e05'

describe('apigateway-execution', () => {
  it('reads the id and what the line tells about the call', () => {
    const lines = [
      ['HTTP Method: POST, Resource Path: /orders', { httpMethod: 'POST', resourcePath: '/orders' }],
      ['Extended Request Id: Yx1aiHdQPHcFmzQ=', { extendedRequestId: 'Yx1aiHdQPHcFmzQ=' }],
      ['Method completed with status: 200', { status: '200' }],
      ['Starting execution for request: x', {}],
    ] as const
    for (const [text, fields] of lines)
      expect(parsed(apigatewayExecution, `(${id}) ${text}\n`)).toEqual({
        level: 'INFO',
        requestId: id,
        traceId: null,
        fields: { requestId: id, ...fields },
      })
  })

  it('takes the level from what went wrong', () => {
    const lines = [
      ['Method completed with status: 502', 'ERROR'],
      ['Method completed with status: 403', 'WARN'],
      ['Gateway response type: DEFAULT_5XX with status code: 504', 'ERROR'],
      ['Gateway response type: UNAUTHORIZED with status code: 401', 'WARN'],
      ['Execution failed due to configuration error: Malformed Lambda proxy response', 'ERROR'],
      ['Lambda execution failed with status 200 due to customer function error: x', 'ERROR'],
      [`Unauthorized request: ${id}`, 'WARN'],
      ['Endpoint response body before transformations: {"error":"x"}', 'INFO'],
    ] as const
    for (const [text, level] of lines) expect(parsed(apigatewayExecution, `(${id}) ${text}`)?.level, text).toBe(level)
  })

  it('finds the X-Ray id, on a line of its own and in headers', () => {
    const trace = '1-665d7b82-0a1b2c3d4e5f60718293a4b5'
    for (const text of [`X-ray Tracing ID : ${trace}`, `Method request headers: {X-Amzn-Trace-Id=Root=${trace}, A=b}`])
      expect(parsed(apigatewayExecution, `(${id}) ${text}`)?.traceId).toBe(trace)
  })

  it('recognises UUIDs anywhere, short ids only in its own groups', () => {
    expect(looksLike(apigatewayExecution, `(${id}) text`)).toBe(true)
    expect(looksLike(apigatewayExecution, '(Yx1adGl2PHcEJtQ=) text')).toBe(false)
    expect(apigatewayExecution.ownsGroup?.('API-Gateway-Execution-Logs_a1b2c3d4e5/prod')).toBe(true)
    expect(parsed(apigatewayExecution, '(Yx1adGl2PHcEJtQ=) text')?.requestId).toBe('Yx1adGl2PHcEJtQ=')
  })

  it('refuses other text in parentheses', () => {
    for (const message of ['', '(', '()', '() x', '(short) x', '(two words here) x', `${id} x`, `(${id})x`])
      expect(parsed(apigatewayExecution, message), message).toBeUndefined()
  })

  it('takes linear time on hostile lines', () => {
    survivesHostileLines(apigatewayExecution, [`(${id}) `, `(${id}) HTTP Method: `, `(${id}) Root=1-`])
  })
})
