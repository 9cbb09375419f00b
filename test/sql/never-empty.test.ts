import fc from 'fast-check'
import { RE2JS } from 're2js'
import { describe, expect, it } from 'vitest'
import { isNeverEmpty } from '../../shared/sql/never-empty.js'

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
    const pieces = [
      'a',
      'b',
      '.',
      '[ab]',
      '[^]a]',
      '[[:alpha:]b]',
      '\\.',
      '\\w',
      '\\b',
      '\\A',
      '\\x61',
      '\\Q',
      '\\E',
      '(',
      '(?:',
      ')',
    ]
    const marks = [
      '*',
      '+',
      '?',
      '{0}',
      '{0,2}',
      '{2}',
      '*?',
      '|',
      '^',
      '$',
      '(?i)',
      '\\pL',
      '\\p{Greek}',
      '\\|',
      '{',
      '}',
      '-',
    ]
    const texts = ['', 'a', 'ab', 'b.a', '{a}', '||', 'a\nb']
    const piece = fc.constantFrom(...pieces, ...marks)
    const check = (regex: string) => {
      if (!isNeverEmpty(regex)) return
      for (const text of texts) {
        const matcher = RE2JS.compile(regex).matcher(text)
        while (matcher.find()) expect([regex, text, matcher.group()]).not.toEqual([regex, text, ''])
      }
    }
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), parts => {
        const regex = parts.join('')
        try {
          RE2JS.compile(regex)
        } catch {
          return
        }
        check(regex)
      }),
      { numRuns: 5_000 },
    )
  })
})
