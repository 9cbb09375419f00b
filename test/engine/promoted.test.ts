/** A field answers alike whether files hold it in a column or not, whatever its values are and whatever is asked. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { QueryEngine } from '../../shared/engine/query-engine.js'
import type { PromotedType } from '../../shared/lake/merge.js'
import type { LogRow } from '../../shared/parquet/schema.js'
import { event, noon } from '../lake/landed.js'
import { answer, openLake, planOf, type TestLake } from './lake-of-files.js'

/** As JSON messages have them. */
const inJson = [
  ...[
    '1',
    '0',
    '-1',
    '5',
    '01',
    '-0',
    '-0.0',
    '1.0',
    '1.50',
    '2.5',
    '0.1',
    '1e3',
    '1E3',
    '1e-7',
    '1e21',
    '1e400',
    '-1e400',
  ],
  ...['9007199254740993', '9223372036854775807', '9223372036854775808', '-9223372036854775808', '18446744073709551616'],
  ...['123456789.123456789', '0.30000000000000004', '5e-324', '100000000000000000000000'],
  ...['true', 'false', 'null', '[]', '{}', '[1,2]', '{"a":1,"b":[true]}', '[null]'],
  ...[
    '"1"',
    '"0"',
    '"01"',
    '"+5"',
    '" 5"',
    '"5 "',
    '"1_000"',
    '"0x10"',
    '"1.0"',
    '"-0.0"',
    '"-0"',
    '"1e3"',
    '"1e+21"',
    '"1e-07"',
  ],
  ...[
    '".5"',
    '"5."',
    '"-"',
    '"9007199254740993"',
    '"9223372036854775808"',
    '"1e400"',
    '"0.1"',
    '"1,5"',
    '"1000.0"',
    '"٣"',
  ],
  ...[
    '"nan"',
    '"NaN"',
    '"inf"',
    '"-inf"',
    '"Infinity"',
    '"infinity"',
    '"true"',
    '"TRUE"',
    '"True"',
    '"false"',
    '"t"',
    '"null"',
  ],
  ...[
    '""',
    '" "',
    '"a"',
    '"A"',
    '"é"',
    '"\\u00e9"',
    '"e\\u0301"',
    '"\\ud83d\\ude00"',
    '"\\ud800"',
    '"a\\nb"',
    '"a\\u0000b"',
    '"\\/api\\/items"',
  ],
  ...['"{\\"a\\":1}"', '"[1]"', '"\\"quoted\\""', '"c:\\\\x"', '"%_"', '"10.0.0.1"', '"2026-01-15"', '"12 apples"'],
]
/** As parsed lines have them. */
const inLines = [
  '1',
  '01',
  '-0',
  '1.0',
  'nan',
  'inf',
  '1e3',
  'true',
  '',
  ' 5',
  '{"a":1}',
  'null',
  '9007199254740993',
  'é',
  '0.1',
]

/** Each on a day of its own, and so in a file of its own: one that its column cannot hold is no matter to the others. */
const day = 86_400_000
const messages: readonly Partial<LogRow>[] = [
  ...inJson.map(value => ({ format: 'json', message: ` {"other":{"v":"x"},"v":${value}}` })),
  ...inLines.map(value => ({ format: 'logfmt', message: 'a line', fields: { keys: ['v'], values: [value] } })),
  { format: 'json', message: '{"v":1,"v":2}' },
  { format: 'json', message: '{"v":{"a":1},"v.a":2}' },
  { format: 'json', message: '{"other":1}' },
  { format: 'json', message: '{"v":"cut off' },
  { message: 'no fields' },
]
const rows = messages.map((change, index) => event(index, { ...change, timestamp: noon + index * day }))

