import { describe, expect, it } from 'vitest'
import { renderDiagnostic } from '../../shared/diagnostics/diagnostic.js'

const at = (text: string, start: number, end: number) => {
  const diagnostic = { code: 'a/b', severity: 'error', span: { start, end }, message: 'wrong' } as const
  return renderDiagnostic({ name: 'query', text }, diagnostic).split('\n')
}

describe('a diagnostic', () => {
  it('points into its line', () => {
    expect(at('one\n\ttwo', 5, 8)).toEqual(['query:2:2: error: wrong (a/b)', '  2 | \ttwo', '    | \t^^^'])
  })

  it('draws of a long line what is around the place', () => {
    const text = `${'a'.repeat(5000)}HERE${'b'.repeat(5000)}`
    const [head, line = '', marks = ''] = at(text, 5000, 5004)
    expect(head).toBe('query:1:5001: error: wrong (a/b)')
    expect(line).toBe(`  1 | …${'a'.repeat(80)}HERE${'b'.repeat(76)}…`)
    expect(marks).toBe(`    | ${' '.repeat(81)}^^^^`)
  })

  it.each([
    ['its start', 0, 4, 0],
    ['its end', 10_000, 10_000, 81],
  ])('draws a long line at %s', (_, start, end, lead) => {
    const [, line = '', marks = ''] = at('x'.repeat(10_000), start, end)
    expect(line.length).toBeLessThan(100)
    expect(marks).toBe(`    | ${' '.repeat(lead)}${'^'.repeat(Math.max(1, end - start))}`)
  })
})
