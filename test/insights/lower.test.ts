import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { lowerQuery } from '../../shared/insights/lower.js'
import type { LowerOptions } from '../../shared/insights/lowering.js'
import { parseQuery } from '../../shared/insights/parse.js'
import { printPlan } from '../../shared/plan/print.js'

const options: LowerOptions = {
  from: null,
  to: null,
  now: 1_736_940_000,
  lookupTables: new Map([['owners', { columns: ['server', 'owner', 'tier'], rows: [['web-1', 'ana', 'gold']] }]]),
}

function lower(query: string, window: Partial<LowerOptions> = {}) {
  const parsed = parseQuery(query)
  if ('diagnostics' in parsed) return parsed
  return lowerQuery(parsed.ast, query, { ...options, ...window })
}

function planOf(query: string): readonly string[] {
  const lowered = lower(query)
  return 'plan' in lowered ? printPlan(lowered.plan).split('\n') : lowered.diagnostics.map(({ message }) => message)
}

function problem(query: string) {
  const lowered = lower(query)
  if ('plan' in lowered) throw new Error(`lowered: ${query}`)
  const [first] = lowered.diagnostics
  const { code, span, message, hint } = first!
  return { code: code.replace('insights/', ''), at: query.slice(span.start, span.end), message, hint }
}

