import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatQuery } from '../../shared/insights/format.js'
import { maxQueryLength, parseQuery } from '../../shared/insights/parse.js'

interface Case {
  readonly id: string
  readonly query: string
  readonly error?: boolean
}

const read = (name: string): Case[] =>
  JSON.parse(readFileSync(fileURLToPath(new URL(`../cases/insights/${name}.json`, import.meta.url)), 'utf8'))
const cases = [...read('cases'), ...read('doubtful'), ...read('commands'), ...read('engines')]
const queries = cases.map(({ query }) => query)

function withoutSpans(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, member) => (/span$/i.test(key) ? undefined : member)))
}

function astOf(query: string): unknown {
  const parsed = parseQuery(query)
  return 'ast' in parsed ? withoutSpans(parsed.ast) : parsed.diagnostics
}

function problem(query: string) {
  const parsed = parseQuery(query)
  if ('ast' in parsed) throw new Error(`parsed: ${query}`)
  const [{ code, span, message, hint } = { code: '', span: { start: 0, end: 0 }, message: '', hint: undefined }] =
    parsed.diagnostics
  return { code, at: query.slice(span.start, span.end), message, hint }
}

describe('the parser', () => {
  it('reads every query of the cases that is not an error', () => {
    const refused = cases.filter(({ query, error }) => error !== true && 'diagnostics' in parseQuery(query))
    expect(refused.map(({ id }) => id)).toEqual([])
  })

  it.each<[string, string, Partial<ReturnType<typeof problem>>]>([
    [
      'a command that is misspelt',
      'feilds a',
      { code: 'insights/unknown-command', at: 'feilds', hint: 'did you mean "fields"?' },
    ],
    ['a pipe too many', 'fields a | | limit 1', { at: '|', message: 'expected a command, found "|"' }],
    ['a missing pipe', 'fields a filter b = 1', { at: 'filter', hint: 'a command begins after "|"' }],
    ['a list without brackets', 'filter a in "b"', { at: '"b"', message: 'expected a list in brackets, found a text' }],
    ['a quote that is not closed', 'filter a = "b', { code: 'insights/unclosed-quote', at: '"b' }],
    ['a regex that is not closed', 'filter a like /b', { code: 'insights/unclosed-slash', at: '/b' }],
    ['a C-like equality', 'filter a == 1', { at: '==', hint: 'equality is written with one "="' }],
    ['a unit that is none', 'stats count(*) by bin(5x)', { code: 'insights/bad-period', at: 'x' }],
    ['a fraction as limit', 'limit 1.5', { at: '1.5', message: 'expected a whole number of rows, found "1.5"' }],
    ['a join that is no equality', 'join left=a right=b where a.x > b.x (SOURCE "g")', { at: '>' }],
    ['a right join', 'join type=right left=a right=b where a.x = b.x (SOURCE "g")', { at: 'right' }],
    [
      'a join of a side with itself',
      'join left=a right=a where a.x = a.x (SOURCE "g")',
      { at: 'a', message: 'both sides are "a"' },
    ],
    ['more rows than appendcols takes', 'appendcols max=100001 (SOURCE "g")', { at: '100001' }],
    ['no rows for appendcols', 'appendcols max=0 (SOURCE "g")', { at: '0' }],
    ['nothing at all', '', { message: 'expected a command, found the end of the query' }],
    ['an operator without its right side', 'filter a = | limit 1', { at: '|' }],
    ['a name that is a keyword', 'fields by', { at: 'by', hint: 'a field of that name is written `by`' }],
    ['a text for a regular expression', 'filter a =~ "b"', { at: '"b"', hint: '=~ /b/, or like for a text as it is' }],
    ['another power', 'fields v ** 2', { at: '**', hint: 'a power is written "^"' }],
    ['a cast of another language', 'fields u::int', { at: '::', hint: expect.stringContaining('toInt(field)') }],
    ['quotes of a text processor', 'filter u = “a”', { at: '“', hint: 'a text stands in straight quotes: "text"' }],
    ['an end mark', 'limit 5;', { at: ';', hint: 'nothing ends a query; commands are separated by "|"' }],
    [
      'a group outside a text',
      'fields regexReplace(a, "(b)", \\1)',
      { at: '\\', hint: expect.stringContaining('"\\1"') },
    ],
    ['a filter pattern', '{ $.level = "ERROR" }', { at: '$.', hint: expect.stringContaining('the command search') }],
    [
      'words of a filter pattern',
      '"ERROR" -DEBUG',
      { at: '"ERROR"', hint: expect.stringContaining('the command search') },
    ],
    ['null', 'filter u = null', { at: 'null', hint: expect.stringContaining('ispresent(field)') }],
    [
      'a distinct of another language',
      'stats count(distinct u)',
      { at: 'u', hint: expect.stringContaining('countDistinct') },
    ],
    ['a cast within a call', 'fields cast(v as int)', { at: 'as', hint: expect.stringContaining('toInt(field)') }],
    [
      'words between arguments',
      'fields if(a then b)',
      { at: 'then', hint: expect.stringContaining('if(condition, then, else)') },
    ],
    ['a parenthesis that is open', 'filter (a = 1 | limit 5', { at: '|', hint: 'a "(" before is still open' }],
    ['a number in words', 'limit ten', { at: 'ten', hint: 'such as limit 20' }],
    ['a doubled quote', "filter u = 'it''s'", { at: "'s'", hint: expect.stringContaining("\\'") }],
    ['commas where none stand', 'filldown h, k', { at: ',', hint: 'blanks separate names here: filldown a b' }],
    [
      'a function for a command',
      'unmask(@message)',
      { at: 'unmask', hint: 'unmask is a function: fields unmask(field)' },
    ],
    ['what SQL writes for a comment', '-- errors\nfields a', { at: '-', hint: 'a comment begins with "#"' }],
    ['what C writes for a comment', '/* errors */ fields a', { at: '/', hint: 'a comment begins with "#"' }],
    [
      'what Splunk writes for a new field',
      'eval c = a + b',
      { at: 'eval', hint: expect.stringContaining('fields a + b as c') },
    ],
    [
      'a search by a field alone',
      'index=main',
      { at: 'index', hint: expect.stringContaining('filter field = "value"') },
    ],
    ['a name with a dash', 'stats count(*) as my-n', { at: '-', hint: 'such a name stands in backticks: `my-n`' }],
    ['a minus after a name', 'fields a as b - c', { at: '-', hint: undefined }],
    ['a name in quotes', 'stats count(*) as "my n"', { at: '"my n"', hint: 'such a name stands in backticks: `my n`' }],
    ['a comma after the last of a list', 'stats count(*), by a', { at: 'by', hint: expect.stringContaining('","') }],
    ['a comma at the end', 'fields a, ', { at: '', hint: expect.stringContaining('","') }],
    [
      'a comma after the last field of outlier',
      'outlier a, | limit 1',
      { at: '|', message: 'expected a field, found "|"' },
    ],
    ['not before null', 'filter a not null', { at: 'null', hint: expect.stringContaining('ispresent') }],
    ['a sign that negates like', 'filter a !like "b"', { at: '!', hint: expect.stringContaining('not like') }],
    ['a list without commas', 'filter a in ["b" "c"]', { at: '"c"', hint: 'values are separated by ","' }],
    ['an empty list', 'filter a in []', { at: ']', hint: expect.stringContaining('at least one') }],
    ['a regex as argument', 'filter f(a, /b/)', { at: '/', hint: expect.stringContaining('like') }],
    ['a log group without quotes', 'SOURCE /aws/x', { at: '/', hint: expect.stringContaining('SOURCE "') }],
    ['a number without a digit before the point', 'filter a = .5', { at: '.', hint: expect.stringContaining('0.5') }],
    ['a condition that ends', 'filter a = | limit 1', { at: '|', hint: undefined }],
    ['a member of a call', 'fields jsonParse(a).b', { at: '.', hint: expect.stringContaining('as j') }],
    ['the sign of a name alone', 'fields @', { at: '@', hint: expect.stringContaining('@timestamp') }],
    ['a sign before a period', 'sessionize u maxspan=5m', { at: '=', hint: expect.stringContaining('maxspan 30m') }],
    ['more than a command takes, by its syntax', 'limit 10, 20', { at: ',', hint: 'limit <n> | limit any <n>' }],
    ['what a command lacks, by its syntax', 'unnest a', { at: '', hint: 'unnest <list> into <alias>' }],
    ['a function without parentheses', 'stats avg v by u', { at: 'v', hint: expect.stringContaining('avg(x)') }],
    [
      'a period beyond all time',
      'stats count(*) by bin(99999999999d)',
      { code: 'insights/bad-period', at: '99999999999d' },
    ],
    ['too long a query', `fields ${'a'.repeat(maxQueryLength)}`, { code: 'insights/too-long' }],
    ['too deep a nesting', `filter ${'('.repeat(200)}a${')'.repeat(200)}`, { code: 'insights/too-deep' }],
    ['too many signs', `fields ${'-'.repeat(500)}a`, { code: 'insights/too-deep' }],
    ['too many nots', `filter ${'not '.repeat(500)}a`, { code: 'insights/too-deep' }],
  ])('points at %s', (_, query, expected) => {
    expect(problem(query)).toMatchObject(expected)
  })

  it('takes a slash for a division outside patterns', () => {
    expect(astOf('fields a / b / c as d')).toEqual(astOf('fields (a/b)/c as d'))
  })

  it('reads a path of quoted names and positions as one field', () => {
    expect(parseQuery('fields m.`user.id`[2].x.0')).toMatchObject({
      ast: { commands: [{ items: [{ expr: { kind: 'path', steps: ['m', 'user.id', 2, 'x', '0'] } }] }] },
    })
  })

  it('binds not looser than a comparison and the sign looser than the power', () => {
    expect(astOf('filter not a = 1 and b = 2')).toEqual(astOf('filter (not (a = 1)) and (b = 2)'))
    expect(astOf('fields -2 ^ 2 as x')).toEqual(astOf('fields -(2 ^ 2) as x'))
    expect(astOf('fields 2 ^ 3 ^ 2 as x')).toEqual(astOf('fields 2 ^ (3 ^ 2) as x'))
  })
})

