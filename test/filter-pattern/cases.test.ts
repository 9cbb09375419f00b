import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type FilterPatternCase, runFilterPatternCases } from '../../scripts/conformance/filter-pattern.js'
import { compilePattern, formatPattern, lowerPattern, parsePattern } from '../../shared/filter-pattern/index.js'
import { evaluate } from './evaluate.js'
import { withoutSpans } from './without-spans.js'

const files = ['cases', 'doubtful', 'own'] as const

describe.each(files)('the filter-pattern cases of %s.json', file => {
  const url = new URL(`../cases/filter-pattern/${file}.json`, import.meta.url)
  const cases: readonly FilterPatternCase[] = JSON.parse(readFileSync(url, 'utf8'))
  const valid = cases.flatMap(one => {
    const parsed = parsePattern(one.pattern)
    return 'ast' in parsed ? [{ ...one, ast: parsed.ast }] : []
  })

  it('come out as expected', () => {
    expect(cases.length).toBeGreaterThan(90)
    expect(runFilterPatternCases(cases).filter(({ outcome }) => outcome !== 'passed')).toEqual([])
  })

  it('come out the same with a JSON document that the caller has read', () => {
    for (const { pattern, message, ast } of valid) {
      const matcher = compilePattern(ast)
      expect([pattern, matcher.matches(message, () => objectOf(message))]).toEqual([pattern, matcher.matches(message)])
    }
  })

  it('mean the same as expressions of a plan', () => {
    for (const { pattern, message, ast } of valid) {
      const actual = evaluate(lowerPattern(ast), message)
      expect([pattern, message, actual]).toEqual([pattern, message, compilePattern(ast).matches(message)])
    }
  })

  it('are read back from their canonical text', () => {
    for (const { ast } of valid) {
      const text = formatPattern(ast)
      const again = parsePattern(text)
      expect([text, 'ast' in again && withoutSpans(again.ast)]).toEqual([text, withoutSpans(ast)])
    }
  })
})

function objectOf(message: string): { readonly [key: string]: unknown } | undefined {
  try {
    const value = JSON.parse(message)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}
