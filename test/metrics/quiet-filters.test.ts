import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compilePattern, parsePattern } from '../../shared/filter-pattern/index.js'
import { filterSets } from '../../shared/metrics/filter-sets.js'
import { type FilterSet, MetricCounts } from '../../shared/metrics/metric-counts.js'
import { TextSet } from '../../shared/metrics/text-set.js'
import { metricFilter } from './counting-world.js'

const patterns = [
  'ERROR',
  '?FATAL ?"a.b(c)"',
  '[first=xyz*, ...]',
  '{ $.level = error }',
  '-quiet',
  '%\\d+ rows%',
  '"c)"',
]

/** How many of the messages each pattern counts. */
function count(set: FilterSet, messages: readonly string[]): Record<string, number> {
  const counts = new MetricCounts()
  for (const message of messages) {
    const json = () => (message.startsWith('{') ? JSON.parse(message) : undefined)
    counts.count(set, 0, { message, json })
  }
  counts.flush(set)
  const found = [...counts.results()].map(({ compiled, series }) => [
    compiled.filter.pattern,
    series.reduce((sum, { values }) => sum + [...values.values()].reduce((a, b) => a + b, 0), 0),
  ])
  return Object.fromEntries(found)
}

describe('filters whose text has not come yet', () => {
  const set = filterSets(() => patterns.map(pattern => metricFilter({ name: pattern, pattern })))('any') as FilterSet

  it('count nothing while it does not come; short texts are looked for by themselves', () => {
    expect(count(set, ['aXbXc', '{"level":"info"}'])).toEqual({ '-quiet': 2 })
    expect(patterns.filter((_, index) => set.quiet.has(set.filters[index]!))).toEqual([
      'ERROR',
      '?FATAL ?"a.b(c)"',
      '[first=xyz*, ...]',
      '{ $.level = error }',
      '%\\d+ rows%',
    ])
  })

  it('count from the event that brings it', () => {
    expect(count(set, ['a.b(c)', 'xyz y', 'quiet', '{"level":"\\u0065rror"}'])).toEqual({
      '-quiet': 3,
      '"c)"': 1,
      '?FATAL ?"a.b(c)"': 1,
      '[first=xyz*, ...]': 1,
      '{ $.level = error }': 1,
    })
    expect(count(set, ['ERROR FATAL', '12 rows x'])).toEqual({
      ERROR: 1,
      '-quiet': 2,
      '?FATAL ?"a.b(c)"': 1,
      '%\\d+ rows%': 1,
    })
    expect(patterns.some((_, index) => set.quiet.has(set.filters[index]!))).toBe(false)
  })
  it('count what each event by itself counts for, whatever came before', () => {
    const patterns = [
      'aab',
      '?ba ?"b\nb"',
      '"\nb"',
      '{ $.a = b }',
      '{ $.b = a && $.a = * }',
      '[x=a*, ...]',
      'bb -a',
      '%a.b%',
    ]
    const matchers = patterns.map(pattern => {
      const parsed = parsePattern(pattern)
      if ('diagnostics' in parsed) throw new Error(pattern)
      return compilePattern(parsed.ast)
    })
    const line = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '\n', '\\', 'u'), maxLength: 8 })
    const name = fc.constantFrom('a', 'b', '\\u0061', '\\u0062')
    const document = fc.tuple(name, name).map(([key, value]) => `{"${key}":"${value}"}`)
    const batches = fc.array(fc.array(fc.oneof(line, document), { minLength: 1, maxLength: 6 }), { maxLength: 5 })
    fc.assert(
      fc.property(batches, batches => {
        const set = filterSets(() => patterns.map(pattern => metricFilter({ name: pattern, pattern })))('any')!
        for (const messages of batches) {
          const expected = patterns.map((pattern, index) => {
            const matching = messages.filter(message => matchers[index]!.matches(message)).length
            return matching === 0 ? [] : [[pattern, matching]]
          })
          expect(count(set, messages)).toEqual(Object.fromEntries(expected.flat()))
        }
      }),
      { seed: 5, numRuns: 1_000 },
    )
  })
})

describe('a set of texts', () => {
  it('is found where one of them is', () => {
    const unit = fc.constantFrom('a', 'b', 'c', 'é', '😀')
    const texts = fc.array(fc.string({ unit, minLength: 3, maxLength: 12 }), { minLength: 1, maxLength: 4 })
    const longer = fc.string({ unit, maxLength: 60 })
    fc.assert(
      fc.property(texts, longer, longer, (texts, sample, longer) => {
        const set = new TextSet(texts, sample)
        for (const text of [longer, `${longer}${texts[0]}${sample}`]) {
          expect(set.occursIn(text)).toBe(texts.some(wanted => text.includes(wanted)))
        }
      }),
      { seed: 7, numRuns: 3_000 },
    )
    expect(new TextSet(['needle'], '').occursIn(`${'x'.repeat(200_000)}needle`)).toBe(true)
    expect(new TextSet(['needle'], '').occursIn(`${'x'.repeat(200_000)}needl`)).toBe(false)
  })
})
