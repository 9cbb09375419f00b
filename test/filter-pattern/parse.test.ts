import { describe, expect, it } from 'vitest'
import { type Diagnostic, renderDiagnostic } from '../../shared/diagnostics/diagnostic.js'
import { parsePattern, parseSelector } from '../../shared/filter-pattern/index.js'

function problems(text: string): readonly Diagnostic[] {
  const parsed = parsePattern(text)
  return 'diagnostics' in parsed ? parsed.diagnostics : []
}

describe('parsePattern', () => {
  it('keeps spans into the text as it was given', () => {
    expect(parsePattern('  -"a b"\n?%x% ')).toEqual({
      ast: {
        kind: 'terms',
        terms: [
          {
            role: 'exclude',
            value: { kind: 'text', value: 'a b', span: { start: 3, end: 8 } },
            span: { start: 2, end: 8 },
          },
          {
            role: 'optional',
            value: { kind: 'regex', source: 'x', span: { start: 10, end: 13 } },
            span: { start: 9, end: 13 },
          },
        ],
        span: { start: 2, end: 13 },
      },
    })
  })

  it('flattens junctions of one kind and drops parentheses', () => {
    const parsed = parsePattern("{ ($.a = 1) && ($.b[0].['c d'] IS NULL && ($.e = x || $.e NOT EXISTS)) }")
    const condition = 'ast' in parsed && parsed.ast.kind === 'json' && parsed.ast.condition
    expect(condition).toMatchObject({
      kind: 'and',
      operands: [
        { kind: 'comparison', operator: '=', value: { kind: 'number', text: '1' } },
        {
          kind: 'is',
          state: 'null',
          selector: {
            steps: [
              { kind: 'name', name: 'b' },
              { kind: 'index', index: 0 },
              { kind: 'name', name: 'c d' },
            ],
          },
        },
        { kind: 'or', operands: [{ value: { kind: 'text', value: 'x' } }, { kind: 'not-exists' }] },
      ],
    })
  })

  it.each([
    ['level=ERROR', 'unexpected-character', 5, 6],
    ['a "b', 'unclosed-quote', 2, 4],
    ['%ab', 'unclosed-regex', 0, 3],
    ['a"b"', 'expected', 1, 4],
    ['a ? b', 'expected', 4, 5],
    ['a -', 'expected', 3, 3],
    ['{ $.a = 1', 'unclosed', 8, 9],
    ['[a, b', 'unclosed', 4, 5],
    ['{ a = 1 }', 'expected', 2, 3],
    ['{ $.a.  = 1 }', 'bad-selector', 5, 6],
    ['{ $.a[-1] = 1 }', 'bad-selector', 5, 6],
    ['{ $.a == 1 }', 'expected', 7, 8],
    ['{ $.a = 1 AND $.b = 2 }', 'expected', 10, 13],
    ['{ $.a exists }', 'expected', 6, 12],
    ['{ $.a IS NOT NULL }', 'expected', 9, 12],
    ['{ $.a > "5" }', 'expected', 8, 11],
    ["{ $.a = 'x' }", 'unexpected-character', 8, 9],
    ['{ !($.a = 1) }', 'unexpected-character', 2, 3],
    ['{ ($.a = 1 }', 'expected', 11, 12],
    ['[a = 1 && b = 2, c]', 'mixed-fields', 10, 11],
    ['[a, b, a]', 'duplicate-field', 7, 8],
    ['[..., a, ...]', 'second-ellipsis', 9, 12],
    ['[a b]', 'expected', 3, 4],
    ['{ $.a = %a(b% }', 'regex-bad-character', 10, 11],
    ['[a=%x%, b=%y%, c=%z%]', 'too-many-regexes', 17, 20],
    ['{ $.*[*] = 1 }', 'too-many-wildcards', 2, 8],
    ['{ $.a.* = 1 || $.b.* = 1 || $.c.* = 1 || $.d.* = 1 }', 'too-many-wildcards', 41, 46],
  ])('refuses %s', (text, code, start, end) => {
    const expected = { code: `filter-pattern/${code}`, severity: 'error', span: { start, end } }
    expect(problems(text)).toMatchObject([expected])
  })

  it('reports every limit that a pattern breaks', () => {
    const codes = problems('{ $.a[*].* = %(% && $.b = %[% && $.c = %x% }').map(({ code }) => code)
    expect(codes).toEqual([
      'filter-pattern/regex-bad-character',
      'filter-pattern/regex-unclosed-class',
      'filter-pattern/too-many-regexes',
      'filter-pattern/too-many-wildcards',
    ])
  })

  it('says how long a pattern may be', () => {
    expect(problems('a'.repeat(1024))).toEqual([])
    expect(problems('a'.repeat(1025))[0]!.message).toBe('a filter pattern can have 1024 characters, this one has 1025')
  })

  it('draws a problem under the pattern', () => {
    const text = '{ $.level = ERROR AND $.status = 500 }'
    expect(renderDiagnostic({ name: 'pattern', text }, problems(text)[0]!)).toBe(
      [
        'pattern:1:19: error: expected "}", found "AND" (filter-pattern/expected)',
        '  1 | { $.level = ERROR AND $.status = 500 }',
        '    |                   ^^^',
        'hint: conditions are joined by "&&" and "||"',
      ].join('\n'),
    )
  })
})

describe('parseSelector', () => {
  it('reads a selector and nothing else', () => {
    expect(parseSelector('$.a[0]')).toMatchObject({ selector: { steps: [{ name: 'a' }, { index: 0 }] } })
    for (const text of ['', 'a', '$', '$.a ', '$.a = 1', '$.a..b'])
      expect(parseSelector(text)).toHaveProperty('diagnostics')
  })
})
