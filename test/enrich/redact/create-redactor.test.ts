import { describe, expect, it } from 'vitest'
import { createRedactor } from '../../../shared/enrich/redact/create-redactor.js'
import { identifierNames } from '../../../shared/enrich/redact/identifiers.js'
import { loadPatternEngine } from '../../../shared/enrich/redact/pattern-engine.js'
import { re2Engine } from '../../../shared/enrich/redact/re2-engine.js'
import { redactValue } from '../../../shared/enrich/redact/redact-value.js'
import type { RedactionRule } from '../../../shared/enrich/redactor.js'

const everything: readonly RedactionRule[] = identifierNames.map(identifier => ({ identifier }))
const all = createRedactor(everything)
const card = '4111111111111111'

function redact(text: string, rules: readonly RedactionRule[] = everything): string {
  return createRedactor(rules, re2Engine).redact(text, new Map())
}

describe('redaction of plain text', () => {
  it('puts a marker in the place of every match and counts', () => {
    const counts = new Map<string, number>()
    expect(all.redact(`bob@example.com paid ${card} from 10.0.0.1, cc a@b.org`, counts)).toBe(
      '[REDACTED:email] paid [REDACTED:credit-card] from [REDACTED:ipv4], cc [REDACTED:email]',
    )
    expect([...counts]).toEqual([
      ['email', 2],
      ['credit-card', 1],
      ['ipv4', 1],
    ])
  })

  it('gives a text without matches back as it is, and counts nothing', () => {
    const counts = new Map<string, number>()
    for (const text of ['', '0', 'null', 'nothing \\here\n', '{"a":[1,{"b":"c\\u00e4"}]}']) {
      expect(all.redact(text, counts)).toBe(text)
    }
    expect(counts.size).toBe(0)
  })

  it('looks only for what it is told to', () => {
    expect(redact('bob@example.com 10.0.0.1', [{ identifier: 'ipv4' }])).toBe('bob@example.com [REDACTED:ipv4]')
    expect(redact('bob@example.com', [])).toBe('bob@example.com')
  })

  it('names what overlaps after the first identifier in the order, and hides all of it', () => {
    const rules = [
      { identifier: 'ipv4' },
      { identifier: 'ipv6' },
      { name: 'user', pattern: 'user-[0-9]{2}' },
      ...everything,
    ]
    expect(redact('::ffff:10.0.0.1', rules)).toBe('[REDACTED:ipv6]')
    expect(redact('user-12@example.com', rules)).toBe('[REDACTED:user]')
  })

  it('never matches a marker again, but is not fooled by what only looks like one', () => {
    expect(redact('[REDACTED:email]', [{ name: 'capitals', pattern: '[A-Z]{3,10}' }, ...everything])).toBe(
      '[REDACTED:email]',
    )
    expect(redact('[REDACTED:123-45-6789]')).toBe('[REDACTED:[REDACTED:us-ssn]]')
    expect(redact(`[REDACTED:email]${card}[REDACTED:email]`)).toBe(
      '[REDACTED:email][REDACTED:credit-card][REDACTED:email]',
    )
  })

  it('finds what a marker uncovers beside it', () => {
    const rules: RedactionRule[] = [{ name: 'dot', pattern: 'x[.]' }, { identifier: 'us-ssn' }]
    expect(redact('1x.123-45-6789', rules)).toBe('1[REDACTED:dot][REDACTED:us-ssn]')
  })

  it('sees through escapes outside of JSON, as in a line that was cut off', () => {
    expect(redact('{"user":"bob\\u0040example.com","te')).toBe('{"user":"[REDACTED:email]","te')
    expect(redact('DOMAIN\\nancy@example.com')).toBe('DOMAIN[REDACTED:email]')
  })
})

describe('redaction of JSON', () => {
  it.each([
    [`{"card":${card}}`, '{"card":"[REDACTED:credit-card]"}'],
    [`[-${card},true]`, '["[REDACTED:credit-card]",true]'],
    [`{"card":"${card}"}`, '{"card":"[REDACTED:credit-card]"}'],
    [`{ "bob@example.com" : ${card} }`, '{ "[REDACTED:email]" : "[REDACTED:credit-card]" }'],
    ['{"a":"bob\\u0040example.com"}', '{"a":"[REDACTED:email]"}'],
    ['{"a":"\\u0062ob@example.com x"}', '{"a":"[REDACTED:email] x"}'],
    ['{"a":"To:\\nbob@example.com\\tx"}', '{"a":"To:\\n[REDACTED:email]\\tx"}'],
    ['{"a":"\\tAKIAIOSFODNN7EXAMPLE"}', '{"a":"\\t[REDACTED:aws-access-key-id]"}'],
    ['{"k":"wJalrXUtnFEMI\\/K7MDENG\\/bPxRfiCYEXAMPLEKEY"}', '{"k":"[REDACTED:aws-secret-key]"}'],
    ['{"body":"{\\"to\\":\\"bob@example.com\\"}"}', '{"body":"{\\"to\\":\\"[REDACTED:email]\\"}"}'],
    ['{"body":"{\\"to\\":\\"bob\\\\u0040example.com\\"}"}', '{"body":"{\\"to\\":\\"[REDACTED:email]\\"}"}'],
    ['{"body":"{\\"to\\":\\"x\\\\nbob@example.com\\"}"}', '{"body":"{\\"to\\":\\"x[REDACTED:email]\\"}"}'],
    [`"${card}"`, '"[REDACTED:credit-card]"'],
    [`2026-01-01\tid\tINFO\t{"card":${card}}\n`, '2026-01-01\tid\tINFO\t{"card":"[REDACTED:credit-card]"}\n'],
    ['{"a":1,"a":"bob@example.com","b":1e400}', '{"a":1,"a":"[REDACTED:email]","b":1e400}'],
  ])('%s', (text, expected) => {
    expect(redact(text)).toBe(expected)
  })

  it('keeps to the tokens where a pattern goes across them', () => {
    const rules = [{ name: 'password', pattern: '"password":"[^"]*"' }]
    expect(redact('{"password":"hunter2","x":"y"}', rules)).toBe(
      '{"[REDACTED:password]":"[REDACTED:password]","x":"y"}',
    )
    expect(redact('{"password":"hun\\"ter2","x":"y"}', rules)).toBe(
      '{"[REDACTED:password]":"[REDACTED:password]","x":"y"}',
    )
    expect(redact('{"a":[1,2],"b":null}', [{ name: 'all', pattern: '.+' }])).toBe(
      '{"[REDACTED:all]":["[REDACTED:all]","[REDACTED:all]"],"[REDACTED:all]":"[REDACTED:all]"}',
    )
  })

  it('counts one match that lies in several tokens once', () => {
    const counts = new Map<string, number>()
    createRedactor([{ name: 'password', pattern: '"password":"[^"]*"' }], re2Engine).redact(
      '{"password":"hunter2"}',
      counts,
    )
    expect([...counts]).toEqual([['password', 1]])
  })

  it('leaves alone what a pattern finds between the tokens', () => {
    const counts = new Map<string, number>()
    const text = '{"a":1, "b":2}'
    expect(createRedactor([{ name: 'comma', pattern: ', ' }]).redact(text, counts)).toBe(text)
    expect(counts.size).toBe(0)
  })
})

