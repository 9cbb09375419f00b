import { beforeEach, describe, expect, it } from 'vitest'
import { loadPipeline } from '../../shared/config/load.js'
import { createReplay } from '../../shared/jobs/create-replay.js'
import { explainReplay } from '../../shared/jobs/explain-replay.js'
import { ReplayFailed, type ReplayOptions } from '../../shared/jobs/replay.js'
import { replayMembers } from '../../shared/jobs/replay-health.js'
import { createIngest } from '../../shared/pipeline/create-ingest.js'
import { ObjectStoreError } from '../../shared/store/errors.js'
import { memoryStore } from '../../shared/store/memory.js'
import type { ObjectStore } from '../../shared/store/object-store.js'
import { compressed, events, kinesisEvent, lambdaEvent, noon, payload } from '../helpers/payload.js'

const written = `version: 1
metricFilters:
  - { name: all, groups: "*", pattern: "", metric: All, namespace: Test }
`
const pipeline = loadPipeline(written).config!
const arn = 'arn:aws:lambda:us-east-1:123456789012:function:tailrace-test-ingest:$LATEST'
const all: ReplayOptions = { reasons: [], since: null, until: null, attemptId: 'run' }

let main: ObjectStore
let raw: ObjectStore
let printed: string[]
beforeEach(() => {
  main = memoryStore()
  raw = memoryStore({ now: () => new Date(noon) })
  printed = []
})

const surroundings = () => ({
  print: (line: string) => printed.push(line),
  stack: 'tailrace-test',
  region: 'us-east-1',
  now: () => noon,
  sleep: async () => undefined,
})

const ingest = async (event: unknown) =>
  (await createIngest(pipeline, { ...surroundings(), store: main, raw }))(event, { attemptId: 'live' })

const replay = async (options: Partial<ReplayOptions> = {}, isConsumed = async (_: string) => false) =>
  (await createReplay(pipeline, { ...surroundings(), store: main, raw, isConsumed, held: neverHeld }))({
    ...all,
    ...options,
  })

async function keys(store: ObjectStore): Promise<string[]> {
  const found: string[] = []
  for await (const { key } of store.list('')) found.push(key)
  return found
}

/** Only what was imported is looked for. */
const neverHeld = () => Promise.reject(new Error('nothing was imported'))

const put = (key: string, value: unknown, metadata = {}) =>
  raw.put(key, Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)), { metadata })

const asynchronous = (event: unknown, functionArn = arn) => ({
  version: '1.0',
  requestContext: { requestId: 'r', functionArn, condition: 'RetriesExhausted', approximateInvokeCount: 3 },
  requestPayload: event,
  responsePayload: { errorType: 'IngestFailed', errorMessage: 'a secret' },
})
const stream = (members: object) => ({
  requestContext: { requestId: 'r', functionArn: arn, condition: 'RetryAttemptsExhausted' },
  KinesisBatchInfo: { shardId: 'shardId-000000000001', batchSize: 2 },
  ...members,
})

const first = payload(events(['one', 'two']))
const second = payload(events(['three'], noon + 60_000))

