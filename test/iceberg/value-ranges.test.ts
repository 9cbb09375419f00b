import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lowerBound, upperBound } from '../../shared/iceberg/single-value.js'
import { type ValueRange, ValueRanges } from '../../shared/iceberg/value-ranges.js'

describe('value ranges', () => {
  it('meet the bounds of a file that holds a wanted value, whatever else is wanted', () => {
    const name = fc.string({ unit: fc.constantFrom('a', 'b', '/', 'é', '😀', '\u{10ffff}'), maxLength: 20 })
    const range: fc.Arbitrary<ValueRange> = fc.oneof(
      name.map(value => ({ min: value, max: value })),
      name.map(prefix => ({ prefix })),
      name.map(min => ({ min })),
      name.map(max => ({ max })),
    )
    const matches = (value: string, wanted: ValueRange): boolean => {
      if ('prefix' in wanted) return value.startsWith(wanted.prefix)
      const { min, max } = wanted as { min?: string; max?: string }
      const order = (other: string) => Buffer.compare(Buffer.from(value), Buffer.from(other))
      return (min === undefined || order(min) >= 0) && (max === undefined || order(max) <= 0)
    }
    fc.assert(
      fc.property(
        fc.array(range, { maxLength: 6 }),
        fc.array(name, { minLength: 1, maxLength: 5 }),
        (wanted, values) => {
          const ranges = new ValueRanges(wanted, 'string')
          const sorted = values.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
          const isWanted = values.some(value => wanted.some(one => matches(value, one)))
          const meets = ranges.meetsBounds(lowerBound('string', sorted[0]!), upperBound('string', sorted.at(-1)!))
          if (isWanted) expect(meets).toBe(true)
          for (const value of values) expect(ranges.holds(value)).toBe(wanted.some(one => matches(value, one)))
        },
      ),
      { numRuns: 500 },
    )
  })

  it('of numbers and instants include their ends', () => {
    const instants = new ValueRanges([{ min: 10n, max: 20n }, { min: 30n }], 'timestamptz')
    expect([9n, 10n, 20n, 21n, 29n, 30n, 10n ** 17n].map(value => instants.holds(value))).toEqual([
      false,
      true,
      true,
      false,
      false,
      true,
      true,
    ])
  })

  it('without any range meet nothing, and an empty prefix meets all', () => {
    expect(new ValueRanges([], 'string').meetsBounds(null, null)).toBe(false)
    expect(new ValueRanges([{ prefix: '' }], 'string').holds('\u{10ffff}')).toBe(true)
  })
})