const texts = [
  '1',
  '0',
  '5',
  '1.0',
  '1e3',
  'true',
  'TRUE',
  'false',
  'nan',
  'inf',
  '',
  ' ',
  'é',
  '/api/items',
  '{"a":1}',
  '12 apples',
  '-0',
  '01',
]
const numbers = ['1', '0', '5', '-1', '1.5', '1000', '0.1', '9007199254740993']
const regexes = [
  'apples',
  '^1',
  '0$',
  '^$',
  '(?i)^a$',
  'api.items|apples',
  '^.?nan',
  'tr(ue|y)',
  '\\\\x',
  '[^a-z]{3}',
  '.*',
  'null',
]
const ordered = (query: string) => `${query} | sort @timestamp | display @timestamp`
const conditions = [
  ...texts.flatMap(text => [
    `v = ${JSON.stringify(text)}`,
    `v != ${JSON.stringify(text)}`,
    `v > ${JSON.stringify(text)}`,
  ]),
  ...texts.flatMap(text => [`v like ${JSON.stringify(text)}`, `strcontains(v, ${JSON.stringify(text)}) = 1`]),
  ...numbers.flatMap(number => ['=', '!=', '<', '<=', '>', '>='].map(operator => `v ${operator} ${number}`)),
  ...regexes.flatMap(regex => [`v like /${regex}/`, `v not like /${regex}/`]),
  ...[
    'v in ["1", "é", "true", "nan", "5"]',
    'v in [1, 5, 1000]',
    'v not in ["1", "a"]',
    'v = true',
    'not v',
    'v',
    'v = v',
  ],
  ...[
    'ispresent(v)',
    'isempty(v)',
    'isblank(v)',
    'isValidIp(v)',
    'v + 1 > 2',
    'strlen(v) > 3',
    'v = 1 or v = "a"',
    'v > 0 and v < 10',
  ],
]
/** Conditions that are filters of their own, which look for texts before they read JSON. */
const filters = conditions.filter((_, index) => index % 9 === 0 || conditions[index]!.includes('like /'))
const queries = [
  'fields v | sort @timestamp',
  'sort v, @timestamp | display v, @timestamp',
  'sort v desc, @timestamp | display v, @timestamp',
  'stats count(*) as n by v | sort v',
  'stats count(v) as a, count_distinct(v) as b, min(v) as c, max(v) as d, sum(v) as e, avg(v) as f, pct(v, 50) as g',
  'stats earliest(v) as a, latest(v) as b, sortsFirst(v) as c, sortsLast(v) as d',
  'sort @timestamp | display v, @timestamp | dedup v',
  'sort @timestamp | fields v + 1 as a, v * 2 as b, abs(v) as c, concat(v, "!") as d, toupper(v) as e, strlen(v) as f, coalesce(v, "-") as g',
  'sort @timestamp | fields floor(v) as a, -v as b, v / 3 as c, substr(v, 1) as d, replace(v, "1", "x") as e, trim(v) as f, v % 7 as g',
  'sort @timestamp | parse v "*.*" as a, b | display a, b, v',
  'sort @timestamp | parse v /(?<digits>[0-9]+)/ | display digits, v',
  'stats avg(v) as a, count(*) as n by ispresent(v) as p | sort p',
  'stats max(v) as m by bin(30d) as b | sort b',
  'sort @timestamp | fields v.a as a, v[0] as b, v as c | display a, b, c',
  'filter v > 1 | stats count(*) as n, max(v) as m',
]

let plain: TestLake
const expected = new Map<string, unknown>()
beforeAll(async () => {
  plain = await openLake()
  await plain.append(rows)
  const engine = plain.engine({ wholeBytes: 1e9 })
  for (const query of [...queries, ...filters.map(condition => ordered(`filter ${condition}`))])
    expected.set(query, await rowsOf(engine, query))
}, 600_000)
afterAll(() => plain.close())

async function rowsOf(engine: QueryEngine, query: string): Promise<unknown> {
  return (await answer(engine, planOf(query))).rows
}

describe.each<PromotedType>(['string', 'long', 'double', 'boolean'])('a field in a column of type %s', type => {
  it('answers like the field in events', { timeout: 600_000 }, async () => {
    const lake = await openLake()
    try {
      await lake.append(rows, { promoted: [{ field: 'v', column: 'v', type }] })
      const engine = lake.engine({ wholeBytes: 1e9 })
      for (const [query, wanted] of expected)
        expect.soft({ query, rows: await rowsOf(engine, query) }).toEqual({ query, rows: wanted })
    } finally {
      await lake.close()
    }
  })
})

it('what is asked tells values apart, and finds most of them', () => {
  const answers = [...expected.values()].map(found => JSON.stringify(found))
  expect(new Set(answers).size).toBeGreaterThan(30)
  expect(answers.filter(found => found !== '[]').length).toBeGreaterThan(45)
})
