import { describe, expect, it } from 'vitest'
import { trinoRegex } from '../../shared/sql/dialects/trino-regex.js'
import { quoteUnicode } from '../../shared/sql/quote.js'

describe('a regular expression for Trino', () => {
  it.each([
    ['(?P<name>a+)(?<other>b)', '(a+)(b)'],
    ['^a$', '^a(?!.|\\n)'],
    ['a\\z', 'a(?!.|\\n)'],
    ['(?m)^a$|(?:b(?-m)$)$', '(?<![^\\n])a(?![^\\n])|(?:b(?!.|\\n))(?![^\\n])'],
    ['(?i)a|b', '(?i:a)|(?i:b)'],
    ['a(?i)b|c(?s).(?-i)d', 'a(?i:b)|(?i:c)(?is:.)(?s:d)'],
    ['(a(?i)b|c)d', '(a(?i:b)|(?i:c))d'],
    ['(?i:a(?-i)b)c', '(?i:a(?-i:b))c'],
    ['(?U)a*b*?(?-U:c+)d{2,}[$]{3}?{', 'a*?b*(?:c+)d{2,}?[$]{3}{'],
    ['a{,2}b{1,2}', 'a{,2}b{1,2}'],
    ['\\pL\\PN\\p{^Lu}\\P{^Greek}[\\pZ]', '\\p{L}\\P{N}\\P{Lu}\\p{Greek}[\\p{Z}]'],
    ['(?i)\\p{Lu}\\P{Ll}\\p{L}', '(?i:[\\p{Lu}\\p{Ll}\\p{Lt}][^\\p{Lu}\\p{Ll}\\p{Lt}]\\p{L})'],
    ['\\pC\\P{C}', '[\\p{Cc}\\p{Cf}\\p{Co}\\p{Cs}][^\\p{Cc}\\p{Cf}\\p{Co}\\p{Cs}]'],
    ['a\\$[$]', 'a\\$[$]'],
    ['\\s\\S', '[\\t\\n\\f\\r ][^\\t\\n\\f\\r ]'],
    ['\\bx', '(?:(?<=\\w)(?!\\w)|(?<!\\w)(?=\\w))x'],
    ['[[:alpha:]_\\s]', '[[A-Za-z]_[\\t\\n\\f\\r ]]'],
    ['[^[:^digit:]]', '[^[^0-9]]'],
    ['[[a&&b]', '[\\[a\\&\\&b]'],
    ['[]a]', '[\\]a]'],
    ['\\Qa.b\\E.', 'a\\.b.'],
    ['[\\x80-\\xff]\\x7f\\xe9', '[\\x{80}-\\x{ff}]\\x7f\\x{e9}'],
    ['a\0[\0]', 'a\\x00[\\x00]'],
    ['\\d\\\\s', '\\d\\\\s'],
  ])('is written for %s', (regex, expected) => {
    expect(trinoRegex(regex)).toBe(expected)
  })
})

describe('a text literal that may hold NUL', () => {
  it('is a plain one unless it does', () => {
    expect(quoteUnicode("it's \\")).toBe("'it''s \\'")
    expect(quoteUnicode("a\0'\\")).toBe("U&'a\\0000''\\\\'")
  })
})
