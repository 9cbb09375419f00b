import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { loadPipeline } from '../../shared/config/load.js'
import { type DuckDb, openDuckDb } from '../../shared/engine/duckdb.js'
import { LocalParts } from '../../shared/engine/local-parts.js'
import { createQueryEngine, type QueryEngine } from '../../shared/engine/query-engine.js'
import type { Catalog } from '../../shared/iceberg/catalog.js'
import { createImport } from '../../shared/jobs/create-import.js'
import { createReplay } from '../../shared/jobs/create-replay.js'
import { eventsPlan, plainEvent } from '../../shared/jobs/events-plan.js'
import { streamNames } from '../../shared/jobs/export-streams.js'
import { heldInLake } from '../../shared/jobs/held-events.js'
import type { ImportOptions } from '../../shared/jobs/import.js'
import { importedTextsOf } from '../../shared/jobs/import-match.js'
import { recordImport, wasImported } from '../../shared/jobs/imported.js'
import { readingsOf, readRedactions, recordRedactions, redactorOf } from '../../shared/jobs/redactions.js'
import { lakeReader } from '../../shared/lake/lake-reader.js'
import { createIngest } from '../../shared/pipeline/create-ingest.js'
import { isSampled, sampledBy } from '../../shared/pipeline/sample.js'
import { ObjectStoreError } from '../../shared/store/errors.js'
import { memoryStore } from '../../shared/store/memory.js'
import type { ObjectStore } from '../../shared/store/object-store.js'
import { type ExportedLine, putExport } from '../helpers/export-files.js'
import { eventId, lambdaEvent, noon, payload } from '../helpers/payload.js'

const pipelineOf = (redact: string, sample = 1) =>
  loadPipeline(`version: 1\ndefaults: { redact: [${redact}], sample: ${sample} }\n`).config!
const range = { from: noon - 3_600_000, to: noon + 3_600_000 }
const source = { prefix: 'exports/t/', account: '123456789012', logGroup: '/ecs/orders', range }

const noTable: Catalog = {
  load: async () => null,
  create: () => Promise.reject(new Error('no table is made')),
  commit: () => Promise.reject(new Error('nothing is committed')),
}

let duckdb: DuckDb
let scratch: string
let main: ObjectStore
beforeAll(async () => {
  duckdb = await openDuckDb({ memoryLimitMb: 256, threads: 1 })
  scratch = await mkdtemp(join(tmpdir(), 'tailrace-import-'))
})
afterAll(async () => {
  duckdb.close()
  await rm(scratch, { recursive: true })
})
beforeEach(() => {
  main = memoryStore()
})

const surroundings = { stack: 'tailrace-test', region: 'us-east-1', now: () => noon, sleep: async () => undefined }

/** `index` tells events of one time apart; the place in the list where it is left out. */
type Delivered = ExportedLine & { readonly index?: number }

const delivery = (lines: readonly Delivered[], logStream: string) => {
  const logEvents = lines.map(({ timestamp, message, index }, place) => ({
    id: eventId(timestamp, index ?? place),
    timestamp,
    message,
  }))
  return lambdaEvent(payload(logEvents, { logStream }))
}

/** Delivers events with ids, as a subscription does. */
async function deliver(pipeline: ReturnType<typeof pipelineOf>, lines: readonly Delivered[], logStream = 'web/1') {
  await recordRedactions(main, pipeline)
  const raw = memoryStore()
  const ingest = await createIngest(pipeline, { ...surroundings, store: main, raw, print: () => undefined })
  await ingest(delivery(lines, logStream), { attemptId: 'live' })
}

let engines = 0

async function openEngine(): Promise<QueryEngine> {
  const folder = join(scratch, `parts-${engines++}`)
  return createQueryEngine({
    duckdb,
    reader: lakeReader({ store: main, catalog: noTable, table: { store: main, location: 's3://lake/table' } }),
    parts: new LocalParts({ store: main, place: folder, folder, maxBytes: 1e9, onFetch: () => undefined }),
    maxScanBytes: null,
  })
}

