import { describe, expect, it } from 'vitest'
import { manifestCache } from '../../shared/iceberg/manifest-cache.js'
import { addColumns, newSnapshotId, setProperties } from '../../shared/iceberg/table-changes.js'
import { currentSchema } from '../../shared/iceberg/table-metadata.js'
import { dayOf, transformForOrder } from '../../shared/iceberg/transform.js'
import { newLogTable } from './log-table.js'

const now = new Date('2026-02-01T00:00:00Z')
const table = newLogTable('s3://bucket/table', { kept: 'a', gone: 'b' })

describe('a change without a snapshot', () => {
  it('sets and takes away properties', () => {
    const changed = setProperties(table, { gone: null, missing: null, new: 'c' }, now)
    expect(changed).toEqual({ ...table, properties: { kept: 'a', new: 'c' }, 'last-updated-ms': now.getTime() })
  })

  it('adds columns from 100 on as a schema beside the older one', () => {
    const once = addColumns(table, [{ name: 'duration', type: 'double', doc: 'ms' }], now)
    const twice = addColumns(
      once,
      [
        { name: 'duration', type: 'double' },
        { name: 'service', type: 'string' },
      ],
      now,
    )
    expect(twice['last-column-id']).toBe(101)
    expect(twice.schemas.map(schema => [schema['schema-id'], schema.fields.length])).toEqual([
      [0, 17],
      [1, 18],
      [2, 19],
    ])
    expect(currentSchema(twice).fields.slice(-2)).toEqual([
      { id: 100, name: 'duration', required: false, type: 'double', doc: 'ms' },
      { id: 101, name: 'service', required: false, type: 'string' },
    ])
    expect(addColumns(twice, [{ name: 'service', type: 'string' }], now)).toBe(twice)
    expect(() => addColumns(twice, [{ name: 'message', type: 'long' }], now)).toThrow('message is "string", not long')
  })

  it('never turns the clock of the table back', () => {
    const later = setProperties(table, {}, now)
    expect(setProperties(later, {}, new Date(0))['last-updated-ms']).toBe(now.getTime())
  })
})

it('a snapshot id is positive and exact as a number', () => {
  for (const uuid of ['00000000-0000-4000-8000-000000000000', 'ffffffff-ffff-4fff-bfff-ffffffffffff']) {
    const id = newSnapshotId(uuid)
    expect(id > 0n && id <= BigInt(Number.MAX_SAFE_INTEGER)).toBe(true)
  }
})

describe('a transform', () => {
  const micro = (text: string): bigint => BigInt(Date.parse(text)) * 1000n

  it('of a time is the number of whole units since 1970, rounded down before it too', () => {
    const units = (text: string) =>
      ['year', 'month', 'day', 'hour'].map(unit => transformForOrder(unit, 'timestamptz', micro(text)))
    expect(units('2026-03-05T06:59:59.999Z')).toEqual([56, 674, 20_517, 492_414])
    expect(units('1969-12-31T23:59:59.999Z')).toEqual([-1, -1, -1, -1])
    expect(dayOf(-1n)).toBe(-1)
    expect(dayOf(-86_400_000_000n)).toBe(-1)
    expect(dayOf(-86_400_000_001n)).toBe(-2)
  })

  it('that does not keep the order of its source says nothing', () => {
    expect(transformForOrder('bucket[16]', 'string', 'a')).toBe(null)
    expect(transformForOrder('identity', 'string', 'a')).toBe('a')
  })
})

it('a cache of manifests lets the least recently used ones go', () => {
  const cache = manifestCache(3)
  const entries = (count: number) => new Array(count).fill(null) as never[]
  cache.set('a', entries(1))
  cache.set('b', entries(1))
  cache.set('c', entries(1))
  cache.get('a')
  cache.set('d', entries(2))
  expect(['a', 'b', 'c', 'd'].map(path => cache.get(path)?.length)).toEqual([1, undefined, undefined, 2])
  cache.set('too many', entries(4))
  expect(cache.get('too many')).toBe(undefined)
  expect(cache.get('d')).toHaveLength(2)
})
