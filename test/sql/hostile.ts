import type { InsightsEngine } from '../../scripts/conformance/insights-engine.js'
import type { ResultRow } from '../../shared/engine/render-row.js'
import { type LowerOptions, lowerQuery, parseQuery } from '../../shared/insights/index.js'
import type { LogRow } from '../../shared/parquet/schema.js'
import { exported } from '../lake/landed.js'

/** Values that break what is put together carelessly. */
export const hostileTexts = [
  '',
  "'",
  "''; DROP TABLE logs; --",
  '"',
  '\\',
  "\\'",
  '$1',
  '?',
  '%s %d %',
  '--',
  '/* */',
  '{{x}}',
  '`a`',
  'é東京🎈',
  '\u2028',
  'a\tb\nc',
  '/~0/~1/',
  '$."a"',
  '[0]',
  'NaN',
  'inf',
  '-0',
  '1_000',
  '1e400',
  '0x1F',
  '9223372036854775808',
  '12345678901234567890123',
  '999.999.999.999',
  '::',
  '1::2::3',
  '10.0.0.0/99',
  'fe80::1%eth0',
  '%ff%',
  '====',
  'zz',
  'a\0b',
  '\0',
  '\\0',
  '\x01\x02',
  '(?:a|b)*[c]{2}^$.+',
  '\\1 \\k<a> $& $<a>',
  'x'.repeat(480),
]

/** Documents on which JSON readers differ, or nearly JSON. */
export const hostileDocuments = [
  ...['4.00', '40e-1', '4E0', '-0', '0', '-0.0', '1e400', '-1e400', '1e-400', '0.1000', '12345678901234567890123'],
  ...['9007199254740992', '9007199254740993', '-9007199254740993', '9223372036854775808', '18446744073709551616'],
  ...['NaN', 'nan', 'Infinity', '-inf', 'inf', '01', '.5', '5.', '+5', '0x1F', '1_000', "'a'", 'undefined', ''],
  ...[
    '"\\ud800"',
    '"\\ud83d\\ude00"',
    '"\\udE00x"',
    '"\\\\ud800"',
    '"\\u0041"',
    '"\\u0000"',
    '"\0"',
    '"\x01"',
    '"\\u0001"',
  ],
  ...[
    '"s4"',
    '"n4"',
    '"4"',
    '"4.00"',
    '"1e5"',
    '"+4"',
    '"a\\"b"',
    '"a\\\\"',
    '"\\/"',
    '"a\tb"',
    '"\\q"',
    '"\u2028"',
    '"inf,}"',
  ],
  ...['[4,]', '[1,2,4]', '[[4]]', '{"a":4}', '{"a":4,}', '{"a":3,"a":4}', '{"a":4,"a":3}', 'true', 'false', 'null'],
  ...['[{"a":3,"a":4.0}]', '[{"a":4.0},{"a":null,"b":1e1}]', '{"s":1,"n":"n4"}', '{"":4,"0":5,"-":6}', '"a" "b"'],
]
  .flatMap(value => [`{"a":${value}}`, ` \n\t{ "a" : ${value}\r, "b":[ ${value} , 1 ]}  `])
  .concat([
    '{"a":1,"a":"x"}',
    '{"a":"x","a":4.0}',
    '{"\\u0061":4,"a":5}',
    '{"a":5,"\\u0061":4}',
    '{"a.b":4,"a":{"b":5}}',
    '{"a":{"b":{"b":4},"b":{"b":5}}}',
    '{"a/b":4,"a~b":4,"a\\"b":4,"a\\\\b":4,"*":4,"#":4,"$":4}',
    '{"a":4}{"a":4}',
    '{"a":4} x',
    '\ufeff{"a":4}',
    '{"a":4}\0',
    '{"a":4}\u00a0',
    '{"a":4/**/}',
    '{a:4}',
    '{"a":4',
    '["a",4]',
    '[4,4.0,"4"]',
    '"a"',
    '4',
    'null',
    '{}',
    '[]',
    '{"__proto__":{"a":4},"constructor":4,"length":4}',
    `{"a":${'1'.repeat(500)}}`,
    `{"a":"${'1'.repeat(401)}"}`,
    `{"a":${'1'.repeat(308)}}`,
  ])

/** Deep, long and wide: for few patterns at a time. */
export const bigDocuments = [
  `${'{"a":'.repeat(2000)}4${'}'.repeat(2000)}`,
  `${'['.repeat(2000)}4${']'.repeat(2000)}`,
  `{"a":"${'x'.repeat(200_000)}","b":4}`,
  `{${Array.from({ length: 2000 }, (_, index) => `"k${index}":${index}`).join()}}`,
]

