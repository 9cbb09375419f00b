import { describe, expect, it } from 'vitest'
import { readFlatMembers, readMembers } from '../../shared/enrich/json-members.js'

const w3c = '4bf92f3577b34da6a3ce929d0e0e4736'
const xray = '1-5e61292c-cc1229a4dfbeae1043928548'

describe('readMembers', () => {
  it('reads the level under the name that each library gives it', () => {
    const objects = [
      [{ level: 'info' }, 'INFO'],
      [{ level: 50 }, 'ERROR'],
      [{ severity: 'CRITICAL' }, 'FATAL'],
      [{ 'log.level': 'warn' }, 'WARN'],
      [{ log: { level: 'warn', logger: 'x' } }, 'WARN'],
      [{ severityText: 'ERROR', severityNumber: 17 }, 'ERROR'],
      [{ severityNumber: 5 }, 'DEBUG'],
      [{ SeverityNumber: 24 }, 'FATAL'],
      [{ levelname: 'WARNING' }, 'WARN'],
      [{ level: 400, level_name: 'ERROR' }, 'ERROR'],
      [{ LogLevel: 'Information' }, 'INFO'],
      [{ '@t': 't', '@mt': 'm', '@l': 'Fatal' }, 'FATAL'],
      [{ '@t': 't', '@mt': 'm' }, 'INFO'],
      [{ status: 'error' }, 'ERROR'],
      [{ version: '1.1', short_message: 'x', level: 3 }, 'ERROR'],
    ] as const
    for (const [object, level] of objects) expect(readMembers(object).level, JSON.stringify(object)).toBe(level)
  })

  it('finds no level in members that only share the name', () => {
    const objects = [{ level: 3 }, { level: 'Request' }, { level: { a: 1 } }, { status: 200 }, { status: 'active' }, {}]
    for (const object of objects) expect(readMembers(object).level, JSON.stringify(object)).toBeNull()
  })

  it('takes the first name of the list, whatever order the members stand in', () => {
    expect(readMembers({ status: 'error', level: 'info' }).level).toBe('INFO')
    expect(readMembers({ level: 'info', status: 'error' }).level).toBe('INFO')
    expect(readMembers({ level: 'nonsense', severity: 'error' }).level).toBe('ERROR')
    expect(readMembers({ req_id: 'b', requestId: 'a' }).requestId).toBe('a')
  })

  it('reads request ids and leaves placeholders out', () => {
    const objects = [
      [{ requestId: 'a' }, 'a'],
      [{ AWSRequestId: 'b' }, 'b'],
      [{ function_request_id: 'c' }, 'c'],
      [{ reqId: 7 }, '7'],
      [{ req: { id: 'd', method: 'GET' } }, 'd'],
      [{ mdc: { requestId: 'e' } }, 'e'],
      [{ contextMap: { AWSRequestId: 'f' }, requestId: 'g' }, 'g'],
      [{ requestId: '-' }, null],
      [{ requestId: '' }, null],
      [{ requestId: null, request_id: 'h' }, 'h'],
      [{ requestId: 'x'.repeat(300) }, null],
    ] as const
    for (const [object, id] of objects) expect(readMembers(object).requestId, JSON.stringify(object)).toBe(id)
  })

  it('reads trace ids of the two shapes that count', () => {
    const objects = [
      [{ trace_id: w3c }, w3c],
      [{ trace: { id: w3c } }, w3c],
      [{ 'trace.id': w3c }, w3c],
      [{ xray_trace_id: xray }, xray],
      [{ 'X-Amzn-Trace-Id': `Root=${xray};Sampled=1` }, xray],
      [{ traceparent: `00-${w3c}-00f067aa0ba902b7-01` }, w3c],
      [{ dd: { trace_id: '3172564172058669914' } }, null],
      [{ traceId: 'abc' }, null],
    ] as const
    for (const [object, id] of objects) expect(readMembers(object).traceId, JSON.stringify(object)).toBe(id)
  })

  it('survives every shape of value', () => {
    const values = [null, true, 0, -1, Number.NaN, '', [], [[]], {}, { id: {} }, { level: [] }]
    for (const name of ['level', 'requestId', 'trace_id', 'log', 'trace', 'req', 'dd', 'mdc', 'severityNumber', '@mt'])
      for (const value of values) expect(() => readMembers({ [name]: value })).not.toThrow()
    expect(readMembers(JSON.parse('{"__proto__":{"level":"error"},"constructor":1}')).level).toBeNull()
  })
})

describe('readFlatMembers', () => {
  it('reads flattened members, numbers as texts', () => {
    expect(readFlatMembers(['level', 'req.id', 'trace_id'], ['40', 'r', w3c])).toEqual({
      level: 'WARN',
      requestId: 'r',
      traceId: w3c,
    })
    expect(readFlatMembers(['log.level'], ['error']).level).toBe('ERROR')
  })
})
