import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { duckDbEngine } from '../../scripts/conformance/duckdb-engine.js'
import { type InsightsDatasets, runInsightsCases } from '../../scripts/conformance/insights.js'
import type { InsightsEngine } from '../../scripts/conformance/insights-engine.js'
import { ask, hostileRows, plain } from '../sql/hostile.js'
import { landRows } from '../sql/matching.js'
import { drain } from './drain.js'

const start = 1_736_935_200

/** Messages of one group, a second apart. */
function events(messages: readonly string[]) {
  return messages.map((message, index) => {
    return { timestamp: (start + index) * 1000, logGroup: '/app/web', logStream: 's', message }
  })
}

const datasets: InsightsDatasets = {
  // The lines of the User Guide, "Pattern analysis".
  guide: events(
    ['12342342k124-12345', '324892398123-12345', '3ff231242342-12345'].map(
      (id, index) => `2023-01-01 19:00:0${index + 1} [INFO] Calling DynamoDB to store for resource id ${id}`,
    ),
  ),
  words: events([
    'user alice logged in',
    'user bob logged in',
    'user carol logged in',
    'user error logged in',
    'db timeout',
    'db failure',
    'Jan  2 03:04:05 web-1 sshd[12]: Invalid user ann from 10.0.0.1',
    'Jan 12 03:04:05 web-2 sshd[13]: Invalid user admin from 10.0.0.2',
    '10.0.0.1 - - [12/Jan/2026:03:04:05 +0000] "GET /a HTTP/1.1" 200',
  ]),
  windows: events([
    'job a-1 done',
    'job reports done well',
    'job mails done well',
    'job invoices done well',
    'job mails done well',
  ]),
  many: events(Array.from({ length: 1200 }, (_, index) => `user ${'ab'.repeat(index + 1)} logged in`)),
}

/** `FUZZ_RUNS=500 FUZZ_SEED=7 npx vitest run test/insights/patterns` searches longer. */
const numRuns = Number(process.env.FUZZ_RUNS ?? 10)
const seed = Number(process.env.FUZZ_SEED ?? 20261123)
let landed = 0

/** Few words, so that lines are alike: also masked ones, such with other blanks, and some that are found in all codes. */
const word = fc.constantFrom(
  'a',
  'b',
  'job',
  'é',
  'warn',
  '7',
  '8.5',
  'w1',
  '10.0.0.1',
  '12:00:00',
  'x=1',
  '\x7f',
  '{"n":1}',
)
const message = fc
  .tuple(
    fc.integer({ min: 1, max: 5 }),
    fc.array(word, { minLength: 9, maxLength: 9 }),
    fc.constantFrom(' ', '  ', '\t'),
  )
  .map(([length, words, blank]) => words.slice(0, length).join(blank))

/** A hundred words, of which one in five is another in each line of so many templates. */
function line(at: number, templates: number): readonly string[] {
  const pick = (n: number) => ((n * 2654435761) % 4096).toString(2).replaceAll('0', 'k').replaceAll('1', 'm')
  return Array.from({ length: 100 }, (_, place) =>
    pick((at % templates) * 101 + place + (place % 5 === 0 ? at * 7919 : 0)),
  )
}

let engine: InsightsEngine
beforeAll(async () => {
  engine = await duckDbEngine()
})
afterAll(() => engine.close())

/** Passes where the rows are those expected, in their order. */
async function gives(dataset: string, query: string, expected: readonly object[], window = {}) {
  const rows = expected as readonly Record<string, string>[]
  const one = { id: query, dataset, query, expect: rows, ordered: true, ...window }
  const [result] = await runInsightsCases(datasets, [one], engine)
  expect(result).toMatchObject({ outcome: 'passed' })
}

async function patternsOf(messages: readonly string[]) {
  const events = messages.map((text, index) => ({ ...plain, timestamp: plain.timestamp + index, message: text }))
  await landRows(engine, `messages ${++landed}`, events)
  const rows = await ask('pattern @message | display @pattern, @sampleCount | limit 10000', engine)
  if (typeof rows === 'string') throw new Error(rows)
  return rows
}

