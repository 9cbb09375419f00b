import { describe, expect, it } from 'vitest'
import { syslog } from '../../../shared/enrich/formats/syslog.js'
import { looksLike, parsed, survivesHostileLines } from './parsed.js'

describe('syslog of RFC 3164', () => {
  it('reads a line of a file', () => {
    expect(
      parsed(syslog, 'Feb 12 14:10:21 sd-126005 sshd[16378]: Invalid user pascal from 35.188.49.176 port 53502'),
    ).toEqual({
      level: null,
      requestId: null,
      traceId: null,
      fields: {
        time: 'Feb 12 14:10:21',
        hostname: 'sd-126005',
        program: 'sshd',
        pid: '16378',
        message: 'Invalid user pascal from 35.188.49.176 port 53502',
      },
    })
  })

  it('reads days with one digit, padded or not', () => {
    expect(parsed(syslog, 'Jun  8 10:44:36 server sshd[3204729]: no match [preauth] ')?.fields).toMatchObject({
      time: 'Jun  8 10:44:36',
      message: 'no match [preauth]',
    })
    expect(parsed(syslog, 'Nov 2 15:40:14 workshop sshd[28179]: pam_unix(sshd:auth): failure')?.fields).toMatchObject({
      time: 'Nov 2 15:40:14',
      program: 'sshd',
      message: 'pam_unix(sshd:auth): failure',
    })
  })

  it('reads programs without a process id, lines without a program and lines without a host', () => {
    expect(parsed(syslog, 'Mar  1 00:00:01 ip-10-0-0-1 kernel: [    0.000000] Linux version 5.10')?.fields).toEqual({
      time: 'Mar  1 00:00:01',
      hostname: 'ip-10-0-0-1',
      program: 'kernel',
      message: '[    0.000000] Linux version 5.10',
    })
    expect(parsed(syslog, 'Mar  1 00:00:01 ip-10-0-0-1 last message repeated 2 times')?.fields).toEqual({
      time: 'Mar  1 00:00:01',
      hostname: 'ip-10-0-0-1',
      message: 'last message repeated 2 times',
    })
    expect(parsed(syslog, 'Mar  1 00:00:01 cloud-init[2132]: util.py[DEBUG]: Running')).toMatchObject({
      level: 'DEBUG',
      fields: { time: 'Mar  1 00:00:01', program: 'cloud-init', pid: '2132', message: 'util.py[DEBUG]: Running' },
    })
    expect(parsed(syslog, 'Mar  1 00:00:01 host postfix/smtpd[7]: connect')?.fields).toMatchObject({
      program: 'postfix/smtpd',
    })
  })

  it('takes the level out of the text where it says one', () => {
    expect(
      parsed(syslog, 'Jul  1 09:30:56 usbkey sshd[8807]: fatal: Timeout before authentication for 192.168.9.212'),
    ).toMatchObject({ level: 'FATAL', fields: { message: 'fatal: Timeout before authentication for 192.168.9.212' } })
  })

  it('reads the priority', () => {
    expect(parsed(syslog, "<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8")).toEqual({
      level: 'FATAL',
      requestId: null,
      traceId: null,
      fields: {
        facility: 'auth',
        severity: 'crit',
        time: 'Oct 11 22:14:15',
        hostname: 'mymachine',
        program: 'su',
        message: "'su root' failed for lonvick on /dev/pts/8",
      },
    })
    expect(parsed(syslog, '<191>Oct 11 22:14:15 h p: x')).toMatchObject({
      level: 'DEBUG',
      fields: { facility: 'local7', severity: 'debug' },
    })
  })

  it('reads the times that rsyslog writes', () => {
    expect(
      parsed(
        syslog,
        '2023-11-14T00:20:42.738197+01:00 myserver sshd[1112652]: User root from 192.168.1.1 not allowed because not listed in AllowUsers',
      )?.fields,
    ).toEqual({
      time: '2023-11-14T00:20:42.738197+01:00',
      hostname: 'myserver',
      program: 'sshd',
      pid: '1112652',
      message: 'User root from 192.168.1.1 not allowed because not listed in AllowUsers',
    })
  })
})

