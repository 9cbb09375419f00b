import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  compilePattern,
  explainPattern,
  type FilterPattern,
  formatPattern,
  lowerPattern,
  parsePattern,
} from '../../shared/filter-pattern/index.js'
import { markMatches } from '../../shared/filter-pattern/mark.js'
import { evaluate } from './evaluate.js'
import { withoutSpans } from './without-spans.js'

/**
 * Seeds that have found something stay here. `FUZZ_RUNS=200000 FUZZ_SEED=7 npx vitest run test/filter-pattern/fuzz`
 * searches longer; a counter-example it prints belongs into `test/cases/filter-pattern/own.json`.
 */
const seeds = process.env.FUZZ_SEED === undefined ? [1, 20261122] : [Number(process.env.FUZZ_SEED)]
const numRuns = Number(process.env.FUZZ_RUNS ?? 700)
const timeout = 30_000 + numRuns * 20

const word = fc.constantFrom('a', 'b', 'ab', 'ERROR', '404', '5', '_x', '4.0', 'x-y')
const phrase = fc.oneof(
  word,
  fc.constantFrom(
    '',
    ' ',
    'a b',
    '"',
    '\\',
    '*',
    '*a',
    'a*',
    '*a*',
    'a*b',
    '400',
    'é',
    '😀',
    '\ud83d',
    '\n',
    '%',
    '4*',
  ),
)
const quoted = phrase.map(text => `"${text.replace(/["\\]/g, '\\$&')}"`)
const regexPiece = fc.constantFrom(
  'a',
  'b',
  '.',
  '^',
  '$',
  '[ab]',
  '[^a]',
  '\\d',
  '\\W',
  'a*',
  '.*',
  'b{1,3}',
  '|',
  '\\x22',
)
const regex = fc.array(regexPiece, { minLength: 1, maxLength: 6 }).map(pieces => `%${pieces.join('')}%`)
const bare = fc.constantFrom(
  'a',
  'b',
  '5',
  '404',
  '-5',
  '1e2',
  '4*',
  '*',
  '*b',
  '10.0.*',
  '4.0',
  'a/b',
  '9007199254740993',
)
const equality = fc.tuple(fc.constantFrom('=', '!='), fc.oneof(quoted, regex, bare, bare)).map(pair => pair.join(' '))
const order = fc
  .tuple(fc.constantFrom('<', '<=', '>', '>='), fc.constantFrom('5', '-1', '4.5', '1e2'))
  .map(pair => pair.join(''))

const terms = fc
  .array(
    fc.tuple(fc.constantFrom('', '', '-', '?'), fc.oneof(word, quoted, regex)).map(pair => pair.join('')),
    {
      minLength: 1,
      maxLength: 4,
    },
  )
  .map(list => list.join(' '))

const selector = fc
  .array(fc.constantFrom('.a', '.b', '[0]', "['a.b']", '.*', '[*]', '.__proto__', '.length'), {
    minLength: 1,
    maxLength: 3,
  })
  .map(steps => `$${steps.join('')}`)
const jsonCondition = fc
  .tuple(selector, fc.oneof(equality, order, fc.constantFrom('IS NULL', 'IS TRUE', 'IS FALSE', 'NOT EXISTS')))
  .map(pair => pair.join(' '))
const { condition } = fc.letrec<{ condition: string }>(tie => ({
  condition: fc.oneof(
    { maxDepth: 3 },
    jsonCondition,
    fc.tuple(tie('condition'), fc.constantFrom(' && ', '||'), tie('condition')).map(parts => parts.join('')),
    tie('condition').map(inner => `(${inner})`),
  ),
}))
const jsonPattern = condition.map(text => `{ ${text} }`)

const name = fc.constantFrom('a', 'b', 'c', 'd-e')
const entry = fc.oneof(
  name,
  fc.constantFrom('', '...'),
  fc.tuple(name, fc.oneof(equality, order)).map(pair => pair.join(' ')),
  fc
    .tuple(name, equality, fc.constantFrom('&&', ' || '), order)
    .map(([n, one, mark, two]) => `(${n}${one}${mark}${n}${two})`),
)
const fieldsPattern = fc.array(entry, { maxLength: 5 }).map(entries => `[${entries.join(', ')}]`)

const scraps = fc
  .array(fc.constantFrom(...'{}[]()$.*%"\\-?=!<>&|, \n_aé😀5', 'IS NULL', 'NOT EXISTS', '...', '$.a', '&&'), {
    maxLength: 30,
  })
  .map(pieces => pieces.join(''))
