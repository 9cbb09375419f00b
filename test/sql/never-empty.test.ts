import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isNeverEmpty } from '../../shared/sql/never-empty.js'
import { matchesOf, randomRegex } from './random-regex.js'

describe('a regular expression whose matches are never empty', () => {
  it('has a character outside of all groups that must be there', () => {
    const sure = ['(?s)took\\ (.*?)\\ ms', '[|(]x', 'x+', '(a|b)c', '\\[(.*)', '=(\\d+)', '\\d']
    for (const regex of sure) expect([regex, isNeverEmpty(regex)]).toEqual([regex, true])
    const unsure = [
      '',
      '(.*)',
      'a*',
      'a?',
      'a{0,3}',
      '(abc)',
      'a|',
      '|a',
      '^$',
      '\\b',
      '\\Qa',
      '\\pL*',
      '(?:a|b)',
      '😀?',
    ]
    for (const regex of unsure) expect([regex, isNeverEmpty(regex)]).toEqual([regex, false])
  })

  it('matches no empty text anywhere, whatever it is made of', () => {
    fc.assert(
      fc.property(randomRegex, regex => {
        if (isNeverEmpty(regex)) expect([regex, ...matchesOf(regex)]).not.toContain('')
      }),
      { numRuns: 5_000 },
    )
  })
})