describe('patterns', () => {
  it('are those of the User Guide for its lines', async () => {
    await gives('guide', 'pattern @message | display @pattern, @ratio, @sampleCount, @severityLabel', [
      {
        '@pattern': '<Time-1> [INFO] Calling DynamoDB to store for resource id <ID-2>',
        '@ratio': '1',
        '@sampleCount': '3',
        '@severityLabel': 'INFO',
      },
    ])
  })

  it('put together lines of as many words of which most are the same', async () => {
    await gives('words', 'pattern @message | display @pattern, @sampleCount, @severityLabel', [
      { '@pattern': 'user <Token-1> logged in', '@sampleCount': '3', '@severityLabel': 'INFO' },
      {
        '@pattern': '<Time-1> web-<Number-2> sshd[<Number-3>]: Invalid user <Token-4> from <IP-5>',
        '@sampleCount': '2',
        '@severityLabel': 'INFO',
      },
      {
        '@pattern': '<IP-1> - - [<Time-2>] "GET /a HTTP/<Number-3>" <Number-4>',
        '@sampleCount': '1',
        '@severityLabel': 'INFO',
      },
      { '@pattern': 'db failure', '@sampleCount': '1', '@severityLabel': 'INFO' },
      { '@pattern': 'db timeout', '@sampleCount': '1', '@severityLabel': 'INFO' },
      { '@pattern': 'user error logged in', '@sampleCount': '1', '@severityLabel': 'ERROR' },
    ])
  })

  it('take in lines beyond those that make the templates', async () => {
    await gives('many', 'pattern @message | display @pattern, @sampleCount', [
      { '@pattern': 'user <Token-1> logged in', '@sampleCount': '1200' },
    ])
  })

  it('are those of Drain, word by word', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(message, { minLength: 40, maxLength: 300 }), async messages => {
        const rows = await patternsOf(messages)
        const found = rows.map(row => [row['@pattern'], Number(row['@sampleCount'])])
        expect(found.sort()).toEqual([...drain(messages, 1000)].sort())
      }),
      { seed, numRuns, endOnFailure: true },
    )
  })

  it.each(['pattern v', 'pattern v | diff'])(
    "of values that break what is put together carelessly are Drain's: %s",
    async query => {
      await landRows(engine, 'hostile', hostileRows())
      const values = await ask('filter ispresent(v) | display v | limit 10000', engine)
      const rows = await ask(`${query} | display @pattern, @sampleCount | limit 10000`, engine)
      if (typeof rows === 'string' || typeof values === 'string') throw new Error(`${rows} ${values}`)
      const found = rows.map(row => [row['@pattern'], Number(row['@sampleCount'])])
      const texts = values.map(({ v }) => String(v).replace(/[\x01\x02]/g, ''))
      expect(found.sort()).toEqual([...drain(texts, 1000)].sort())
    },
  )

  it('are those of Drain where there are more lines than make templates, of many words', async () => {
    const lines = Array.from({ length: 1500 }, (_, at) => ['job', ...line(at, 800)].join(' '))
    const rows = await patternsOf(lines)
    expect(rows.map(row => [row['@pattern'], Number(row['@sampleCount'])]).sort()).toEqual(
      [...drain(lines, 1000)].sort(),
    )
  })

  it('are sorted by the time of their newest event, as a sample of the User Guide does', async () => {
    const query = 'fields @timestamp, @message | filter @message like /^(user|db)/ | pattern @message | anomaly'
    await gives('words', `${query} | sort @timestamp desc | display @pattern, @timestamp | limit 3`, [
      { '@pattern': 'db failure', '@timestamp': '2025-01-15 10:00:05.000' },
      { '@pattern': 'db timeout', '@timestamp': '2025-01-15 10:00:04.000' },
      { '@pattern': 'user error logged in', '@timestamp': '2025-01-15 10:00:03.000' },
    ])
  })

  it.each(['', 'fields @timestamp, @message | sort @timestamp desc | limit 10000 | ', 'pattern @message | '])(
    'are the same in both windows of "%sdiff"',
    async before => {
      const rows = [
        {
          '@pattern': 'job <Token-1> done well',
          '@sampleCount': '2',
          '@baselineSampleCount': '1',
          '@difference': '1',
          '@differenceDescription': 'more',
          '@severityLabel': 'INFO',
        },
        {
          '@pattern': 'job a-<Number-1> done',
          '@sampleCount': '0',
          '@baselineSampleCount': '1',
          '@difference': '-1',
          '@differenceDescription': 'gone',
          '@severityLabel': 'INFO',
        },
      ]
      await gives('windows', `${before}diff`, rows, { startTime: start + 2, endTime: start + 3 })
    },
  )
})
