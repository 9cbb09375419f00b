import { describe, expect, it } from 'vitest'
import { textFormat } from '../../../shared/enrich/formats/text.js'
import { parsed, survivesHostileLines } from './parsed.js'

const uuid = '8f507cfc-0a1b-4697-b07a-ac58fc914c95'
const xray = '1-5e61292c-cc1229a4dfbeae1043928548'
const w3c = '4bf92f3577b34da6a3ce929d0e0e4736'

describe('text', () => {
  it('answers every line', () => {
    for (const message of ['', '0', 'null', '   ', 'hello', '\u0000'])
      expect(parsed(textFormat, message)).toEqual({ level: null, requestId: null, traceId: null, fields: null })
  })

  it('notes level, request id and trace id', () => {
    expect(parsed(textFormat, `[ERROR] 2021-01-01 RequestId: ${uuid} Root=${xray};Sampled=1 boom`)).toEqual({
      level: 'ERROR',
      requestId: uuid,
      traceId: xray,
      fields: null,
    })
  })

  it.each([
    `x-request-id=${uuid}`,
    `"request_id": "${uuid}"`,
    `\\"requestId\\":\\"${uuid}\\"`,
    `Request ID: ${uuid}`,
    `requests requestid='${uuid}'`,
  ])('finds the request id in %s', message => {
    expect(parsed(textFormat, message)?.requestId).toBe(uuid)
  })

  it.each([`request ${uuid}`, 'request_id=12345678', `quest_id=${uuid}`, `requestId ${uuid}`, 'request id:'])(
    'finds no request id in %s',
    message => {
      expect(parsed(textFormat, message)?.requestId).toBeNull()
    },
  )

  it.each([`trace_id=${w3c} span_id=1`, `"traceId": "${w3c}"`, `traceparent: 00-${w3c}-00f067aa0ba902b7-01`])(
    'finds the trace id in %s',
    message => {
      expect(parsed(textFormat, message)?.traceId).toBe(w3c)
    },
  )

  it.each([w3c, `md5=${w3c}`, `trace_id=${w3c}00`, `trace_id=${w3c.toUpperCase()}`, 'trace id: 7', `a${xray}`])(
    'finds no trace id in %s',
    message => {
      expect(parsed(textFormat, message)?.traceId).toBeNull()
    },
  )

  it('reads hostile lines in linear time', () => {
    survivesHostileLines(textFormat, [
      'request_id=',
      'trace_id=',
      '1-',
      '1-00000000-',
      'level=',
      'ERROR',
      '\u001b[',
      'm',
    ])
  })
})
