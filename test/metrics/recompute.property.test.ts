import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { MetricFilter } from '../../shared/metrics/metric-filter.js'
import { eventId, kinesisEvent, lambdaEvent, noon, payload } from '../helpers/payload.js'
import { countingWorld, type EmfDocument, metricFilter, pointsOf } from './counting-world.js'

interface Point {
  readonly value: number
  readonly dimensions: string
}

/** What an expert would write for each filter by hand: the point an event makes, if any. */
const questions: readonly { readonly filter: MetricFilter; readonly answer: (message: string) => Point | null }[] = [
  {
    filter: metricFilter({ name: 'errors', metric: 'Errors', pattern: 'ERROR', unit: 'Count', defaultValue: 0 }),
    answer: message => (message.includes('ERROR') ? { value: 1, dimensions: '' } : null),
  },
  {
    filter: metricFilter({ name: 'time', metric: 'Time', pattern: '{ $.t = * }', value: '$.t' }),
    answer: message => {
      const { t } = read(message)
      return typeof t === 'number' ? { value: t, dimensions: '' } : null
    },
  },
  {
    filter: metricFilter({ name: 'by', metric: 'Per', pattern: '{ $.by = * }', value: 2, dimensions: { By: '$.by' } }),
    answer: message => {
      const { by } = read(message)
      return typeof by === 'string' && by !== '' ? { value: 2, dimensions: `By=${by} ` } : null
    },
  },
  {
    filter: metricFilter({ name: 'size', metric: 'Size', pattern: '[word, size]', value: '$size', unit: 'Bytes' }),
    answer: message => {
      const size = /^\w+ (\d+)$/.exec(message)?.[1]
      return size === undefined ? null : { value: Number(size), dimensions: '' }
    },
  },
]

function read(message: string): { readonly t?: unknown; readonly by?: unknown } {
  return message.startsWith('{') ? JSON.parse(message) : {}
}

const message = fc.oneof(
  fc.constantFrom('ERROR', 'fine', 'ERROR here 7', 'a 12', 'b 7', 'c x'),
  fc
    .record(
      { t: fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constant('slow')), by: fc.constantFrom('x', 'y', '', 'z z') },
      { requiredKeys: [] },
    )
    .map(value => JSON.stringify(value)),
)
const batch = fc.array(fc.tuple(message, fc.integer({ min: -90_000, max: 90_000 })), { minLength: 1, maxLength: 150 })
const batches = fc.array(fc.tuple(batch, fc.constantFrom('direct', 'kinesis', 'again')), { minLength: 1, maxLength: 4 })

it('rebuilds from footers what was emitted, and both are what counting events one by one gives', async () => {
  await fc.assert(
    fc.asyncProperty(batches, async delivered => {
      const { run, documents, recompute } = countingWorld(questions.map(({ filter }) => filter))
      const expected: Record<string, number[]> = {}
      let next = 0
      for (const [events, way] of delivered) {
        const logEvents = events.map(([text, offset]) => {
          const timestamp = noon + offset
          return { id: eventId(timestamp, next++), timestamp, message: text }
        })
        for (const event of logEvents) countByHand(event, expected)
        const half = Math.ceil(logEvents.length / 2)
        const cut = [payload(logEvents.slice(0, half)), payload(logEvents.slice(half), { logGroup: '/other' })]
        const event = way === 'kinesis' ? kinesisEvent(cut) : lambdaEvent(payload(logEvents))
        await run(event)
        if (way === 'again') await run(event)
      }
      const emitted = pointsOf(documents)
      const counted = Object.entries(emitted).filter(([key]) => !key.includes('.ingested'))
      expect(Object.fromEntries(counted)).toEqual(sorted(expected))
      const { minutes } = await recompute()
      const rebuilt = minutes.filter(({ isDefault }) => !isDefault)
      expect(
        new Set(rebuilt.map(({ count, sum, min, max, ...of }) => `${keyOf(of)} ${count} ${sum} ${min} ${max}`)),
      ).toEqual(new Set(Object.entries(expected).map(([key, values]) => `${key} ${statistics(values)}`)))
      for (const { metric, timestamp } of minutes.filter(({ isDefault }) => isDefault)) {
        expect(metric).toBe('Errors')
        expect(expected[`N Errors Count +${(timestamp - noon) / 60_000}`]).toBe(undefined)
      }
      documents.forEach(isWellFormed)
    }),
    { numRuns: 60, seed: 20260115 },
  )
})

function countByHand(event: { readonly timestamp: number; readonly message: string }, into: Record<string, number[]>) {
  const minute = Math.floor((event.timestamp - noon) / 60_000)
  for (const { filter, answer } of questions) {
    const point = answer(event.message)
    if (point === null) continue
    const key = `N ${filter.metric} ${filter.unit} ${point.dimensions}+${minute}`
    into[key] = [...(into[key] ?? []), point.value]
  }
}

function keyOf(of: { metric: string; unit: string; dimensions: Readonly<Record<string, string>>; timestamp: number }) {
  const dimensions = Object.entries(of.dimensions).map(([name, value]) => `${name}=${value} `)
  return `N ${of.metric} ${of.unit} ${dimensions.join('')}+${(of.timestamp - noon) / 60_000}`
}

function statistics(values: readonly number[]): string {
  const sum = values.reduce((total, value) => total + value, 0)
  return `${values.length} ${sum} ${Math.min(...values)} ${Math.max(...values)}`
}

function sorted(points: Readonly<Record<string, readonly number[]>>) {
  return Object.fromEntries(Object.entries(points).map(([key, values]) => [key, values.toSorted((a, b) => a - b)]))
}

/** The rules of the embedded metric format's specification. */
function isWellFormed(document: EmfDocument): void {
  expect(JSON.stringify(document).length).toBeLessThan(256 * 1024)
  expect(Number.isInteger(document._aws.Timestamp)).toBe(true)
  for (const { Namespace, Dimensions, Metrics } of document._aws.CloudWatchMetrics) {
    expect(Namespace).toMatch(/^.{1,255}$/)
    expect(Dimensions).toHaveLength(1)
    for (const name of Dimensions[0]!) expect(document[name]).toEqual(expect.any(String))
    expect(Metrics.length).toBeLessThanOrEqual(100)
    for (const { Name } of Metrics) {
      const values = document[Name] as number[]
      expect(values.length).toBeGreaterThan(0)
      expect(values.length).toBeLessThanOrEqual(100)
      expect(values.every(Number.isFinite)).toBe(true)
    }
  }
}
