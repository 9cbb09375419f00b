import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { queryCommand } from '../../cli/commands/query.js'
import { runCommand } from './run-command.js'

/** The position that is told, the text above the carets, and what the error says. */
async function told(query: string) {
  const { code, out, err } = await runCommand(queryCommand, [query])
  const [head = '', line = '', carets = '', ...hints] = err.trimEnd().split('\n')
  const { 0: marks, index: from } = /\^+/.exec(carets) ?? { 0: '', index: 0 }
  return { code, out, head, at: line.slice(from, from + marks.length), hints: hints.join('\n') }
}

describe('a wrong query', () => {
  it.each<[string, string, string, RegExp, RegExp]>([
    [
      'a misspelt command',
      'fields @message | fliter level = "error"',
      'fliter',
      /is not a command/,
      /did you mean "filter"/,
    ],
    ['a misspelt function', 'stats coutn(*) by level', 'coutn', /coutn/, /did you mean "count"/],
    ['a C-like operator', 'filter status == 500', '==', /not part of the language/, /one "="/],
    ['a missing pipe', 'fields @message filter level = 1', 'filter', /expected "\|"/, /a command begins after "\|"/],
    ['a quote that is not closed', "filter level = 'error", "'error", /closing quote/, /written \\"/],
    ['a wrong unit', 'stats count(*) by bin(5x)', 'x', /unit|period/, /units are ms, s, m, h/],
    [
      'too few names for the wildcards',
      'parse @message "a=* b=*" as a',
      '"a=* b=*" as a',
      /as many names as wildcards/,
      /one name/,
    ],
    [
      'a field that stats has not kept',
      'stats count(*) as n by level | filter status = 1',
      'status',
      /status/,
      /n, level|level, n/,
    ],
    ['an aggregate outside of stats', 'fields sum(bytes)', 'sum(bytes)', /stats/, /.*/],
    [
      'look-around in a regular expression',
      'filter a like /(?=b)c/',
      '/(?=b)c/',
      /regular expression/,
      /no look-around/,
    ],
    ['a fraction as limit', 'limit 2.5', '2.5', /whole number/, /.*/],
    ['SQL', 'SELECT * FROM logs', 'SELECT', /"SELECT" is not a command/, /fields @timestamp, @message \| limit 20/],
    ['a shell command', 'fields @message | grep error', 'grep', /not a command/, /filter @message like "text"/],
    ['a count without stats', 'filter level = 1 | count', 'count', /not a command/, /stats count\(\*\)/],
    ['a percentile of its own name', 'stats p99.9(ms)', 'p99.9', /"p99.9" is not a function/, /pct\(x, 99.9\)/],
    ['a list in parentheses', 'filter a in (1, 2)', '1', /expected a query, found "1"/, /in \["a", "b"\]/],
    ['an order in full', 'sort @timestamp descending', 'descending', /expected "\|"/, /asc or desc/],
    ['a test for null', 'filter level is null', 'is', /expected "\|"/, /not ispresent\(field\)/],
    ['stats without an aggregate', 'stats by level', 'by', /expected an aggregate/, /stats count\(\*\) by level/],
    [
      'a comparison without a range',
      'pattern @message | diff previousDay',
      'diff previousDay',
      /needs a time range/,
      /--since 1d/,
    ],
    ['a missing parameter', 'filter id = {{id}}', '{{id}}', /has no value/, /--param id=value/],
    ['a text without quotes', 'filter @message like error', 'error', /a quoted text/, /like "error"/],
    ['flags of a regular expression', 'filter @message like /error/i', 'i', /expected "\|"/, /\(\?i\)/],
    ['a star for all fields', 'fields *', '*', /a field/, /@message is the whole event/],
    ['fields without commas', 'fields @timestamp level', 'level', /expected "\|"/, /separated by ","/],
    ['a condition on groups', 'stats count(*) as n by a having n > 1', 'having', /expected "\|"/, /\| filter n > 1/],
    ['a member in brackets', "fields a['b']", '[', /expected "\|"/, /field\.name/],
    ['a period in quotes', 'stats count(*) by bin("5m")', '"5m"', /a period/, /without quotes/],
    ['an option that a command lacks', 'addtotals column=true', 'column', /not an option/, /col=/],
    ['wildcards without names', 'parse @message "a=*"', '', /expected "as"/, /each \* gets a name/],
    ['a date for a time', 'filter @timestamp > "2026-01-15"', '"2026-01-15"', /not compared with a text/, /time range/],
  ])('%s is told with its place and how to mend it', async (_, query, at, message, hint) => {
    const found = await told(query)
    expect(found).toMatchObject({ code: 2, out: '', at })
    expect(found.head).toMatch(/^query:1:\d+: error: /)
    expect(found.head).toMatch(message)
    expect(found.hints).toMatch(hint)
  })

  it('that names a lookup table which is not there is told how to give it', async () => {
    const lake = await mkdtemp(join(tmpdir(), 'tailrace-bad-errors-test-'))
    const { code, err } = await runCommand(queryCommand, ['--lake', lake, 'lookup users id OUTPUT name'])
    await rm(lake, { recursive: true })
    expect(code).toBe(2)
    expect(err).toContain('hint: give it with --lookup users=file.csv, or put lookups/users.csv into the lake\n')
  })
})
