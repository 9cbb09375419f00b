import { describe, expect, it } from 'vitest'
import { isUuid, traceIdAfterRoot, traceIdOf } from '../../shared/enrich/trace-id.js'

const xray = '1-5e61292c-cc1229a4dfbeae1043928548'
const w3c = '4bf92f3577b34da6a3ce929d0e0e4736'

describe('traceIdOf', () => {
  it('takes an X-Ray id, bare or out of a header', () => {
    expect(traceIdOf(xray)).toBe(xray)
    expect(traceIdOf(`Root=${xray};Parent=c657b77d9514f70c;Sampled=1`)).toBe(xray)
    expect(traceIdOf(`Self=1-67891234-12456789abcdef012345678;Root=${xray}`)).toBe(xray)
  })

  it('takes a W3C id, bare or out of a traceparent', () => {
    expect(traceIdOf(w3c)).toBe(w3c)
    expect(traceIdOf(`00-${w3c}-00f067aa0ba902b7-01`)).toBe(w3c)
  })

  it('takes nothing else', () => {
    const wrong = [
      '',
      '-',
      null,
      7,
      'abc-123',
      w3c.toUpperCase(),
      '0'.repeat(32),
      `${w3c}0`,
      '3172564172058669914',
      '1-5e61292c-cc1229a4dfbeae104392854',
      `Root=${xray}9`,
      'Root=1-65a52098-000000000002',
      `zz-${w3c}-00f067aa0ba902b7-01`,
      'x'.repeat(2000),
    ]
    for (const value of wrong) expect(traceIdOf(value), String(value)).toBeNull()
  })
})

describe('traceIdAfterRoot', () => {
  it('finds the id of a header anywhere in a text', () => {
    expect(traceIdAfterRoot(`headers: {X-Amzn-Trace-Id=Root=${xray}, Host=a}`)).toBe(xray)
    expect(traceIdAfterRoot('no header')).toBeNull()
  })
})

describe('isUuid', () => {
  it('knows a UUID at an offset', () => {
    expect(isUuid('(06e46194-f277-454e-88d3-1dd7e3860eaa)', 1)).toBe(true)
    expect(isUuid('06e46194-f277-454e-88d3-1dd7e3860ea', 0)).toBe(false)
    expect(isUuid('06e46194_f277-454e-88d3-1dd7e3860eaa', 0)).toBe(false)
  })
})