describe('the formatter', () => {
  const own = [
    'source logGroups(namePrefix: ["a", "b"], class: ["STANDARD"]) dataSource(["x.y"]) | limit any 5',
    'source logGroupTags([{"key": "team", "values": ["a*", "!b"]}]) | stats count(*) by bin(5m) offset 1h',
    'outlier action=remove param=3.5 uselower=true mark=false a b.c | filldown cpu* host *',
    'autoregress x as y p=2-4 | sessionize a, b maxspan 1h as s | fillmissing with -1 for n, "x" for m',
    "fields 'it\\'s \"x\"' as `a b`, a - (b - c) as d, -(a + b) as e, !(a = b) as f",
    'parse @message /a\\/(?<x>b)/ as y multi | parse csv as a, b | parse logfmt as m | parse m.x "*" as z',
    'relevantfields a, b where c > 1 | logcompare timeshift 7d | diff previousWeek | anomaly | estimate',
    'cidrlookup t ip AS cidr OUTPUT a AS b, c | lookup t a as b, c OUTPUTNEW d',
    'appendcols override=true max=5 (source "g" | stats count(*) as n) | addtotals fieldname=T row=false col=true a, b',
    'fields `@` as x, `@@` as `@`',
  ]

  it('writes what is read back as the same tree, and writes that the same again', () => {
    const valid = [...queries, ...own].filter(query => 'ast' in parseQuery(query))
    expect(valid.length).toBeGreaterThan(350)
    for (const query of valid) {
      const parsed = parseQuery(query)
      const text = 'ast' in parsed ? formatQuery(parsed.ast) : ''
      expect([query, text, astOf(text)]).toEqual([query, text, astOf(query)])
      const again = parseQuery(text)
      expect('ast' in again && formatQuery(again.ast)).toBe(text)
    }
  })

  it('reads all of its own examples', () => {
    expect(own.filter(query => 'diagnostics' in parseQuery(query))).toEqual([])
  })
})

