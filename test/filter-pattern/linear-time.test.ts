import { describe, expect, it } from 'vitest'
import { compilePattern, parsePattern } from '../../shared/filter-pattern/index.js'

/**
 * Hostile messages take time in proportion to their length. Sizes are compared, not clocks: four times the text may
 * take twelve times as long before a test fails, where quadratic work would take sixteen, and what a quarter of a
 * megabyte costs is compared with reading it.
 */
const small = 256 * 1024
const large = 4 * small

const hostile: readonly (readonly [pattern: string, unit: string, tail: string])[] = [
  ['%a.*a.*a.*a.*x%', 'a', ''],
  ['%^a*a*a*a*$%', 'a', 'b'],
  ['%a\\w+;%', 'a', ''],
  ['%[ab].{500}x%', 'ab', ''],
  ['%a.{1,900}b.{1,900}c%', 'aab', ''],
  ['%[^b]*x[^c]*y%', 'xa', ''],
  ['%\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}%', '123.123.123.', ''],
  ['-aaaaaaaaab ?x "aaaaaaaaaaaaaaaab"', 'a', ''],
  ['[a, b, c=%x.*y.*z%, ...]', 'x ', ''],
  ['[..., c=1]', '"', ''],
  ['[..., c=1]', '"a ', ''],
  ['[..., c=1]', '[a ', ''],
  ['[..., c=1]', '"\\" ', ''],
  ['[..., c=1]', '\\\\"', ''],
  ['[a, ..., c=1]', ' \t', ''],
  ['[a=5]', '9', ''],
  ['{ $.a = %x.*y.*z% }', '["xxyy"],', ''],
  ['{ $.a[*] = 5* }', '4.0,', ''],
  ['{ $.a[*].b = 5* }', '{"b":4.0},', ''],
  ['{ $.a[*].b = 5* }', '{"\\u0062":4.0},', ''],
  ['{ $.a = "x" }', '{"a":', ''],
]

describe('the time a pattern takes', () => {
  it.each(hostile)('is linear for %s on many %j', (pattern, unit, tail) => {
    const parsed = parsePattern(pattern)
    if ('diagnostics' in parsed) throw new Error(parsed.diagnostics[0]!.message)
    const matcher = compilePattern(parsed.ast)
    const time = (length: number) => {
      const message = wrap(pattern, unit.repeat(Math.ceil(length / unit.length)) + tail)
      const start = process.hrtime.bigint()
      matcher.matches(message)
      matcher.extract(message)
      return Number(process.hrtime.bigint() - start) / 1e6
    }
    time(1024)
    const [quarter, whole] = [Math.min(time(small), time(small)), Math.min(time(large), time(large))]
    expect(whole).toBeLessThan(12 * quarter + 50)
  })
})

/** JSON patterns get a document, and one that is broken. */
function wrap(pattern: string, text: string): string {
  if (!pattern.startsWith('{')) return text
  if (text.startsWith('[')) return `{"a":[${text}[]]}`
  return text.endsWith('4.0,') || text.endsWith('},') ? `{"a":[${text}4.0]}` : text
}