describe('replay of failed deliveries', () => {
  it('lands an asynchronous event and a Kinesis batch under the keys of a first delivery, and deletes the records', async () => {
    await put('aws/lambda/async/tailrace-test-ingest/2026/01/15/a', asynchronous(lambdaEvent(first)))
    const batch = kinesisEvent([first, second])
    await put('aws/lambda/11111111-2222/shardId-000000000001/2026/01/15/b', stream({ payload: JSON.stringify(batch) }))
    expect(await replay()).toMatchObject({ found: 2, replayed: 2, left: {}, events: 5, failed: 0 })
    expect(await keys(raw)).toEqual([])
    const landed = await keys(main)
    main = memoryStore()
    await ingest(lambdaEvent(first))
    await ingest(batch)
    expect(await keys(main)).toEqual(landed)
  })

  it('says nothing to metrics of a batch that had landed, or that the table has taken', async () => {
    const { key } = await ingest(lambdaEvent(first))
    const before = printed.length
    expect(before).toBe(1)
    await put('aws/lambda/async/tailrace-test-ingest/a', asynchronous(lambdaEvent(first)))
    expect(await replay()).toMatchObject({ replayed: 1, events: 0, duplicates: 2 })
    await main.delete([key!])
    await put('aws/lambda/async/tailrace-test-ingest/a', asynchronous(lambdaEvent(first)))
    expect(await replay({}, async known => known === key)).toMatchObject({ replayed: 1, events: 0, duplicates: 2 })
    expect(await keys(main)).toEqual([])
    expect(printed).toHaveLength(before)
    await put('aws/lambda/async/tailrace-test-ingest/b', asynchronous(lambdaEvent(second)))
    expect(await replay()).toMatchObject({ replayed: 1, events: 1 })
    expect(printed).toHaveLength(before + 1)
  })

  it('leaves records of other functions, records without a payload and what is no record, each with its reason', async () => {
    await put('aws/lambda/async/other/a', asynchronous(lambdaEvent(first), arn.replace('ingest', 'export')))
    await put('aws/lambda/11111111-2222/shardId-000000000001/b', stream({}))
    await put('aws/lambda/async/tailrace-test-ingest/c', 'cut o')
    await put('aws/lambda/async/tailrace-test-ingest/d', { some: 'json' })
    const before = await keys(raw)
    const left = { 'other-function': 1, 'no-payload': 1, 'not-a-record': 2 }
    expect(await replay()).toMatchObject({ found: 4, replayed: 0, left, failed: 0 })
    expect(await keys(raw)).toEqual(before)
  })

  it('keeps a record whose batch could not land, replays the others and fails', async () => {
    for (const [name, body] of Object.entries({ a: first, b: second })) {
      await put(`aws/lambda/async/tailrace-test-ingest/${name}`, asynchronous(lambdaEvent(body)))
    }
    const healthy = main
    main = {
      ...healthy,
      put: async (key, ...rest) => {
        if (key.includes(String(noon + 60_000))) throw new ObjectStoreError('put: access denied', key)
        return healthy.put(key, ...rest)
      },
    }
    const failed = await replay().catch(error => error)
    expect(failed).toBeInstanceOf(ReplayFailed)
    expect(failed.report).toMatchObject({ found: 2, replayed: 1, failed: 1, events: 2 })
    expect(failed.message).toContain('access denied')
    expect(await keys(raw)).toEqual(['aws/lambda/async/tailrace-test-ingest/b'])
  })

  it('fails when the raw bucket cannot be listed, read or deleted from', async () => {
    const healthy = raw
    await put('aws/lambda/async/tailrace-test-ingest/a', asynchronous(lambdaEvent(first)))
    const down = async () => {
      throw new ObjectStoreError('the store is down', 'a')
    }
    raw = { ...healthy, get: down }
    await expect(replay()).rejects.toThrow('replay: 1 of 1 objects failed: the store is down')
    raw = { ...healthy, delete: down }
    await expect(replay()).rejects.toThrow('replay: 1 of 1 objects failed: the store is down')
    raw = {
      ...healthy,
      // biome-ignore lint/correctness/useYield: it fails before it has found any
      async *list() {
        await down()
      },
    }
    await expect(replay()).rejects.toThrow('replay: 0 of 0 objects failed: the store is down')
    raw = healthy
    expect(await replay({ attemptId: 'another run' })).toMatchObject({ replayed: 1, duplicates: 2 })
  })

  it('stops asking a store that keeps failing, and when the time is up', async () => {
    for (let index = 0; index < 40; index++) {
      await put(`aws/lambda/async/tailrace-test-ingest/${index}`, asynchronous(lambdaEvent(first)))
    }
    const healthy = main
    const down = async () => {
      throw new ObjectStoreError('the store is down', 'a')
    }
    main = { ...healthy, put: down }
    const { report } = await replay().catch(error => error)
    expect(report.stopped).toBe(true)
    expect(report.found).toBeLessThan(20)
    main = healthy
    let looks = 0
    expect(await replay({ isTimeUp: () => ++looks > 10 })).toMatchObject({ found: 10, replayed: 10, stopped: true })
  })
})

