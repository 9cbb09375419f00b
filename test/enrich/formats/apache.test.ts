import { describe, expect, it } from 'vitest'
import { apache } from '../../../shared/enrich/formats/apache.js'
import { looksLike, parsed, survivesHostileLines } from './parsed.js'

describe('apache access lines', () => {
  it('reads the common layout with identity and user', () => {
    expect(parsed(apache, '10.0.3.9 agent ann [14/Feb/2024:08:15:30 -0700] "GET /logo.gif HTTP/1.0" 200 2326')).toEqual(
      {
        level: 'INFO',
        requestId: null,
        traceId: null,
        fields: {
          remoteAddr: '10.0.3.9',
          ident: 'agent',
          remoteUser: 'ann',
          timeLocal: '14/Feb/2024:08:15:30 -0700',
          method: 'GET',
          path: '/logo.gif',
          protocol: 'HTTP/1.0',
          status: '200',
          bytes: '2326',
        },
      },
    )
  })

  it('reads the combined layout', () => {
    expect(
      parsed(
        apache,
        '83.149.9.216 - - [17/May/2015:10:05:03 +0000] "GET /presentations/logstash-monitorama-2013/images/kibana-search.png HTTP/1.1" 200 203023 "http://semicomplete.com/presentations/logstash-monitorama-2013/" "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/32.0.1700.77 Safari/537.36"',
      ),
    ).toEqual({
      level: 'INFO',
      requestId: null,
      traceId: null,
      fields: {
        remoteAddr: '83.149.9.216',
        timeLocal: '17/May/2015:10:05:03 +0000',
        method: 'GET',
        path: '/presentations/logstash-monitorama-2013/images/kibana-search.png',
        protocol: 'HTTP/1.1',
        status: '200',
        bytes: '203023',
        referer: 'http://semicomplete.com/presentations/logstash-monitorama-2013/',
        userAgent:
          'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/32.0.1700.77 Safari/537.36',
      },
    })
  })

  it('reads vhost_combined', () => {
    expect(
      parsed(
        apache,
        'website.com:443 1.2.3.4 - - [25/Oct/2021:11:05:52 +0200] "GET /web/.well-known HTTP/1.1" 403 6963 "abc.com" "User-agent-string"',
      ),
    ).toMatchObject({
      level: 'WARN',
      fields: {
        virtualHost: 'website.com:443',
        remoteAddr: '1.2.3.4',
        referer: 'abc.com',
        userAgent: 'User-agent-string',
      },
    })
  })

  it('reads a request without protocol, with blanks and with escaped quotes', () => {
    expect(
      parsed(
        apache,
        '172.17.0.1 - - [29/Sep/2021:12:37:05 +0000] "GET /studip-1.3.0-2/studip-htdocs/archiv_assi.php?cmd=ls -al&ABSOLUTE_PATH_STUDIP=http://cirt.net/rfiinc.txt??" 400 226',
      )?.fields,
    ).toEqual({
      remoteAddr: '172.17.0.1',
      timeLocal: '29/Sep/2021:12:37:05 +0000',
      method: 'GET',
      path: '/studip-1.3.0-2/studip-htdocs/archiv_assi.php?cmd=ls -al&ABSOLUTE_PATH_STUDIP=http://cirt.net/rfiinc.txt??',
      status: '400',
      bytes: '226',
    })
    expect(
      parsed(
        apache,
        '1.2.3.4 - - [17/Oct/2023:05:57:49 +1100] "GET /?q=\\"a\\" HTTP/1.1" 200 5 "-" "agent \\"x\\" \\"y"',
      )?.fields,
    ).toMatchObject({ path: '/?q=\\"a\\"', userAgent: 'agent \\"x\\" \\"y' })
  })

  it('finds the status behind quotes that nobody escaped', () => {
    expect(
      parsed(apache, '1.2.3.4 - - [17/Oct/2023:05:57:49 +1100] "GET /?q="a" HTTP/1.1" 200 5')?.fields,
    ).toMatchObject({ path: '/?q="a"', status: '200', bytes: '5' })
  })

  it('keeps TLS noise and an empty request as they are', () => {
    expect(
      parsed(apache, '1.2.3.4 - - [17/Oct/2023:05:57:49 +1100] "\\x16\\x03\\x01\\x01 \\x02" 400 226 "-" "-"')?.fields,
    ).toEqual({
      remoteAddr: '1.2.3.4',
      timeLocal: '17/Oct/2023:05:57:49 +1100',
      request: '\\x16\\x03\\x01\\x01 \\x02',
      status: '400',
      bytes: '226',
    })
    expect(parsed(apache, '::1 - - [17/Oct/2023:05:57:49 +1100] "-" 408 - "-" "-"\n')?.fields).toEqual({
      remoteAddr: '::1',
      timeLocal: '17/Oct/2023:05:57:49 +1100',
      status: '408',
    })
  })

  it('reads the forwarded addresses in front', () => {
    const tail = '[25/Oct/2021:11:05:52 +0200] "GET / HTTP/1.1" 200 45 "-" "curl/7"'
    expect(parsed(apache, `10.0.0.7 (203.0.113.9, 10.1.0.2) - - ${tail}`)?.fields).toMatchObject({
      remoteAddr: '10.0.0.7',
      xForwardedFor: '203.0.113.9, 10.1.0.2',
      path: '/',
    })
    expect(parsed(apache, `203.0.113.9, 10.1.0.2 10.0.0.7 - ann ${tail}`)?.fields).toMatchObject({
      xForwardedFor: '203.0.113.9, 10.1.0.2',
      remoteAddr: '10.0.0.7',
      remoteUser: 'ann',
    })
    const unnamed = parsed(apache, `203.0.113.9, 10.1.0.2 - ann ${tail}`)?.fields
    expect(unnamed).toMatchObject({ xForwardedFor: '203.0.113.9, 10.1.0.2', remoteUser: 'ann' })
    expect(unnamed).not.toHaveProperty('remoteAddr')
  })
})

