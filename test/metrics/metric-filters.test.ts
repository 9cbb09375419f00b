import { describe, expect, it } from 'vitest'
import { Throttled } from '../../shared/store/errors.js'
import { memoryStore } from '../../shared/store/memory.js'
import type { ObjectStore } from '../../shared/store/object-store.js'
import { events, kinesisEvent, lambdaEvent, noon, payload } from '../helpers/payload.js'
import { countingWorld, metricFilter, pointsOf } from './counting-world.js'

const minute = 60_000

/** What the filters print for the messages of one batch, one a millisecond from noon. */
async function counted(filters: Parameters<typeof metricFilter>[0][], messages: readonly string[]) {
  const { run, documents } = countingWorld(filters.map(metricFilter))
  await run(lambdaEvent(payload(events(messages))))
  return pointsOf(documents)
}

describe('a metric filter', () => {
  it('counts each event that matches once', async () => {
    expect(
      await counted([{ pattern: 'ERROR', unit: 'Count' }], ['ERROR ERROR', 'fine', 'ERRORCODE', '[ERROR]']),
    ).toEqual({
      'N M Count +0': [1, 1, 1],
    })
  })

  it('adds the value that it names, and nothing else than numbers', async () => {
    const messages = [
      '{"t":12.5}',
      '{"t":-3}',
      '{"t":"7"}',
      '{"t":"x"}',
      '{"t":true}',
      '{"t":null}',
      '{"t":1e400}',
      '{"t":1e300}',
      '{"u":1}',
      '{"t":"NaN"}',
      '{"t":"0x10"}',
      '{"t":""}',
      '{"t":-0}',
      'plain',
    ]
    expect(await counted([{ pattern: '{ $.t = * || $.u = 1 || $.t IS TRUE }', value: '$.t' }], messages)).toEqual({
      'N M None +0': [-3, 0, 7, 12.5],
    })
  })

  it('reads fields of a space-delimited event by name and by number', async () => {
    const line = '127.0.0.1 - - [24/Sep/2013:11:49:52 -0700] "GET /index.html HTTP/1.1" 404 287'
    const filters = [
      {
        name: 'size',
        metric: 'Size',
        pattern: '[ip, id, user, time, request, status, size]',
        value: '$size',
        unit: 'Bytes',
      },
      { name: 'code', metric: 'Code', pattern: '[]', value: '$6', dimensions: { IP: '$1' } },
      { name: 'none', metric: 'None', pattern: '[]', value: '$99' },
      { name: 'text', metric: 'Text', pattern: '[ip, ...]', value: '$ip' },
    ]
    expect(await counted(filters, [line])).toEqual({ 'N Size Bytes +0': [287], 'N Code None IP=127.0.0.1 +0': [404] })
  })

  it('makes a metric of each set of dimensions, and no data point where one is missing or cannot be stored', async () => {
    const filter = { pattern: '{ $.a = * || $.b = * }', dimensions: { A: '$.a', B: '$.b' } }
    const messages = [
      '{"a":"x","b":1}',
      '{"a":"x","b":"1"}',
      '{"a":"y","b":1.50}',
      '{"a":"x"}',
      '{"a":"x","b":true}',
      '{"a":"x","b":""}',
      '{"a":"x","b":" "}',
      '{"a":"é","b":1}',
      '{"a":"x\\ny","b":1}',
      `{"a":"${'x'.repeat(1025)}","b":1}`,
    ]
    expect(await counted([filter], messages)).toEqual({
      'N M None A=x B=1 +0': [1, 1],
      'N M None A=y B=1.5 +0': [1],
    })
  })

  it('reads arrays, and the redacted message', async () => {
    expect(await counted([{ pattern: '{ $[0].a = 1 }' }], ['[{"a":1}]', '[{"a":2}]'])).toEqual({ 'N M None +0': [1] })
    const { run, documents } = countingWorld(
      [metricFilter({ pattern: 'secret' }), metricFilter({ metric: 'R', pattern: '"[REDACTED:word]"' })],
      {
        settings: { redact: [{ name: 'word', pattern: 'secret' }] },
      },
    )
    await run(lambdaEvent(payload(events(['a secret']))))
    expect(pointsOf(documents)).toEqual({ 'N R None +0': [1] })
  })

  it('counts by the minute of the event, to the millisecond, before the epoch too', async () => {
    const at = (offset: number, index: number) => ({ id: `x${index}`, timestamp: noon + offset, message: 'x' })
    const { run, documents } = countingWorld([metricFilter({})])
    await run(lambdaEvent(payload([-1, 0, minute - 1, minute, 2 * minute].map(at))))
    expect(pointsOf(documents)).toEqual({
      'N M None +-1': [1],
      'N M None +0': [1, 1],
      'N M None +1': [1],
      'N M None +2': [1],
    })
  })

  it('counts for its groups only, in a batch of many groups', async () => {
    const filters = {
      '/a': [metricFilter({ metric: 'A' })],
      '/b': [metricFilter({ metric: 'B' }), metricFilter({ metric: 'A' })],
    }
    const { run, documents } = countingWorld([], {
      filtersOf: logGroup => filters[logGroup as '/a'] ?? [],
    })
    const of = (logGroup: string, count: number, start: number) =>
      payload(events(Array<string>(count).fill('x'), start), { logGroup })
    const batches = [of('/a', 2, noon), of('/b', 3, noon + 10), of('/c', 4, noon + 20), of('/a', 1, noon + 30)]
    expect(await run(kinesisEvent(batches))).toMatchObject({ events: 10, metrics: { documents: 1 } })
    expect(pointsOf(documents)).toEqual({ 'N A None +0': [1, 1, 1, 1, 1, 1], 'N B None +0': [1, 1, 1] })
  })

  it('counts what the sample leaves out, even where nothing is left', async () => {
    const { run, documents, recompute } = countingWorld([metricFilter({ pattern: '{ $.n >= 1 }', value: '$.n' })], {
      settings: { sample: 0, redact: [{ identifier: 'email' }] },
    })
    const event = lambdaEvent(payload(events(['{"n":1,"to":"a@example.com"}', '{"n":2}', '{"n":0}'])))
    const report = await run(event)
    expect(report).toMatchObject({ events: 0, sampled: 3, created: true, redactions: {}, metrics: { documents: 1 } })
    expect(await run(event)).toMatchObject({ created: false })
    expect(pointsOf(documents)).toEqual({ 'N M None +0': [1, 2] })
    expect((await recompute()).minutes).toMatchObject([{ count: 2, sum: 3, min: 1, max: 2 }])
  })

  it('never counts events that are refused, repeated or set aside', async () => {
    const { run, documents } = countingWorld([metricFilter({})])
    const [first, second] = events(['a', 'b'])
    await run(lambdaEvent(payload([first], { logGroup: '/aws/lambda/tailrace-dev-ingest' })))
    await run(
      lambdaEvent(payload([second, first, first, { ...first, message: 'other' }, { timestamp: 'x', message: 'y' }])),
    )
    expect(pointsOf(documents)).toEqual({ 'N M None +0': [1, 1] })
  })
})

