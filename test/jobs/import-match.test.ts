import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { importedTextsOf, missingEvents, type Readings } from '../../shared/jobs/import-match.js'

/** Messages are letters; a redaction makes two of them alike, another one two others. */
const readings: Readings = message => [
  message.replace(/[ab]/, '[REDACTED:x]'),
  message.replace(/[bc]/, '[REDACTED:y]'),
  message,
]

describe('what an import finds missing', () => {
  it('is as many events as the lake lacks, whichever of them were delivered and under which rules', () => {
    const event = fc.record({
      message: fc.constantFrom('a', 'b', 'c', 'd'),
      isHeld: fc.boolean(),
      reading: fc.nat(2),
    })
    fc.assert(
      fc.property(fc.array(event, { maxLength: 12 }), events => {
        const exported = events.map(({ message }) => message)
        const held = events.filter(({ isHeld }) => isHeld).map(({ message, reading }) => readings(message)[reading]!)
        const missing = missingEvents(exported, held, readings)
        expect(missing.reduce((sum, { count }) => sum + count, 0)).toBe(exported.length - held.length)
        // After it, readers see the larger count of each text.
        const seen = new Map<string, number>()
        for (const text of held) seen.set(text, (seen.get(text) ?? 0) + 1)
        for (const { message, copies } of missing) {
          const text = readings(message)[0]!
          seen.set(text, Math.max(seen.get(text) ?? 0, copies))
        }
        if (held.length > 0) expect([...seen.values()].reduce((sum, count) => sum + count, 0)).toBe(exported.length)
      }),
      { numRuns: 500 },
    )
  })

  it('is nothing where rules that nobody recorded made the rows, and all where the lake holds other events', () => {
    expect(missingEvents(['one', 'two'], ['[REDACTED:old]', 'two'], message => [message])).toEqual([])
    expect(missingEvents(['one', 'two'], ['three'], message => [message])).toEqual([
      { message: 'one', count: 1, copies: 1 },
      { message: 'two', count: 1, copies: 1 },
    ])
    expect(missingEvents(['one', 'one', 'one'], ['one'], message => [message])).toEqual([
      { message: 'one', count: 2, copies: 3 },
    ])
  })
})

describe('what a replay finds imported', () => {
  const x = '[REDACTED:x]'
  it.each<[string, string[], string[], string[], (string | null)[]]>([
    ['nothing', ['a'], [], [], [null]],
    ['the text of today before others', ['a', 'b'], [x, 'b'], [], [x, 'b']],
    ['equal events one by one', ['a', 'a', 'a'], [x, 'a'], [], ['a', x, null]],
    ['no row that says something else', ['d'], [x, 'c'], [], [null]],
    ['no row of another event with an id', ['a'], [], ['a', x], [null]],
    ['the row that the import landed in place of the delivered event', ['a'], ['b'], [x], ['b']],
    ['not a row that cannot be the delivered event', ['a'], ['d'], [x], [null]],
  ])('%s', (_, messages, imported, identified, expected) => {
    const found = importedTextsOf(messages, imported, identified, readings)
    expect([...found].sort()).toEqual([...expected].sort())
  })

  it('is found with a few redactions of each row, however many rows there are', () => {
    let redacted = 0
    const counted: Readings = message => {
      redacted++
      return readings(message)
    }
    const numbered = (letter: string) => Array.from({ length: 500 }, (_, index) => `${letter} ${index}`)
    const imported = numbered('a').map(message => readings(message)[0]!)
    const found = importedTextsOf(numbered('a'), [...imported, ...numbered('d')], numbered('c'), counted)
    expect(found).toEqual(imported)
    expect(redacted).toBe(2_000)
  })
})
