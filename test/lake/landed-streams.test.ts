import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeStreams,
  type LandedStreams,
  overlappingStreams,
  StreamCounter,
} from '../../shared/lake/landed-streams.js'
import { noon } from './landed.js'

const hour = 3_600_000
const account = '123456789012'
const bounds = { min: noon, max: noon + hour }

describe('what landing objects say of their streams', () => {
  const counted = (): StreamCounter => {
    const streams = new StreamCounter()
    streams.payload('/a', 's', [{ id: '3' }, { id: '1' }, { id: '2' }])
    streams.add(account, '/a', 's', noon + 5, 'naïve')
    streams.add(account, '/a', 's', noon, '')
    streams.add('111122223333', '/a', 's', noon, 'x')
    streams.add(account, '/a', 's', noon + hour, 'late')
    streams.add(account, '/a', 's', noon + 9, 'back')
    return streams
  }

  it('counts rows and UTF-8 bytes of each stream in each hour', () => {
    const decoded = decodeStreams(counted().encode()!, 5, bounds)
    const of = { accountId: account, logGroup: '/a', logStream: 's' }
    const at = noon / hour
    expect(decoded).toEqual({
      isDistinct: true,
      tallies: [
        { ...of, hour: at, rows: 3, bytes: 10, first: noon, last: noon + 9 },
        { ...of, accountId: '111122223333', hour: at, rows: 1, bytes: 1, first: noon, last: noon },
        { ...of, hour: at + 1, rows: 1, bytes: 4, first: noon + hour, last: noon + hour },
      ],
    })
  })

  it.each([
    [32, 1, true],
    [33, 1, false],
    [33, 8, true],
    [500, 8, true],
    [501, 100, false],
  ])('of %i streams with %i rows each in a footer: %s', (count, rows, isSaid) => {
    const streams = new StreamCounter()
    for (let index = 0; index < count * rows; index++) streams.add(account, '/a', `s${index % count}`, noon, '')
    expect(streams.encode() !== null).toBe(isSaid)
  })

  it('tells payloads of a stream apart by the range of their ids', () => {
    const isDistinct = (...payloads: (readonly [stream: string, ...ids: (string | undefined)[]])[]) => {
      const streams = new StreamCounter()
      for (const [stream, ...ids] of payloads) {
        streams.payload(
          '/a',
          stream,
          ids.map(id => (id === undefined ? {} : { id })),
        )
      }
      streams.add(account, '/a', 's', noon, '')
      return decodeStreams(streams.encode()!, 1, { min: noon, max: noon })!.isDistinct
    }
    expect(isDistinct(['s', '1', '2'], ['s', '3', '4'], ['s', '0'])).toBe(true)
    expect(isDistinct(['s', '1', '2'], ['t', '1', '2'])).toBe(true)
    expect(isDistinct(['s', '1', '2'], ['s', '2', '3'])).toBe(false)
    expect(isDistinct(['s', '5', '4', '1'], ['s', '3'])).toBe(false)
    expect(isDistinct(['s', '1'], ['s', '3'], ['s', '2'])).toBe(false)
    expect(isDistinct(['s', '1', undefined])).toBe(false)
    expect(isDistinct(['s', ''])).toBe(false)
  })

  it('believes no object that says what cannot be', () => {
    const text = counted().encode()!
    const read = (said: string | undefined, rows = 5, times = bounds) => decodeStreams(said, rows, times)
    expect(read(text)).not.toBeNull()
    expect(read(undefined)).toBeNull()
    expect(read(text, 6)).toBeNull()
    expect(read(text, 5, { ...bounds, min: noon - 1 })).toBeNull()
    expect(read(text, 5, { ...bounds, max: noon + hour + 1 })).toBeNull()
    for (const odd of ['', '{', 'null', '7', '[]', '{"streams":7}', '{"streams":[7]}', '{"streams":[[]]}']) {
      expect(read(odd)).toBeNull()
    }
    expect(read(text.replace(`,${noon / hour},`, `,${noon / hour + 1},`))).toBeNull()
    expect(read(text.replace('"s"', '7'))).toBeNull()
    expect(read(text.replace(',10,', ',-10,'))).toBeNull()
    expect(read(text.replace('"distinct":true', '"distinct":1'))?.isDistinct).toBe(false)
  })

  it('finds every two objects that have events of a stream at the same time', () => {
    const span = fc.record({ stream: fc.constantFrom('s', 't'), first: fc.nat(30), length: fc.nat(6) })
    const objects = fc.array(fc.record({ isDistinct: fc.boolean(), spans: fc.array(span, { maxLength: 3 }) }))
    const meet = (one: LandedStreams, other: LandedStreams): boolean =>
      one.tallies.some(a =>
        other.tallies.some(b => a.logStream === b.logStream && a.first <= b.last && b.first <= a.last),
      )
    fc.assert(
      fc.property(objects, given => {
        const landed = given.map(({ isDistinct, spans }): LandedStreams => {
          const tallies = spans.map(({ stream: logStream, first, length }) => {
            return {
              accountId: account,
              logGroup: '/a',
              logStream,
              hour: 0,
              rows: 1,
              bytes: 1,
              first,
              last: first + length,
            }
          })
          return { isDistinct, tallies }
        })
        const expected = landed.filter(
          one => !one.isDistinct || landed.some(other => other !== one && meet(one, other)),
        )
        expect([...overlappingStreams(landed)].sort((a, b) => landed.indexOf(a) - landed.indexOf(b))).toEqual(expected)
      }),
    )
  })
})