describe('what is emitted', () => {
  it('is emitted once, whoever delivers the batch again and how often', async () => {
    const { run, documents } = countingWorld([metricFilter({})])
    const event = lambdaEvent(payload(events(['a', 'b'])))
    await Promise.all([run(event), run(event), run(event)])
    await run(event)
    expect(pointsOf(documents)).toEqual({ 'N M None +0': [1, 1] })
  })

  it('is emitted although something else about the invocation fails', async () => {
    const raw: ObjectStore = { ...memoryStore(), put: () => Promise.reject(new Throttled('put: 503', 'key')) }
    const { run, documents } = countingWorld([metricFilter({})], { raw })
    const event = kinesisEvent([payload(events(['a'])), 'not base64 of gzip'])
    await expect(run(event)).rejects.toThrow('put: 503')
    await expect(run(event)).rejects.toThrow('put: 503')
    expect(pointsOf(documents)).toEqual({ 'N M None +0': [1] })
  })

  it('is what the embedded metric format says: a hundred values an array, then another document', async () => {
    const filters = [
      { name: 'all', metric: 'All', namespace: 'X', unit: 'Count' },
      { name: 'even', metric: 'Even', namespace: 'X', pattern: '{ $.n = *0 }', value: '$.n' },
      { name: 'same name', metric: 'All', namespace: 'Y', pattern: '{ $.n = 7 }', unit: 'Bytes' },
    ]
    const { run, documents } = countingWorld(filters.map(metricFilter))
    await run(lambdaEvent(payload(events(Array.from({ length: 250 }, (_, n) => `{"n":${n}}`)))))
    expect(
      documents.map(document => [(document.All as number[]).length, (document.Even as number[] | undefined)?.length]),
    ).toEqual([
      [100, 25],
      [100, undefined],
      [50, undefined],
      [1, undefined],
    ])
    expect(documents[0]).toEqual({
      _aws: {
        Timestamp: noon,
        CloudWatchMetrics: [
          {
            Namespace: 'X',
            Dimensions: [[]],
            Metrics: [
              { Name: 'All', Unit: 'Count' },
              { Name: 'Even', Unit: 'None' },
            ],
          },
        ],
      },
      All: Array(100).fill(1),
      Even: Array.from({ length: 25 }, (_, n) => n * 10),
    })
    expect(documents[3]).toMatchObject({ _aws: { CloudWatchMetrics: [{ Namespace: 'Y' }] }, All: [1] })
  })

  it('is one document for all filters of a minute, however many events and filters there are', async () => {
    const filters = Array.from({ length: 40 }, (_, at) => metricFilter({ name: `f${at}`, metric: `M${at}` }))
    const { run } = countingWorld(filters)
    expect((await run(lambdaEvent(payload(events(Array<string>(100).fill('x')))))).metrics.documents).toBe(1)
    const { run: wider } = countingWorld([
      ...filters,
      ...filters.map(filter => ({ ...filter, metric: `${filter.metric}b` })),
    ])
    expect((await wider(lambdaEvent(payload(events(['x']))))).metrics.documents).toBe(2)
  })

  it('adds up filters that put to the same metric', async () => {
    const filters = [{ name: 'a' }, { name: 'b', value: 5 }, { name: 'c', unit: 'Count' }]
    expect(await counted(filters, ['x'])).toEqual({ 'N M None +0': [1, 5], 'N M Count +0': [1] })
  })

  it('is not of minutes that CloudWatch would refuse, which are reported and stand in the footer', async () => {
    const now = noon + 30_000
    const { run, documents, recompute } = countingWorld([metricFilter({})], { now })
    const day = 24 * 60 * minute
    const offsets = [-14 * day, -14 * day + 30_000, -14 * day + minute, 2 * 60 * minute, 121 * minute]
    const report = await run(
      lambdaEvent(payload(offsets.map((offset, at) => ({ id: `i${at}`, timestamp: noon + offset, message: 'x' })))),
    )
    expect(report.metrics).toEqual({ documents: 2, capped: 0, late: 3 })
    expect(Object.keys(pointsOf(documents))).toEqual(['N M None +-20159', 'N M None +120'])
    expect((await recompute({ since: noon - 15 * day, until: noon + day })).minutes.map(({ count }) => count)).toEqual([
      2, 1, 1, 1,
    ])
  })

  it('stops at a thousand pairs of dimension and value an hour, and says so', async () => {
    const filter = metricFilter({ pattern: '{ $.id = * }', dimensions: { Id: '$.id' } })
    const { run, documents, recompute } = countingWorld([filter], { limit: 3 })
    const ids = (...of: string[]) => of.map(id => `{"id":"${id}"}`)
    expect((await run(lambdaEvent(payload(events(ids('a', 'b', 'c', 'd', 'd')))))).metrics).toMatchObject({ capped: 2 })
    expect((await run(lambdaEvent(payload(events(ids('a', 'e'), noon + 100))))).metrics).toMatchObject({ capped: 1 })
    expect(pointsOf(documents)).toEqual({
      'N M None Id=a +0': [1, 1],
      'N M None Id=b +0': [1],
      'N M None Id=c +0': [1],
    })
    expect((await recompute()).minutes.map(({ dimensions, count }) => [dimensions.Id, count])).toEqual([
      ['a', 2],
      ['b', 1],
      ['c', 1],
      ['d', 2],
      ['e', 1],
    ])
  })
})

