import fc from 'fast-check'
import { expect, it } from 'vitest'
import { compilePattern, compilePick, parsePattern } from '../../shared/filter-pattern/index.js'

const patterns = [
  '[]',
  '[...]',
  '[a]',
  '[a, b]',
  '[a, , c]',
  '[a, ..., y, z]',
  '[, ..., ]',
  '[..., z = REJECT, ]',
  '[a, b = 1*, ...]',
  '[a, b, ..., c]',
  '[a != x, b, ...]',
]
const names = ['a', 'b', 'c', 'y', 'z', '1', '2', '3', '4', '40']

const field = fc.constantFrom('x', 'yy', '1', '12', 'REJECT', '"a b"', '[c d', '"', '[e f]', '-')
const message = fc.array(field, { maxLength: 45 }).map(fields => fields.join(' '))

it('picks what extract gives', () => {
  fc.assert(
    fc.property(fc.constantFrom(...patterns), message, (pattern, event) => {
      const parsed = parsePattern(pattern)
      if (!('ast' in parsed) || parsed.ast.kind !== 'fields') throw new Error(pattern)
      const all = compilePattern(parsed.ast).extract(event)
      expect(compilePick(parsed.ast, names)(event)).toEqual(all && names.map(name => all[`$${name}`]))
      for (const name of names) {
        expect(compilePick(parsed.ast, [name])(event)).toEqual(all && [all[`$${name}`]])
      }
    }),
    { numRuns: 2000, seed: 7 },
  )
})
