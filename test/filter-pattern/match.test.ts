import { describe, expect, it } from 'vitest'
import {
  compileFirst,
  compilePattern,
  type JsonObject,
  type Matcher,
  parsePattern,
  parseSelector,
} from '../../shared/filter-pattern/index.js'
import { markMatches } from '../../shared/filter-pattern/mark.js'

function matcher(text: string): Matcher {
  const parsed = parsePattern(text)
  if ('diagnostics' in parsed) throw new Error(parsed.diagnostics[0]!.message)
  return compilePattern(parsed.ast)
}

describe('compilePattern', () => {
  it('asks for the JSON document once, and only for a JSON pattern', () => {
    let reads = 0
    const json = () => {
      reads++
      return { a: 1, b: 2 } as JsonObject
    }
    const message = '{"a":1,"b":2}'
    expect(matcher('a').matches(message, json)).toBe(true)
    expect(matcher('[a]').matches(message, json)).toBe(true)
    expect(reads).toBe(0)
    expect(matcher('{ $.a = 2 || $.b = 1 || $.b = 2 }').matches(message, json)).toBe(true)
    expect(reads).toBe(1)
  })

  it('takes the word of the caller that a message is no JSON object', () => {
    expect(matcher('{ $.a = 1 }').matches('{"a":1}', () => undefined)).toBe(false)
    expect(matcher('{ $[0] = 1 }').matches(' [1]', () => undefined)).toBe(true)
  })

  it('finds escaped text although the text itself does not occur', () => {
    const escaped = '{"\\u006cevel":"\\u0045RROR"}'
    expect(matcher('{ $.level = "ERROR" }').matches(escaped)).toBe(true)
    expect(matcher('{ $.level = "WARN" || $.level = "ERR*" }').matches(escaped)).toBe(true)
  })

  it('reads a number as it is written, wherever a member of that name stands', () => {
    const message = '{"x":{"n":4.0},"n":40e-1,"m":[4.00,{"n":4.000}],"n":12345678901234567890}'
    const found = (pattern: string) => matcher(pattern).matches(message)
    expect(found('{ $.x.n = %^4\\.0$% }')).toBe(true)
    expect(found('{ $.n = %^12345678901234567890$% }')).toBe(true)
    expect(found('{ $.m[0] = *.00 }')).toBe(true)
    expect(found('{ $.m[*].n = *.000 }')).toBe(true)
    expect(found('{ $.m[*].n = *.0000 }')).toBe(false)
    expect(found('{ $.x.* = %^4\\.0$% }')).toBe(true)
  })

  it('extracts values only from events that match, and keeps nothing from one event to the next', () => {
    const fields = matcher('[a=x, ..., b]')
    expect(fields.extract('x 1 2 3')).toEqual({ $a: 'x', $2: '1', $3: '2', $b: '3' })
    expect(fields.extract('y 1 2 3')).toBeUndefined()
    expect(fields.extract('x 1')).toEqual({ $a: 'x', $b: '1' })
    expect(matcher('{ $.a = * }').extract('{"a":1}')).toEqual({})
  })

  it('binds the last entries of a long event from its end', () => {
    const numbers = Array.from({ length: 1000 }, (_, index) => index)
    const last = matcher('[a=0, ..., b=997, c, d=999]')
    expect(last.matches(numbers.join(' '))).toBe(true)
    const many = matcher(`[x, ..., a=160, ${Array.from({ length: 39 }, (_, index) => `b${index}`)}]`)
    expect(many.matches(numbers.slice(0, 200).join(' '))).toBe(true)
    expect(many.matches(numbers.slice(0, 201).join(' '))).toBe(false)
    expect(Object.keys(last.extract(numbers.join(' '))!)).toHaveLength(1000)
  })
})

describe('compileFirst', () => {
  const first = (text: string, document: unknown) => {
    const parsed = parseSelector(text)
    return 'selector' in parsed ? compileFirst(parsed.selector)(document) : parsed.diagnostics
  }

  it('takes the value that a metric is made of', () => {
    expect(first('$.a[1].b', { a: [0, { b: 12.75 }] })).toBe(12.75)
    expect(first('$.a[*].b', { a: [0, { b: null }, { b: 1 }] })).toBe(null)
    expect(first('$.a.b', { a: 'b' })).toBeUndefined()
    expect(first('$.toString', {})).toBeUndefined()
  })
})

describe('markMatches', () => {
  const marked = (pattern: string, message: string) => {
    const parsed = parsePattern(pattern)
    if ('diagnostics' in parsed) throw new Error(parsed.diagnostics[0]!.message)
    return markMatches(parsed.ast, message).map(({ start, end }) => message.slice(start, end))
  }

  it('marks what the pattern asked about', () => {
    expect(marked('a "b c" -x', 'a b c a')).toEqual(['a', 'b c', 'a'])
    expect(marked('ab bc %\\d+%', 'abc 123')).toEqual(['abc', '123'])
    expect(marked('[a, ..., c=%x%]', '1 "2 3" "4 x"')).toEqual(['4 x'])
    expect(marked('{ $.a[*] > 1 && $.b NOT EXISTS && $.c IS NULL }', '{"a":[1,2,3],"c":null}')).toEqual([
      '2',
      '3',
      'null',
    ])
    expect(marked('', 'anything')).toEqual([])
  })
})
