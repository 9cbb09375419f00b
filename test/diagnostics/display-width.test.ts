import { describe, expect, it } from 'vitest'
import { clip, displayWidth, padTo } from '../../shared/diagnostics/display-width.js'
import { table } from '../../shared/diagnostics/table.js'

describe('the width of a text', () => {
  it.each([
    ['abc', 3],
    ['日本語', 6],
    ['한글', 4],
    ['ｆｕｌｌ', 8],
    ['ﾊﾝｶｸ', 4],
    ['é', 1],
    ['e\u0301', 1],
    ['👍🏽', 2],
    ['👩‍👩‍👧', 2],
    ['🇩🇪', 2],
    ['❤️', 2],
    ['❤', 1],
    ['█▌…', 3],
    ['a\u200db', 2],
    ['𠮷', 2],
  ])('of %s is %i', (text, width) => {
    expect(displayWidth(text)).toBe(width)
  })

  it('decides what is cut off, never within a character', () => {
    expect(clip('日本語', 6)).toBe('日本語')
    expect(clip('日本語', 5)).toBe('日本…')
    expect(clip('日本語', 4)).toBe('日…')
    expect(clip('ab👩‍👩‍👧cd', 4)).toBe('ab…')
    expect(clip('abcdef', 4)).toBe('abc…')
  })

  it('decides how columns are aligned', () => {
    expect(padTo('日', 4, 'left')).toBe('日  ')
    expect(
      table(
        [
          ['日本', '1'],
          ['abc', '10'],
        ],
        new Set([1]),
      ),
    ).toEqual(['日本   1', 'abc   10'])
  })
})