describe('replay of the quarantine', () => {
  it('keeps what cannot be decoded today either under its key, whatever it was received as', async () => {
    await ingest(lambdaEvent('not json'))
    await ingest({ awslogs: { data: '%%%' } })
    await ingest({ awslogs: { data: 7 } })
    await ingest({ some: 'other event' })
    await ingest(kinesisEvent([Buffer.from('no gzip')]))
    await ingest(lambdaEvent(payload([{ timestamp: 'soon', message: 'a' }, ...events(['fine'])])))
    const before = await keys(raw)
    expect(before).toHaveLength(6)
    expect(await replay()).toMatchObject({ found: 6, replayed: 0, left: { 'still-bad': 6 }, failed: 0 })
    expect(await keys(raw)).toEqual(before)
  })

  it('lands what is decodable today, and moves what is bad for another reason', async () => {
    await put('quarantine/compression/a', compressed(first).toString('base64'), { encoding: 'base64' })
    await put('quarantine/shape/b', second, { encoding: 'json' })
    await put('quarantine/event/c', kinesisEvent([second]), { encoding: 'event' })
    await put('quarantine/too-large/d', compressed('{}').toString('base64'), { encoding: 'base64', source: 'shard:1' })
    expect(await replay()).toMatchObject({ found: 4, replayed: 4, events: 3, duplicates: 1, quarantined: 1 })
    const [moved, ...others] = await keys(raw)
    expect(others).toEqual([])
    expect(moved).toMatch(/^quarantine\/shape\//)
    expect((await raw.head(moved!)).metadata).toMatchObject({ reason: 'shape', source: 'shard:1' })
  })

  it('never lands the second message of an id', async () => {
    const [event] = events(['said first'])
    await ingest(lambdaEvent(payload([event, { ...event, message: 'said second' }])))
    const landed = await keys(main)
    expect(await replay()).toMatchObject({ found: 1, left: { 'id-conflict': 1 } })
    expect(await keys(main)).toEqual(landed)
    expect(await keys(raw)).toHaveLength(1)
  })

  it('takes what is selected by reason and time, and nothing else', async () => {
    await ingest(lambdaEvent('not json'))
    await ingest({ awslogs: { data: '%%%' } })
    await put('aws/lambda/async/tailrace-test-ingest/a', asynchronous(lambdaEvent(first)))
    await put('something/else', 'foreign')
    expect(await replay({ since: noon + 1 })).toMatchObject({ found: 0 })
    expect(await replay({ until: noon })).toMatchObject({ found: 0 })
    expect(await replay({ reasons: ['json'] })).toMatchObject({ found: 1, left: { 'still-bad': 1 } })
    expect(await replay({ reasons: ['failed-stream'] })).toMatchObject({ found: 0 })
    expect(await replay({ reasons: ['failed-async', 'base64'] })).toMatchObject({ found: 2, replayed: 1 })
  })
})

describe('what a replay says', () => {
  it('explains by reason, with counts and samples and nothing of what the objects hold', async () => {
    for (const name of ['a', 'b', 'c', 'd']) {
      await put(`aws/lambda/async/tailrace-test-ingest/${name}`, asynchronous(lambdaEvent(first)))
    }
    await ingest(lambdaEvent('not json'))
    const groups = await explainReplay({ reasons: [], since: null, until: null }, raw)
    expect(groups.map(({ reason, objects, samples }) => [reason, objects, samples.length])).toEqual([
      ['failed-async', 4, 3],
      ['json', 1, 1],
    ])
    expect(groups[0]).toMatchObject({ oldest: noon, newest: noon })
    expect(groups[0]!.samples[0]!.detail).toBe('RetriesExhausted, IngestFailed, 3 attempts')
    expect(groups[1]!.samples[0]!.detail).toBe('8 characters are not a JSON object')
    expect(JSON.stringify(groups)).not.toMatch(/secret|not json"/)
  })

  it('is one document of health metrics', async () => {
    await put('aws/lambda/async/tailrace-test-ingest/a', asynchronous(lambdaEvent(first)))
    await ingest(lambdaEvent('not json'))
    const members = replayMembers(await replay(), 'tailrace-test', noon)
    expect(members).toMatchObject({
      Stack: 'tailrace-test',
      Replayed: 1,
      ReplayLeft: 1,
      ReplayFailed: 0,
      ReplayEvents: 2,
    })
  })
})
