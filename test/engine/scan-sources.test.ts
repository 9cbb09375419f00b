import { describe, expect, it } from 'vitest'
import { fetchRanges } from '../../shared/engine/fetch-ranges.js'
import { matchedRows } from '../../shared/engine/matched-rows.js'
import { coveredTimes } from '../../shared/engine/scan-sources.js'
import type { FileFooter } from '../../shared/parquet/footer.js'

describe('the stretches of time that landing covers', () => {
  const landed = (...groups: readonly (readonly [number, number])[]): FileFooter => {
    const summary = Object.fromEntries(groups.map(([min, max], index) => [`/${index}`, { rows: 1, min, max }]))
    const keyValues = new Map([['tailrace.groups', JSON.stringify(summary)]])
    return { bytes: 0, rows: 0, columns: [], rowGroups: [], keyValues, tree: new Map() }
  }

  it('are joined where they meet', () => {
    expect(coveredTimes([landed([5, 9], [20, 30]), landed([10, 12])])).toMatchObject([
      { min: 5, max: 12 },
      { min: 20, max: 30 },
    ])
    expect(coveredTimes([])).toEqual([])
  })

  it('are no more than some dozens, and always cover all', () => {
    const many = Array.from({ length: 500 }, (_, index) => landed([index * 1000, index * 1000 + 10]))
    const joined = coveredTimes(many)
    expect(joined.length).toBeLessThanOrEqual(64)
    for (let index = 0; index < 500; index++)
      expect(joined.some(({ min, max }) => min <= index * 1000 && index * 1000 + 10 <= max)).toBe(true)
  })
})

describe('the ranges to fetch', () => {
  const ends = (pieces: readonly { start: number; bytes: number }[]) =>
    fetchRanges(pieces).map(({ start, end, pieces: inside }) => [start, end, inside.length])

  it('take what is near in one request, and what is far in another', () => {
    const far = 10_000_000
    const pieces = [
      { start: far, bytes: 10 },
      { start: 4, bytes: 100 },
      { start: 50_000, bytes: 100 },
    ]
    expect(ends(pieces)).toEqual([
      [4, 50_099, 2],
      [far, far + 9, 1],
    ])
  })

  it('split what is long between pieces', () => {
    const piece = 5 * 1024 * 1024
    const pieces = [0, 1, 2].map(index => ({ start: index * piece, bytes: piece }))
    expect(ends(pieces).length).toBe(3)
  })
})

describe('the number of matched events', () => {
  const step = (type: string, rows: number, children: readonly object[] = [], conditions?: string) => ({
    operator_type: type,
    operator_cardinality: rows,
    children,
    extra_info: conditions === undefined ? {} : { Conditions: conditions },
  })

  it('is that of the last step that only leaves some out', () => {
    const scan = step('TABLE_SCAN', 100)
    const filtered = step('PROJECTION', 40, [step('FILTER', 40, [scan])])
    expect(matchedRows(JSON.stringify({ children: [step('HASH_GROUP_BY', 3, [filtered])] }))).toBe(40)
  })

  it('is that of the rows that are left where another engine has deleted some', () => {
    const deletes = step('HASH_JOIN', 7, [step('TABLE_SCAN', 7), step('COLUMN_DATA_SCAN', 1)], 'file_path = uri')
    const join = step('HASH_JOIN', 93, [step('TABLE_SCAN', 100), deletes], 'file_row_number = deleted_row')
    expect(matchedRows(JSON.stringify({ children: [step('FILTER', 40, [join])] }))).toBe(40)
    const groups = step('HASH_GROUP_BY', 3, [step('PROJECTION', 93, [join])])
    expect(matchedRows(JSON.stringify({ children: [groups] }))).toBe(93)
  })

  it('counts both sides of a join, and one where rows are only looked up again', () => {
    const [one, other] = [step('TABLE_SCAN', 10), step('TABLE_SCAN', 20)]
    const join = (condition: string) => JSON.stringify({ children: [step('HASH_JOIN', 5, [one, other], condition)] })
    expect(matchedRows(join('a = b'))).toBe(30)
    expect(matchedRows(join('file_row_number = file_row_number'))).toBe(20)
  })

  it('leaves out those that dedup takes out of the files once it knows their times', () => {
    const found = step('HASH_GROUP_BY', 3, [step('TABLE_SCAN', 100)])
    const again = step('HASH_JOIN', 4, [step('TABLE_SCAN', 9), step('CTE_SCAN', 3)], 'timestamp_1 = time_of_first_7')
    expect(
      matchedRows(JSON.stringify({ children: [step('CTE', 3, [found, step('HASH_GROUP_BY', 3, [again])])] })),
    ).toBe(100)
  })
})
