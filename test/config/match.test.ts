import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileGlob, coversGlob } from '../../shared/config/glob.js'
import { compileGroups } from '../../shared/config/match.js'
import type { GroupRule, GroupSettings, PipelineConfig } from '../../shared/config/pipeline.js'

const defaults: GroupSettings = { format: { name: 'auto' }, redact: [], sample: 1, retentionDays: 0 }

function rule(match: string[], exclude: string[], retentionDays: number): GroupRule {
  return { ...defaults, match, exclude, retentionDays }
}

describe('compileGlob', () => {
  it.each([
    ['*', '', true],
    ['*', '/aws/lambda/x', true],
    ['/aws/lambda/*', '/aws/lambda/', true],
    ['/aws/lambda/*', '/aws/lambda', false],
    ['/aws/*/prod', '/aws/a/b/prod', true],
    ['/aws/*/prod', '/aws/prod', false],
    ['*-prod-*', 'a-prod-b', true],
    ['*-prod-*', 'prod', false],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['*?', '', false],
    ['ab*ba', 'aba', false],
    ['**', 'x', true],
    ['a.c', 'abc', false],
    ['*ab?ab*', 'xabcabx', true],
  ])('%s on %j is %s', (glob, name, expected) => {
    expect(compileGlob(glob)(name)).toBe(expected)
  })

  it('matches what the same glob written as a regular expression matches', () => {
    const letters = (chars: string) => fc.string({ unit: fc.constantFrom(...chars), maxLength: 8 })
    fc.assert(
      fc.property(letters('ab*?'), letters('ab'), (glob, name) => {
        const expression = new RegExp(`^${glob.replaceAll('*', '.*').replaceAll('?', '.')}$`)
        expect(compileGlob(glob)(name)).toBe(expression.test(name))
      }),
      { numRuns: 2000 },
    )
  })

  it('takes no time worth mentioning for a name that is made for it', () => {
    expect(compileGlob(`${'*a'.repeat(200)}*b`)('a'.repeat(100_000))).toBe(false)
  })
})

describe('coversGlob', () => {
  it.each([
    ['*', '/aws/*', true],
    ['/aws/*', '*', false],
    ['/aws/*', '/aws/lambda/?', true],
    ['/aws/?', '/aws/*', false],
    ['/aws/?', '/aws/a', true],
    ['a*c', 'a*b*c', true],
    ['?*', '*', false],
    ['x', 'x', true],
  ])('%s covers %s: %s', (wide, narrow, expected) => {
    expect(coversGlob(wide, narrow)).toBe(expected)
  })

  it('covers only what it matches', () => {
    const globs = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 6 })
    const fill = fc.array(fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 3 }), { minLength: 6 })
    fc.assert(
      fc.property(globs, globs, fill, (wide, narrow, texts) => {
        if (!coversGlob(wide, narrow)) return
        const name = [...narrow].map((sign, at) => (sign === '*' ? texts[at % 6] : sign === '?' ? 'a' : sign)).join('')
        expect(compileGlob(wide)(name)).toBe(true)
      }),
      { numRuns: 5000 },
    )
  })
})

describe('compileGroups', () => {
  const config: PipelineConfig = {
    version: 1,
    groups: [rule(['/aws/lambda/*', '/ecs/*'], ['/aws/lambda/noisy-*'], 30), rule(['/aws/*'], [], 90)],
    defaults,
    metricFilters: [],
    alarms: [],
    subscriptions: null,
    logGroupRetention: null,
    exports: [],
    promote: [],
    lake: { commitBytes: 1, commitAfterMs: 1, fileBytes: 1 },
    legalHolds: [],
  }

  it('takes the first rule that matches and does not exclude, else the defaults', () => {
    const settingsOf = compileGroups(config)
    expect(settingsOf('/aws/lambda/a').retentionDays).toBe(30)
    expect(settingsOf('/ecs/a').retentionDays).toBe(30)
    expect(settingsOf('/aws/lambda/noisy-a').retentionDays).toBe(90)
    expect(settingsOf('other')).toBe(defaults)
  })

  it('gives one object to all groups of a rule, however many groups there are', () => {
    const settingsOf = compileGroups(config)
    const first = settingsOf('/ecs/0')
    for (let group = 0; group < 25_000; group++) expect(settingsOf(`/ecs/${group}`)).toBe(first)
  })
})