const anyPattern = fc.oneof(terms, jsonPattern, fieldsPattern, scraps, fc.string({ unit: 'binary', maxLength: 60 }))

const json = fc.jsonValue({ maxDepth: 3, depthSize: 'small' })
const member = fc.constantFrom('a', 'b', 'a.b', '__proto__', 'length', 'c')
const leaf = fc.constantFrom(
  '"a"',
  '"ab"',
  '"404"',
  '404',
  '4.0',
  '5',
  '-1',
  '9007199254740993',
  'null',
  'true',
  'false',
  '""',
  '"é"',
  '"\\u0061"',
)
const { document } = fc.letrec<{ document: string; value: string }>(tie => ({
  value: fc.oneof({ maxDepth: 3 }, leaf, tie('document')),
  document: fc.oneof(
    fc.array(tie('value'), { maxLength: 3 }).map(items => `[${items.join(' ,')}]`),
    fc
      .array(fc.tuple(member, tie('value')), { maxLength: 4 })
      .map(members => `{${members.map(([key, value]) => `"${key}": ${value}`).join(',')}}`),
  ),
}))
const line = fc
  .array(
    fc.constantFrom(
      'a',
      'b',
      '404',
      '4.0',
      '5',
      '"',
      '[',
      ']',
      ' ',
      '\t',
      '\n',
      '\\',
      '-',
      '"a b"',
      '[a]',
      'é',
      '😀',
      '\ud83d',
    ),
    {
      maxLength: 14,
    },
  )
  .map(pieces => pieces.join(''))
const anyMessage = fc.oneof(
  line,
  document,
  json.map(value => JSON.stringify(value)),
  fc.string({ unit: 'binary', maxLength: 40 }),
)

function read(text: string): FilterPattern | null {
  const parsed = parsePattern(text)
  return 'ast' in parsed ? parsed.ast : null
}

describe.each(seeds)('with any pattern and any message (seed %i)', seed => {
  const check = (property: fc.IRawProperty<unknown>) => fc.assert(property, { seed, numRuns })

  it('parsing, matching, marking and explaining never throw', { timeout }, () => {
    check(
      fc.property(anyPattern, anyMessage, (pattern, message) => {
        const parsed = parsePattern(pattern)
        if ('diagnostics' in parsed) {
          expect(parsed.diagnostics.length).toBeGreaterThan(0)
          for (const { span } of parsed.diagnostics)
            expect(0 <= span.start && span.start <= span.end && span.end <= pattern.length).toBe(true)
          return
        }
        const matcher = compilePattern(parsed.ast)
        const matches = matcher.matches(message)
        expect(matcher.extract(message) !== undefined).toBe(matches)
        expect(explainPattern(parsed.ast)).toMatch(/^Matches e.*\.$/s)
        for (const { start, end } of matches ? markMatches(parsed.ast, message) : [])
          expect(0 <= start && start < end && end <= message.length).toBe(true)
      }),
    )
  })

  it('the canonical text reads back as the same pattern and does not change again', { timeout }, () => {
    check(
      fc.property(anyPattern, pattern => {
        const ast = read(pattern)
        const text = ast && formatPattern(ast)
        // Quotes can make the canonical text longer than a pattern may be.
        if (ast === null || text === null || text.length > 1024) return
        const again = read(text)
        expect(again && withoutSpans(again)).toEqual(withoutSpans(ast))
        expect(formatPattern(again!)).toBe(text)
      }),
    )
  })

  it('the lowered expression says the same as the matcher', { timeout }, () => {
    check(
      fc.property(fc.oneof(terms, jsonPattern, fieldsPattern), anyMessage, (pattern, message) => {
        const ast = read(pattern)
        if (ast === null) return
        const matches = compilePattern(ast).matches(message)
        expect([pattern, message, evaluate(lowerPattern(ast), message)]).toEqual([pattern, message, matches])
      }),
    )
  })

  it('a document that was read before matches as the message does', { timeout }, () => {
    check(
      fc.property(jsonPattern, document, (pattern, message) => {
        const ast = read(pattern)
        if (ast === null) return
        const matcher = compilePattern(ast)
        const object = JSON.parse(message)
        const given = matcher.matches(message, () => (Array.isArray(object) ? undefined : object))
        expect([pattern, message, matcher.matches(message)]).toEqual([pattern, message, given])
      }),
    )
  })
})