/** Stream, time after noon and message of every event that a reader sees. */
async function rows(): Promise<(readonly [string, number, string])[]> {
  const { batches } = await (await openEngine()).run(eventsPlan(null, { from: null, to: null }))
  const found: (readonly [string, number, string])[] = []
  for await (const batch of batches) {
    for (const { logStream, timestamp, message } of batch.map(plainEvent)) {
      found.push([logStream, timestamp - noon, message])
    }
  }
  return found.sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1))
}

const orderOf = ([stream, at, message]: readonly [string, number, string]) =>
  JSON.stringify([stream, String(at).padStart(6), message])

interface Settings {
  readonly streams?: readonly string[]
  readonly maxChars?: number
  readonly store?: ObjectStore
  readonly options?: Partial<ImportOptions>
}

async function importAll(pipeline: ReturnType<typeof pipelineOf>, settings: Settings = {}) {
  const { streams = ['web/1'], maxChars, store = main, options = {} } = settings
  await recordRedactions(main, pipeline)
  const run = await createImport(pipeline, {
    ...surroundings,
    store,
    raw: memoryStore(),
    source: main,
    isConsumed: async () => false,
    held: async query => heldInLake(await openEngine())(query),
    scratch,
    ...(maxChars === undefined ? {} : { maxChars }),
  })
  const describeLogStreams = async () => ({ logStreams: streams.map(logStreamName => ({ logStreamName })) })
  const names = streamNames({ logGroup: source.logGroup, range, describeLogStreams })
  return run(source, names, 'state/exports/imports/t.json', { attemptId: 'import', ...options })
}

const line = (at: number, message: string): ExportedLine => ({ timestamp: noon + at, message })

