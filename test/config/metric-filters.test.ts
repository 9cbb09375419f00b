import { describe, expect, it } from 'vitest'
import { loadPipeline } from '../../shared/config/load.js'
import { matchMetricFilters } from '../../shared/config/match.js'
import type { Diagnostic } from '../../shared/diagnostics/diagnostic.js'

const base = { name: 'f', groups: '*', pattern: '{ $.a = 1 }', metric: 'M', namespace: 'N' }

/** JSON is YAML. */
function filter(members: Readonly<Record<string, unknown>>): string {
  return `version: 1\nmetricFilters: [${JSON.stringify({ ...base, ...members })}]`
}

function load(members: Readonly<Record<string, unknown>>) {
  const { config, diagnostics } = loadPipeline(filter(members))
  expect(diagnostics).toEqual([])
  return config!.metricFilters[0]!
}

/** What is found wrong: the text it stands under, and the message. */
function problems(text: string): readonly (readonly [string, string])[] {
  const { config, diagnostics } = loadPipeline(text)
  expect(config).toBe(undefined)
  for (const { hint } of diagnostics) expect(hint).toMatch(/\w/)
  return diagnostics.map(({ span, message }) => [text.slice(span.start, span.end), message])
}

const wrong = (members: Readonly<Record<string, unknown>>) => problems(filter(members))

