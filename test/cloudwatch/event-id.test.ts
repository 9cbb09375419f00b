import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createEventIdSplitter, joinEventId } from '../../shared/cloudwatch/event-id.js'
import { maxTimestamp } from '../../shared/parquet/schema.js'

/** Some time in 2112, ids grow a digit. */
const lastTimestampOf56Digits = Number((10n ** 56n) >> 144n) - 1

const splitEventId = createEventIdSplitter()

describe('event ids', () => {
  it('come apart into arrival, random and index', () => {
    const id = '35311576111948622874033876462979853992919938886093242369'
    const timestamp = 1_583_425_836_114
    const parts = splitEventId(id, timestamp)
    expect(parts?.index).toBe(1)
    expect(new Date(parts!.arrival).toISOString().slice(0, 13)).toBe('2020-03-05T16')
    expect(joinEventId(parts!, timestamp)).toBe(id)
  })

  it('are given back exactly, whatever their parts', () => {
    fc.assert(
      fc.property(
        fc.nat(lastTimestampOf56Digits),
        fc.nat(maxTimestamp),
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        fc.nat(65_535),
        (timestamp, arrival, random, index) => {
          const id = String(
            (BigInt(timestamp) << 144n) | (BigInt(arrival) << 80n) | (random << 16n) | BigInt(index),
          ).padStart(56, '0')
          const parts = splitEventId(id, timestamp)
          expect(parts).not.toBeNull()
          expect(joinEventId(parts!, timestamp)).toBe(id)
        },
      ),
      { seed: 1, numRuns: 500 },
    )
  })

  it('that do not fit are left whole', () => {
    const id = '35311576111948622874033876462979853992919938886093242369'
    expect(splitEventId(id, 1_583_425_836_115)).toBeNull()
    expect(splitEventId(id.slice(1), 1_583_425_836_114)).toBeNull()
    expect(splitEventId(` ${id.slice(1)}`, 1_583_425_836_114)).toBeNull()
    expect(splitEventId('', 0)).toBeNull()
    expect(splitEventId('9'.repeat(56), -1)).toBeNull()
    expect(splitEventId(String((5n << 144n) | (2n ** 63n)).padStart(56, '0'), 5)).not.toBeNull()
    expect(
      splitEventId(String((5n << 144n) | (2n ** 130n)).padStart(56, '0'), 5),
      'bits that should be zero',
    ).toBeNull()
  })

  it('are split alike whether or not the one before was of the same call', () => {
    const arrival = 1_768_471_200_005
    const idOf = (timestamp: number, random: bigint, index: number) =>
      String((BigInt(timestamp) << 144n) | (BigInt(arrival) << 80n) | (random << 16n) | BigInt(index)).padStart(56, '0')
    const random = fc.constantFrom(1n, 2n, 2n ** 64n - 1n)
    const earlier = fc.oneof(fc.constant(0), fc.nat(5_000), fc.nat(1_768_471_200_000))
    fc.assert(
      fc.property(
        fc.array(fc.tuple(random, fc.nat(65_535), earlier, fc.constantFrom(0, 0, 0, 1)), { maxLength: 20 }),
        ids => {
          const shared = createEventIdSplitter()
          for (const [random, index, earlier, late] of ids) {
            const timestamp = 1_768_471_200_000 - earlier
            const id = idOf(timestamp, random, index)
            expect(shared(id, timestamp + late)).toEqual(createEventIdSplitter()(id, timestamp + late))
            const damaged = `${id.slice(0, 50)}x${id.slice(51)}`
            expect(shared(damaged, timestamp)).toBeNull()
          }
        },
      ),
      { seed: 3, numRuns: 1_000 },
    )
  })

  it('one bit of which is off are not taken for a neighbour', () => {
    const timestamp = 1_768_471_200_000
    const value = (BigInt(timestamp) << 144n) | (BigInt(timestamp + 5) << 80n) | (77n << 16n) | 40_000n
    const textOf = (id: bigint) => String(id).padStart(56, '0')
    for (let bit = 0n; bit < 186n; bit++) {
      for (const gap of [0, 1, -1, 12_345, 99_999_999, 100_000_001]) {
        const shared = createEventIdSplitter()
        expect(shared(textOf(value), timestamp)).not.toBeNull()
        const id = textOf((value ^ (1n << bit)) + (BigInt(gap) << 144n))
        expect(shared(id, timestamp + gap), `bit ${bit}`).toEqual(createEventIdSplitter()(id, timestamp + gap))
      }
    }
  })
})