describe('import of a finished export', () => {
  it('lands history once, whatever the order in its files, and again when it is run again', async () => {
    const files = [
      [line(5, 'late'), line(0, 'same'), line(0, 'same')],
      [line(3, 'two\nlines\n\n  and more'), line(0, 'same')],
    ]
    await putExport(main, source.prefix, { 'web/1': files, worker: [[line(1, 'alone')]] })
    const report = { streams: 2, files: 3, events: 6, landed: 6, known: 0, landingObjects: 1 }
    expect(await importAll(pipelineOf(''))).toMatchObject(report)
    const expected = [
      ['web/1', 0, 'same'],
      ['web/1', 0, 'same'],
      ['web/1', 0, 'same'],
      ['web/1', 3, 'two\nlines\n\n  and more'],
      ['web/1', 5, 'late'],
      ['worker', 1, 'alone'],
    ]
    expect(await rows()).toEqual(expected)
    expect(await importAll(pipelineOf(''))).toMatchObject({ events: 6, landed: 0, known: 6, isComplete: true })
    expect(await rows()).toEqual(expected)
  })

  it('adds to a live day exactly what it lacks, under ids, repeated lines and a changed redaction', async () => {
    const day = [
      line(1, 'a@example.com said ORD-1'),
      line(0, 'b@example.com said ORD-1'),
      line(0, 'b@example.com said ORD-1'),
      line(7, 'same'),
      line(7, 'same'),
      line(7, 'same'),
      line(8, 'key AKIAIOSFODNN7EXAMPLE'),
      line(9, 'plain'),
      line(9, 'missing'),
      line(10, 'c@example.com twice'),
      line(10, 'c@example.com twice'),
    ]
    const delivered = day.filter(({ message }, index) => message !== 'missing' && ![2, 5, 10].includes(index))
    await deliver(pipelineOf('email'), delivered)
    await putExport(main, source.prefix, { 'web/1': [day.toReversed()] })
    const changed = pipelineOf('{ name: order, pattern: "ORD-[0-9]+" }, aws-access-key-id')
    expect(await importAll(changed)).toMatchObject({ events: 11, known: 7, landed: 6 })
    expect(await rows()).toEqual([
      ['web/1', 0, '[REDACTED:email] said ORD-1'],
      ['web/1', 0, 'b@example.com said [REDACTED:order]'],
      ['web/1', 1, '[REDACTED:email] said ORD-1'],
      ['web/1', 7, 'same'],
      ['web/1', 7, 'same'],
      ['web/1', 7, 'same'],
      ['web/1', 8, 'key AKIAIOSFODNN7EXAMPLE'],
      ['web/1', 9, 'missing'],
      ['web/1', 9, 'plain'],
      ['web/1', 10, '[REDACTED:email] twice'],
      ['web/1', 10, 'c@example.com twice'],
    ])
  })

  it('counts rows that were redacted by rules nobody recorded', async () => {
    await deliver(pipelineOf('email'), [line(0, 'a@example.com'), line(0, 'b@example.com')])
    for await (const { key } of main.list('state/redactions/')) await main.delete([key])
    await putExport(main, source.prefix, {
      'web/1': [[line(0, 'a@example.com'), line(0, 'b@example.com'), line(0, 'c@example.com')]],
    })
    expect(await importAll(pipelineOf(''))).toMatchObject({ events: 3, known: 2, landed: 1 })
    expect(await rows()).toHaveLength(3)
  })

  it('tells streams with slashes and dashes apart as far as the group and the lake do', async () => {
    await deliver(pipelineOf(''), [line(0, 'held')], 'gone/by-now')
    const lambda = '2026/01/15/[$LATEST]0123456789abcdef0123456789abcdef'
    await putExport(main, source.prefix, {
      [lambda]: [[line(0, 'lambda')]],
      'a/b': [[line(0, 'one of two')]],
      'api/web-1': [[line(0, 'listed')]],
      'gone/by-now': [[line(0, 'held'), line(1, 'new')]],
    })
    const report = await importAll(pipelineOf(''), { streams: ['api/web-1', 'a/b', 'a-b'] })
    expect(report).toMatchObject({ streams: 4, assumedStreams: 2, landed: 4, known: 1 })
    expect((await rows()).map(([stream, , message]) => [stream, message])).toEqual([
      [lambda, 'lambda'],
      ['a-b', 'one of two'],
      ['api/web-1', 'listed'],
      ['gone/by-now', 'held'],
      ['gone/by-now', 'new'],
    ])
  })

  it('asks for the streams that had events since, and for no page behind them', async () => {
    const asked: unknown[] = []
    const at = (lastEventTimestamp: number) => ({ logStreamName: `web/${asked.length}`, lastEventTimestamp })
    const names = streamNames({
      logGroup: source.logGroup,
      range,
      describeLogStreams: async input => {
        asked.push(input)
        return { logStreams: [at(range.to + 1 - asked.length * 86_400_000)], nextToken: 'more' }
      },
    })
    expect(await names.of('web-1')).toEqual({ name: 'web/1', found: 'listed' })
    expect(await names.of('web-9')).toEqual({ name: 'web-9', found: 'assumed' })
    expect(asked).toHaveLength(2)
    expect(asked[0]).toMatchObject({ orderBy: 'LastEventTime', descending: true })
  })

  it('sorts on the disk what is more than memory may hold, and never cuts a millisecond', async () => {
    const lines = Array.from({ length: 1_200 }, (_, index) => line((index * 7) % 50, `event ${index % 20}\u2028`))
    await putExport(main, source.prefix, { web: [lines.slice(0, 800), lines.slice(800)] })
    const report = await importAll(pipelineOf(''), { maxChars: 8_000 })
    expect(report).toMatchObject({ events: 1_200, landed: 1_200, files: 2, streams: 1 })
    expect(report.landingObjects).toBeGreaterThan(3)
    expect((await rows()).map(row => row.join()).sort()).toEqual(
      lines.map(({ timestamp, message }) => ['web', timestamp - noon, message].join()).sort(),
    )
  })

  it('goes on where it failed or was stopped, with the same events and objects in the end', async () => {
    const streams = Object.fromEntries(
      Array.from({ length: 5 }, (_, stream) => [
        `s${stream}`,
        [Array.from({ length: 30 }, (_, index) => line(index, `${stream}/${index % 3}`))],
      ]),
    )
    await putExport(main, source.prefix, streams)
    const whole = main
    await importAll(pipelineOf(''), { maxChars: 1_500 })
    const expected = await rows()
    const keys: string[] = []
    for await (const { key } of whole.list('landing/')) keys.push(key)
    main = memoryStore()
    await putExport(main, source.prefix, streams)
    let puts = 0
    const failing: ObjectStore = {
      ...main,
      put: async (key, ...rest) => {
        const answer = puts % 3 === 1 ? undefined : await main.put(key, ...rest)
        if (++puts % 3 !== 0) return answer ?? Promise.reject(new ObjectStoreError('put: no answer', key))
        throw new ObjectStoreError('put: the answer is lost', key)
      },
    }
    let runs = 0
    for (let done = false; !done; runs++) {
      expect(runs).toBeLessThan(100)
      const options = { attemptId: `run ${runs}`, isTimeUp: () => runs % 4 === 0 }
      done = await importAll(pipelineOf(''), { maxChars: 1_500, store: failing, options }).then(
        report => report.isComplete,
        () => false,
      )
    }
    expect(runs).toBeGreaterThan(3)
    expect(await rows()).toEqual(expected)
    const again: string[] = []
    for await (const { key } of main.list('landing/')) again.push(key)
    expect(again).toEqual(keys)
  })

  it('samples all hours of an import that were not delivered, wherever the import was cut or ended', async () => {
    const lines = Array.from({ length: 400 }, (_, index) => line(index, `event ${index}`))
    await putExport(main, source.prefix, { 'web/1': [lines] })
    const kept = lines.filter(event => isSampled(sampledBy(event), 0.5))
    expect(await importAll(pipelineOf('', 0.5), { maxChars: 2_000 })).toMatchObject({
      events: 400,
      landed: kept.length,
      sampledOut: 400 - kept.length,
    })
    const expected = kept.map(({ timestamp, message }) => ['web/1', timestamp - noon, message])
    expect(await rows()).toEqual(expected)
    expect(await importAll(pipelineOf('', 0.5))).toMatchObject({ landed: 0, known: kept.length })
    expect(await rows()).toEqual(expected)
  })

  it('lands what can be read beside and before what cannot', async () => {
    const lines = Array.from({ length: 2_000 }, (_, index) => line(index, `event ${index}`))
    await putExport(main, source.prefix, { 'web/1': [[line(5_000, 'beside')], lines] })
    const cut = `${source.prefix}web-1/000001.gz`
    const { body } = await main.get(cut)
    await main.put(cut, body.subarray(0, body.length >> 1))
    expect(await importAll(pipelineOf(''))).toMatchObject({ streams: 1, files: 1, unreadable: [cut], isComplete: true })
    await main.delete([`${source.prefix}web-1/000000.gz`])
    expect(await importAll(pipelineOf(''))).toMatchObject({ streams: 1, files: 0, unreadable: [cut], landed: 0 })
    const found = await rows()
    expect(found.at(-1)).toEqual(['web/1', 5_000, 'beside'])
    expect(found.length).toBeGreaterThan(100)
    expect(found.slice(0, -1)).toEqual(lines.slice(0, found.length - 1).map((each, at) => ['web/1', at, each.message]))
  })

  it('leaves out what a sampled group has of the same hour, and files that are no exports', async () => {
    await deliver(pipelineOf('', 0.5), [
      line(0, 'kept by its id'),
      line(1, 'and'),
      line(2, 'others'),
      line(3, 'perhaps'),
    ])
    const live = await rows()
    expect(live.length).toBeGreaterThan(0)
    await putExport(main, source.prefix, {
      'web/1': [[line(0, 'kept by its id'), line(1, 'and'), line(2, 'others'), line(3, 'perhaps')]],
    })
    await main.put(`${source.prefix}bad/000000.gz`, Buffer.from('not gzip'))
    const report = await importAll(pipelineOf('', 0.5))
    expect(report).toMatchObject({ events: 4, landed: 0, sampledOut: 4, unreadable: [`${source.prefix}bad/000000.gz`] })
    expect(await rows()).toEqual(live)
  })
})

