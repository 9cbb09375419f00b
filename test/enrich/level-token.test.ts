import { describe, expect, it } from 'vitest'
import { levelInText } from '../../shared/enrich/level-token.js'

describe('levelInText', () => {
  it.each([
    ['2021-03-04 05:06:07,089 ERROR [main] com.example.App - failed', 'ERROR'],
    ['WARNING:root:low disk', 'WARN'],
    ['[warn] deprecated option', 'WARN'],
    ['12:00 <Error> no such key', 'ERROR'],
    ['ts=1 level=warning msg=x', 'WARN'],
    ['{"level": "debug", "n": 1} tail', 'DEBUG'],
    ['Severity: critical', 'FATAL'],
    ['error: could not open', 'ERROR'],
    ['info: Microsoft.Hosting.Lifetime[0]', 'INFO'],
    ['panic: runtime error: index out of range', 'FATAL'],
    ['\u001b[31mERROR\u001b[0m red', 'ERROR'],
    ['\u001b[1;33m WARN\u001b[0m yellow', 'WARN'],
    ['2023-01-01T00:00:00Z|INFO|started', 'INFO'],
    ['I, [2014-03-01T10:00:00 #7]  FATAL -- : gone', 'FATAL'],
    ['INFO saw an ERROR page', 'INFO'],
  ])('reads %j as %s', (text, level) => {
    expect(levelInText(text)).toBe(level)
  })

  it.each([
    '',
    'no errors were found',
    'the error was: none',
    'ERROR_COUNT=0',
    'DEBUG=true npm start',
    'GET /ERROR/page',
    'PreERROR',
    'log level raised',
    'level: high error',
    'informational text about warnings',
    `${'x'.repeat(220)} ERROR`,
    'ERRORS 5',
  ])('reads nothing in %j', text => {
    expect(levelInText(text)).toBeNull()
  })

  it('starts where it is told', () => {
    expect(levelInText('host app: error: x', 10)).toBe('ERROR')
  })
})
