import { describe, expect, it } from 'vitest'
import { nginx } from '../../../shared/enrich/formats/nginx.js'
import { looksLike, parsed, survivesHostileLines } from './parsed.js'

const main =
  '95.198.165.213 - - [30/Oct/2023:19:01:01 +0000] "GET /interface%20multi-state.html HTTP/1.1" 200 1569 "-" "Mozilla/5.0 (X11; Linux i686) AppleWebKit/5331 (KHTML, like Gecko) Chrome/39.0.833.0 Mobile Safari/5331" "-"'
const combined =
  '192.168.1.1 - user123 [08/Jun/2020:08:04:43 +0000] "GET /api/login HTTP/1.1" 200 150 "-" "curl/7.68.0"'
const limiting =
  '2021/12/02 11:53:15 [error] 4065777#4065777: *42952950 limiting requests, excess: 5.428 by zone "default_root_zone", client: ::1, server: , request: "GET / HTTP/1.1", host: "la03.d.sb"'

describe('nginx access lines', () => {
  it('reads the combined layout', () => {
    expect(parsed(nginx, combined)).toEqual({
      level: 'INFO',
      requestId: null,
      traceId: null,
      fields: {
        remoteAddr: '192.168.1.1',
        remoteUser: 'user123',
        timeLocal: '08/Jun/2020:08:04:43 +0000',
        method: 'GET',
        path: '/api/login',
        protocol: 'HTTP/1.1',
        status: '200',
        bytes: '150',
        userAgent: 'curl/7.68.0',
      },
    })
  })

  it('reads the main layout of the packages and images', () => {
    expect(
      parsed(
        nginx,
        '10.0.3.9 - ann [14/Feb/2024:08:15:30 +0000] "GET / HTTP/1.1" 200 615 "https://shop.example.com/a" "curl/8.5.0" "203.0.113.9, 10.0.1.1"',
      )?.fields,
    ).toEqual({
      remoteAddr: '10.0.3.9',
      remoteUser: 'ann',
      timeLocal: '14/Feb/2024:08:15:30 +0000',
      method: 'GET',
      path: '/',
      protocol: 'HTTP/1.1',
      status: '200',
      bytes: '615',
      referer: 'https://shop.example.com/a',
      userAgent: 'curl/8.5.0',
      xForwardedFor: '203.0.113.9, 10.0.1.1',
    })
    expect(parsed(nginx, main)?.fields).not.toHaveProperty('xForwardedFor')
  })

  it('tells the compression ratio of the documented example from forwarded addresses', () => {
    const fields = parsed(
      nginx,
      '10.0.3.9 - - [14/Feb/2024:08:15:31 +0000] "POST /gone HTTP/1.1" 404 153 "http://localhost/form" "curl/8.5.0" "2.75"',
    )
    expect(fields?.level).toBe('WARN')
    expect(fields?.fields).toMatchObject({ gzipRatio: '2.75', referer: 'http://localhost/form' })
    expect(fields?.fields).not.toHaveProperty('xForwardedFor')
  })

  it('reads what ingress-nginx adds about the upstream', () => {
    const line =
      '10.0.12.7 - ann [14/Feb/2024:08:15:32 +0000] "GET /cart HTTP/2.0" 200 7312 "https://shop.example.com/" "Mozilla/5.0" 381 0.042 [shop-web-80] [shop-canary-80] 10.0.50.80:9000 7211 0.041 200 5c0b2d8e417f4a6d9b3e6f1a2c4d8e90'
    expect(parsed(nginx, line)).toEqual({
      level: 'INFO',
      requestId: '5c0b2d8e417f4a6d9b3e6f1a2c4d8e90',
      traceId: null,
      fields: {
        remoteAddr: '10.0.12.7',
        remoteUser: 'ann',
        timeLocal: '14/Feb/2024:08:15:32 +0000',
        method: 'GET',
        path: '/cart',
        protocol: 'HTTP/2.0',
        status: '200',
        bytes: '7312',
        referer: 'https://shop.example.com/',
        userAgent: 'Mozilla/5.0',
        requestLength: '381',
        requestTime: '0.042',
        upstreamName: 'shop-web-80',
        alternativeUpstreamName: 'shop-canary-80',
        upstreamAddr: '10.0.50.80:9000',
        upstreamResponseLength: '7211',
        upstreamResponseTime: '0.041',
        upstreamStatus: '200',
      },
    })
    expect(looksLike(nginx, line)).toBe(true)
  })

  it('keeps the upstreams of a retried request together', () => {
    const line =
      '10.0.0.9 - - [18/Mar/2023:15:00:00 +0000] "GET / HTTP/1.1" 502 150 "-" "curl/8" 79 0.002 [web-80] [] 10.0.1.2:80, 10.0.1.3:80 0, 0 0.001, 0.001 502, 502 0f12a8d6a8a14d53bd2c5ca1ef2a4b0c'
    expect(parsed(nginx, line)).toMatchObject({
      level: 'ERROR',
      requestId: '0f12a8d6a8a14d53bd2c5ca1ef2a4b0c',
      fields: {
        upstreamName: 'web-80',
        upstreamAddr: '10.0.1.2:80, 10.0.1.3:80',
        upstreamResponseLength: '0, 0',
        upstreamResponseTime: '0.001, 0.001',
        upstreamStatus: '502, 502',
      },
    })
  })

  it('reads a virtual host in front, a missing user and a user with blanks', () => {
    expect(
      parsed(
        nginx,
        'www.crowdsec11.net:80 192.168.1.1 - - [08/Jun/2020:08:04:43 +0000] "GET /test/uppercase/extensions.JPG HTTP/1.1" 301 0 "-" "Mozilla/5.0"',
      )?.fields,
    ).toMatchObject({ virtualHost: 'www.crowdsec11.net:80', remoteAddr: '192.168.1.1', status: '301', bytes: '0' })
    const bare = '192.168.1.1 - [08/Jun/2020:08:04:43 +0000] "GET /api/test HTTP/1.1" 200 100 "-" "curl/7.68.0"'
    expect(parsed(nginx, bare)?.fields).toMatchObject({ remoteAddr: '192.168.1.1', path: '/api/test' })
    const spaced = '192.168.1.1 - John F. Doe [08/Jun/2020:08:04:43 +0000] "GET / HTTP/1.1" 200 100 "-" "-"'
    expect(parsed(nginx, spaced)?.fields).toMatchObject({ remoteAddr: '192.168.1.1', remoteUser: 'John F. Doe' })
    const old = '10.1.2.3 - [10.1.2.3] - jane [08/Jun/2020:08:04:43 +0000] "GET / HTTP/1.1" 200 100 "-" "-"'
    expect(parsed(nginx, old)?.fields).toMatchObject({ remoteAddr: '10.1.2.3', remoteUser: 'jane' })
  })

  it('keeps a request that is none as it stands', () => {
    const line = '1.2.3.4 - - [29/Jul/2023:10:26:06 -0700] "\\x1B\\x84\\xD5\\xB0]\\xF4\\xC4 \\x93" 400 157 "-" "-"'
    expect(parsed(nginx, line)?.fields).toEqual({
      remoteAddr: '1.2.3.4',
      timeLocal: '29/Jul/2023:10:26:06 -0700',
      request: '\\x1B\\x84\\xD5\\xB0]\\xF4\\xC4 \\x93',
      status: '400',
      bytes: '157',
    })
    expect(parsed(nginx, '1.2.3.4 - - [29/Jul/2023:10:26:06 -0700] "" 400 0 "-" "-"')?.fields).toEqual({
      remoteAddr: '1.2.3.4',
      timeLocal: '29/Jul/2023:10:26:06 -0700',
      status: '400',
      bytes: '0',
    })
  })

  it('keeps columns it does not know', () => {
    expect(parsed(nginx, `${combined} 0.004 0.003 .`)?.fields).toMatchObject({
      userAgent: 'curl/7.68.0',
      rest: '0.004 0.003 .',
    })
  })
})

