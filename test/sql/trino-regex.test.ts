import { describe, expect, it } from 'vitest'
import { trinoRegex } from '../../shared/sql/dialects/trino-regex.js'
import { quoteUnicode } from '../../shared/sql/quote.js'

describe('a regular expression for Trino', () => {
  it.each([
    ['(?P<name>a+)', '(?<name>a+)'],
    ['^a$', '^a\\z'],
    ['(?m)^a$', '(?m)^a$'],
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
