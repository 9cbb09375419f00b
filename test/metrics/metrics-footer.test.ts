import { describe, expect, it } from 'vitest'
import { filterSets } from '../../shared/metrics/filter-sets.js'
import { type FilterSet, MetricCounts } from '../../shared/metrics/metric-counts.js'
import type { MetricFilter } from '../../shared/metrics/metric-filter.js'
import { MetricTotals } from '../../shared/metrics/metric-totals.js'
import { decodeMetrics, encodeMetrics, MetricsUnreadable } from '../../shared/metrics/metrics-footer.js'
import { metricFilter } from './counting-world.js'

const minute = 60_000

function setOf(filters: readonly MetricFilter[]): FilterSet {
  return filterSets(() => filters)('any') as FilterSet
}

function count(set: FilterSet, messages: Iterable<readonly [timestamp: number, message: string]>): MetricCounts {
  const counts = new MetricCounts()
  for (const [timestamp, message] of messages)
    counts.count(set, timestamp, { message, json: () => JSON.parse(message) })
  counts.flush(set)
  return counts
}

function* numbered(size: number, write: (index: number) => string, spacing = 0): Generator<readonly [number, string]> {
  for (let index = 0; index < size; index++) yield [index * spacing, write(index)]
}

describe('the footer', () => {
  it('says nothing when nothing was counted', () => {
    const set = setOf([metricFilter({ pattern: 'x' })])
    expect(encodeMetrics(count(set, [[0, '"y"']]))).toBe(null)
  })

  it('holds filters with their definition, values with their numbers', () => {
    const filters = [
      metricFilter({ name: 'a', pattern: '{ $.n = * }', value: '$.n', defaultValue: 0.5, unit: 'Bytes' }),
      metricFilter({ name: 'b', pattern: '{ $.by = * }', dimensions: { By: '$.by' } }),
    ]
    const set = setOf(filters)
    const text = encodeMetrics(
      count(set, [
        [0, '{"n":1}'],
        [1, '{"n":1}'],
        [2, '{"n":-2.5,"by":"x"}'],
        [minute, '{"n":"no"}'],
      ]),
    )!
    expect(JSON.parse(text)).toEqual({
      version: 1,
      filters: [
        {
          name: 'a',
          namespace: 'N',
          metric: 'M',
          unit: 'Bytes',
          default: 0.5,
          series: [[0, [], [1, 2, -2.5, 1]]],
          minutes: [
            [0, 0],
            [1, 1],
          ],
        },
        { name: 'b', namespace: 'N', metric: 'M', unit: 'None', dimensions: ['By'], series: [[0, ['x'], [1, 1]]] },
      ],
    })
    const [first] = decodeMetrics(text).filters
    expect(first).toMatchObject({
      defaultValue: 0.5,
      minutes: new Map([
        [0, false],
        [1, true],
      ]),
    })
    expect(first!.series).toEqual([
      {
        minute: 0,
        dimensions: [],
        values: new Map([
          [1, 2],
          [-2.5, 1],
        ]),
        count: 3,
        sum: -0.5,
        min: -2.5,
        max: 1,
      },
    ])
  })

  it('sums up what is too much to write: sums and extremes stay exact', () => {
    const set = setOf([metricFilter({ pattern: '{ $.n = * }', value: '$.n' })])
    const size = 80_000
    const few = encodeMetrics(
      count(
        set,
        numbered(10, index => `{"n":${index}}`),
      ),
    )!
    const many = encodeMetrics(
      count(
        set,
        numbered(size, index => `{"n":${index}}`),
      ),
    )!
    expect(many.length).toBeLessThan(1000)
    const totals = new MetricTotals()
    totals.add(decodeMetrics(few))
    totals.add(decodeMetrics(many))
    expect(totals.minutes()).toMatchObject([
      { count: size + 10, sum: (size * (size - 1)) / 2 + 45, min: 0, max: size - 1, percentiles: null },
    ])
  })

  it('has an end however many dimensions and minutes there are, and says what was left out', () => {
    const filters = [
      metricFilter({ name: 'by', pattern: '{ $.by = * }', dimensions: { By: '$.by' } }),
      metricFilter({ name: 'all', pattern: '', metric: 'All', defaultValue: 0 }),
    ]
    const set = setOf(filters)
    const size = 20_000
    const counts = count(
      set,
      numbered(size, index => `{"by":"${'x'.repeat(200)}${index}"}`, minute),
    )
    const text = encodeMetrics(counts)!
    expect(text.length).toBeLessThan(1_500_000)
    const stored = decodeMetrics(text)
    const kept = stored.filters.flatMap(({ series }) => series).reduce((sum, series) => sum + series.count, 0)
    expect(stored.omitted).toBe(counts.omitted)
    expect(kept + stored.omitted).toBe(2 * size)
  })

  it('is refused in a version of the future, and when damaged', () => {
    expect(() => decodeMetrics('{"version":2,"filters":[]}')).toThrow(/version 2, this release reads 1/)
    for (const text of ['', '{', '[]', '{"version":1}']) expect(() => decodeMetrics(text)).toThrow(MetricsUnreadable)
  })
})

describe('totals', () => {
  it('have the percentiles of all objects together', () => {
    const set = setOf([metricFilter({ pattern: '{ $.n = * }', value: '$.n' })])
    const totals = new MetricTotals()
    for (const from of [0, 50]) {
      totals.add(
        decodeMetrics(
          encodeMetrics(
            count(
              set,
              numbered(50, index => `{"n":${from + index + 1}}`),
            ),
          )!,
        ),
      )
    }
    expect(totals.minutes()[0]!.percentiles).toEqual({ p50: 50, p90: 90, p99: 99 })
  })
})