describe('apache error lines', () => {
  it('reads the layout of 2.4', () => {
    expect(
      parsed(
        apache,
        '[Thu Oct 13 12:24:49.880562 2022] [auth_basic:error] [pid 10:tid 140120579262208] [client 31.33.58.75:50229] AH01618: user sss not found: /',
      ),
    ).toEqual({
      level: 'ERROR',
      requestId: null,
      traceId: null,
      fields: {
        time: 'Thu Oct 13 12:24:49.880562 2022',
        module: 'auth_basic',
        severity: 'error',
        pid: '10',
        tid: '140120579262208',
        remoteAddr: '31.33.58.75',
        remotePort: '50229',
        errorCode: 'AH01618',
        message: 'AH01618: user sss not found: /',
      },
    })
  })

  it('reads the cause before the client', () => {
    expect(
      parsed(
        apache,
        '[Wed Apr 16 16:09:40.056610 2025] [ssl:info] [pid 120974:tid 120974] (70014)End of file found: [client 192.168.1.1:17036] AH02006: SSL handshake stopped: connection was closed',
      ),
    ).toMatchObject({
      level: 'INFO',
      fields: {
        cause: '(70014)End of file found',
        remoteAddr: '192.168.1.1',
        remotePort: '17036',
        message: 'AH02006: SSL handshake stopped: connection was closed',
      },
    })
  })

  it('reads a numeric date, an IPv6 client, a referer and trace levels', () => {
    expect(
      parsed(
        apache,
        '[14/Feb/2024:08:15:33 +0000] [ab:alert] [pid 4803:tid 3814] [client 203.0.113.9:24259] no more workers',
      ),
    ).toMatchObject({ level: 'FATAL', fields: { module: 'ab', severity: 'alert', remotePort: '24259' } })
    expect(
      parsed(
        apache,
        '[Thu Oct 13 12:24:49.880562 2022] [proxy:trace3] [pid 7] [client 2001:db8::1:443] mapped, referer: https://example.com/a, b',
      ),
    ).toMatchObject({
      level: 'TRACE',
      fields: {
        pid: '7',
        remoteAddr: '2001:db8::1',
        remotePort: '443',
        message: 'mapped',
        referer: 'https://example.com/a, b',
      },
    })
  })

  it('reads the layout of 2.2, with and without a client', () => {
    expect(
      parsed(
        apache,
        '[Wed Oct 11 14:32:52 2000] [error] [client 127.0.0.1] client denied by server configuration: /export/home/live/ap/htdocs/test',
      )?.fields,
    ).toEqual({
      time: 'Wed Oct 11 14:32:52 2000',
      severity: 'error',
      remoteAddr: '127.0.0.1',
      message: 'client denied by server configuration: /export/home/live/ap/htdocs/test',
    })
    expect(parsed(apache, '[Wed Oct 11 14:32:52 2000] [notice] Apache/2.2.3 (CentOS) configured')?.fields).toEqual({
      time: 'Wed Oct 11 14:32:52 2000',
      severity: 'notice',
      message: 'Apache/2.2.3 (CentOS) configured',
    })
    expect(
      parsed(apache, '[Wed Oct 11 14:32:52 2000] [error] [client 2001:db8::1] File does not exist: /x')?.fields,
    ).toMatchObject({ remoteAddr: '2001:db8::1' })
  })
})

describe('apache', () => {
  it('owns groups with its name as a word', () => {
    for (const group of [
      '/var/log/httpd/error_log',
      'apache',
      '/aws/elasticbeanstalk/env/var/log/httpd/access_log',
      'apache2',
    ])
      expect(apache.ownsGroup?.(group)).toBe(true)
    for (const group of ['/ecs/web', 'apachedotal', '/var/log/nginx/access.log'])
      expect(apache.ownsGroup?.(group)).toBe(false)
  })

  it('claims a bare access line in a group that says nothing', () => {
    expect(looksLike(apache, '1.2.3.4 - - [05/Mar/2021:09:01:38 +0100] "GET / HTTP/1.0" 200 1513')).toBe(true)
    expect(looksLike(apache, '[Wed Oct 11 14:32:52 2000] [notice] resuming normal operations')).toBe(true)
    expect(looksLike(apache, '[2023-01-01 00:00:00] [error] something')).toBe(false)
  })

  it('refuses what is close', () => {
    for (const line of [
      '[Wed Oct 11 14:32:52 2000] [client 127.0.0.1] no level',
      '[Wed Oct 11 14:32:52 2000] no level',
      '[INFO] [main] text',
      '1.2.3.4 - - [05/Mar/2021:09:01:38 +0100] "GET / HTTP/1.0" 2000 1513',
    ])
      expect(parsed(apache, line), line).toBeUndefined()
  })

  it('reads hostile lines in linear time', () => {
    survivesHostileLines(apache, [
      '[Thu Oct 13 12:24:49.880562 2022] [a:error] [pid 10:tid 14] ',
      ' [client ',
      ', referer: ',
      '1.2.3.4 - - [29/Jul/2023:10:26:06 -0700] "',
      '1.2.3.4 - - [29/Jul/2023:10:26:06 -0700] "GET / HTTP/1.1" 200 1 "-" "-" ',
    ])
  })
})
