import { describe, expect, it } from 'vitest'
import { awsAccessKeyId, awsSecretKey } from '../../../shared/enrich/redact/aws-keys.js'
import { creditCard } from '../../../shared/enrich/redact/credit-card.js'
import { email } from '../../../shared/enrich/redact/email.js'
import type { Identifier } from '../../../shared/enrich/redact/identifier.js'
import { identifiers } from '../../../shared/enrich/redact/identifiers.js'
import { ipv4, ipv6 } from '../../../shared/enrich/redact/ip-address.js'
import { jwt } from '../../../shared/enrich/redact/jwt.js'
import { phone } from '../../../shared/enrich/redact/phone.js'
import { usSsn } from '../../../shared/enrich/redact/us-ssn.js'

function found(identifier: Identifier, text: string): string[] {
  return identifier.find(text).map(({ start, end }) => text.slice(start, end))
}

/** Each text with what is found in it; nothing where only the text stands. */
function finds(identifier: Identifier, cases: readonly (readonly string[])[]): void {
  describe(identifier.name, () => {
    it.each(cases.map(([text = '', ...expected]) => ({ text, expected })))('in $text', ({ text, expected }) => {
      expect(found(identifier, text)).toEqual(expected)
    })
  })
}

finds(email, [
  ['bob@example.com', 'bob@example.com'],
  ['<bob.o+tag@mail.example.co.uk>,', 'bob.o+tag@mail.example.co.uk'],
  ["'bob@example.com'", 'bob@example.com'],
  ["o'brien@example.com.", "o'brien@example.com"],
  ['jörg@müller.de', 'jörg@müller.de'],
  ['?user=bob%40example.com&x=1', 'bob%40example.com'],
  ['a@b.co,c@d.org', 'a@b.co', 'c@d.org'],
  ['bob@example.com-', 'bob@example.com'],
  ['bob@xn--mller-kva.de', 'bob@xn--mller-kva.de'],
  ['bob@example.com.5', 'bob@example.com'],
  ['lodash@4.17.21'],
  ['user@localhost'],
  ['@example.com'],
  ['bob@'],
  ['a@@b.com'],
  ['bob@.com'],
])

finds(creditCard, [
  ['4111111111111111', '4111111111111111'],
  ['card 4111 1111 1111 1111.', '4111 1111 1111 1111'],
  ['4111-1111-1111-1111', '4111-1111-1111-1111'],
  ['3782 822463 10005', '3782 822463 10005'],
  ['378282246310005', '378282246310005'],
  ['3056 930902 5904', '3056 930902 5904'],
  ['5555555555554444,2223003122003222', '5555555555554444', '2223003122003222'],
  ['6011111111111117 3530111333300000', '6011111111111117', '3530111333300000'],
  ['12 4111 1111 1111 1111 99', '4111 1111 1111 1111'],
  ['4222222222222', '4222222222222'],
  ['6304000000000000', '6304000000000000'],
  ['4111111111111112'],
  ['41111111111111111'],
  ['1234567890123452'],
  ['4111 1111-1111 1111'],
  ['20 4249 1418530010 1418530070'],
  ['1700000000000'],
])

const header = 'eyJhbGciOiJIUzI1NiJ9'
const claims = 'eyJzdWIiOiIxMjM0In0'

finds(jwt, [
  [`Bearer ${header}.${claims}.c2lnbmF0dXJl-_x`, `${header}.${claims}.c2lnbmF0dXJl-_x`],
  [`${header}.${claims}.`, `${header}.${claims}.`],
  [`${header}.${claims}`, `${header}.${claims}`],
  [`${header}..aXY.Y2lwaGVy.dGFn;`, `${header}..aXY.Y2lwaGVy.dGFn`],
  [`${header}...`],
  [`${header}.x`],
  ['eyJ.eyJ.eyJ'],
  ['J eyJ'],
])

finds(awsAccessKeyId, [
  ['AKIAIOSFODNN7EXAMPLE', 'AKIAIOSFODNN7EXAMPLE'],
  ['"accessKeyId":"ASIAIOSFODNN7EXAMPLE"', 'ASIAIOSFODNN7EXAMPLE'],
  ['AKIAIOSFODNN7EXAMPLE1'],
  ['XAKIAIOSFODNN7EXAMPLE'],
  ['AKIAIOSFODNN7EXAMPl'],
  ['AKIA'],
])

const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'