describe('on hostile text the parser', () => {
  it('neither throws nor points outside the text, whatever is cut out of or put into a query', () => {
    const piece = fc.oneof(
      fc.constantFrom(...queries),
      fc.string(),
      fc.constantFrom('|', '(', '[', '"', '/', '`', '@', '#', '\\'),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 4 }), fc.nat(300), fc.nat(300), (pieces, from, length) => {
        const joined = pieces.join(' ')
        const text = joined.slice(0, from) + joined.slice(from + length)
        const parsed = parseQuery(text)
        if ('ast' in parsed) {
          const formatted = formatQuery(parsed.ast)
          expect([text, formatted, astOf(formatted)]).toEqual([text, formatted, astOf(text)])
        } else {
          for (const { span } of parsed.diagnostics) {
            expect(span.start).toBeLessThanOrEqual(span.end)
            expect(span.end).toBeLessThanOrEqual(text.length)
          }
        }
      }),
      { numRuns: 3000 },
    )
  })

  it('is quick on the longest query there may be', () => {
    for (const unit of ['(', '-', 'not ', 'a.', '[', '"', 'a,', '/', '`', 'a=', '|']) {
      const text = `fields ${unit.repeat(9_900 / unit.length)}`
      const began = performance.now()
      parseQuery(text)
      expect(performance.now() - began).toBeLessThan(200)
    }
  })
})
