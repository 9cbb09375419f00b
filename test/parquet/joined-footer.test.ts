import { describe, expect, it } from 'vitest'
import { joinedFooter, openFooter, shiftedRowGroup } from '../../shared/parquet/joined-footer.js'
import { FooterUnreadable } from '../../shared/parquet/read-footer.js'
import { event, landingFile } from '../lake/landed.js'
import { expectedRow, readWithDuckDB, readWithHyparquet } from './read-back.js'

const batches = [
  [event(1), event(2, { message: 'é', level: 'WARN' })],
  [event(3, { log_group: '/b', fields: { keys: ['k'], values: ['v'] } })],
  [event(4), event(5, { request_id: 'r-5' }), event(6, { id_raw: 'x', id_random: null })],
]
const files = batches.map((rows, index) => landingFile(rows, { 'tailrace.metrics': `counts of ${index}` }))

/** The files one after another, with a footer for some of them. */
function joined(...taken: readonly number[]): Uint8Array {
  const footers = files.map(openFooter)
  const starts = files.map((_, index) => files.slice(0, index).reduce((sum, { length }) => sum + length, 0))
  const groups = taken.flatMap(index => footers[index]!.rowGroups.map(group => shiftedRowGroup(group, starts[index]!)))
  const rows = taken.reduce((sum, index) => sum + footers[index]!.rows, 0)
  return Buffer.concat([...files, joinedFooter(footers[0]!.frame, rows, groups)])
}

describe('several files as one', () => {
  it.each([
    ['all of them', [0, 1, 2]],
    ['some of them', [2, 0]],
  ])('reads as %s do, in the order of the footer', async (_, taken) => {
    const wanted = taken.flatMap(index => batches[index]!.map(expectedRow))
    expect(await readWithDuckDB(joined(...taken))).toEqual(wanted)
    expect(await readWithHyparquet(joined(...taken))).toEqual(wanted)
  })

  it('tells what each footer says', () => {
    const [first, second] = files.map(openFooter)
    expect(first!.frame).toBe(second!.frame)
    expect(first).toMatchObject({ rows: 2, isSound: true })
    expect(second!.keyValues.get('tailrace.metrics')).toBe('counts of 1')
    const [group] = second!.rowGroups
    expect(Buffer.from(group!.chunks[1]!.statistics.min!).toString()).toBe('/b')
    expect(group!.chunks.length).toBe(18)
  })

  it('has statistics that leave row groups out, at their new places', async () => {
    const { rowGroups, rows } = openFooter(joined(0, 1, 2))
    expect(rows).toBe(6)
    expect(rowGroups.map(({ chunks }) => Buffer.from(chunks[1]!.statistics.max!).toString())).toEqual([
      '/ecs/orders',
      '/b',
      '/ecs/orders',
    ])
    expect(rowGroups.map(({ chunks }) => chunks[0]!.start)).toEqual([
      4,
      files[0]!.length + 4,
      files[0]!.length + files[1]!.length + 4,
    ])
  })

  it('calls a footer unsound that speaks of bytes which are not before it', () => {
    const whole = files[2]!
    const cut = Buffer.concat([whole.subarray(0, 4), whole.subarray(200)])
    expect(openFooter(cut).isSound).toBe(false)
  })

  it('refuses what is no Parquet file', () => {
    const damaged = Buffer.from(files[0]!)
    damaged.fill(0xff, damaged.length - 400, damaged.length - 8)
    for (const body of [new Uint8Array(0), Buffer.from('PAR1'), Buffer.alloc(64), files[0]!.subarray(0, -9), damaged]) {
      expect(() => openFooter(body)).toThrow(FooterUnreadable)
    }
    const long = Buffer.from(files[0]!)
    long.writeUInt32LE(1_000_000, long.length - 8)
    expect(() => openFooter(long)).toThrow(/a footer of 1000008 bytes in a file of/)
  })
})