describe('a replay after an import', () => {
  let runs = 0
  const lineEnds = (message: string) => message.replace(/\n$/, '')

  /** What was delivered and failed waits in the raw bucket. */
  async function failed(lines: readonly Delivered[]): Promise<ObjectStore> {
    const raw = memoryStore()
    const requestPayload = delivery(lines, 'web/1')
    const functionArn = 'arn:aws:lambda:us-east-1:123456789012:function:tailrace-test-ingest'
    const record = { requestContext: { functionArn }, requestPayload }
    await raw.put('aws/lambda/async/tailrace-test-ingest/2026/01/15/a', Buffer.from(JSON.stringify(record)))
    return raw
  }

  async function replayAll(pipeline: ReturnType<typeof pipelineOf>, raw: ObjectStore) {
    await recordRedactions(main, pipeline)
    const run = await createReplay(pipeline, {
      ...surroundings,
      store: main,
      raw,
      print: () => undefined,
      isConsumed: async () => false,
      held: async query => heldInLake(await openEngine())(query),
    })
    return run({ reasons: [], since: null, until: null, attemptId: `replay ${runs++}` })
  }

  const day = [
    line(0, 'a@example.com said ORD-1'),
    line(0, 'b@example.com said ORD-1'),
    line(0, 'b@example.com said ORD-1'),
    line(0, 'nobody said ORD-2'),
    line(5, 'REPORT with a line end\n'),
    line(5, 'REPORT with a line end\n'),
    line(7, 'plain'),
    line(9, 'c@example.com'),
  ]
  const changed = pipelineOf('{ name: order, pattern: "ORD-[0-9]+" }')

  it.each([
    ['all of it', day, []],
    ['a part of it', day.filter((_, index) => [1, 4, 7].includes(index)), []],
    ['the rest of a day that was delivered', day.slice(2), day.slice(0, 2)],
  ])('adds nothing under other rules: %s', async (_, late, delivered) => {
    await deliver(pipelineOf('email'), delivered)
    const exported = day.map(each => ({ ...each, message: lineEnds(each.message) }))
    await putExport(main, source.prefix, { 'web/1': [exported] })
    await importAll(pipelineOf('email'))
    const imported = await rows()
    expect(imported).toHaveLength(day.length)
    const waiting = late.map((each, index) => ({ ...each, index: delivered.length + index }))
    expect(await replayAll(changed, await failed(waiting))).toMatchObject({ replayed: 1, failed: 0 })
    expect(await rows()).toEqual(imported)
    expect(await replayAll(pipelineOf(''), await failed(waiting))).toMatchObject({ events: 0 })
    expect(await importAll(changed)).toMatchObject({ known: day.length, landed: 0 })
    expect(await rows()).toEqual(imported)
  })

  it('counts each event once in any order of deliveries, imports and replays, each under rules of its own', async () => {
    const rules = ['', 'email', '{ name: order, pattern: "ORD-[0-9]+" }', 'email, { name: any, pattern: "said .*" }']
    const text = fc.constantFrom('a@b.com said ORD-1', 'c@d.com said ORD-1', 'c@d.com said ORD-2', 'plain\n', 'plain')
    const event = fc.record({ at: fc.nat(2), message: text, way: fc.constantFrom('live', 'late', 'later', 'never') })
    const days = fc.record({
      events: fc.array(event, { minLength: 1, maxLength: 9 }),
      rules: fc.array(fc.constantFrom(...rules), { minLength: 5, maxLength: 5 }),
      isLateFirst: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(days, async ({ events, rules: [live, first, late, second, later], isLateFirst }) => {
        main = memoryStore()
        const all = events.map(({ at, message, way }, index) => ({ ...line(at, message), way, index }))
        const by = (way: string) => all.filter(each => each.way === way)
        const replayOf = async (way: string, redact: string) => {
          for (const each of by(way)) await replayAll(pipelineOf(redact), await failed([each]))
        }
        await deliver(pipelineOf(live!), by('live'))
        const exported = all.map(each => ({ ...each, message: lineEnds(each.message) }))
        await putExport(main, source.prefix, { 'web/1': [exported] })
        if (isLateFirst) await replayOf('late', late!)
        await importAll(pipelineOf(first!))
        if (!isLateFirst) await replayOf('late', late!)
        await importAll(pipelineOf(second!))
        await replayOf('later', later!)
        const found = await rows()
        const readings = readingsOf(await redactorOf([]), await readRedactions(main))
        for (const at of [0, 1, 2]) {
          const texts = found.filter(row => row[1] === at).map(row => row[2])
          const messages = all.filter(({ timestamp }) => timestamp === noon + at).map(({ message }) => message)
          expect(texts).toHaveLength(messages.length)
          expect(importedTextsOf(messages, texts, [], readings)).not.toContain(null)
        }
      }),
      { numRuns: 15, seed: 6 },
    )
  })

  it('lands what the import did not have, under the rules of today', async () => {
    await putExport(main, source.prefix, { 'web/1': [[line(0, 'a@example.com')]] })
    await importAll(pipelineOf('email'))
    await replayAll(changed, await failed([line(0, 'a@example.com'), line(3, 'b@example.com said ORD-1')]))
    expect(await rows()).toEqual([
      ['web/1', 0, '[REDACTED:email]'],
      ['web/1', 3, 'b@example.com said [REDACTED:order]'],
    ])
  })

  it('takes an event that the lake has under its id for what it is, and no other for it', async () => {
    await deliver(pipelineOf('email'), [line(0, 'a@example.com said ORD-1')])
    await putExport(main, source.prefix, {
      'web/1': [[line(0, 'a@example.com said ORD-1'), line(0, 'b@example.com said ORD-1')]],
    })
    await importAll(pipelineOf('email'))
    const imported = await rows()
    expect(imported).toHaveLength(2)
    await replayAll(changed, await failed([line(0, 'a@example.com said ORD-1'), line(4, 'else')]))
    await replayAll(changed, await failed([{ ...line(0, 'b@example.com said ORD-1'), index: 1 }]))
    expect(await rows()).toEqual([...imported, ['web/1', 4, 'else']])
  })

  it('reads the times of its events, and nothing between them', async () => {
    await recordImport(main, source, null)
    const asked: unknown[] = []
    const run = await createReplay(changed, {
      ...surroundings,
      store: main,
      raw: await failed([line(0, 'a'), line(-86_400_000, 'b'), line(3_000, 'c')]),
      print: () => undefined,
      isConsumed: async () => false,
      held: async ({ from, to }) => {
        asked.push([from - noon, to - noon])
        return []
      },
    })
    await run({ reasons: [], since: null, until: null, attemptId: 'replay' })
    expect(asked).toEqual([
      [-86_400_000, -86_400_000],
      [0, 3_000],
    ])
  })

  it('looks nowhere else: other groups, times and lakes without imports cost no query', async () => {
    await recordImport(main, source, { from: noon, to: noon + 9 })
    await recordImport(main, source, { from: noon + 10, to: noon + 19 })
    await recordImport(main, source, { from: noon + 12, to: noon + 15 })
    const isImported = (from: number, to: number, logGroup = source.logGroup) =>
      wasImported(main, { ...source, logGroup }, { from: noon + from, to: noon + to })
    expect(await isImported(19, 30)).toBe(true)
    expect(await isImported(20, 30)).toBe(false)
    expect(await isImported(-9, -1)).toBe(false)
    expect(await isImported(0, 9, '/ecs/other')).toBe(false)
    await recordImport(main, source, null)
    expect(await isImported(20, 30)).toBe(true)
  })
})