describe('nginx error lines', () => {
  it('takes message and context apart', () => {
    expect(parsed(nginx, limiting)).toEqual({
      level: 'ERROR',
      requestId: null,
      traceId: null,
      fields: {
        time: '2021/12/02 11:53:15',
        severity: 'error',
        pid: '4065777',
        tid: '4065777',
        connection: '42952950',
        message: 'limiting requests, excess: 5.428 by zone "default_root_zone"',
        remoteAddr: '::1',
        method: 'GET',
        path: '/',
        protocol: 'HTTP/1.1',
        host: 'la03.d.sb',
      },
    })
  })

  it('reads upstream and referrer', () => {
    const line =
      '2024/02/14 08:15:33 [crit] 31#32: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 172.17.0.1, server: localhost, request: "POST /api HTTP/1.1", upstream: "http://127.0.0.1:9000/api", host: "localhost:8081", referrer: "http://localhost/"'
    expect(parsed(nginx, line)).toMatchObject({
      level: 'FATAL',
      fields: {
        tid: '32',
        message: 'connect() failed (111: Connection refused) while connecting to upstream',
        server: 'localhost',
        upstream: 'http://127.0.0.1:9000/api',
        host: 'localhost:8081',
        referer: 'http://localhost/',
      },
    })
  })

  it('reads a line that belongs to no connection', () => {
    expect(parsed(nginx, '2023/05/01 10:00:00 [notice] 1#1: signal process started')?.fields).toEqual({
      time: '2023/05/01 10:00:00',
      severity: 'notice',
      pid: '1',
      tid: '1',
      message: 'signal process started',
    })
  })

  it('does not take a client out of a path in quotes', () => {
    const line =
      '2024/02/14 08:15:33 [error] 31#31: *1 open() "/www/a, client: 6.6.6.6, server: evil" failed (2: No such file or directory), client: 172.17.0.1, server: localhost, request: "GET /a HTTP/1.1", host: "h"'
    expect(parsed(nginx, line)?.fields).toMatchObject({
      message: 'open() "/www/a, client: 6.6.6.6, server: evil" failed (2: No such file or directory)',
      remoteAddr: '172.17.0.1',
      server: 'localhost',
    })
  })
})

