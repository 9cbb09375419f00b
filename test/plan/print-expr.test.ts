import { describe, expect, it } from 'vitest'
import { and, call, compare, type Expr, field, literal, not, or } from '../../shared/plan/expr.js'
import { printExpr } from '../../shared/plan/print-expr.js'

describe('printExpr', () => {
  const isLarge = compare(field('bytes'), '>', literal(5n))
  it.each<[Expr, string]>([
    [and([]), 'true'],
    [or([]), 'false'],
    [or([isLarge]), 'bytes > 5'],
    [not(and([isLarge, or([isLarge, literal(false)])])), 'not (bytes > 5 and (bytes > 5 or false))'],
    [call('f', field('odd name'), literal('a"b')), 'f(`odd name`, "a\\"b")'],
    [{ kind: 'path', of: field('@message'), steps: ['a', 0, 'b c'] }, '@message.a[0]["b c"]'],
    [{ kind: 'like', text: field('x'), part: 'y', at: 'end' }, 'x ends with "y"'],
    [{ kind: 'regex', text: field('x'), regex: 'a/b' }, 'x like /a\\/b/'],
    [{ kind: 'any', list: field('x'), where: compare({ kind: 'element' }, '=', literal(1)) }, 'any(x, element = 1)'],
  ])('prints case %#', (expr, text) => {
    expect(printExpr(expr)).toBe(text)
  })
})
