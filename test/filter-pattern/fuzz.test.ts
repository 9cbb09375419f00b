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
import { anyMessage, anyPattern, document, fieldsPattern, jsonPattern, terms } from './arbitraries.js'
import { evaluate } from './evaluate.js'
import { withoutSpans } from './without-spans.js'

/**
 * Seeds that have found something stay here. `FUZZ_RUNS=200000 FUZZ_SEED=7 npx vitest run test/filter-pattern/fuzz`
 * searches longer; a counter-example it prints belongs into `test/cases/filter-pattern/own.json`.
 */
const seeds = process.env.FUZZ_SEED === undefined ? [1, 20261122] : [Number(process.env.FUZZ_SEED)]
const numRuns = Number(process.env.FUZZ_RUNS ?? 700)
const timeout = 30_000 + numRuns * 20

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
