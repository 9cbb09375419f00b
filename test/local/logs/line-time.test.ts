import { describe, expect, it } from 'vitest'
import { lineTime } from '../../../local/logs/line-time.js'

const noon = Date.UTC(2026, 0, 15, 12)

describe('the time of a log line', () => {
  it.each<[string, number]>([
    ['2026-01-15T12:00:00Z started', noon],
    ['2026-01-15T12:00:00.250Z started', noon + 250],
    ['2026-01-15 12:00:00,123456 INFO started', noon + 123],
    ['2026-01-15 13:00:00.5 +0100 started', noon + 500],
    ['[2026-01-15T06:30:00-05:30] started', noon],
    ['2026/01/15 12:00:00 [error] 7#7: *1 open() failed', noon],
    ['127.0.0.1 - - [15/Jan/2026:07:00:00 -0500] "GET / HTTP/1.1" 200 5', noon],
    ['Jan 15 12:00:00 host sshd[1]: no', noon],
    ['<34>Jan 15 12:00:00 host sshd[1]: no', noon],
    ['Jan  5 12:00:00 host sshd[1]: no', Date.UTC(2026, 0, 5, 12)],
    ['Dec 31 12:00:00 host sshd[1]: of the year before', Date.UTC(2025, 11, 31, 12)],
    ['{"level":"info","time":1768478400123,"msg":"2020-01-01 00:00:00"}', noon + 123],
    ['{"ts": 1768478400.5}', noon + 500],
    ['2 123456789012 eni-0a1b2c3d 10.0.0.5 10.0.0.9 443 49152 6 10 840 1768478400 1768478460 ACCEPT OK', noon],
    ['2 123456789012 eni-0a1b2c3d - - - - - - - 1768478400 1768478460 - NODATA', noon],
    ['{"@timestamp":"2026-01-15T12:00:00Z"}', noon],
    [
      '{"session":{"creationDate":"2026-01-15T01:00:00Z"},"eventTime":"2026-01-15T12:00:00Z","eventVersion":"1.08"}',
      noon,
    ],
    ['{"time":"2026-01-15T12:00:00Z","event":{"eventVersion":"2.1","eventTime":"2026-01-01T00:00:00Z"}}', noon],
    ['{"time":"2026-01-15T12:00:00Z","eventVersion":"1.08","eventTime":null}', noon],
  ])('is read from %s', (line, time) => {
    expect(lineTime(line, noon + 1_000)).toBe(time)
  })

  it.each([
    'no time at all',
    '2026-13-15 12:00:00 no such month',
    '2026-02-30 12:00:00 no such day',
    'Jax 15 12:00:00 no such month',
    '1960-01-15 12:00:00 before there was an epoch',
    `${'x'.repeat(600)} 2026-01-15 12:00:00 far from the beginning`,
  ])('is not read from %s', line => {
    expect(lineTime(line, noon)).toBeUndefined()
  })
})