describe('patterns of the user', () => {
  it('run in RE2 where they are not simple', async () => {
    const rules: RedactionRule[] = [{ name: 'order', pattern: '\\b(?:ORD|INV)(-[0-9]+)+\\b' }]
    const redactor = createRedactor(rules, await loadPatternEngine(rules))
    expect(redactor.redact('{"msg":"ORD-1-22 and INV-3"}', new Map())).toBe(
      '{"msg":"[REDACTED:order] and [REDACTED:order]"}',
    )
    expect(() => createRedactor(rules)).toThrow('redaction pattern order needs the engine of loadPatternEngine')
  })

  it('need no engine where they are simple', async () => {
    expect(await loadPatternEngine([{ identifier: 'email' }, { name: 'a', pattern: 'ORD-[0-9]{8}' }])).toBeUndefined()
  })

  it('hide the rest of a line on which the search would not end', async () => {
    const rules: RedactionRule[] = [{ name: 'a', pattern: 'a(.*b)?' }]
    const redactor = createRedactor(rules, await loadPatternEngine(rules))
    expect(redactor.redact('a'.repeat(2 ** 20), new Map())).toBe('[REDACTED:a]')
  })

  it('see a match behind escapes', () => {
    expect(redact('{"m":"order:\\tORD 1"}', [{ name: 'order', pattern: 'order:\\s[A-Z]{3} [0-9]' }])).toBe(
      '{"m":"[REDACTED:order]"}',
    )
  })
})

describe('the fingerprint', () => {
  it('is of what is redacted, not of how the rules are written down', () => {
    const fingerprint = (rules: readonly RedactionRule[]) => createRedactor(rules).fingerprint
    const [email, card] = [{ identifier: 'email' }, { identifier: 'credit-card' }]
    const own = { name: 'a', pattern: 'x' }
    expect(fingerprint([email, card, own])).toBe(fingerprint([own, card, email, email]))
    const different = [[], [email], [email, card], [own], [{ ...own, name: 'b' }], [{ ...own, pattern: 'y' }]]
    expect(new Set(different.map(fingerprint)).size).toBe(different.length)
    expect(fingerprint([email])).toMatch(/^[0-9a-f]{16}$/)
  })

  it('cannot be of an identifier that does not exist', () => {
    expect(() => createRedactor([{ identifier: 'e-mail' }])).toThrow('no such redaction identifier: e-mail')
  })
})

describe('redactValue', () => {
  it('redacts strings, keys and numbers at any depth', () => {
    const counts = new Map<string, number>()
    const value = { a: ['bob@example.com', { n: Number(card), 'x@y.org': null }], b: true }
    expect(redactValue(value, all, counts)).toEqual({
      a: ['[REDACTED:email]', { n: '[REDACTED:credit-card]', '[REDACTED:email]': null }],
      b: true,
    })
    expect([...counts]).toEqual([
      ['email', 2],
      ['credit-card', 1],
    ])
  })

  it('gives the value itself back when nothing matched', () => {
    const value = { a: [1, Number.NaN, { b: 'c' }], d: null }
    expect(redactValue(value, all, new Map())).toBe(value)
  })

  it('keeps every member when keys become equal', () => {
    expect(redactValue({ 'a@b.co': 1, 'c@d.co': 2 }, all, new Map())).toEqual({
      '[REDACTED:email]': 1,
      '[REDACTED:email] (2)': 2,
    })
    const tricky = JSON.parse('{"__proto__":"a@b.co"}')
    expect(JSON.stringify(redactValue(tricky, all, new Map()))).toBe('{"__proto__":"[REDACTED:email]"}')
  })

  it('survives any depth', () => {
    const deep = JSON.parse(`${'['.repeat(5000)}"a@b.co"${']'.repeat(5000)}`)
    expect(JSON.stringify(redactValue(deep, all, new Map()))).not.toContain('a@b.co')
  })
})