describe('a metric filter', () => {
  it('needs name, groups, pattern, metric and namespace, and counts ones', () => {
    expect(load({})).toEqual({
      name: 'f',
      groups: ['*'],
      exclude: [],
      pattern: '{ $.a = 1 }',
      metric: 'M',
      namespace: 'N',
      value: 1,
      defaultValue: null,
      unit: 'None',
      dimensions: {},
    })
    expect(problems('version: 1\nmetricFilters: [{}]').map(([, message]) => message)).toEqual(
      ['name', 'groups', 'pattern', 'metric', 'namespace'].map(key => `missing key "${key}"`),
    )
  })

  it('takes value, default, unit and dimensions', () => {
    expect(
      load({ value: '$.a.b[0]', dimensions: { By: '$.by', Zone: "$.['a.b']" }, unit: 'Kilobytes/Second' }),
    ).toMatchObject({
      value: '$.a.b[0]',
      dimensions: { By: '$.by', Zone: "$.['a.b']" },
      unit: 'Kilobytes/Second',
    })
    expect(load({ value: '-2.5e3', default: -1, pattern: 'x' })).toMatchObject({ value: -2500, defaultValue: -1 })
    const fields = { pattern: '[ip, , user, ..., size]' }
    for (const value of ['$ip', '$size', '$2', '$9']) expect(load({ ...fields, value }).value).toBe(value)
    expect(load({ pattern: '[]', value: '$7' }).value).toBe('$7')
  })

  it('knows the 27 units of CloudWatch', () => {
    for (const unit of ['None', 'Count', 'Percent', 'Seconds', 'Milliseconds', 'Microseconds', 'Count/Second'])
      load({ unit })
    for (const size of ['Bytes', 'Bits'])
      for (const by of ['', 'Kilo', 'Mega', 'Giga', 'Tera'])
        for (const per of ['', '/Second']) load({ unit: by === '' ? size + per : by + size.toLowerCase() + per })
    expect(wrong({ unit: 'KB' })).toEqual([['"KB"', 'unknown unit "KB"']])
  })

  it.each([
    [{ name: '' }, '""', 'the name is empty'],
    [{ name: 'a:b' }, '"a:b"', "a filter's name cannot hold :"],
    [{ name: 'n'.repeat(513) }, `"${'n'.repeat(513)}"`, "a filter's name can have 512 characters, this one has 513"],
    [{ metric: 'a*' }, '"a*"', 'a metric\'s name cannot hold "*"'],
    [{ metric: 'é' }, '"é"', 'a metric\'s name cannot hold "é"'],
    [{ metric: ' ' }, '" "', "a metric's name is empty"],
    [{ metric: 'm'.repeat(256) }, `"${'m'.repeat(256)}"`, "a metric's name can have 255 characters, this one has 256"],
    [{ metric: 'M.ingested' }, '"M.ingested"', 'the name M.ingested is taken'],
    [{ namespace: 'a$b' }, '"a$b"', 'a namespace cannot hold "$"'],
    [{ namespace: 'AWS/Lambda' }, '"AWS/Lambda"', 'the namespace AWS/Lambda is taken'],
    [{ namespace: 'Tailrace' }, '"Tailrace"', 'the namespace Tailrace is taken'],
    [{ groups: 'a b' }, '"a b"', 'no log group\'s name holds " "'],
    [{ value: '$.list[*]' }, '"$.list[*]"', '$.list[*] can select several values'],
    [{ value: '$ip' }, '"$ip"', '$ip needs a space-delimited pattern'],
    [
      { value: 'many' },
      '"many"',
      'expected a number, $.selector of a JSON pattern, or $field of a space-delimited one, found "many"',
    ],
    [{ value: `$.${'a'.repeat(99)}` }, `"$.${'a'.repeat(99)}"`, '100 characters are the most, these are 101'],
    [{ pattern: 'ERROR', value: '$.a' }, '"$.a"', '$.a needs a JSON pattern'],
    [{ pattern: '[ip, size]', value: '$bytes' }, '"$bytes"', 'the pattern has no field $bytes'],
    [{ pattern: '[ip, size]', value: '$2' }, '"$2"', 'the pattern has no field $2'],
    [{ pattern: '[ip, size]', value: '$3' }, '"$3"', 'the pattern has no field $3'],
    [{ pattern: 'ERROR', dimensions: { A: '$.a' } }, '"$.a"', '$.a needs a JSON pattern'],
    [{ dimensions: { ':A': '$.a' } }, '"$.a"', '":A" cannot be the name of a dimension'],
    [{ dimensions: { M: '$.a' } }, '"$.a"', 'the dimension M has the name of the metric'],
    [
      { dimensions: { A: '$.a', B: '$.b', C: '$.c', D: '$.d' } },
      '"$.d"',
      'a metric filter can have 3 dimensions, this one has 4',
    ],
    [{ dimensions: { A: '$.a' }, default: 0 }, '0', 'a filter with dimensions cannot have a default value'],
    [{ pattern: `"${'x'.repeat(1023)}"` }, '"', 'a filter pattern can have 1024 characters, this one has 1025'],
  ])('refuses %j as CloudWatch does', (members, place, message) => {
    expect(wrong(members).filter(([, found]) => !found.includes('support dimensions'))).toContainEqual([
      expect.stringContaining(place),
      message,
    ])
  })

  it('says that a term pattern does not support dimensions', () => {
    expect(wrong({ pattern: 'ERROR', dimensions: { A: '$.a' } }).map(([, message]) => message)).toContain(
      'the filter pattern does not support dimensions',
    )
  })

  it('is told every problem at once', () => {
    expect(
      wrong({
        name: '*',
        pattern: '{ $.a = }',
        metric: '',
        namespace: 'AWS/x',
        value: '$',
        unit: 'k',
        dimensions: { A: 'a' },
      }),
    ).toHaveLength(7)
  })

  it('points into the pattern, in whatever way it is quoted', () => {
    const at = (written: string) => {
      const text = `version: 1\nmetricFilters: [{ name: f, groups: "*", metric: M, namespace: N, pattern: ${written} }]\n`
      const [{ span }, ...others] = loadPipeline(text).diagnostics as [Diagnostic, ...Diagnostic[]]
      expect(others).toEqual([])
      return text.slice(span.start, span.end)
    }
    expect(at(`'{ $.a > b }'`)).toBe('b')
    expect(at(`"{ $.a > b }"`)).toBe('b')
    expect(at(`'{ $.it = "it''s" && $.a > b }'`)).toBe('b')
    expect(at('"{ $.it = \\"x\\" && $.a > b }"')).toBe('b')
    expect(at('email@example')).toBe('@')
    expect(at('"{ $.\\x61 > b }"')).toBe('"{ $.\\x61 > b }"')
  })

  it('points into a selector', () => {
    const text = filter({ value: '$.a..b' })
    const [{ span }] = loadPipeline(text).diagnostics as [Diagnostic]
    expect(text.slice(span.start)).toMatch(/^\.\.b"|^\.b"/)
  })

  it('is one of at most 100 that a group meets, and five with regular expressions', () => {
    const many = (count: number, members: Readonly<Record<string, unknown>>) =>
      `version: 1\nmetricFilters: ${JSON.stringify(Array.from({ length: count }, (_, at) => ({ ...base, name: `f${at}`, ...members })))}`
    expect(loadPipeline(many(100, {})).diagnostics).toEqual([])
    expect(problems(many(101, {}))).toEqual([['"*"', 'a log group can have 100 metric filters, these groups have 101']])
    expect(loadPipeline(many(5, { pattern: '%a%' })).diagnostics).toEqual([])
    expect(problems(many(6, { pattern: '%a%' }))).toEqual([
      ['"%a%"', 'a log group can have 5 patterns with regular expressions, these groups have 6'],
    ])
    const spread = Array.from({ length: 8 }, (_, at) => ({
      ...base,
      name: `f${at}`,
      groups: `/g${at}/*`,
      pattern: '%a%',
    }))
    expect(loadPipeline(`version: 1\nmetricFilters: ${JSON.stringify(spread)}`).diagnostics).toEqual([])
  })

  it('has a name of its own', () => {
    expect(problems(`version: 1\nmetricFilters: ${JSON.stringify([base, base])}`)).toEqual([
      ['"f"', 'two filters have the name f'],
    ])
  })

  it('is about the groups that its globs match and its exceptions do not', () => {
    const filters = [
      { ...base, name: 'all', exclude: ['/quiet/*'] },
      { ...base, name: 'lambda', groups: ['/aws/lambda/*', '/fn/*'] },
    ]
    const { config } = loadPipeline(`version: 1\nmetricFilters: ${JSON.stringify(filters)}`)
    const of = matchMetricFilters(config!)
    expect(of('/fn/a').map(({ name }) => name)).toEqual(['all', 'lambda'])
    expect(of('/ecs/a').map(({ name }) => name)).toEqual(['all'])
    expect(of('/quiet/a')).toEqual([])
  })
})
