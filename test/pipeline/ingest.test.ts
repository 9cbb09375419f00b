import { describe, expect, it } from 'vitest'
import { createEventIdSplitter } from '../../shared/cloudwatch/event-id.js'
import type { GroupSettings } from '../../shared/config/pipeline.js'
import { decodeStreams, streamsKey } from '../../shared/lake/landed-streams.js'
import { parseLandingKey } from '../../shared/lake/landing-key.js'
import { BufferPool } from '../../shared/parquet/buffer-pool.js'
import { gzipCodec } from '../../shared/parquet/codec.js'
import { compileGroups } from '../../shared/pipeline/group.js'
import { type IngestDependencies, IngestFailed, ingest } from '../../shared/pipeline/ingest.js'
import { Conflict, Throttled } from '../../shared/store/errors.js'
import { memoryStore } from '../../shared/store/memory.js'
import type { ObjectStore } from '../../shared/store/object-store.js'
import {
  compressed,
  controlMessage,
  eventId,
  events,
  kinesisEvent,
  lambdaEvent,
  noon,
  payload,
} from '../helpers/payload.js'
import { parquetMetadata, type ReadRow, readWithDuckDB } from '../parquet/read-back.js'

const settings: GroupSettings = { format: { name: 'auto' }, redact: [], sample: 1, retentionDays: 30 }

interface WorldOptions {
  readonly store?: ObjectStore
  readonly raw?: ObjectStore
  readonly group?: Partial<GroupSettings>
  readonly maxDecodedBytes?: number
}

function world({
  store = memoryStore(),
  raw = memoryStore(),
  group = {},
  maxDecodedBytes = 5_000_000,
}: WorldOptions = {}) {
  const deps: IngestDependencies = {
    groupOf: compileGroups(() => ({ ...settings, ...group })),
    isOwnGroup: logGroup => logGroup.startsWith('/aws/lambda/tailrace-dev-'),
    codec: gzipCodec(),
    buffers: new BufferPool(64_000_000),
    region: 'eu-west-1',
    maxDecodedBytes,
    now: () => noon + 2_000,
    sleep: async () => {},
    store,
    raw,
  }
  let attempts = 0
  return {
    store,
    raw,
    run: (event: unknown) => ingest(event, { attemptId: `attempt-${++attempts}` }, deps),
    rows: async (): Promise<ReadRow[]> => {
      const files = await objects(store)
      return (await Promise.all(files.map(key => store.get(key).then(({ body }) => readWithDuckDB(body))))).flat()
    },
  }
}

async function objects(store: ObjectStore, prefix = ''): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of store.list(prefix)) keys.push(key)
  return keys
}

