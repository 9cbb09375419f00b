import { describe, expect, it } from 'vitest'
import { levelOf, levelOfHttpStatus, levelOfSyslogSeverity } from '../../shared/enrich/level.js'

describe('levels', () => {
  it('maps spellings of any case and the numbers of pino', () => {
    expect(['ERROR', 'Warning', 'dbug', 'crit', 'trce', 'Fail'].map(levelOf)).toEqual([
      'ERROR',
      'WARN',
      'DEBUG',
      'FATAL',
      'TRACE',
      'ERROR',
    ])
    expect([10, 30, 35, 60].map(levelOf)).toEqual(['TRACE', 'INFO', 'INFO', 'FATAL'])
    expect(['', 'constructor', 'errors', null, undefined, 5, 70, Number.NaN, {}].map(levelOf)).toEqual(
      Array.from({ length: 9 }, () => null),
    )
  })

  it('maps the status of an HTTP answer', () => {
    expect(['101', '200', '304', '404', '499', '503'].map(levelOfHttpStatus)).toEqual([
      'INFO',
      'INFO',
      'INFO',
      'WARN',
      'WARN',
      'ERROR',
    ])
    expect(['-', '', '000', '600', '20', '2000', '2xx'].map(levelOfHttpStatus)).toEqual(
      Array.from({ length: 7 }, () => null),
    )
  })

  it('maps syslog severities', () => {
    expect([0, 3, 4, 6, 7, 8].map(levelOfSyslogSeverity)).toEqual(['FATAL', 'ERROR', 'WARN', 'INFO', 'DEBUG', null])
  })
})
