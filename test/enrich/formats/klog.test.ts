import { describe, expect, it } from 'vitest'
import { klog } from '../../../shared/enrich/formats/klog.js'
import { looksLike, parsed, survivesHostileLines } from './parsed.js'

describe('klog', () => {
  it('reads the header and the message', () => {
    expect(parsed(klog, 'I0214 08:15:30.692994   28133 server.go:70] listening on :8443')).toEqual({
      level: 'INFO',
      requestId: null,
      traceId: null,
      fields: {
        time: '0214 08:15:30.692994',
        pid: '28133',
        file: 'server.go',
        line: '70',
        message: 'listening on :8443',
      },
    })
  })

  it('reads the structured form', () => {
    expect(
      parsed(
        klog,
        'E1025 00:15:15.525108       1 controller_utils.go:116] "Failed \\"twice\\"" err="timed out" pod="kube-system/dns" replicas=3 labels={"app":"a b","x":["}"]} hosts=[a b] line="kept out"',
      ),
    ).toMatchObject({
      level: 'ERROR',
      fields: {
        file: 'controller_utils.go',
        line: '116',
        message: 'Failed "twice"',
        err: 'timed out',
        pod: 'kube-system/dns',
        replicas: '3',
        labels: '{"app":"a b","x":["}"]}',
        hosts: '[a b]',
      },
    })
  })

  it('keeps a message that only begins with a quote, and brackets in it', () => {
    expect(parsed(klog, 'W0101 00:00:00.000001 1 a.go:2] "x"y [b] c:3] d')?.fields).toEqual({
      time: '0101 00:00:00.000001',
      pid: '1',
      file: 'a.go',
      line: '2',
      message: '"x"y [b] c:3] d',
    })
  })

  it('knows fatal lines and lines that go on', () => {
    expect(parsed(klog, 'F0101 00:00:00.000001 1 a.go:2] gone\ngoroutine 1 [running]:\n')).toMatchObject({
      level: 'FATAL',
      fields: { message: 'gone\ngoroutine 1 [running]:' },
    })
  })

  it('owns the groups of EKS control planes', () => {
    expect(klog.ownsGroup?.('/aws/eks/prod/cluster')).toBe(true)
    expect(klog.ownsGroup?.('/aws/eks/prod')).toBe(false)
  })

  it('refuses what is close', () => {
    for (const line of [
      'D0214 08:15:30.692994   28133 server.go:70] debug',
      'I0214 08:15:30 28133 klog.go:70] no fraction',
      'I0214 08:15:30.692994 pid klog.go:70] x',
      'I0214 08:15:30.692994 28133 klog.go] x',
      'I0214 08:15:30.692994 28133',
      'I0214 08:15:30.692994',
      '',
    ])
      expect(parsed(klog, line), line).toBeUndefined()
    expect(looksLike(klog, 'Info: started')).toBe(false)
  })

  it('reads hostile lines in linear time', () => {
    survivesHostileLines(klog, [
      'I0214 08:15:30.692994 1 a.go:1] "a" ',
      'I0214 08:15:30.692994 1 a.go:1] "',
      'a={',
      'a=["',
    ])
  })
})
