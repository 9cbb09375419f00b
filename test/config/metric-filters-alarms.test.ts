import { describe, expect, it } from 'vitest'
import { loadPipeline } from '../../shared/config/load.js'

const filters = [
  { name: 'errors', groups: '*', pattern: 'ERROR', metric: 'Errors', namespace: 'Shop' },
  { name: 'time', groups: '*', pattern: '{ $.t = * }', metric: 'T', namespace: 'Shop', dimensions: { By: '$.by' } },
]

const base = { name: 'a', filter: 'errors', statistic: 'Sum', threshold: '> 1' }

function file(...alarms: readonly unknown[]): string {
  return `version: 1\nmetricFilters: ${JSON.stringify(filters)}\nalarms: ${JSON.stringify(alarms)}`
}

function load(members: Readonly<Record<string, unknown>>) {
  const { config, diagnostics } = loadPipeline(file({ ...base, ...members }))
  expect(diagnostics).toEqual([])
  return config!.alarms[0]!
}

function problems(...alarms: readonly unknown[]): readonly string[] {
  const { config, diagnostics } = loadPipeline(file(...alarms))
  expect(config).toBe(undefined)
  for (const { hint } of diagnostics) expect(hint).toMatch(/\w/)
  return diagnostics.map(({ message }) => message)
}

describe('an alarm', () => {
  it('needs a name, something to watch, a statistic and a threshold', () => {
    expect(load({})).toEqual({
      name: 'a',
      description: null,
      source: { filter: 'errors', dimensions: {} },
      statistic: 'Sum',
      periodSeconds: 60,
      datapoints: 1,
      periods: 1,
      missing: 'missing',
      condition: { kind: 'threshold', operator: '>', threshold: 1 },
      actions: null,
      okActions: [],
    })
    expect(problems({})).toEqual([
      'missing key "name"',
      'missing key "statistic"',
      'an alarm needs a filter or a metric',
      'an alarm needs a threshold or a band',
    ])
  })

  it('watches one value of each dimension of a filter, or any other metric', () => {
    expect(load({ filter: 'time', dimensions: { By: 'x' } }).source).toEqual({
      filter: 'time',
      dimensions: { By: 'x' },
    })
    const metric = { namespace: 'AWS/Lambda', name: 'Errors' }
    expect(load({ filter: undefined, metric, period: '10s' })).toMatchObject({
      source: { ...metric, dimensions: {} },
      periodSeconds: 10,
    })
  })

  it.each([
    ['period', '5m', { periodSeconds: 300 }],
    ['period', '1d', { periodSeconds: 86_400 }],
    ['evaluate', 3, { datapoints: 3, periods: 3 }],
    ['evaluate', '2 of 3', { datapoints: 2, periods: 3 }],
    ['threshold', '<= -0.5', { condition: { kind: 'threshold', operator: '<=', threshold: -0.5 } }],
    ['threshold', '>=1e3', { condition: { kind: 'threshold', operator: '>=', threshold: 1000 } }],
    ['statistic', 'p99.9', { statistic: 'p99.9' }],
    ['statistic', 'TM(10%:90%)', { statistic: 'TM(10%:90%)' }],
    ['statistic', 'PR(:300)', { statistic: 'PR(:300)' }],
  ])('reads %s: %j', (key, written, read) => {
    expect(load({ [key]: written })).toMatchObject(read)
  })

  it('watches a band', () => {
    const banded = (band: unknown) => load({ threshold: undefined, band }).condition
    expect(banded(2)).toEqual({ kind: 'band', width: 2, side: 'outside' })
    expect(banded({ width: 1.5, side: 'below' })).toEqual({ kind: 'band', width: 1.5, side: 'below' })
  })

  it.each([
    [{ name: ' ' }, 'the name is empty'],
    [{ name: 'x'.repeat(127) }, "an alarm's name can have 126 characters, this one has 127"],
    [{ name: 'a\tb' }, 'the name holds a control character'],
    [{ filter: 'error' }, 'there is no metric filter "error"'],
    [{ filter: 'time' }, 'the filter time has the dimensions By'],
    [{ dimensions: { By: 'x' } }, 'the filter errors has no dimensions'],
    [{ metric: { namespace: 'N', name: 'M' } }, 'filter and metric exclude each other'],
    [{ band: 2 }, 'threshold and band exclude each other'],
    [{ statistic: 'p101' }, 'unknown statistic "p101"'],
    [{ statistic: 'sum' }, 'unknown statistic "sum"'],
    [{ period: '90s' }, 'expected a period like 1m, 5m or 1h, found "90s"'],
    [{ period: '30s' }, 'a metric filter has data for whole minutes'],
    [{ threshold: '10' }, 'expected a comparison with a number, found "10"'],
    [{ threshold: '= 10' }, 'expected a comparison with a number, found "= 10"'],
    [{ threshold: undefined, band: 0 }, 'expected a width above 0, or { width, side }, found 0'],
    [{ evaluate: '3 of 2' }, 'expected a number of periods or "2 of 3", found "3 of 2"'],
    [{ evaluate: 1441 }, '1441 periods of 60 s are more than a day'],
    [{ evaluate: 169, period: '1h' }, '169 periods of 3600 s are more than a week'],
    [{ missing: 'ok' }, 'unknown treatment of missing data "ok"'],
    [{ actions: ['oncall'] }, 'expected an ARN, found "oncall"'],
    [{ actions: Array(6).fill('arn:aws:sns:us-east-1:123456789012:t') }, 'an alarm can have 5 actions, this one has 6'],
    [{ description: 'x'.repeat(1025) }, 'a description can have 1024 characters, this one has 1025'],
  ])('refuses %j', (members, message) => {
    expect(problems({ ...base, ...members })).toEqual([message])
  })

  it('has a name of its own', () => {
    expect(problems(base, base)).toEqual(['two alarms have the name a'])
  })

  it('suggests the filter that was meant', () => {
    expect(loadPipeline(file({ ...base, filter: 'error' })).diagnostics[0]!.hint).toBe('did you mean "errors"?')
  })
})
