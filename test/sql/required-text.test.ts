import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rarestEnd, requiredTexts } from '../../shared/sql/required-text.js'
import { matchesOf, randomRegex } from './random-regex.js'

describe('the texts that a regular expression requires', () => {
  it('are the longest runs of characters that must be there', () => {
    const cases = {
      'timeout after [0-9]+ ms': ['timeout after '],
      'ab?cde': ['cde'],
      'ab+c': ['ab'],
      'abc{2}d{1,}efgh': ['efgh'],
      '\\[ERROR\\] .*failed': ['[ERROR] '],
      '(GET|POST) /api/(.*)/x': [' /api/'],
      'a\\d+bcd\\bef': ['bcd'],
      '\\{"id":': ['{"id":'],
      'a{b}cd': ['cd'],
      'naïve text': ['ve text'],
      'error|fatal|timed out': ['error', 'fatal', 'timed out'],
      '(?P<level>ERROR|FATAL) x': ['ERROR', 'FATAL'],
      '(?:(?:abc|de)f+|ghij){2}': ['abc', 'de', 'ghij'],
      '(abc)*defg|(hij|kl)?mnop': ['defg', 'mnop'],
      '(?i)exception|fatal|fail': ['xc', 'xC', 'Xc', 'XC', 'fa', 'fA', 'Fa', 'FA'],
      '(?is)a-1|b\\.c': ['a-', 'A-', 'b.', 'B.'],
    }
    for (const [regex, texts] of Object.entries(cases)) expect([regex, requiredTexts(regex)]).toEqual([regex, texts])
  })

  it('are none where no character is sure', () => {
    const unsure = [
      '',
      'ab|',
      'ab|.*',
      '(?i)abc',
      '(?i)abc|d',
      '(?i)error|fatal|timed|panic',
      '(?i)abc|kisk',
      '(?i)abc|(?-i)def',
      '(?i:a)bc',
      '(abc)?',
      'a*b?',
      '\\Qab',
      '\\x41BC',
      '\\pLabc',
      '[abc]',
      '(ab|)',
      'a{0,3}',
    ]
    for (const regex of [...unsure, 'a|b|c|d|e|f|g']) expect([regex, requiredTexts(regex)]).toEqual([regex, []])
  })

  it('stand in every match, whatever the expression is made of', () => {
    let found = 0
    fc.assert(
      fc.property(randomRegex, regex => {
        const texts = requiredTexts(regex)
        for (const match of texts.length === 0 ? [] : matchesOf(regex)) {
          expect([regex, match, texts.some(text => match.includes(text))]).toEqual([regex, match, true])
          found++
        }
      }),
      { numRuns: 5_000 },
    )
    expect(found).toBeGreaterThan(500)
  })
})

describe('the end of a text that is found fastest', () => {
  it('begins with its rarest character and has four at least', () => {
    expect(rarestEnd('timeout after ')).toBe('fter ')
    expect(rarestEnd('connection refused')).toBe('fused')
    expect(rarestEnd('NullPointerException')).toBe('NullPointerException')
    expect(rarestEnd('Task timed out')).toBe('k timed out')
    expect(rarestEnd('abz')).toBe('abz')
    expect(rarestEnd('')).toBe('')
  })

  it('is an end of the text, of whole characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), text => {
        const end = rarestEnd(text)
        expect(text.endsWith(end)).toBe(true)
        expect(end.isWellFormed()).toBe(text.isWellFormed())
        expect(end.length).toBeGreaterThanOrEqual(Math.min(4, text.length))
      }),
    )
  })
})
