import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRedactor } from '../../../shared/enrich/redact/create-redactor.js'
import { identifierNames } from '../../../shared/enrich/redact/identifiers.js'

const named = identifierNames.map(identifier => ({ identifier }))
const redactors = [
  createRedactor(named),
  createRedactor([
    { name: 'order', pattern: 'ORD-[0-9]{4}' },
    { name: 'pair', pattern: '"[a-z]{1,3}":"[^"]*' },
    ...named,
  ]),
  createRedactor([
    { name: 'letters', pattern: '[A-Z]{2,9}' },
    { name: 'tail', pattern: 'secret.*' },
  ]),
]
const redactor = fc.constantFrom(...redactors)

/** Each with the part that must not survive; a name for the message when it does. */
const secrets = [
  'bob@example.com',
  '4111111111111111',
  '4111 1111 1111 1111',
  '3782-822463-10005',
  'AKIAIOSFODNN7EXAMPLE',
  'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl',
  '123-45-6789',
  '+14155550123',
  '(415) 555-0123',
  '192.0.2.44',
  '2001:db8::8a2e:370:7334',
]
const secret = fc.constantFrom(...secrets)

/** Pieces of lines that come close to what is looked for. */
const piece = fc.oneof(
  secret,
  fc.constantFrom(
    '[REDACTED:email]',
    '[REDACTED:',
    'ORD-1234',
    '{"a":"',
    '":"',
    '"}',
    '{',
    '}',
    '\\',
    '\\n',
    '\\u0040',
  ),
  fc.constantFrom(
    '4111',
    ' ',
    '-',
    '.',
    ':',
    '::',
    '@',
    '%40',
    'eyJ',
    '1',
    '10.0',
    '+1',
    'secret',
    'n',
    '"',
    ',',
    '\ud800',
  ),
  fc.string({ maxLength: 6 }),
)
const line = fc.array(piece, { maxLength: 10 }).map(parts => parts.join(''))
const json = fc.oneof(
  fc.jsonValue(),
  fc.dictionary(line, fc.oneof(line, fc.constant(4111111111111111), fc.array(line, { maxLength: 3 })), { maxKeys: 4 }),
)

/** What stands around a secret without being part of one. */
const around = fc.string({ unit: fc.constantFrom(...'xyz ,;()"\'<>\n\té#|'), maxLength: 5 })
const edge = fc.constantFrom(' ', '\n', '\t', '"', ',', '<', '|', "'")
const before = fc.tuple(around, edge).map(parts => parts.join(''))
const after = fc.tuple(edge, around).map(parts => parts.join(''))

describe('any redactor', () => {
  it('redacts what it redacted no further, whatever the text', () => {
    fc.assert(
      fc.property(
        redactor,
        fc.oneof(
          line,
          json.map(value => JSON.stringify(value)),
        ),
        (any, text) => {
          const once = any.redact(text, new Map())
          const counts = new Map()
          expect(any.redact(once, counts)).toBe(once)
          expect(counts.size).toBe(0)
        },
      ),
      { numRuns: 5000 },
    )
  })

  it('keeps JSON JSON, with as many members', () => {
    fc.assert(
      fc.property(redactor, json, fc.nat(2), (any, value, space) => {
        if (typeof value !== 'object' || value === null) return
        const redacted = JSON.parse(any.redact(JSON.stringify(value, null, space), new Map()))
        expect(Array.isArray(redacted)).toBe(Array.isArray(value))
        if (Array.isArray(value)) expect(redacted).toHaveLength(value.length)
      }),
      { numRuns: 3000 },
    )
  })

  it('counts as it changes: nothing exactly when the text stays', () => {
    fc.assert(
      fc.property(redactor, line, (any, text) => {
        const counts = new Map<string, number>()
        const redacted = any.redact(text, counts)
        expect(counts.size === 0).toBe(redacted === text)
      }),
      { numRuns: 3000 },
    )
  })
})

/** Work that grows with the square of the length would take minutes. */
describe('lines of 1 MB that are made to make it slow', () => {
  const units = [
    '\\',
    '\\n',
    '\\u005c',
    '\\u0040',
    'u005c',
    '"',
    '\\"',
    'a@b.co ',
    'a@b.co\\n',
    '10.0.0.1',
    '{',
    '[REDACTED:email]',
  ]
  it.each(units)('of %s', unit => {
    const line = unit.repeat(Math.ceil(2 ** 20 / unit.length))
    expect(redactors[0]!.redact(line, new Map()).length).toBeGreaterThan(0)
    expect(JSON.parse(redactors[1]!.redact(JSON.stringify({ line }), new Map()))).toHaveProperty('line')
  })

  it('of JSON with many matches', () => {
    const members = Array.from({ length: 30_000 }, () => '"a@b.co":4111111111111111')
    const redacted = redactors[0]!.redact(`{${members.join(',')}}`, new Map())
    expect(JSON.parse(redacted)).toEqual({ '[REDACTED:email]': '[REDACTED:credit-card]' })
  })
})

describe('nothing of a secret survives', () => {
  const [all] = redactors as [(typeof redactors)[number]]

  it('in plain text', () => {
    fc.assert(
      fc.property(before, secret, after, (head, value, tail) => {
        expect(all.redact(head + value + tail, new Map())).not.toContain(value)
      }),
      { numRuns: 2000 },
    )
  })

  it('in JSON, as a value and as a key, however its characters are escaped and its JSON is nested', () => {
    fc.assert(
      fc.property(
        before,
        secret,
        after,
        fc.array(fc.boolean()),
        fc.integer({ min: 1, max: 4 }),
        (head, value, tail, escapes, levels) => {
          const clear = head + value + tail
          const escaped = JSON.stringify(clear).replace(/[^"\\]/g, (character, at) =>
            escapes[at % (escapes.length || 1)] && !isEscaped(JSON.stringify(clear), at)
              ? codeEscape(character)
              : character,
          )
          expect(JSON.parse(escaped)).toBe(clear)
          let message = `{"key":${escaped},${escaped}:[1,"x"]}`
          for (let level = 1; level < levels; level++) message = JSON.stringify({ body: message, level })
          let redacted = all.redact(message, new Map())
          for (let level = 1; level < levels; level++) redacted = JSON.parse(redacted).body
          expect(decoded(redacted)).not.toContain(value)
          expect(JSON.parse(redacted)).toMatchObject({ key: expect.stringContaining('[REDACTED:') })
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('as a number', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(4), (value, space) => {
        const message = JSON.stringify(
          { before: value, card: 4111111111111111, list: [4111111111111111, value] },
          null,
          space,
        )
        const redacted = JSON.parse(all.redact(message, new Map()))
        expect(redacted.card).toBe('[REDACTED:credit-card]')
        expect(redacted.list[0]).toBe('[REDACTED:credit-card]')
      }),
    )
  })
})

function isEscaped(text: string, at: number): boolean {
  return text[at - 1] === '\\'
}

function codeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** Every string of the JSON as it reads, one after the other. */
function decoded(text: string): string {
  const strings: string[] = []
  JSON.parse(text, (key, value) => {
    strings.push(key, String(value))
    return value
  })
  return strings.join('\n')
}
