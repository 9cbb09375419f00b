import { describe, expect, it } from 'vitest'
import { athenaDollars } from '../../shared/engine/athena-price.js'
import { chooseEngine } from '../../shared/engine/choose.js'

const input = {
  estimatedBytes: 40_000_000_000,
  athenaBytes: 60_000_000_000,
  duckDbLimitBytes: 2_000_000_000,
  uncommittedObjects: 0,
  hasAthena: true,
}

describe('the price of an Athena query', () => {
  it('is $5 a TB, by the megabyte, and 10 MB at least', () => {
    expect(athenaDollars(1_000_000_000_000)).toBe(5)
    expect(athenaDollars(1_000_000_000_001)).toBeCloseTo(5.000005, 9)
    expect(athenaDollars(0)).toBeCloseTo(0.00005, 9)
    expect(athenaDollars(10_000_001)).toBeCloseTo(0.000055, 9)
  })
})

describe('the engine of a query', () => {
  it('is DuckDB up to what it takes on', () => {
    expect(chooseEngine({ ...input, estimatedBytes: 2_000_000_000 })).toEqual({
      engine: 'duckdb',
      reason: '2.0 GB to read, not more than the 2.0 GB that DuckDB takes on',
    })
    expect(chooseEngine({ ...input, estimatedBytes: 0 }).reason).toMatch(/^0 B to read/)
  })

  it('is Athena beyond, for its price and without what is not committed', () => {
    expect(chooseEngine({ ...input, uncommittedObjects: 3 })).toEqual({
      engine: 'athena',
      reason:
        'more than the 2.0 GB that DuckDB takes on; 60.0 GB to read for about $0.30, without 3 objects not committed yet',
    })
  })

  it('is DuckDB where there is no Athena, and says so', () => {
    expect(chooseEngine({ ...input, hasAthena: false })).toEqual({
      engine: 'duckdb',
      reason: '40.0 GB to read, more than 2.0 GB, but there is no Athena workgroup',
    })
  })

  it('is what the user asked for', () => {
    expect(chooseEngine({ ...input, wanted: 'duckdb' }).engine).toBe('duckdb')
    expect(chooseEngine({ ...input, athenaBytes: 5, wanted: 'athena' })).toEqual({
      engine: 'athena',
      reason: 'Athena was asked for; 5 B to read for about $0.000050',
    })
  })
})
