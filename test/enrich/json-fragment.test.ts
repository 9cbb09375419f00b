import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findJson, flattenJson, maxDiscoveredFields } from '../../shared/enrich/json-fragment.js'

function fieldsOf(text: string, from = 0) {
  const flat = findJson(text, from)
  return flat === undefined ? undefined : Object.fromEntries(flat.keys.map((key, index) => [key, flat.values[index]]))
}

describe('findJson', () => {
  it('flattens members by dotted path and elements by position', () => {
    expect(fieldsOf('x {"a":{"b":[1,{"c":"d"},[2]]},"e":""} y')).toEqual({
      'a.b.0': '1',
      'a.b.1.c': 'd',
      'a.b.2.0': '2',
      e: '',
    })
  })

  it('keeps the text of numbers, writes booleans as 1 and 0, and leaves null out', () => {
    expect(fieldsOf('{"n":9007199254740993,"f":1.50,"e":1e400,"m":-0,"t":true,"u":false,"z":null}')).toEqual({
      n: '9007199254740993',
      f: '1.50',
      e: '1e400',
      m: '-0',
      t: '1',
      u: '0',
    })
  })

  it('decodes names and strings', () => {
    expect(fieldsOf(String.raw`{"a\"b":"\u00e9\n\ud800","c":"é😀"}`)).toEqual({ 'a"b': 'é\n\ud800', c: 'é😀' })
  })

  it('adds an @ to names that begin with one', () => {
    expect(fieldsOf('{"@type":"x","a":{"@b":1},"":{"c":2}}')).toEqual({ '@@type': 'x', 'a.@b': '1', '.c': '2' })
  })

  it('goes on to the next brace when one begins no object, and stops behind the first object', () => {
    expect(fieldsOf('{foo=2, bar} {"a" 1} {"b":1} {"c":2}')).toEqual({ b: '1' })
    expect(findJson('ab {} c', 0)).toEqual({ keys: [], values: [], end: 5 })
  })

  it('finds none in what is not JSON', () => {
    const texts = [
      '',
      '{',
      '{"a',
      '{"a":}',
      '{"a":1',
      '{"a":01}',
      '{"a":1,}',
      "{'a':1}",
      '{"a":"\n"}',
      '{"a":tru}',
      '}{',
    ]
    for (const text of texts) expect(fieldsOf(text), text).toBeUndefined()
  })

  it('keeps keys unique: the last value of a repeated name wins', () => {
    expect(flattenJson('{"a":1,"a.b":2,"a":{"b":3},"a":4}', 0)).toEqual({
      keys: ['a', 'a.b'],
      values: ['4', '3'],
      end: 33,
    })
  })

  it('stops at the number of fields that CloudWatch extracts', () => {
    const wide = JSON.stringify(Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`k${index}`, index])))
    const flat = flattenJson(wide, 0)
    expect(flat?.keys).toHaveLength(maxDiscoveredFields)
    expect(flat?.end).toBe(wide.length)
    expect(flattenJson(JSON.stringify({ a: Array.from({ length: 500 }, () => 1) }), 0)?.keys).toHaveLength(200)
  })

  it('takes linear time and bounded space on hostile lines', () => {
    const name = 'n'.repeat(500_000)
    const lines = [
      '{"'.repeat(400_000),
      '{"a":'.repeat(200_000),
      `{"a":${'['.repeat(900_000)}`,
      `{"${name}":{${Array.from({ length: 40_000 }, (_, index) => `"${index}":1`).join(',')}}}`,
      `{"a":"${'\\"'.repeat(400_000)}`,
      `{"a":${' '.repeat(900_000)}`,
    ]
    for (const line of lines) {
      const start = performance.now()
      expect((findJson(line, 0)?.keys.join('') ?? '').length).toBeLessThan(1_000_000)
      expect(performance.now() - start, line.slice(0, 20)).toBeLessThan(500)
    }
  })

  it('agrees with JSON.parse on what is an object', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 6 }), object => {
        const text = JSON.stringify(object, null, 1)
        const flat = flattenJson(text, 0)
        expect(flat?.end).toBe(text.length)
        expect(new Set(flat?.keys).size).toBe(flat?.keys.length)
        for (const [key, value] of Object.entries(object))
          if (typeof value === 'string' && !key.includes('.'))
            expect(flat?.values[flat.keys.indexOf(key.startsWith('@') ? `@${key}` : key)]).toBe(value)
      }),
    )
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('{', '}', '"', ':', ',', '[', ']', '1', 'a', '\\', ' ') }),
        tail => {
          const text = `{${tail}`
          const flat = flattenJson(text, 0)
          if (flat !== undefined) expect(() => JSON.parse(text.slice(0, flat.end))).not.toThrow()
        },
      ),
    )
  })
})
