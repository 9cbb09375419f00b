import { describe, expect, it } from 'vitest'
import { filterSets } from '../../shared/metrics/filter-sets.js'
import { type FilterSet, MetricCounts } from '../../shared/metrics/metric-counts.js'
import { metricFilter } from './counting-world.js'

const patterns = ['ERROR', '?FATAL ?"a.b(c)"', '[first=x*, ...]', '{ $.level = error }', '-quiet', '%\\d+ rows%']

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

  it('count nothing while it does not come', () => {
    expect(count(set, ['aXbXc', '{"level":"info"}'])).toEqual({ '-quiet': 2 })
    expect(patterns.filter((_, index) => set.quiet.has(set.filters[index]!))).toEqual([
      'ERROR',
      '?FATAL ?"a.b(c)"',
      '[first=x*, ...]',
      '%\\d+ rows%',
    ])
  })

  it('count from the event that brings it', () => {
    expect(count(set, ['a.b(c)', 'x y', 'quiet', '{"level":"\\u0065rror"}'])).toEqual({
      '-quiet': 3,
      '?FATAL ?"a.b(c)"': 1,
      '[first=x*, ...]': 1,
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
})
