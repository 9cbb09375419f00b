import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DuckDb, openDuckDb } from '../../shared/engine/duckdb.js'
import { readDatePattern } from '../../shared/plan/java-date.js'
import { duckDb } from '../../shared/sql/dialects/duckdb.js'
import { quoted, raw, render, sql } from '../../shared/sql/fragment.js'
import { dateFunctions } from '../../shared/sql/functions/dates.js'

/** `FUZZ_RUNS=5000 FUZZ_SEED=7 npx vitest run test/sql/dates` searches longer. */
const numRuns = Number(process.env.FUZZ_RUNS ?? 150)
const seed = Number(process.env.FUZZ_SEED ?? 20261123)

/** Texts by letters, right ones and such that are nearly so. */
const samples: Readonly<Record<string, readonly string[]>> = {
  yyyy: ['2024', '2023', '1969', '0000', '9999', '1500', '999'],
  y: ['2024', '24', '1969', '0'],
  uuuu: ['2024', '1900'],
  yy: ['24', '70'],
  MM: ['01', '02', '12', '2', '13'],
  M: ['1', '02', '12', '0'],
  MMM: ['Feb', 'feb', 'SEP', 'Sept'],
  MMMM: ['february', 'May', 'JUNE', 'Feb'],
  dd: ['01', '28', '29', '30', '31', '32', '1'],
  d: ['1', '29', '31', '032'],
  DDD: ['060', '365', '366', '000'],
  EEE: ['Mon', 'SUN', 'Mo'],
  EEEE: ['Monday', 'sunday'],
  HH: ['00', '23', '24', '7'],
  H: ['0', '9', '23'],
  hh: ['12', '01', '11', '13'],
  h: ['12', '1'],
  a: ['AM', 'pm', 'x'],
  mm: ['00', '59', '60'],
  m: ['0', '59'],
  ss: ['00', '59', '60'],
  s: ['0', '59'],
  S: ['0', '9'],
  SS: ['00', '99'],
  SSS: ['000', '999', '12'],
  SSSS: ['0000', '9999'],
  SSSSSS: ['000001', '999999', '123456'],
  SSSSSSSSS: ['123456789'],
  X: ['Z', '+01', '-0130', '+1859', '+19', 'z'],
  XXX: ['Z', '+01:30', '-18:00', '+0130'],
  xx: ['+0000', '-1830', 'Z'],
  Z: ['+0000', '+0545'],
  ' ': [' ', '', '  '],
  '-': ['-', '', '--'],
  '%': ['%', ''],
  "'T'": ['T', 't'],
  ':': [':'],
  '9': ['9'],
  '[': ['', ' '],
  ']': [''],
}

/** Patterns as people write them, and such with a letter or sign more. */
const written = [
  ...[
    'yyyy-MM-dd',
    "yyyy-MM-dd'T'HH:mm:ss-SSSX",
    'dd-MMM-yyyy:HH:mm:ss Z',
    'yyyy DDD',
    'yyyyMMddHHmmssSSS',
    'yyyy-MM[ HH:mm]',
  ],
  ...[
    'EEE d MMM y h:mm a',
    'y-M-d H:m:s',
    'EEEE-MMMM dd uuuu',
    'yyyy-MM-dd HH:mm:ss-SSSSSS',
    'yyyy-MM-dd HH:mm:ss XXX',
  ],
  ...['yy-MM-dd', 'dd MM yyyy hh:mm:ss a xx', '%yyyy-M'],
]
const pattern = fc
  .tuple(
    fc.constantFrom(...written),
    fc.nat({ max: 30 }),
    fc.option(fc.constantFrom(...Object.keys(samples)), { freq: 1 }),
  )
  .map(([usual, at, more]) => {
    const pieces: readonly string[] = usual.match(/'[^']*'|([A-Za-z])\1*|./g) ?? []
    return more === null ? pieces : pieces.toSpliced(at % (pieces.length + 1), 0, more)
  })

const texts = pattern.chain(pieces => {
  const text = fc.tuple(
    ...pieces.map(piece => fc.constantFrom(...Array<string>(9).fill(samples[piece]![0]!), ...samples[piece]!)),
  )
  return fc.tuple(
    fc.constant(pieces.join('')),
    fc.array(text, { minLength: 40, maxLength: 40 }).map(all => all.map(parts => parts.join(''))),
  )
})

let duckdb: DuckDb
beforeAll(async () => {
  duckdb = await openDuckDb({ memoryLimitMb: 256, threads: 1 })
})
afterAll(() => duckdb.close())

describe('parseDate', () => {
  it('reads the same by the format of the engine as piece by piece', async () => {
    const { readTime, ...other } = duckDb
    let direct = 0
    let found = 0
    const parse = (format: string, dialect: typeof duckDb) => {
      const args = [
        { sql: raw('x'), type: 'text' as const },
        { sql: quoted(format), type: 'text' as const, literal: format },
      ]
      const { parseDate } = dateFunctions
      return typeof parseDate === 'function' ? parseDate(args, dialect).sql : raw('NULL')
    }
    await fc.assert(
      fc.asyncProperty(texts, async ([format, values]) => {
        const read = readDatePattern(format)
        if (!('pieces' in read) || read.pieces === null || readTime!(raw('x'), read.pieces) === undefined) return
        direct++
        const both = sql`SELECT x, ${parse(format, duckDb)}, ${parse(format, other)} FROM (SELECT unnest(CAST($1::JSON AS VARCHAR[])) AS x)`
        const { rows } = await duckdb.query(render(both, null).sql, [JSON.stringify(values)])
        expect(rows).toHaveLength(values.length)
        found += rows.filter(([, time]) => time !== null).length
        expect(rows.map(([x, time]) => [x, time])).toEqual(rows.map(([x, , time]) => [x, time]))
      }),
      { seed, numRuns, endOnFailure: true },
    )
    expect(direct).toBeGreaterThan(numRuns / 3)
    expect(found).toBeGreaterThan(numRuns)
  })
})
