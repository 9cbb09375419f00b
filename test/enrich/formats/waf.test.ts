import { describe, expect, it } from 'vitest'
import { waf } from '../../../shared/enrich/formats/waf.js'
import { parsed } from './parsed.js'

const event = {
  timestamp: 1693457862729,
  formatVersion: 1,
  webaclId: 'arn:aws:wafv2:us-east-1:123456789012:global/webacl/demo/1',
  action: 'ALLOW',
  httpRequest: { clientIp: '203.0.113.5', requestId: '1-64f01dc6-7d2deb5d54820c4d7284912a' },
}

describe('waf', () => {
  it('reads the request id, which a load balancer gives the shape of an X-Ray id', () => {
    expect(parsed(waf, JSON.stringify(event))).toEqual({
      level: 'INFO',
      requestId: '1-64f01dc6-7d2deb5d54820c4d7284912a',
      traceId: '1-64f01dc6-7d2deb5d54820c4d7284912a',
      fields: null,
    })
    const cloudFront = {
      ...event,
      httpRequest: { requestId: 'a8i7U3kgh9ZgC-i_-vuB9ycuY1yXZA2C93SommMJO-NSZ8w1EfbQTA==' },
    }
    expect(parsed(waf, JSON.stringify(cloudFront))?.traceId).toBeNull()
  })

  it('takes the level from the action and from the answer', () => {
    const levels = [
      [{ action: 'BLOCK' }, 'WARN'],
      [{ action: 'BLOCK', responseCodeSent: 503 }, 'ERROR'],
      [{ action: 'CAPTCHA', responseCodeSent: 405 }, 'WARN'],
      [{ action: 'COUNT' }, 'INFO'],
    ] as const
    for (const [more, level] of levels) expect(parsed(waf, JSON.stringify({ ...event, ...more }))?.level).toBe(level)
  })

  it('owns the groups that WAF demands, and refuses other JSON', () => {
    expect(waf.ownsGroup?.('aws-waf-logs-demo')).toBe(true)
    for (const message of ['', '{}', JSON.stringify({ ...event, httpRequest: null }), '{"webaclId":1}'])
      expect(parsed(waf, message)).toBeUndefined()
  })
})