const phrases = hostileTexts.map(text => `"${text.replace(/["\\]/g, '\\$&')}"`)

/** Patterns that hold hostile text wherever text can stand, and ask what JSON readers differ on. */
export const hostilePatterns = [
  ...phrases,
  ...phrases.map(phrase => `-${phrase} ?${phrase}`),
  ...phrases.map(phrase => `{ $.a = ${phrase} || $.b[*] = ${phrase} }`),
  ...phrases.map(phrase => `{ $.a != ${phrase} && $.* != ${phrase} }`),
  ...phrases.map(phrase => `[a = ${phrase}, ..., b != ${phrase}]`),
  ...hostileTexts.filter(text => !text.includes("'") && text !== '').map(text => `{ $.['${text}'] NOT EXISTS }`),
  ...['4', '4.0', '4.00', '40e-1', '-0', '1e400', '-1e400', '9007199254740993', '-9007199254740993', '0.1'].flatMap(
    number => [
      `{ $.a = ${number} }`,
      `{ $.a != ${number} }`,
      `{ $.a < ${number} || $.b[0] >= ${number} }`,
      `{ $.b[*] <= ${number} }`,
      `{ $.a = "${number}" }`,
      `{ $.a != "${number}" || $.a = *${number} }`,
      `[a = ${number}]`,
      `[a <= ${number}, ...]`,
      `[..., a != ${number}]`,
    ],
  ),
  ...['\\.', '^-?\\d+$', '[eE]', '^.$', '^s', 'n4', '[^\\w]', '.', '[^a]{1000}', '^\\x00', '[\\x80-\\xff]'].flatMap(
    regex => [
      `%${regex}%`,
      `{ $.a = %${regex}% }`,
      `{ $.a != %${regex}% }`,
      `{ $.b[*] = %${regex}% || $.* = %${regex}% }`,
      `[a = %${regex}%, ...]`,
    ],
  ),
  ...['IS NULL', 'IS TRUE', 'IS FALSE', 'NOT EXISTS', '= *', '!= *'].flatMap(test => [
    `{ $.a ${test} }`,
    `{ $.b[0] ${test} }`,
    `{ $.b[*].a ${test} }`,
    `{ $.a.b.b ${test} || $.a[0].a ${test} }`,
    `{ $[0] ${test} || $[*] ${test} }`,
    `{ $.* ${test} }`,
    `{ $.a.* ${test} }`,
    `{ $.['a.b'] ${test} && $.['0'] ${test} }`,
    `{ $.['a/b'] ${test} || $.['a~b'] ${test} }`,
    `{ $.['a"b'] ${test} || $.['*'] ${test} || $.['a\\b'] ${test} }`,
    `{ $.b[99999999] ${test} }`,
    `{ ${'$.a'}${'.a'.repeat(400)} ${test} }`,
  ]),
]

export const plain = exported({ log_group: '/app', log_stream: 's', message: '' })

/** Rows whose fields are the hostile values, as text, in JSON and in lines, besides broken JSON. */
export function hostileRows(): readonly LogRow[] {
  const broken = [
    '{',
    '{"v":',
    '{"v":1e999}',
    '{"v":"\\ud800"}',
    '{"v":NaN}',
    '[1]',
    'null',
    '{"v":[1,"a",null,{"b":2}]}',
  ]
  const messages = [
    ...hostileTexts,
    ...broken,
    ...hostileTexts.map(v => JSON.stringify({ v, n: 1.5, b: true, o: { v }, l: [v, 2] })),
  ]
  return [
    ...messages.map((message, index) => ({ ...plain, timestamp: plain.timestamp + index, message })),
    ...hostileTexts.map(v => ({
      ...plain,
      message: `v=${v}`,
      fields: { keys: ['v', '@requestId'], values: [v, 'r'] },
    })),
  ]
}

const options: LowerOptions = {
  from: plain.timestamp - 1000,
  to: plain.timestamp + 1_000_000,
  now: 1_768_478_400,
  lookupTables: new Map([
    ['t', { columns: ['v', 'w'], rows: [...hostileTexts.map(text => [text, text]), ['10.0.0.0/8', 'x']] }],
  ]),
}

/** The answer, or the text of the first diagnostic. */
export async function ask(query: string, engine: InsightsEngine): Promise<readonly ResultRow[] | string> {
  const parsed = parseQuery(query)
  const lowered = 'ast' in parsed ? lowerQuery(parsed.ast, query, options) : parsed
  if ('diagnostics' in lowered) return lowered.diagnostics[0]!.message
  return engine.run(lowered.plan)
}
