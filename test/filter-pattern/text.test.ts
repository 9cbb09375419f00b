import { describe, expect, it } from 'vitest'
import {
  explainPattern,
  type FilterPattern,
  formatPattern,
  lowerPattern,
  parsePattern,
} from '../../shared/filter-pattern/index.js'
import { printExpr } from '../../shared/plan/print-expr.js'

function read(text: string): FilterPattern {
  const parsed = parsePattern(text)
  if ('diagnostics' in parsed) throw new Error(parsed.diagnostics[0]!.message)
  return parsed.ast
}

describe('formatPattern', () => {
  it.each([
    [' " " ', ''],
    ['?a ?"b c"\t-  d', '?a ?"b c" -d'],
    ['ORDER-"ITEM"', 'ORDER -ITEM'],
    ['"say \\"\\\\\\""', '"say \\"\\\\\\""'],
    ['{($.a=1)&&(($.b=x*||$.c!=%y%))}', '{ $.a = 1 && ($.b = "x*" || $.c != %y%) }'],
    ["{$['a b'].['c'][0].*IS TRUE}", "{ $.['a b'].c[0].* IS TRUE }"],
    ['[a,,(b=1||b=2),...,(c)]', '[a, , b = 1 || b = 2, ..., c]'],
    ['[ ]', '[]'],
  ])('writes %s as %s', (text, canonical) => {
    expect(formatPattern(read(text))).toBe(canonical)
    expect(formatPattern(read(canonical))).toBe(canonical)
  })
})

describe('explainPattern', () => {
  it.each([
    ['', 'Matches every event.'],
    ['[]', 'Matches every event.'],
    ['ERROR', 'Matches events that contain "ERROR".'],
    ['a b -c -"d e"', 'Matches events that contain "a" and "b" and do not contain "c" or "d e".'],
    ['-a', 'Matches events that do not contain "a".'],
    ['?a ?b ?%c\\d%', 'Matches events that contain "a", "b" or text like %c\\d%.'],
    [
      '?a ?b c',
      'Matches events that contain "c", whatever else they contain ("a" and "b" marked "?" counts for nothing beside other terms).',
    ],
    [
      '{ $.a = 1 && ($.b = x* || $.c NOT EXISTS) }',
      'Matches events that are a JSON document in which $.a is 1 and ($.b starts with "x" or $.c does not exist).',
    ],
    ['{ $.a[*] != "x" }', 'Matches events that are a JSON document in which some $.a[*] has a value other than "x".'],
    ['{ $.a[*] NOT EXISTS }', 'Matches events that are a JSON document in which no $.a[*] exists.'],
    [
      '{ $.a = * || $.b IS TRUE }',
      'Matches events that are a JSON document in which $.a has any value or $.b is true.',
    ],
    ['[a=*b]', 'Matches events taken whole as one field, in which a ends with "b".'],
    ['[a, b]', 'Matches events of at least 2 fields, the last of which takes the rest.'],
    [
      '[a > 5, ..., b = 4* || b = %x%]',
      'Matches events of at least 2 fields, in which a is greater than 5 and (b starts with "4" or b contains text like %x%).',
    ],
  ])('says what %s matches', (text, sentence) => {
    expect(explainPattern(read(text))).toBe(sentence)
  })
})

describe('lowerPattern', () => {
  it.each([
    ['', 'true'],
    ['a -%b/\\d%', '@message like "a" and not @message like /b\\/[0-9]/'],
    ['?a ?b', '@message like "a" or @message like "b"'],
    ['{ $.a.b[0] = x }', 'scalar(json(@message).a.b[0]) = "x"'],
    ['{ $.a != x* }', 'present(scalar(json(@message).a)) and not scalar(json(@message).a) starts with "x"'],
    ['{ $.a >= 5 }', 'jsonNumber(json(@message).a) >= 5'],
    ['{ $.a = 9007199254740993 }', 'jsonNumber(json(@message).a) = 9007199254740993'],
    [
      '{ $.a = "5" }',
      '(jsonType(json(@message).a) = "number" and jsonNumber(json(@message).a) = 5) or (jsonType(json(@message).a) = "string" and scalar(json(@message).a) = "5")',
    ],
    ["{ $.['a b'][*].c = * }", 'any(elements(json(@message)["a b"]), present(scalar(element.c)))'],
    ['{ $.* IS NULL }', 'any(members(json(@message)), jsonType(element) = "null")'],
    ['{ $.a NOT EXISTS }', 'present(json(@message)) and not present(json(@message).a)'],
    ['[a, b = 4*]', 'fieldCount(@message) >= 2 and fieldsFrom(@message, 2) starts with "4"'],
    [
      '[a != 1, ..., b = "x", c]',
      'fieldCount(@message) >= 3 and not number(fieldAt(@message, 1)) = 1 and fieldAt(@message, -2) = "x"',
    ],
  ])('turns %s into an expression', (text, printed) => {
    expect(printExpr(lowerPattern(read(text)))).toBe(printed)
  })
})
