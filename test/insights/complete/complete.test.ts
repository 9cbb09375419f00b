import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { completeQuery, parseQuery } from '../../../shared/insights/index.js'

const fields = [
  { name: 'status', type: 'number', percentage: 90 },
  { name: 'user.id', type: 'string', percentage: 12.4 },
  { name: 'detail-type', percentage: 5 },
]
const lookupTables = [{ name: 'users', columns: ['id', 'mail'] }]

/** Completions where `‸` stands. */
function complete(marked: string) {
  const cursor = marked.indexOf('‸')
  const text = marked.replace('‸', '')
  const { span, items } = completeQuery(text, cursor, { fields, lookupTables })
  return { replaced: text.slice(span.start, span.end), items, inserts: items.map(({ insert }) => insert) }
}

const first = (marked: string, count = 3) => complete(marked).inserts.slice(0, count)

describe('completion of a query', () => {
  it.each([
    ['a command at the start', 'sta‸', 'sta', ['stats']],
    ['a command after a pipe, whatever its case', 'fields a | DED‸', 'DED', ['dedup']],
    ['what begins so before what holds it', 'limit 5 | fil‸', 'fil', ['filter', 'filterIndex', 'filldown']],
    ['nothing but limit after dedup', 'dedup host | ‸', '', ['limit']],
    ['a comparison of patterns where there are patterns', 'pattern @message | ‸', '', ['diff', 'anomaly', 'fields']],
    ['fields that most events have first', 'filter ‸', '', ['@timestamp', '@message', 'status']],
    ['a field by any of its words', 'filter id‸', 'id', ['`user.id`'.replaceAll('`', '')]],
    ['a field that needs backticks', 'stats count(*) by `det‸', '`det', ['`detail-type`']],
    ['the whole word at the cursor', 'fields us‸er.x', 'user.x', ['user.id']],
    ['nothing of the word after the cursor', 'fields ‸status', '', ['@timestamp']],
    ['words between conditions', 'filter status = 1 a‸', 'a', ['and']],
    ['what compares', 'filter status l‸', 'l', ['like']],
    ['like and in after not', 'filter status not ‸', '', ['like', 'in']],
    ['as and by in stats', 'stats count(*) ‸', '', ['as', 'by']],
    ['aggregates in stats', 'stats cou‸', 'cou', ['count()', 'countDistinct()', 'countOverTime()']],
    ['a function by its other name', 'stats count_d‸', 'count_d', ['count_distinct()']],
    ['no second parentheses', 'stats su‸(x)', 'su', ['sum']],
    ['bin() after by', 'stats count(*) by ‸', '', ['bin()']],
    ['the usual periods', 'stats count(*) by bin(‸', '', ['5m', '1m']],
    ['units after a number', 'stats count(*) by bin(5m‸)', '5m', ['5m', '5mo', '5ms']],
    ['only units that take so many', 'stats count(*) by bin(90‸', '90', ['90d', '90w', '90mo', '90q', '90y', '90ms']],
    ['any count where there is no cap', 'fields datefloor(@timestamp, 90m‸', '90m', ['90m', '90mo', '90ms']],
    ['asc and desc', 'sort @timestamp ‸', '', ['asc', 'desc']],
    [
      'what stats has made, and nothing of events',
      'stats avg(x), max(y) as top by h | sort ‸',
      '',
      ['avg(x)', 'top', 'h'],
    ],
    ['what parse has made', 'parse @message /(?<zip>a)/ | fields z‸', 'z', ['zip']],
    ['names of wildcards', 'parse @message "* *" as one, two | filter t‸', 't', ['two']],
    ['the time of patterns', 'pattern @message | sort @t‸', '@t', ['@timestamp']],
    ['columns of pattern', 'pattern @message | sort @s‸', '@s', ['@sampleCount', '@severityLabel']],
    ['SOURCE in a query within a query', 'filter id in (‸', '', ['SOURCE']],
    ['commands within it', 'filter id in (SOURCE "g" | fi‸', 'fi', ['fields', 'filter', 'filterIndex']],
    [
      'fields of both sides of a join',
      'join left=a right=b where a.x = b.x (SOURCE "g") | fields b.st‸',
      'b.st',
      ['b.status'],
    ],
    ['sides of a join', 'join type=inner ‸', '', ['left=']],
    ['lookup tables', 'lookup ‸', '', ['users']],
    ['columns of a lookup table', 'lookup users id OUTPUT m‸', 'm', ['mail']],
    ['options', 'addtotals c‸', 'c', ['col=']],
    ['values of options', 'outlier action=‸', '', ['remove', 'transform']],
    ['options of SOURCE', 'SOURCE logGroups(na‸', 'na', ['namePrefix:']],
    ['what an error stands before', 'filter a == 3 $ | st‸', 'st', ['stats']],
    ['periods of diff', 'pattern @message | diff ‸', '', ['previousDay', 'previousWeek', 'previousMonth']],
  ])('offers %s', (_, marked, replaced, inserts) => {
    expect({ replaced: complete(marked).replaced, inserts: first(marked, inserts.length) }).toEqual({
      replaced,
      inserts,
    })
  })

  it.each([
    'filter a = "fi‸',
    "filter a = 'x | fi‸",
    'filter a like /fi‸',
    'filter a like /fi‸/',
    '# fi‸',
    'fields a # by ‸\n| limit 1',
    'fields @timestamp as ‸',
    'filter a like ‸',
    'limit 5‸',
    "SOURCE logGroups(namePrefix: ['/aws‸",
    'SOURCE logGroups(class: [‸',
  ])('offers nothing at %j', marked => {
    expect(complete(marked).inserts).toEqual([])
  })

  it.each([
    ['fields a | sort a | ‸', ['stats', 'pattern']],
    ["join left=a right=b where a.x = b.x (SOURCE '/b') | ‸", ['join']],
    ['dedup host | ‸', ['fields', 'filter', 'dedup']],
  ])('does not offer at %j what would be an error there', (marked, refused) => {
    const { inserts } = complete(marked)
    expect(inserts.filter(one => refused.includes(one))).toEqual([])
    expect(inserts).toContain('limit')
  })

  it('does not offer after a join what does not say its side', () => {
    const { inserts } = complete("join left=a right=b where a.x = b.x (SOURCE '/b') | fields ‸")
    expect(inserts).toContain('a.status')
    expect(inserts.filter(one => ['status', '`detail-type`'].includes(one))).toEqual([])
  })

  it('offers fields of the sides only where a join compares', () => {
    const { items } = complete('join left=a right=b where ‸')
    expect(items.filter(({ label }) => !/^[ab]\./.test(label))).toEqual([])
    expect(items.length).toBeGreaterThan(0)
  })

  it('offers of columns what the last command left', () => {
    const names = (marked: string) =>
      complete(marked).items.flatMap(({ kind, label }) => (kind === 'field' ? [label] : []))
    const compared = ['@pattern', '@sampleCount', '@baselineSampleCount', '@difference', '@differenceDescription']
    expect(names('pattern @message | diff | sort ‸')).toEqual([...compared, '@severityLabel'])
    expect(names('logcompare timeshift 1d | sort ‸')).toEqual([...compared, '@severityLabel'])
    expect(names('stats count(*) as n by a | pattern a | sort ‸')).not.toContain('@timestamp')
  })

  it('begins with commands and sample queries, which run', () => {
    const { items } = complete('‸')
    expect(items.slice(0, 3).map(({ insert }) => insert)).toEqual(['fields', 'filter', 'stats'])
    const samples = items.filter(({ kind }) => kind === 'sample')
    expect(samples.length).toBe(79)
    expect(completeQuery('', 0, { source: 'route53' }).items.filter(({ kind }) => kind === 'sample')).toHaveLength(3)
    expect(complete('cold‸').inserts.every(insert => insert.startsWith('filter @type'))).toBe(true)
  })

  it('puts the cursor between the parentheses', () => {
    const byLabel = (label: string) => complete('fields ‸').items.find(item => item.label === label)!
    expect([byLabel('strlen').insert, byLabel('strlen').caret]).toEqual(['strlen()', 7])
    expect([byLabel('now').insert, byLabel('now').caret]).toEqual(['now()', 5])
    expect(byLabel('strlen').detail).toBe('strlen(s)')
    expect(byLabel('user.id').detail).toBe('string, 12 % of events')
  })

  it('never throws, whatever the text and the cursor', () => {
    const file = fileURLToPath(new URL('../../cases/insights/cases.json', import.meta.url))
    const queries = (JSON.parse(readFileSync(file, 'utf8')) as { query: string }[]).map(({ query }) => query)
    const marks = [
      '|',
      '(',
      ')',
      '[',
      ']',
      ',',
      '"',
      "'",
      '/',
      '`',
      '#',
      '\n',
      '.',
      '@',
      '=',
      '{{',
      'as',
      'by',
      'stats',
      '5',
      ' ',
    ]
    const text = fc.oneof(
      fc.string({ maxLength: 60 }),
      fc.array(fc.constantFrom(...marks), { maxLength: 60 }).map(pieces => pieces.join('')),
      fc.constantFrom(...queries),
    )
    fc.assert(
      fc.property(text, fc.integer({ min: -2, max: 400 }), (query, cursor) => {
        const { span, items } = completeQuery(query, cursor, { fields, lookupTables })
        expect(span.start).toBeLessThanOrEqual(span.end)
        expect(span.end).toBeLessThanOrEqual(query.length)
        for (const { caret, insert } of items) expect(caret).toBeLessThanOrEqual(insert.length)
      }),
      { numRuns: 500 },
    )
  })

  it('gives the word that is there, wherever a query is cut', () => {
    const query =
      'filter status >= 500 and user.id = 7 | stats count(*) as n, avg(status) by bin(5m), user.id | sort n desc | limit 3'
    expect('ast' in parseQuery(query)).toBe(true)
    const words = [...query.matchAll(/[@\p{L}][\p{L}.]*/gu)].filter(({ 0: word }) => word !== 'n' && word !== 'm')
    for (const { 0: word, index } of words) {
      const { items } = completeQuery(query.slice(0, index + 1), index + 1, { fields })
      expect(items.map(({ label }) => label)).toContain(word)
    }
  })

  it('stays quick on the longest query', () => {
    const nested = `filter ${'('.repeat(3000)}${'a.'.repeat(1000)}${'`'.repeat(500)} `
    const start = performance.now()
    for (let cursor = 0; cursor < nested.length; cursor += 500) completeQuery(nested, cursor)
    expect(performance.now() - start).toBeLessThan(3000)
  })
})
