import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { patternIdentifier } from '../../../shared/enrich/redact/pattern-engine.js'
import { findPatternProblem, re2Engine } from '../../../shared/enrich/redact/re2-engine.js'
import { compileSimplePattern } from '../../../shared/enrich/redact/simple-pattern.js'

describe('a pattern is simple', () => {
  it.each([
    'ORD-[0-9]{8}',
    '\\bcust_[a-z0-9]{10,20}\\b',
    '(?:ORD|INV)-\\d{6}',
    '(?i)password[:=] ?\\S+',
    '"token":"[^"]*',
    '[\\w.-]{3}\\.local',
    'Ω[а-я]{2,4}',
    'a?b?c?',
  ])('%s', pattern => {
    expect(compileSimplePattern(pattern)).toBeInstanceOf(RegExp)
  })
})

describe('a pattern is left to RE2', () => {
  it.each([
    'a+b',
    '(ab)+',
    '(ab){2}',
    'a*|b*',
    'a|b+',
    'a{0,300}a{300}b',
    '[a-z]{1,100}[0-9]{1,100}x',
    'a+?',
    'a++',
    '^a',
    'a$',
    '[[:alpha:]]',
    '\\pL',
    '\\x{40}',
    '(?P<n>a)',
    '(?s).',
    '\\Qa\\E',
    'a{,3}',
    '[a-',
    '(',
    '',
  ])('%s', pattern => {
    expect(compileSimplePattern(pattern)).toBeUndefined()
  })
})

it('a simple pattern finds what RE2 finds', () => {
  const character = fc.constantFrom(
    'a',
    'b',
    '-',
    '\\.',
    '.',
    '[ab]',
    '[^a]',
    '\\d',
    '\\s',
    '\\W',
    '[a-c1]',
    'k',
    'é',
    '\\b',
  )
  const count = fc.constantFrom('', '', '', '?', '{2}', '{1,3}', '+', '*', '{2,}')
  const sequence = fc
    .array(fc.tuple(character, count), { minLength: 1, maxLength: 4 })
    .map(parts => parts.flat().join(''))
  const pattern = fc
    .tuple(fc.constantFrom('', '', '(?i)'), fc.array(sequence, { minLength: 1, maxLength: 2 }), fc.boolean())
    .map(([flags, parts, grouped]) => `${flags}${grouped ? `(?:${parts.join('|')})b` : parts.join('|')}`)
  const text = fc.string({ unit: fc.constantFrom(...'abcABK1-. \n\u2028\u00a0é\u212a', '😀'), maxLength: 30 })
  let simple = 0
  fc.assert(
    fc.property(pattern, fc.array(text, { minLength: 3, maxLength: 3 }), (written, texts) => {
      if (compileSimplePattern(written) === undefined || findPatternProblem(written) !== undefined) return
      simple++
      const identifier = patternIdentifier('x', written, undefined)
      for (const line of texts) expect(identifier.find(line)).toEqual(re2Engine(written)(line))
    }),
    { numRuns: 1000 },
  )
  expect(simple).toBeGreaterThan(100)
})
