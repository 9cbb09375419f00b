import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lowerBound, readBound, upperBound, writeSingleValue } from '../../shared/iceberg/single-value.js'

const hex = (bytes: Uint8Array | null): string | null => (bytes === null ? null : Buffer.from(bytes).toString('hex'))

describe('a single value', () => {
  it.each([
    ['boolean', true, '01'],
    ['int', 34, '22000000'],
    ['int', -1, 'ffffffff'],
    ['date', 20463, 'ef4f0000'],
    ['long', 34n, '2200000000000000'],
    ['timestamptz', 400_000n, '801a060000000000'],
    ['float', -4.5, '000090c0'],
    ['double', 6, '0000000000001840'],
    ['string', 'é😀', 'c3a9f09f9880'],
  ] as const)('of %s %s is %s', (type, value, bytes) => {
    expect(hex(writeSingleValue(type, value))).toBe(bytes)
    expect(readBound(type, Buffer.from(bytes, 'hex'))).toBe(value)
  })

  it('is read by its width after the column was promoted', () => {
    expect(readBound('long', writeSingleValue('int', -7)!)).toBe(-7n)
    expect(readBound('double', writeSingleValue('float', 0.5)!)).toBe(0.5)
  })

  it('is null for a type that is not ordered here', () => {
    expect(readBound('decimal(9,2)', Uint8Array.of(1))).toBe(null)
    expect(readBound('uuid', new Uint8Array(16))).toBe(null)
  })
})

describe('bounds of text', () => {
  it.each([
    ['short', 'short', 'short'],
    ['sixteen letters!', 'sixteen letters!', 'sixteen letters!'],
    ['sixteen letters!+', 'sixteen letters!', 'sixteen letters"'],
    ['😀'.repeat(17), '😀'.repeat(16), `${'😀'.repeat(15)}😁`],
    [`${'a'.repeat(15)}\ud7ffz`, `${'a'.repeat(15)}\ud7ff`, `${'a'.repeat(15)}\ue000`],
    [`${'a'.repeat(14)}b\u{10ffff}z`, `${'a'.repeat(14)}b\u{10ffff}`, `${'a'.repeat(14)}c`],
    ['\u{10ffff}'.repeat(17), '\u{10ffff}'.repeat(16), null],
  ])('of %j are %j and %j', (text, lower, upper) => {
    expect(readBound('string', lowerBound('string', text)!)).toBe(lower)
    expect(hex(upperBound('string', text))).toBe(upper === null ? null : hex(Buffer.from(upper)))
  })

  it('lie below and above any text, as UTF-8', () => {
    const anyText = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.string({ unit: fc.constantFrom('\u{10ffff}', '\ud7ff', '\ue000', '\uffff', 'a'), maxLength: 20 }),
      // Halves of surrogate pairs are stored as U+FFFD.
      fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map(unit => String.fromCharCode(unit)), maxLength: 20 }),
    )
    fc.assert(
      fc.property(anyText, text => {
        const stored = Buffer.from(text)
        const upper = upperBound('string', text)
        expect(Buffer.compare(lowerBound('string', text)!, stored)).toBeLessThanOrEqual(0)
        if (upper !== null) {
          expect(Buffer.compare(stored, upper)).toBeLessThanOrEqual(0)
          expect(hex(Buffer.from(Buffer.from(upper).toString()))).toBe(hex(upper))
        } else expect(text.startsWith('\u{10ffff}'.repeat(16))).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})