describe('syslog of RFC 5424', () => {
  it('reads structured data into fields', () => {
    expect(
      parsed(
        syslog,
        '<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut="3" eventSource="App \\"x\\" \\]\\n" eventID="1011"][examplePriority@32473 class="high"] \ufeffAn application event',
      ),
    ).toEqual({
      level: 'INFO',
      requestId: null,
      traceId: null,
      fields: {
        facility: 'local4',
        severity: 'notice',
        time: '2003-10-11T22:14:15.003Z',
        hostname: 'mymachine.example.com',
        program: 'evntslog',
        message: 'An application event',
        messageId: 'ID47',
        'exampleSDID@32473.iut': '3',
        'exampleSDID@32473.eventSource': 'App "x" ]\\n',
        'exampleSDID@32473.eventID': '1011',
        'examplePriority@32473.class': 'high',
      },
    })
  })

  it('reads lines without structured data, time or text', () => {
    expect(parsed(syslog, '<13>1 - - - - - - hello')?.fields).toEqual({
      facility: 'user',
      severity: 'notice',
      message: 'hello',
    })
    expect(parsed(syslog, '<0>1 2003-10-11T22:14:15Z h app 12 - -')).toMatchObject({
      level: 'FATAL',
      fields: { program: 'app', pid: '12', message: '' },
    })
  })

  it('keeps broken structured data as text', () => {
    expect(parsed(syslog, '<13>1 - h a - - [id x="1" y=2] hello')?.fields).toMatchObject({
      'id.x': '1',
      message: '[id x="1" y=2] hello',
    })
  })
})

describe('syslog', () => {
  it('owns the groups of the usual files', () => {
    for (const group of ['/var/log/messages', '/ec2/var/log/secure', 'syslog', '/var/log/auth.log', '/var/log/cron'])
      expect(syslog.ownsGroup?.(group)).toBe(true)
    for (const group of ['/ecs/web', '/var/log/dmesg', 'insecure']) expect(syslog.ownsGroup?.(group)).toBe(false)
  })

  it('claims lines of unknown origin only when they can hardly be anything else', () => {
    expect(looksLike(syslog, 'Feb 12 14:10:21 host sshd[1]: x')).toBe(true)
    expect(looksLike(syslog, '2023-11-14T00:20:42.738197+01:00 host sshd[1]: x')).toBe(true)
    expect(looksLike(syslog, '2023-11-14T00:20:42Z worker main: x')).toBe(false)
    expect(looksLike(syslog, '2023-11-14T00:20:42Z INFO starting')).toBe(false)
    expect(looksLike(syslog, '<b>bold</b>')).toBe(false)
    expect(looksLike(syslog, 'Marble 12 14:10:21')).toBe(false)
  })

  it('refuses what is close', () => {
    for (const line of [
      '<192>Oct 11 22:14:15 h p: x',
      '<13>hello',
      'Foo 12 14:10:21 host sshd[1]: x',
      'anF 12 14:10:21 host sshd[1]: x',
      'Feb 12 14:10 host sshd[1]: x',
      'Feb 12 14:10:21',
      '2023-11-14T00:20:42Z INFO main: x',
      '2023-11-14T00:20:42Z',
      '2020-04-16T05:13:40.861934Z 344 [Note] Access denied',
      '<13>1 yesterday h a - - - x',
    ])
      expect(parsed(syslog, line), line).toBeUndefined()
  })

  it('reads hostile lines in linear time', () => {
    survivesHostileLines(syslog, [
      'Feb 12 14:10:21 ',
      'Feb 12 14:10:21 h p[',
      '<13>1 - - - - - [a ',
      '<13>1 - - - - - [a b="',
      ' b="c"',
      '[a b="c"]',
    ])
  })
})