describe('ingest', () => {
  it('lands one object with one row an event', async () => {
    const { run, rows, store } = world()
    const report = await run(lambdaEvent(payload(events(['{"level":"warn","a":1}', 'plain text']))))
    expect(report).toMatchObject({ batches: 1, events: 2, created: true, lagMs: 1_500, duplicates: 0, refused: 0 })
    expect(await objects(store)).toEqual([report.key])
    expect(parseLandingKey(report.key!)).toEqual({ day: '2026-01-15', minTimestamp: noon, maxTimestamp: noon + 1 })
    const [first, second] = await rows()
    expect(first).toMatchObject({
      timestamp: BigInt(noon) * 1000n,
      arrival: BigInt(noon + 500) * 1000n,
      log_group: '/ecs/orders',
      log_stream: 'web/1',
      message: '{"level":"warn","a":1}',
      account_id: '123456789012',
      region: 'eu-west-1',
      format: 'json',
      level: 'WARN',
      fields: null,
      extra: null,
      retention: 30,
    })
    expect(second).toMatchObject({ format: 'text', id_index: 1, id_random: 7n })
  })

  it('writes rows, groups with their time range and redaction, and the schema version into the footer', async () => {
    const { run, store } = world({ group: { redact: [{ identifier: 'email' }] } })
    const report = await run(
      kinesisEvent([payload(events(['a', 'b'])), payload(events(['c'], noon + 60_000), { logGroup: '/other' })]),
    )
    const { body } = await store.get(report.key!)
    const footer = parquetMetadata(body.slice().buffer as ArrayBuffer).key_value_metadata!
    const entries = Object.fromEntries(footer.map(({ key, value }) => [key, value]))
    expect(entries['tailrace.rows']).toBe('3')
    expect(entries['tailrace.schema-version']).toBe('1')
    expect(JSON.parse(entries['tailrace.groups']!)).toEqual({
      '/ecs/orders': { rows: 2, min: noon, max: noon + 1, redaction: expect.stringMatching(/^[0-9a-f]{16}$/) },
      '/other': { rows: 1, min: noon + 60_000, max: noon + 60_000, redaction: expect.any(String) },
    })
    const times = { min: noon, max: noon + 60_000 }
    expect(decodeStreams(entries[streamsKey], 3, times)).toMatchObject({
      isDistinct: true,
      tallies: [
        { logGroup: '/ecs/orders', logStream: 'web/1', rows: 2, bytes: 2 },
        { logGroup: '/other', rows: 1, bytes: 1 },
      ],
    })
  })

  it('says of an object whose records repeat an event that its rows are not distinct', async () => {
    const { run, store } = world()
    const { key } = await run(kinesisEvent([payload(events(['a', 'b'])), payload(events(['a', 'b', 'c']))]))
    const { body } = await store.get(key!)
    const { key_value_metadata: pairs } = parquetMetadata(body.slice().buffer as ArrayBuffer)
    const said = pairs!.find(pair => pair.key === streamsKey)!.value
    expect(decodeStreams(said, 5, { min: noon, max: noon + 2 })).toMatchObject({ isDistinct: false })
  })

  it('names streams in the footer as the columns have them, where a name is no well-formed text', async () => {
    const { run, store } = world()
    const names = { owner: '1\ud800', logGroup: '/a\udc00', logStream: '\ud800' }
    const { key } = await run(kinesisEvent([payload(events(['a']), names)]))
    const { body } = await store.get(key!)
    const { key_value_metadata: pairs } = parquetMetadata(body.slice().buffer as ArrayBuffer)
    const said = pairs!.find(pair => pair.key === streamsKey)!.value
    expect(decodeStreams(said, 1, { min: noon, max: noon })!.tallies).toMatchObject([
      { accountId: '1\ufffd', logGroup: '/a\ufffd', logStream: '\ufffd' },
    ])
  })

  it('gives the same key through another filter, compression and policy, and another for other events', async () => {
    const keys: (string | null)[] = []
    const batch = events(['a', 'b'])
    for (const value of [
      payload(batch),
      payload(batch, { subscriptionFilters: ['another', 'two'], policyLevel: 'ACCOUNT_LEVEL_POLICY' }),
      payload([batch[0]]),
      payload(batch, { logStream: 'web/2' }),
      payload(batch, { owner: '111122223333' }),
      payload(batch, { logGroup: '/ecs/order', logStream: 'sweb/1' }),
    ]) {
      keys.push((await world().run(lambdaEvent(value))).key)
    }
    expect(keys[1]).toBe(keys[0])
    expect(new Set(keys).size).toBe(5)
  })

  it('tells events without ids apart by time and message', async () => {
    const anonymous = [
      { id: '', timestamp: noon, message: 'x' },
      { timestamp: noon, message: 'x' },
    ]
    const first = await world().run(lambdaEvent(payload(anonymous)))
    const second = await world().run(lambdaEvent(payload([{ timestamp: noon, message: 'y' }, anonymous[1]])))
    expect(first.events).toBe(2)
    expect(second.key).not.toBe(first.key)
  })

  it('lands a batch once however often it is delivered', async () => {
    const { run, store } = world()
    const event = lambdaEvent(payload(events(['a', 'b'])))
    const [first, second] = await Promise.all([run(event), run(event)])
    expect([first.created, second.created].sort()).toEqual([false, true])
    expect(await run(event)).toMatchObject({ created: false, events: 0, duplicates: 2 })
    expect(await objects(store)).toHaveLength(1)
  })

  it('counts an object as its own when the answer to the PUT was lost', async () => {
    const inner = memoryStore()
    const lost: ObjectStore = {
      ...inner,
      put: async (key, body, options) => {
        await inner.put(key, body, options)
        return inner.put(key, body, options)
      },
    }
    expect(await world({ store: lost }).run(lambdaEvent(payload(events(['a']))))).toMatchObject({
      created: true,
      events: 1,
    })
  })

  it('tries again when a PUT of the same key is in flight', async () => {
    const inner = memoryStore()
    let conflicts = 2
    const racing: ObjectStore = {
      ...inner,
      put: async (key, body, options) => {
        if (conflicts-- > 0) throw new Conflict('put: 409', key)
        return inner.put(key, body, options)
      },
    }
    expect(await world({ store: racing }).run(lambdaEvent(payload(events(['a']))))).toMatchObject({ created: true })
  })

  it('acknowledges control messages without storing them', async () => {
    const { run, store, raw } = world()
    expect(await run(lambdaEvent(controlMessage))).toMatchObject({ controlMessages: 1, batches: 0, key: null })
    expect(await run(kinesisEvent([controlMessage, payload([]), controlMessage]))).toMatchObject({
      controlMessages: 2,
      events: 0,
    })
    expect([...(await objects(store)), ...(await objects(raw))]).toEqual([])
  })

  it('keeps every message that a careless test for truth would lose', async () => {
    const messages = ['0', 'false', 'null', '', '   ', '""', '[]', '{}', 'undefined', 'NaN', '\u0000', '-0']
    const { run, rows } = world()
    await run(lambdaEvent(payload(events(messages))))
    expect((await rows()).map(row => row.message)).toEqual(messages)
  })

  it('keeps a message that is not well-formed Unicode, escaped, beside what Parquet can hold', async () => {
    const { run, rows } = world()
    await run(lambdaEvent(payload(events(['half \ud83d here', 'whole \u{1f4a7}']))))
    const [ill, well] = await rows()
    expect(ill!.message).toBe('half \ufffd here')
    expect(JSON.parse(ill!.extra!)).toEqual({ '@message': 'half \ud83d here' })
    expect(well).toMatchObject({ message: 'whole \u{1f4a7}', extra: null })
  })

  it('keeps ids that are not CloudWatch ids as they are, and gives back those that are', async () => {
    const { run, rows } = world()
    const odd = { id: 'not-an-id', timestamp: noon, message: 'odd' }
    const good = { id: eventId(noon, 9), timestamp: noon, message: 'good' }
    await run(lambdaEvent(payload([good, odd, { timestamp: noon, message: 'none' }])))
    const [first, second, third] = await rows()
    expect(first).toMatchObject({ id_raw: null, id_index: 9 })
    expect(createEventIdSplitter()(good.id, noon)).toEqual({
      arrival: Number(first!.arrival! / 1000n),
      random: first!.id_random,
      index: first!.id_index,
    })
    expect(second).toMatchObject({ id_raw: 'not-an-id', id_random: null, arrival: null })
    expect(third).toMatchObject({ id_raw: null, id_random: null, id_index: null })
  })

  it('keeps members that no column holds, and reads account and region from where they may stand', async () => {
    const { run, rows } = world()
    const [a, b] = events(['a', 'b'])
    await run(
      lambdaEvent(
        payload(
          [{ ...a, extractedFields: { '@aws.account': '111122223333', '@aws.region': 'us-west-2', word: 'x' } }, b],
          {
            policyLevel: 'ACCOUNT_LEVEL_POLICY',
          },
        ),
      ),
    )
    const [first, second] = await rows()
    expect(first).toMatchObject({ account_id: '111122223333', region: 'us-west-2' })
    expect(JSON.parse(first!.extra!)).toMatchObject({
      policyLevel: 'ACCOUNT_LEVEL_POLICY',
      extractedFields: { word: 'x' },
    })
    expect(second).toMatchObject({
      account_id: '123456789012',
      region: 'eu-west-1',
      extra: '{"policyLevel":"ACCOUNT_LEVEL_POLICY"}',
    })
  })

  it('redacts message, fields and extra alike, and counts', async () => {
    const { run, rows } = world({ group: { redact: [{ identifier: 'email' }] } })
    const line = 'level=info user=ann@example.com msg="mail sent to bob@example.com"'
    const [event] = events([line])
    const report = await run(lambdaEvent(payload([{ ...event, extractedFields: { user: 'ann@example.com' } }])))
    const [row] = await rows()
    expect(JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? String(value) : value))).not.toContain(
      '@example.com',
    )
    expect(row!.fields).toContainEqual(['user', '[REDACTED:email]'])
    expect(report.redactions).toEqual({ email: 3 })
    expect(JSON.stringify(report)).not.toContain('example.com')
  })

  it('samples by event, the same on every delivery', async () => {
    const messages = Array.from({ length: 400 }, (_, index) => `m${index}`)
    const { run, rows } = world({ group: { sample: 0.25 } })
    const all = events(messages)
    const report = await run(lambdaEvent(payload(all)))
    expect(report.events + report.sampled).toBe(400)
    expect(report.events).toBeGreaterThan(60)
    expect(report.events).toBeLessThan(140)
    const kept = (await rows()).map(row => row.message)
    const again = world({ group: { sample: 0.25 } })
    await again.run(lambdaEvent(payload(all.slice(100))))
    expect((await again.rows()).map(row => row.message)).toEqual(
      kept.filter(message => Number(message.slice(1)) >= 100),
    )
  })

  it('refuses the rows of its own groups', async () => {
    const { run, store } = world()
    const own = payload(events(['a', 'b']), { logGroup: '/aws/lambda/tailrace-dev-ingest' })
    expect(await run(kinesisEvent([own, payload(events(['kept']))]))).toMatchObject({
      refused: 2,
      events: 1,
      batches: 1,
    })
    expect(await objects(store)).toHaveLength(1)
  })

  it('drops an exact repetition, keeps the same text under another id, and sets a reused id aside', async () => {
    const { run, rows, raw } = world()
    const [a, b] = events(['same', 'same'])
    const report = await run(lambdaEvent(payload([a, a, b, { ...a, message: 'different' }])))
    expect(report).toMatchObject({ events: 2, duplicates: 1, quarantined: { 'id-conflict': 1 } })
    expect(await rows()).toHaveLength(2)
    const [key] = await objects(raw)
    const { body } = await raw.get(key!)
    expect(JSON.parse(Buffer.from(body).toString())).toMatchObject({
      messageType: 'DATA_MESSAGE',
      logEvents: [{ message: 'different' }],
    })
  })

  it('quarantines bad records under what was wrong and lands the good ones beside them', async () => {
    const { run, rows, raw } = world()
    const good = Array.from({ length: 99 }, (_, index) => payload(events([`m${index}`], noon + index)))
    const report = await run(kinesisEvent([...good.slice(0, 50), Buffer.from('not gzip'), ...good.slice(50)]))
    expect(report).toMatchObject({ events: 99, batches: 99, quarantined: { compression: 1 } })
    expect(await rows()).toHaveLength(99)
    const [key] = await objects(raw)
    expect(key).toMatch(/^quarantine\/compression\/[0-9a-f]{24}$/)
    const { body, metadata } = await raw.get(key!)
    expect(Buffer.from(body).toString()).toBe(Buffer.from('not gzip').toString('base64'))
    expect(metadata).toMatchObject({
      reason: 'compression',
      detail: '8 bytes are neither gzip nor zlib',
      source: 'shardId-000000000000:1050',
      encoding: 'base64',
    })
  })

  it('quarantines each kind of failure under its own name, once however often it comes', async () => {
    const { run, raw } = world({ maxDecodedBytes: 10_000 })
    const event = kinesisEvent([
      'not base64!',
      Buffer.from('plain'),
      compressed('x'.repeat(20_000)),
      compressed(Buffer.from([0x22, 0xff])),
      compressed('{'),
      compressed({ messageType: 'DATA_MESSAGE' }),
      compressed({ messageType: 'OTHER' }),
      payload([{ message: 5 }]),
    ])
    const report = await run(event)
    await run(event)
    const expected = { base64: 1, compression: 1, 'too-large': 1, utf8: 1, json: 1, shape: 2, 'message-type': 1 }
    expect(report.quarantined).toEqual(expected)
    expect(await objects(raw)).toHaveLength(8)
    expect(await run({ hello: 'world' })).toMatchObject({ quarantined: { event: 1 } })
    expect((await objects(raw, 'quarantine/event/')).length).toBe(1)
  })

  it('fails as a whole when the main store fails, and what it did is in the failure', async () => {
    const failing: ObjectStore = {
      ...memoryStore(),
      put: async key => Promise.reject(new Throttled('put: 503 SlowDown', key)),
    }
    const { run, raw } = world({ store: failing })
    const failure = await run(kinesisEvent([payload(events(['a'])), Buffer.from('bad')])).catch(
      (error: unknown) => error,
    )
    expect(failure).toBeInstanceOf(IngestFailed)
    expect((failure as IngestFailed).cause).toBeInstanceOf(Throttled)
    expect((failure as IngestFailed).report).toMatchObject({
      created: false,
      events: 0,
      quarantined: { compression: 1 },
    })
    expect(await objects(raw)).toHaveLength(1)
  })

  it('fails when the quarantine fails, with the good records landed', async () => {
    const failing: ObjectStore = {
      ...memoryStore(),
      put: async key => Promise.reject(new Throttled('put: 503 SlowDown', key)),
    }
    const { run, rows } = world({ raw: failing })
    await expect(run(kinesisEvent([payload(events(['a'])), Buffer.from('bad')]))).rejects.toBeInstanceOf(IngestFailed)
    expect(await rows()).toHaveLength(1)
  })

  it('lands events from before 1970 and from 14 days ago to 2 hours ahead in one object', async () => {
    const { run, rows } = world()
    const times = [-86_400_000, 0, noon - 14 * 86_400_000, noon, noon + 7_200_000, 253_402_300_799_999]
    const report = await run(lambdaEvent(payload(times.map(timestamp => ({ timestamp, message: String(timestamp) })))))
    expect(report.key).toMatch(/^landing\/1969-12-31\/-86400000-253402300799999-/)
    expect((await rows()).map(row => row.timestamp)).toEqual(times.map(time => BigInt(time) * 1000n))
  })
})
