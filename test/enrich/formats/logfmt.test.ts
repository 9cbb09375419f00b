import { describe, expect, it } from 'vitest'
import { maxPairs } from '../../../shared/enrich/formats/key-values.js'
import { logfmt } from '../../../shared/enrich/formats/logfmt.js'
import { looksLike, parsed, survivesHostileLines } from './parsed.js'

describe('logfmt', () => {
  it('reads pairs, quoted values and escapes', () => {
    expect(
      parsed(
        logfmt,
        'time="2021-03-04T05:06:07Z" level=warning msg="say \\"hi\\"\\n\\tC:\\\\x \\u00e9" arn=arn:aws:iam::123456789012:role/a empty= user=',
      ),
    ).toEqual({
      level: 'WARN',
      requestId: null,
      traceId: null,
      fields: {
        time: '2021-03-04T05:06:07Z',
        level: 'warning',
        msg: 'say "hi"\n\tC:\\x é',
        arn: 'arn:aws:iam::123456789012:role/a',
        empty: '',
        user: '',
      },
    })
  })

  it('takes level, request id and trace id from the pairs', () => {
    expect(
      parsed(
        logfmt,
        'severity=ERROR request_id=c5f0-77 trace_id=4bf92f3577b34da6a3ce929d0e0e4736 msg=failed http.method=GET',
      ),
    ).toMatchObject({ level: 'ERROR', requestId: 'c5f0-77', traceId: '4bf92f3577b34da6a3ce929d0e0e4736' })
  })

  it('passes over single words and keeps the first of two equal keys', () => {
    expect(parsed(logfmt, 'started at=info method=GET path="/a b" at=error')?.fields).toEqual({
      at: 'info',
      method: 'GET',
      path: '/a b',
    })
  })

  it('reads a value whose quote was cut off', () => {
    expect(parsed(logfmt, 'level=info msg="a very long tex')?.fields).toEqual({ level: 'info', msg: 'a very long tex' })
  })

  it('reads no more pairs than CloudWatch does', () => {
    const line = Array.from({ length: 300 }, (_, index) => `k${index}=${index}`).join(' ')
    expect(Object.keys(parsed(logfmt, line)?.fields ?? {})).toHaveLength(maxPairs)
  })

  it('refuses lines that are mostly something else', () => {
    for (const line of [
      'level=info',
      'https://example.com/?a=1&b=2',
      'Connection from 10.0.0.1 refused because limit=10 was reached and used=11 are open',
      'a = 1 b = 2',
      '=a =b',
      '1=2 3=4',
      'no pairs at all',
      '',
    ])
      expect(parsed(logfmt, line), line).toBeUndefined()
    expect(looksLike(logfmt, 'no pairs at all')).toBe(false)
    expect(looksLike(logfmt, 'level=info msg=x')).toBe(true)
  })

  it('reads hostile lines in linear time', () => {
    survivesHostileLines(logfmt, ['a="', 'a=b c=', 'a="\\', 'aaaaaaaa ', 'a={'])
  })
})
