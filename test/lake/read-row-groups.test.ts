import { describe, expect, it } from 'vitest'
import { chooseRowGroups, groupSummaries, timesOf } from '../../shared/lake/read-row-groups.js'
import type { FileFooter, RowGroup } from '../../shared/parquet/footer.js'

const noon = Date.UTC(2026, 0, 15, 12)

function rowGroup(min: number, max: number, firstGroup: string, lastGroup: string): RowGroup {
  const instant = (ms: number) => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(BigInt(Math.round(ms * 1000)))
    return bytes
  }
  const chunk = (column: string, low: Uint8Array, high: Uint8Array) => ({
    column,
    start: 4,
    bytes: 10,
    values: 10,
    statistics: { min: low, max: high, nullCount: 0 },
  })
  return {
    rows: 10,
    chunks: [
      chunk('timestamp', instant(min), instant(max)),
      chunk('log_group', Buffer.from(firstGroup), Buffer.from(lastGroup)),
    ],
  }
}

function footer(rowGroups: readonly RowGroup[], keyValues: Readonly<Record<string, string>> = {}): FileFooter {
  const columns = ['timestamp', 'log_group']
  return { bytes: 0, rows: 20, columns, rowGroups, keyValues: new Map(Object.entries(keyValues)), tree: new Map() }
}

const all = { from: null, to: null }

describe('the row groups to read', () => {
  const file = footer([rowGroup(noon, noon + 10, '/a', '/c'), rowGroup(noon + 20, noon + 30.5, '/c', '/e/é')])

  it('are those whose times meet the range, ends included and rounded outwards', () => {
    expect(chooseRowGroups(file, { from: noon + 10, to: noon + 20 }, null)).toEqual([0, 1])
    expect(chooseRowGroups(file, { from: noon + 11, to: noon + 19 }, null)).toEqual([])
    expect(chooseRowGroups(file, { from: noon + 31, to: null }, null)).toEqual([1])
    expect(timesOf(file.rowGroups[1]!)).toEqual({ min: noon + 20, max: noon + 31 })
  })

  it('are those whose log groups may have one of the names or prefixes', () => {
    const chosen = (names: readonly string[], prefixes: readonly string[]) =>
      chooseRowGroups(file, all, { names, prefixes })
    expect(chosen(['/b'], [])).toEqual([0])
    expect(chosen(['/c'], [])).toEqual([0, 1])
    expect(chosen(['/z'], [])).toEqual([])
    expect(chosen([], ['/e/'])).toEqual([1])
    expect(chosen([], ['/'])).toEqual([0, 1])
    expect(chosen([], ['/aa'])).toEqual([0])
    expect(chosen(['/z'], ['/b'])).toEqual([0])
    expect(chosen([], [])).toEqual([0, 1])
  })

  it('are all where there are no statistics', () => {
    const bare = footer([{ rows: 1, chunks: [] }])
    expect(chooseRowGroups(bare, { from: noon, to: noon }, { names: ['/a'], prefixes: [] })).toEqual([0])
  })

  it('are none of a landing object whose summary names no wanted group in the range', () => {
    const groups = JSON.stringify({
      '/a': { rows: 5, min: noon, max: noon + 1 },
      '/c': { rows: 5, min: noon + 9, max: noon + 10 },
    })
    const landed = footer([rowGroup(noon, noon + 10, '/a', '/c')], { 'tailrace.groups': groups })
    expect(chooseRowGroups(landed, all, { names: ['/b'], prefixes: [] })).toEqual([])
    expect(chooseRowGroups(landed, { from: noon + 5, to: null }, { names: ['/a'], prefixes: [] })).toEqual([])
    expect(chooseRowGroups(landed, all, { names: ['/a'], prefixes: [] })).toEqual([0])
    expect(groupSummaries(footer([], { 'tailrace.groups': '{' }))).toBeNull()
  })
})
