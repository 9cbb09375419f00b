import { describe, expect, it } from 'vitest'
import { loadPipeline } from '../../shared/config/load.js'

/** JSON is YAML. */
function textOf(section: object): string {
  const keys = Object.entries(section).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`)
  return `version: 1\n${keys.join('')}`
}

function load(section: object) {
  const { config, diagnostics } = loadPipeline(textOf(section))
  expect(diagnostics).toEqual([])
  return config!
}

function problems(section: object): readonly string[] {
  const text = textOf(section)
  const { diagnostics } = loadPipeline(text)
  return diagnostics.map(({ span, message, hint }) => `${text.slice(span.start, span.end)}: ${message} (${hint})`)
}

describe('subscriptions', () => {
  it('are completed: a filter on each group, all of its events, to the stack', () => {
    expect(load({ subscriptions: { groups: [{ match: '/ecs/*' }] } }).subscriptions).toEqual({
      by: 'filter',
      destination: 'stack',
      formerly: [],
      dataPath: [],
      groups: [{ match: ['/ecs/*'], exclude: [], tags: {}, classes: null, pattern: '' }],
    })
  })

  it('are checked: pattern, destination, tags, classes and names', () => {
    const arn = 'arn:aws:kinesis:us-east-1:123456789012:stream/logs'
    expect(problems({ subscriptions: { destination: arn, groups: [{ match: '*' }] } })).toEqual([
      `"${arn}": expected stack or the ARN of a destination, found "${arn}" (for example arn:aws:logs:us-east-1:123456789012:destination:logs)`,
    ])
    expect(problems({ subscriptions: { groups: [{ match: '*', pattern: '{ $.a' }] } })[0]).toMatch(
      /filter-pattern|\{|\$/,
    )
    expect(problems({ subscriptions: { groups: [{ match: '*', class: 'standard' }] } })).toEqual([
      '"standard": unknown log class "standard" (did you mean "STANDARD"?)',
    ])
    expect(problems({ subscriptions: { groups: [{ match: '*', tags: { 'a!': 'b' } }] } })[0]).toContain(
      'no tag has the key "a!"',
    )
    expect(problems({ subscriptions: { formerly: ['a b'], groups: [{ match: '*' }] } })[0]).toContain(
      'no stack has the name "a b"',
    )
  })

  it('have one pattern under an account policy', () => {
    const groups = [{ match: '/a/*' }, { match: '/b/*', pattern: 'ERROR' }]
    expect(problems({ subscriptions: { by: 'account-policy', groups } })[0]).toContain(
      'an account policy has one pattern, and this rule has another than the first',
    )
    expect(load({ subscriptions: { by: 'filter', groups } }).subscriptions!.groups[1]!.pattern).toBe('ERROR')
  })
})

describe('the retention of log groups', () => {
  it('is completed: only where none is set, shortened and discarded only on permission', () => {
    expect(load({ logGroupRetention: { rules: [{ match: '*', days: 30 }] } }).logGroupRetention).toEqual({
      optOutTag: 'tailrace:keep-retention',
      rules: [
        {
          match: ['*'],
          exclude: [],
          tags: {},
          classes: null,
          days: 30,
          enforce: false,
          shorten: false,
          discard: false,
        },
      ],
    })
    const forever = load({ logGroupRetention: { rules: [{ match: '*', days: 'forever', enforce: true }] } })
    expect(forever.logGroupRetention!.rules[0]).toMatchObject({ days: null, enforce: true })
  })

  it.each([
    [31, 30],
    [45, 60],
    [0, 1],
    [360, 365],
    [1825, 1827],
    [9999, 3653],
    [2.5, 3],
  ])('suggests for %d days the nearest that CloudWatch takes, %d', (days, near) => {
    expect(problems({ logGroupRetention: { rules: [{ match: '*', days }] } })).toEqual([
      `${days}: CloudWatch does not keep log groups for ${days} days (the nearest that it takes is ${near})`,
    ])
  })
})