describe('the default value', () => {
  const filter = metricFilter({ pattern: '{ $.n = * }', value: '$.n', defaultValue: 9 })
  const batch = (start: number, ...messages: string[]) => lambdaEvent(payload(events(messages, start)))

  it('is not emitted among the values, so that it changes no sum and no extreme', async () => {
    const { run, documents, recompute } = countingWorld([filter])
    await run(batch(noon, 'no match'))
    await run(batch(noon + 100, '{"n":3}', '{"n":4}'))
    await run(batch(noon + 200, 'no match'))
    expect(pointsOf(documents)).toEqual({ 'N M None +0': [3, 4], 'N M.ingested None +0': [1, 1, 1] })
    expect((await recompute()).minutes).toMatchObject([{ count: 2, sum: 7, min: 3, max: 4, isDefault: false }])
  })

  it('stands for a minute in which events came in and none matched', async () => {
    const { run, documents, recompute } = countingWorld([filter])
    await run(batch(noon, 'no match', 'nor this'))
    await run(batch(noon + 2 * minute, '{"n":1}'))
    expect(pointsOf(documents)).toEqual({
      'N M.ingested None +0': [1],
      'N M None +2': [1],
      'N M.ingested None +2': [1],
    })
    expect((await recompute()).minutes).toMatchObject([
      { timestamp: noon, count: 1, sum: 9, isDefault: true },
      { timestamp: noon + 2 * minute, count: 1, sum: 1, isDefault: false },
    ])
  })

  it('does not stand for a minute in which an event matched without making a data point', async () => {
    const { run, documents, recompute } = countingWorld([filter])
    await run(batch(noon, '{"n":"slow"}'))
    await run(batch(noon + 100, 'no match'))
    expect(pointsOf(documents)).toEqual({ 'N M.ingested None +0': [1, 2] })
    expect((await recompute()).minutes).toEqual([])
  })
})