describe('nginx', () => {
  it('owns groups with its name as a word', () => {
    for (const group of ['/var/log/nginx/access.log', 'ingress-nginx', 'nginx', '/ecs/Nginx-proxy', 'nginx2/error'])
      expect(nginx.ownsGroup?.(group)).toBe(true)
    for (const group of ['/ecs/web', 'mynginxes', '/var/log/httpd']) expect(nginx.ownsGroup?.(group)).toBe(false)
  })

  it('claims only its own layouts in a group that says nothing', () => {
    expect(looksLike(nginx, main)).toBe(true)
    expect(looksLike(nginx, limiting)).toBe(true)
    expect(looksLike(nginx, combined)).toBe(false)
    expect(looksLike(nginx, '2009/11/10 23:00:00 [INFO] listening on :8080')).toBe(false)
  })

  it('refuses what is close', () => {
    for (const line of [
      '1.2.3.4 - - [29/Jul/2023:10:26:06 -0700] "GET / HTTP/1.1" OK 157',
      '1.2.3.4 - - [29/Jul/2023:10:26:06 -0700] GET / HTTP/1.1 200 157',
      '1.2.3.4 - - [today] "GET / HTTP/1.1" 200 157',
      '2021/12/02 11:53:15 [loud] 1#1: *4 message',
      '2021/12/02 11:53:15 [error] main#1: message',
      '2021/12/02 11:53:15 message',
    ])
      expect(parsed(nginx, line), line).toBeUndefined()
  })

  it('reads hostile lines in linear time', () => {
    survivesHostileLines(nginx, [
      '2021/12/02 11:53:15 [error] 1#1: *2 a "',
      ', client: ',
      ', host: "',
      '1.2.3.4 - - [29/Jul/2023:10:26:06 -0700] "',
      '1.2.3.4 - - [29/Jul/2023:10:26:06 -0700] "GET / HTTP/1.1" 200 1 "-" "-" ',
    ])
  })
})