describe('lowering', () => {
  it('refuses what the cases say is an error, and nothing else but what it says is unsupported', () => {
    interface Case {
      readonly id: string
      readonly query: string
      readonly error?: boolean
      readonly lookupTables?: unknown
    }
    for (const name of ['cases', 'doubtful']) {
      const url = new URL(`../cases/insights/${name}.json`, import.meta.url)
      const cases: Case[] = JSON.parse(readFileSync(fileURLToPath(url), 'utf8'))
      const wrong = cases.filter(({ query, error, lookupTables }) => {
        if (lookupTables !== undefined) return false
        const lowered = lower(query, { from: 0, to: 1_736_940_000_000 })
        const codes = 'plan' in lowered ? [] : lowered.diagnostics.map(({ code }) => code)
        if (codes.includes('insights/unsupported')) return false
        return codes.length > 0 !== (error === true)
      })
      expect(wrong.map(({ id }) => id)).toEqual([])
    }
  })

  it('reads no more fields than the query names, and shows time and message where it names none', () => {
    expect(planOf('filter status >= 500 | limit 3')).toEqual([
      '%1 = SCAN [@timestamp, status, @message, @ptr]',
      '%2 = FILTER %1 status >= 500',
      '%3 = LIMIT %2 3',
      '%4 = PROJECT %3 [@timestamp, @message, @ptr]',
    ])
  })

  it('takes expressions of aggregates apart', () => {
    expect(planOf('stats sum(a) / count(*) as mean, max(b) as top, top - mean as spread by bin(5m)')).toEqual([
      '%1 = SCAN [@timestamp, a, b]',
      '%2 = AGGREGATE %1 [#1 = sum(a), #2 = count(), top = max(b)] by [bin(5m) = datefloor(@timestamp, 5, "minute")]',
      '%3 = EXTEND %2 [mean = divide(`#1`, `#2`), spread = subtract(top, mean)]',
      '%4 = LIMIT %3 10000',
      '%5 = PROJECT %4 [bin(5m), mean, top, spread]',
    ])
  })

  it('calls columns of paths what the query calls them', () => {
    expect(planOf('fields jsonParse(m) as j | display j.e[1].n, j.e.1, j.`e`[0]').at(-1)).toBe(
      '%4 = PROJECT %3 [j.e[1].n, j.e.1, j.e[0], @ptr]',
    )
    expect(planOf('fields jsonParse(m) as j | stats count(*) as n by j.e[0].n | sort j.e[0].n').slice(-3)).toEqual([
      '%4 = SORT %3 j.e.0.n asc',
      '%5 = LIMIT %4 10000',
      '%6 = PROJECT %5 [j.e[0].n = j.e.0.n, n]',
    ])
  })

  it('takes null for a field where nothing is compared with it', () => {
    expect(planOf('stats count(if(qty > 1, server, null)) as n').slice(0, 2)).toEqual([
      '%1 = SCAN [@timestamp, qty, server, null]',
      '%2 = AGGREGATE %1 [n = count(if(qty > 1, server, null))]',
    ])
    expect(planOf('fields null, coalesce(a, null) as b | sort null').at(-1)).toBe('%5 = PROJECT %4 [null, b, @ptr]')
    expect(problem('filter a != null')).toMatchObject({ at: 'null', hint: expect.stringContaining('ispresent(field)') })
  })

  it('shows what row commands made beside what is chosen later, too', () => {
    const columnsOf = (query: string) => {
      const lowered = lower(query, { hasPointers: false })
      return 'plan' in lowered ? lowered.columns : lowered.diagnostics
    }
    expect(columnsOf('accum bytes as s | fields host')).toEqual(['host', 's'])
    expect(columnsOf('accum bytes as s | parse "* *" as a, b')).toEqual(['a', 'b', 's'])
    expect(columnsOf('accum bytes as s | fields s, host')).toEqual(['s', 'host'])
    expect(columnsOf('cidrlookup owners ip OUTPUT owner, tier | fields tier, ip')).toEqual(['tier', 'ip', 'owner'])
    expect(columnsOf('accum bytes as s | display host')).toEqual(['host'])
    expect(columnsOf('accum bytes as s')).toEqual(['@timestamp', '@message', 's'])
  })

  it('puts prefixes and names of SOURCE into the scan', () => {
    expect(planOf("SOURCE logGroups(namePrefix: ['/a/', '/b/']) | stats count(*)")[0]).toBe(
      '%1 = SCAN {/a/*, /b/*} [@timestamp]',
    )
  })

  it('lets the sides of a join be named by their aliases only', () => {
    const join = "join left=a right=b where a.id = b.id (SOURCE 'g')"
    expect(planOf(`${join} | fields a.x, b.y`)).toEqual([
      '%1 = SCAN [@timestamp, id, x, @ptr]',
      '%2 = SCAN {g} [@timestamp, id, y]',
      '%3 = JOIN %1 %2 inner id = id as b.',
      '%4 = LIMIT %3 10000',
      '%5 = PROJECT %4 [a.x = x, b.y, @ptr]',
    ])
    expect(problem(`${join} | fields x`)).toMatchObject({ code: 'unqualified-field', at: 'x', hint: 'a.x or b.x' })
  })

  it.each<[string, Partial<ReturnType<typeof problem>>]>([
    ['fields strlenn(a)', { code: 'unknown-function', at: 'strlenn', hint: 'did you mean "strlen"?' }],
    ['stats dc(u)', { code: 'unknown-function', hint: expect.stringContaining('countDistinct(field)') }],
    ['stats count(*) by time(5m)', { at: 'time', hint: expect.stringContaining('bin(5m)') }],
    ['stats count(*) by date_trunc("hour", @timestamp)', { hint: expect.stringContaining('bin(5m)') }],
    ['fields len(u)', { hint: expect.stringContaining('strlen(field)') }],
    ['stats median(v), percentile(v, 9)', { hint: 'the median is pct(field, 50)' }],
    ['fields LENGTH(u)', { hint: expect.stringContaining('strlen(field)') }],
    ['fields zzz(u)', { code: 'unknown-function', hint: undefined }],
    ['stats count by u', { at: 'count', hint: 'an aggregate has parentheses: count(*)' }],
    ['stats histogram(v, 1.5)', { at: '1.5', message: 'expected a whole number from 1 to 1000' }],
    ['fields replace(a, "b")', { code: 'bad-arguments', message: 'replace() takes 3 arguments, found 2' }],
    ['fields count(*)', { code: 'misplaced-aggregate', at: 'count(*)' }],
    ['sort count(*) desc', { at: 'count(*)', hint: expect.stringContaining('stats count(*) as n | sort n') }],
    ['filter @timestamp > now() - 1h', { at: '1h', hint: expect.stringContaining('toMillis(@timestamp)') }],
    ['stats topk(a, 5)', { at: 'a', hint: 'topk(10, field)' }],
    ['stats count(*) as n by a | filldown b', { code: 'unknown-field', at: 'b' }],
    [
      'SOURCE logGroups(class: ["GLACIER"]) | limit 1',
      { code: 'bad-class', hint: expect.stringContaining('STANDARD') },
    ],
    ['stats count(*) as total | filter totl > 1', { code: 'unknown-field', at: 'totl', hint: 'did you mean "total"?' }],
    ['stats server by severity', { code: 'expected-aggregate', at: 'server' }],
    ['stats 3', { code: 'expected-aggregate', at: '3' }],
    ['stats sum(count(*))', { code: 'misplaced-aggregate', at: 'count(*)' }],
    ['stats count(*) as n | stats avg(n) by bin(5m)', { code: 'no-timestamp', at: 'bin(5m)' }],
    ['sort a | stats count(*)', { code: 'order', at: 'sort a' }],
    ['dedup a | sort a', { code: 'order', at: 'sort a', message: 'only limit can follow dedup, found sort' }],
    ['fields datefloor(@timestamp, 5)', { code: 'expected-period', at: '5' }],
    ['fields 5m', { code: 'misplaced-period', at: '5m' }],
    ['filter a like /(?!b)c/', { code: 'bad-regex', hint: 'there is no look-around; add a second condition instead' }],
    ['filter a like /(b/', { code: 'bad-regex', at: '/(b/' }],
    ['filter a like /x++/', { code: 'bad-regex', hint: expect.stringContaining('possessive') }],
    ['filter a like /(.)\\1/', { code: 'bad-regex', hint: expect.stringContaining('back references') }],
    ['filter a like /\\p{LC}/', { code: 'bad-regex', hint: expect.stringContaining('\\p{Lu}') }],
    ['filter a like /\\p{L}{600}/', { code: 'bad-regex', at: '/\\p{L}{600}/', hint: 'use * or + in place of {…}' }],
    ['fields regexReplace(a, "(?=b)", "")', { code: 'bad-regex', at: '"(?=b)"' }],
    [
      'fields regexReplace(a, "(b)", "\\2")',
      { code: 'bad-arguments', message: 'the regular expression has no group 2' },
    ],
    [`fields ${'a + '.repeat(401)}b`, { code: 'too-deep', message: 'more than 400 operators in a row' }],
    ['parse a /b(c)/', { code: 'no-group', at: '/b(c)/' }],
    ['parse a "* *" as b', { code: 'bad-glob', message: 'expected as many names as wildcards, found 1 and 2' }],
    ['lookup owner server OUTPUT tier', { code: 'unknown-table', at: 'owner' }],
    [
      'lookup owners server OUTPUT team',
      { code: 'unknown-column', at: 'team', hint: 'its columns are server, owner, tier' },
    ],
    ['fields formatDate(@timestamp, "%H", "Mars/Base")', { code: 'unknown-zone', at: '"Mars/Base"' }],
    ['fields a | SOURCE "g"', { code: 'order', at: 'SOURCE "g"' }],
    ['SOURCE dataSource(["a.b"]) | limit 1', { code: 'unsupported', at: 'dataSource(["a.b"])' }],
    [
      'SOURCE logGroupTags([{"key": "team", "values": ["a"]}]) | limit 1',
      { code: 'unsupported', message: 'unsupported: SOURCE logGroupTags(…)' },
    ],
    ['SOURCE logGroups(class: ["DELIVERY"]) | limit 1', { code: 'unsupported', at: 'class: ["DELIVERY"]' }],
    [
      `filter a in (SOURCE 'g' | stats count(*) as n by a | fields a, n)`,
      { code: 'bad-subquery', message: 'the query of an "in" gives one column, this one gives 2' },
    ],
    ['stats topk(0, a)', { code: 'bad-topk', at: '0' }],
    ['limit 100001', { code: 'bad-limit', at: '100001' }],
    ['stats count(*) as n by u offset 1h', { code: 'no-bin', at: '1h' }],
    ['stats count(*) | fillmissing', { code: 'no-bin', at: 'fillmissing' }],
    [
      'stats count(*) as n by bin(5m) | addtotals col=true | fillmissing',
      { at: 'fillmissing', message: expect.stringContaining('addtotals'), hint: 'put fillmissing before addtotals' },
    ],
    ['pattern @message | diff', { code: 'no-window', at: 'diff' }],
    ['fields a | diff', { code: 'no-window', at: 'diff' }],
    ['stats count(*) | diff', { code: 'no-events', at: 'diff' }],
    ['pattern a | limit 1 | diff', { code: 'order', at: 'diff', message: 'diff stands right after pattern' }],
    ['fields a | anomaly', { code: 'order', at: 'anomaly', message: 'anomaly stands right after pattern' }],
    [
      'pattern a | filter b = 1',
      { code: 'unknown-field', at: 'b', message: '"b" is not defined by the pattern command before it' },
    ],
    ['relevantfields a, b.c where a > 1', { code: 'unsupported', at: 'b.c' }],
    ['filter a = 1 | estimate', { code: 'unsupported', at: 'estimate' }],
    ['filter @timestamp > "2026-01-15"', { code: 'time-as-text', at: '"2026-01-15"' }],
    ['fields a, b as a', { code: 'redefined-field', at: 'a' }],
    ['display c as a, b as a', { code: 'redefined-field', at: 'a' }],
    ['parse m "* *" as a, a', { code: 'redefined-field', message: '"a" stands twice in one parse command' }],
    ['fields jsonParse(a) as j | dedup j', { code: 'misplaced-structure', at: 'j' }],
    ['fields split(a, " ") as j | sort b, j desc', { code: 'misplaced-structure', at: 'j' }],
    ['fields jsonParse(a) as j, j as k | stats count(*) by k', { code: 'misplaced-structure', at: 'k' }],
    ['parse logfmt as lf | stats latest(lf)', { code: 'misplaced-structure', at: 'lf' }],
    ['pattern jsonParse(a)', { code: 'misplaced-structure', at: 'jsonParse(a)' }],
    ['fields formatDate(@timestamp, "%F %Q")', { code: 'bad-format', at: '%Q' }],
    ['fields formatDate(@timestamp, "%T.%L")', { at: '%L', hint: 'fractions of a second are %f, six digits' }],
    ['fields formatDate(@timestamp, "%_d")', { at: '%_', hint: '%-d, for no padding, is the only kind of flag' }],
    ['fields formatDate(@timestamp, "")', { code: 'bad-format', at: '""', message: 'expected codes of strftime' }],
    ['fields strftime(@timestamp, "yyyy-MM-dd")', { code: 'bad-format', at: 'yyyy-MM-dd' }],
    ['fields formatDate(@timestamp, "%T %Z", "Asia/Tokyo")', { at: '%Z', hint: expect.stringContaining('%z') }],
    ['fields parseDate(a, "")', { code: 'bad-format', at: '""', message: 'expected a pattern' }],
    ['fields parseDate(a, "HH:mm")', { code: 'bad-format', at: 'HH:mm', hint: expect.stringContaining('yyyy') }],
    ['fields parseDate(a, "YYYY-MM-dd")', { at: 'YYYY', hint: 'the year is yyyy; Y is the year of an ISO week' }],
    ['fields parseDate(a, "yyyy-MM-DD")', { hint: 'the day of the month is dd; D is that of the year' }],
    ['fields parseDate(a, "yyyy-mm-dd")', { hint: 'the month is MM, the minute mm' }],
    ['fields parseDate(a, "yyyy-MM-dd hh:mm")', { hint: expect.stringContaining('HH is the hour') }],
    ['fields parseDate(a, "%Y-%m-%d")', { at: 'Y', hint: 'parseDate takes letters: %Y-%m-%d is yyyy-MM-dd' }],
    ['fields parseDate(a, "yyyy-MM-ddTHH:mm")', { at: 'T', hint: "letters that stand for themselves are quoted: 'T'" }],
    ['fields parseDate(a, "yyyy-MM-dd HH:mm z")', { at: 'z', hint: expect.stringContaining('third argument') }],
    ['filter isIpInSubnet(a, "nope")', { code: 'bad-subnet', at: '"nope"' }],
    ['filter isIpInSubnet(a, "10.0.0.0/33")', { code: 'bad-subnet', at: '"10.0.0.0/33"' }],
    ['filter isIpInSubnet(a, "10.1.2.3")', { hint: 'one address is a block too: 10.1.2.3/32' }],
    ['filter isIpv4InSubnet(a, "fe80::/10")', { hint: 'isIpv6InSubnet() or isIpInSubnet()' }],
  ])('explains what is wrong with %s', (query, expected) => {
    expect(problem(query)).toMatchObject(expected)
  })

  it('takes p after an escaped backslash for a letter', () => {
    for (const regex of ['\\\\p{LC}', '\\\\p{600}'])
      expect(planOf(`filter a like /${regex}/`).join('\n')).toContain(`/${regex}/`)
  })

  it.each([
    'filter @timestamp != "" and "" != @ingestionTime',
    'filter @timestamp > "1736899200000"',
    'parse @message "* *" as @timestamp, text | filter @timestamp > "2026-01-15"',
    'fields substr(@message, 0, 10) as @timestamp | filter @timestamp = "2026-01-15"',
    'stats count(*) by bin(5m) | filter `bin(5m)` > "2026-01-15 10:00:00.000"',
  ])('compares texts with what is no time of an event: %s', query => {
    expect(lower(query)).toHaveProperty('plan')
  })

  it('reports all that is wrong, not only the first', () => {
    const lowered = lower('fields nope(a), bin(), strlen(a, b)')
    expect('diagnostics' in lowered && lowered.diagnostics).toHaveLength(3)
  })
})