finds(awsSecretKey, [
  [secret, secret],
  [`aws_secret_access_key=${secret}\n`, secret],
  [`${secret}x`],
  [`${secret}=`],
  ['356a192b7913b04c54574d18c28d46e6395428ab'],
  ['/usr/local/lib/node-modules/tailrace/src/'],
  ['AbstractAutowireCapableBeanFactoryHandler'],
])

finds(usSsn, [
  ['ssn 123-45-6789.', '123-45-6789'],
  ['SSN123-45-6789', '123-45-6789'],
  ['000-45-6789'],
  ['666-45-6789'],
  ['900-45-6789'],
  ['123-00-6789'],
  ['123-45-0000'],
  ['1123-45-6789'],
  ['123-45-67890'],
  ['1-123-45-6789'],
  ['123-45-6789-1'],
  ['123 45 6789'],
  ['123456789'],
])

finds(phone, [
  ['+14155550123', '+14155550123'],
  ['+1 (415) 555-0123', '+1 (415) 555-0123'],
  ['+44 20 7946 0958,', '+44 20 7946 0958'],
  ['+14155550123 200 15', '+14155550123'],
  ['(415) 555-0123', '(415) 555-0123'],
  ['(415)555-0123', '(415)555-0123'],
  ['1-415-555-0123', '1-415-555-0123'],
  ['415.555.0123', '415.555.0123'],
  ['call 415-555-0123 or 212-555-0199', '415-555-0123', '212-555-0199'],
  ['4155550123'],
  ['415 555 0123'],
  ['115-555-0123'],
  ['415-555-01234'],
  ['9-415-555-0123'],
  ['2026-01-01 10:00:00 +0000 12345678'],
  ['+1234567'],
  ['+1234567890123456'],
])

finds(ipv4, [
  ['10.0.0.1', '10.0.0.1'],
  ['http://10.0.0.1:8080/x', '10.0.0.1'],
  ['from 10.0.0.1.', '10.0.0.1'],
  ['10.0.0.0/8, 255.255.255.255', '10.0.0.0', '255.255.255.255'],
  ['1.0.0.10.in-addr.arpa', '1.0.0.10'],
  ['010.001.000.001', '010.001.000.001'],
  ['10.0.0'],
  ['1.2.3.4.5'],
  ['256.0.0.1'],
  ['1234.0.0.1'],
  ['10.0.0.1234'],
  ['10..0.0.1'],
])

finds(ipv6, [
  ['2001:db8::1', '2001:db8::1'],
  ['[::1]:443', '::1'],
  ['2001:0db8:85a3:0000:0000:8a2e:0370:7334', '2001:0db8:85a3:0000:0000:8a2e:0370:7334'],
  ['::ffff:10.0.0.1', '::ffff:10.0.0.1'],
  ['64:ff9b::192.0.2.33.', '64:ff9b::192.0.2.33'],
  ['addr:fe80::1ff:fe23:4567:890a/64', 'fe80::1ff:fe23:4567:890a'],
  ['fe80::1: unreachable', 'fe80::1'],
  ['arn:aws:iam::123456789012:role/x'],
  ['arn:aws:s3:::bucket'],
  ['std::vector::2'],
  ['dead::beef'],
  ['12:34:56'],
  ['2026:01:01:10:00:00'],
  ['00:1b:44:11:3a:b7'],
  ['1::2::3'],
  ['12345::1'],
  ['::'],
  ['::1.2.3'],
])

it('finds nothing, without allocating, where there is nothing', () => {
  const nothing = identifiers.map(identifier => identifier.find('GET /api/v1/orders 200 in 12.5 ms'))
  expect(new Set(nothing).size).toBe(1)
  expect(nothing[0]).toHaveLength(0)
})

/** A search that began anew at every place would take minutes for one of these, and hours for some. */
it('takes lines of 1 MB that are made to make it slow', () => {
  const units = [
    'a',
    '1',
    '@',
    'a@',
    'a@a.',
    '%40',
    'a%40',
    '.',
    '1.',
    '::',
    ':',
    '1:',
    'eyJ',
    'eyJ.',
    'J',
    'AKIA',
    '+',
  ]
  const more = [
    '+1',
    '-',
    '1-',
    '123-45-',
    '4111',
    '4111 ',
    '4111-1111 ',
    '2 ',
    '(',
    '(2',
    '+1 ',
    ' ',
    'A/b1',
    '\\',
    "'",
    '.a',
  ]
  for (const unit of [...units, ...more]) {
    const line = unit.repeat(Math.ceil(2 ** 20 / unit.length))
    for (const identifier of identifiers) expect(Array.isArray(identifier.find(line))).toBe(true)
  }
})
