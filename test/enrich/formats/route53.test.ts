import { describe, expect, it } from 'vitest'
import { route53 } from '../../../shared/enrich/formats/route53.js'
import { route53Resolver } from '../../../shared/enrich/formats/route53-resolver.js'
import { parsed, survivesHostileLines } from './parsed.js'

const line =
  '1.0 2017-12-13T08:16:03.983Z Z123412341234 example.com ANY NOERROR UDP FRA6 2001:db8::1234 2001:db8:abcd::/48'

describe('route53', () => {
  it("reads a query under CloudWatch's names", () => {
    expect(parsed(route53, `${line}\n`)).toEqual({
      level: 'INFO',
      requestId: null,
      traceId: null,
      fields: {
        version: '1.0',
        queryTimestamp: '2017-12-13T08:16:03.983Z',
        hostZoneId: 'Z123412341234',
        queryName: 'example.com',
        queryType: 'ANY',
        responseCode: 'NOERROR',
        protocol: 'UDP',
        edgeLocation: 'FRA6',
        resolverIp: '2001:db8::1234',
        ednsClientSubnet: '2001:db8:abcd::/48',
      },
    })
  })

  it('keeps dashes, calls failures WARN and missing names INFO', () => {
    expect(parsed(route53, line.replace('2001:db8:abcd::/48', '-'))?.fields).toMatchObject({ ednsClientSubnet: '-' })
    expect(parsed(route53, line.replace('NOERROR', 'SERVFAIL'))?.level).toBe('WARN')
    expect(parsed(route53, line.replace('NOERROR', 'NXDOMAIN'))?.level).toBe('INFO')
  })

  it('owns its groups and refuses near misses', () => {
    expect(route53.ownsGroup?.('/aws/route53/example.com')).toBe(true)
    expect(route53.ownsGroup?.('/aws/route53resolver/x')).toBe(false)
    for (const message of ['', '1.0 released', `${line} x`, line.slice(0, 60), line.replace('1.0', '2.0')])
      expect(parsed(route53, message), message).toBeUndefined()
  })

  it('takes linear time on hostile lines', () => survivesHostileLines(route53, ['1.0 ', line]), 60_000)
})

describe('route53-resolver', () => {
  const query = {
    version: '1.100000',
    query_timestamp: '2024-06-03T08:15:30Z',
    query_name: 'api.example.com.',
    query_type: 'A',
    rcode: 'NOERROR',
  }

  it('reads a query and leaves the fields in the message', () => {
    expect(parsed(route53Resolver, JSON.stringify(query))).toEqual({
      level: 'INFO',
      requestId: null,
      traceId: null,
      fields: null,
    })
  })

  it('calls failures and what DNS Firewall stopped WARN', () => {
    for (const more of [{ rcode: 'SERVFAIL' }, { firewall_rule_action: 'BLOCK' }, { firewall_rule_action: 'ALERT' }])
      expect(parsed(route53Resolver, JSON.stringify({ ...query, ...more }))?.level).toBe('WARN')
    expect(parsed(route53Resolver, JSON.stringify({ ...query, rcode: 'NXDOMAIN' }))?.level).toBe('INFO')
  })

  it('refuses other JSON', () => {
    for (const message of ['{}', '[]', '{"query_name":"x"}', JSON.stringify({ ...query, query_type: 1 }), 'x'])
      expect(parsed(route53Resolver, message)).toBeUndefined()
  })
})
