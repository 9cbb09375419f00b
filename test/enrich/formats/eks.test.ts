import { describe, expect, it } from 'vitest'
import { eksAudit } from '../../../shared/enrich/formats/eks-audit.js'
import { eksAuthenticator } from '../../../shared/enrich/formats/eks-authenticator.js'
import { createLine } from '../../../shared/enrich/line.js'
import { looksLike, parsed, survivesHostileLines } from './parsed.js'

describe('eks-audit', () => {
  const event = {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Request',
    auditID: '57a794de-44d3-40ee-a0ad-c0eb096eef6c',
    responseStatus: { metadata: {}, code: 101 },
  }

  it('takes the level from the answer, not from how much was recorded', () => {
    expect(parsed(eksAudit, JSON.stringify(event))).toEqual({
      level: 'INFO',
      requestId: '57a794de-44d3-40ee-a0ad-c0eb096eef6c',
      traceId: null,
      fields: null,
    })
    expect(parsed(eksAudit, JSON.stringify({ ...event, responseStatus: { code: 403 } }))?.level).toBe('WARN')
    expect(parsed(eksAudit, JSON.stringify({ ...event, responseStatus: null }))?.level).toBe('INFO')
  })

  it('owns the groups of clusters, and refuses other JSON', () => {
    expect(eksAudit.ownsGroup?.('/aws/eks/demo/cluster')).toBe(true)
    expect(eksAudit.ownsGroup?.('/aws/eks/demo/addons')).toBe(false)
    for (const message of ['', '{}', '{"kind":"Event","apiVersion":"v1"}', '{"kind":"Event","apiVersion":1}'])
      expect(parsed(eksAudit, message)).toBeUndefined()
  })
})

describe('eks-authenticator', () => {
  const denied =
    'time="2024-06-03T08:15:31Z" level=warning msg="access \\"denied\\"" arn="arn:aws:iam::123456789012:role/guest" client="127.0.0.1:40710" method=POST path=/authenticate'

  it('reads the pairs under their names', () => {
    expect(parsed(eksAuthenticator, `${denied}\n`)).toEqual({
      level: 'WARN',
      requestId: null,
      traceId: null,
      fields: {
        time: '2024-06-03T08:15:31Z',
        level: 'warning',
        msg: 'access "denied"',
        arn: 'arn:aws:iam::123456789012:role/guest',
        client: '127.0.0.1:40710',
        method: 'POST',
        path: '/authenticate',
      },
    })
  })

  it('leaves the lines of other programs to logfmt, unless the stream is the authenticator’s', () => {
    const other = 'time="2024-06-03T08:15:33Z" level=info msg="starting"'
    expect(looksLike(eksAuthenticator, denied)).toBe(true)
    expect(looksLike(eksAuthenticator, other)).toBe(false)
    const line = createLine(other, '/aws/eks/demo/cluster', 'authenticator-0a1b')
    expect(eksAuthenticator.parse(line)?.level).toBe('INFO')
  })

  it('refuses near misses', () => {
    for (const message of ['', denied.slice(0, 90), `${denied} loose`, `${denied} path=/x`, `${denied} =x`])
      expect(parsed(eksAuthenticator, message), message).toBeUndefined()
  })

  it('takes linear time on hostile lines', () => {
    survivesHostileLines(eksAuthenticator, [`${denied} `, `${denied} a="`, ' a=b'])
  })
})
