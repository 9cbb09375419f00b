import fc from 'fast-check'
import { RE2JS } from 're2js'
import { describe, expect, it } from 'vitest'
import { compileRegex, printRegex } from '../../../shared/filter-pattern/regex/compile-regex.js'
import { isSafeToBacktrack } from '../../../shared/filter-pattern/regex/native-regex.js'
import { parseRegex, type RegexTree } from '../../../shared/filter-pattern/regex/parse-regex.js'
import { compileProgram, trimTree } from '../../../shared/filter-pattern/regex/program.js'
import { createSearch } from '../../../shared/filter-pattern/regex/search.js'

function tree(source: string): RegexTree {
  const parsed = parseRegex(source)
  if ('diagnostics' in parsed) throw new Error(`${source}: ${parsed.diagnostics[0]!.message}`)
  return parsed
}

describe('parseRegex', () => {
  it.each([
    ['', 'regex-empty', 0, 0],
    ['a(b', 'regex-bad-character', 1, 2],
    ['a😀', 'regex-bad-character', 1, 3],
    ['ab*+', 'regex-nothing-to-repeat', 1, 4],
    ['x|*a', 'regex-nothing-to-repeat', 2, 3],
    ['a{3,2}', 'regex-bad-repetition', 0, 6],
    ['a{1001}', 'regex-bad-repetition', 0, 7],
    ['x[a-z', 'regex-unclosed-class', 1, 5],
    ['[b-a]', 'regex-bad-range', 1, 4],
    ['[[:digit:]]', 'regex-unsupported', 1, 3],
    ['\\bx', 'regex-bad-escape', 0, 2],
    ['x\\x4', 'regex-bad-escape', 1, 4],
    ['x\\', 'regex-bad-escape', 1, 2],
    ['.{999}.{999}.{999}', 'regex-too-large', 12, 18],
  ])('refuses %j', (source, code, start, end) => {
    const parsed = parseRegex(source, 10)
    const expected = { code: `filter-pattern/${code}`, span: { start: start + 10, end: end + 10 } }
    expect('diagnostics' in parsed && parsed.diagnostics).toMatchObject([expected])
  })

  it('prints an expression in the notation of RE2', () => {
    expect(printRegex(tree('^[a-c]x{,3}\\d+.|b{2,}$'))).toBe('\\A[a-c]x{0,3}[0-9]+[^\\x0a]|b{2,}\\z')
  })
})

describe('compileRegex', () => {
  const piece = fc.constantFrom(
    ...['a', 'b', 'c', '.', '^', '$', '[ab]', '[^a]', '\\d', '\\W', '\\s', 'a*', 'b+', '.*', 'c?', 'a{1,3}', 'b{,2}'],
    ...['[a-c]{2,}', '|', '{', '}', ']', '-', '.{3,40}', '\\x61', ' ', '[^b]*?', '[\\s\\S]', '\\xe9'],
  )
  const source = fc.array(piece, { minLength: 1, maxLength: 9 }).map(pieces => pieces.join(''))
  const character = fc.constantFrom('a', 'b', 'c', 'a', 'b', '\n', '1', ' ', 'é', '😀', '\ud83d', 'Ω', '{', '-')
  const text = fc.array(character, { maxLength: 60 }).map(characters => characters.join(''))

  it('finds what RE2 finds, with the automaton and with what is chosen instead of it', () => {
    fc.assert(
      fc.property(source, fc.array(text, { maxLength: 4 }), (pattern, texts) => {
        const parsed = parseRegex(pattern)
        if ('diagnostics' in parsed) return
        const [chosen, automaton] = [compileRegex(parsed), createSearch(compileProgram(parsed))]
        const oracle = RE2JS.compile(printRegex(parsed))
        for (const one of texts) {
          const expected = oracle.matcher(one).find()
          expect([pattern, one, chosen(one), automaton(one)]).toEqual([pattern, one, expected, expected])
        }
      }),
      { seed: 20261122, numRuns: 3000 },
    )
  })

  it('goes on without its table when a text needs more states than are kept', () => {
    const search = createSearch(compileProgram(tree('a.{14}b.{14}c')))
    const noise = Array.from({ length: 20_000 }, (_, index) => 'ab'[(index * index * 7919 + (index >> 3)) % 2]).join('')
    const ending = `a${'x'.repeat(14)}b${'x'.repeat(14)}c`
    expect([search(noise), search(noise + ending), search(noise), search(ending)]).toEqual([false, true, false, true])
  })
})

describe('the choice between the platform’s engine and the automaton', () => {
  it.each([
    'ERROR',
    '[Ee]rror|[Ff]ail',
    '\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}',
    'id=\\d+;',
    '^\\S+ \\S+ x',
    '[A-Z]{20}',
  ])('trusts the engine with %s', source => {
    expect(isSafeToBacktrack(trimTree(tree(source)))).toBe(true)
  })

  it.each(['a.*b', 'a\\w+;', '^a*a*$', '^.*x.*y', 'a.{1,200}x', '[ab]{30}c{30}d{30}', 'ab*c|x.*y'])(
    'does not trust it with %s',
    source => {
      expect(isSafeToBacktrack(trimTree(tree(source)))).toBe(false)
    },
  )
})
