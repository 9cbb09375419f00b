import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type DuckDb, openDuckDb } from '../../shared/engine/duckdb.js'
import { type HeldEvents, type HeldQuery, heldInLake } from '../../shared/jobs/held-events.js'
import { recordImport } from '../../shared/jobs/imported.js'
import { importedTexts } from '../../shared/jobs/imported-texts.js'
import { memoryStore } from '../../shared/store/memory.js'
import { kinesisEvent, lambdaEvent, noon, payload } from '../helpers/payload.js'
import { engineOver } from '../lake/engine-reader.js'
import { event, landingFile } from '../lake/landed.js'

const place = { account: '123456789012', logGroup: '/ecs/orders' }

/** Of one stream: by time after noon, what was delivered. */
const waiting = (times: readonly (readonly [number, string])[], logStream: string) =>
  payload(
    times.map(([at, message], index) => ({ id: `${logStream} ${index}`, timestamp: noon + at, message })),
    { logStream },
  )

describe('what a replay looks up of an import', () => {
  const state = memoryStore()
  let asked: unknown[]
  beforeEach(async () => {
    asked = []
    await recordImport(state, place, null)
  })

  const textsBy = (held: HeldEvents) =>
    importedTexts({
      state,
      held,
      readingsOf: async () => message => [message],
      sampleOf: () => 1,
      maxDecodedBytes: 64_000_000,
    })
  const remembering: HeldEvents = async ({ from, to, logStreams }) => {
    asked.push([from - noon, to - noon, logStreams])
    return []
  }

  it('is a minute of its own streams at a time', async () => {
    const web = waiting(
      [0, 59_999, 60_000, 60_000, 200_000].map(at => [at, 'said']),
      'web/1',
    )
    await textsBy(remembering)(kinesisEvent([web, waiting([[30_000, 'said']], 'web/2')]))
    expect(asked).toEqual([
      [0, 59_999, ['web/1', 'web/2']],
      [60_000, 60_000, ['web/1']],
      [200_000, 200_000, ['web/1']],
    ])
  })

  it('is less where messages are long, and never a part of a millisecond', async () => {
    const long = 'x'.repeat(1_000_000)
    const times = Array.from({ length: 24 }, (_, index) => [index >> 4, `${index} ${long}`] as const)
    await textsBy(remembering)(lambdaEvent(waiting(times, 'web/1')))
    expect(asked).toEqual([
      [0, 0, ['web/1']],
      [1, 1, ['web/1']],
    ])
  })

  it('is one lookup at a time, however many objects are replayed, and a failed one keeps no other', async () => {
    const { signal } = new AbortController()
    let running = 0
    const texts = textsBy(async query => {
      expect(++running).toBe(1)
      expect(query.signal).toBe(signal)
      await setImmediate()
      running--
      if (query.from === noon) throw new Error('no answer')
      return remembering(query)
    })
    const all = [0, 1, 2].map(at => texts(lambdaEvent(waiting([[at, 'said']], 'web/1')), signal))
    const ends = await Promise.allSettled(all)
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled'])
    expect(asked).toHaveLength(2)
  })
})

describe('what the lake holds', () => {
  let duckdb: DuckDb
  let folder: string
  beforeAll(async () => {
    duckdb = await openDuckDb({ memoryLimitMb: 256, threads: 1 })
    folder = await mkdtemp(join(tmpdir(), 'tailrace-held-'))
  })
  afterAll(async () => {
    duckdb.close()
    await rm(folder, { recursive: true })
  })

  it('is of the streams that are named, or chosen by name, whatever they are called', async () => {
    const store = memoryStore()
    const named = "it's [web]/1"
    const rows = [named, 'web/1'].map((stream, index) => event(index, { log_stream: stream }))
    await store.put(`landing/2026-01-15/${noon}-${noon}-${'a'.repeat(24)}.parquet`, landingFile(rows))
    const held = heldInLake(engineOver(store, { duckdb, location: 's3://lake/table', folder }))
    const query = { ...place, from: noon, to: noon, isWanted: () => true, signal: undefined }
    const streams = async (logStreams: HeldQuery['logStreams']) =>
      (await held({ ...query, logStreams })).map(({ logStream }) => logStream).sort()
    expect(await streams([named])).toEqual([named])
    expect(await streams([named, 'web/1'])).toEqual([named, 'web/1'])
    expect(await streams(() => true)).toEqual([named, 'web/1'])
    expect(await streams(name => name === named)).toEqual([named])
    expect(await streams(() => false)).toEqual([])
    const signal = AbortSignal.abort(new Error('the time is up'))
    await expect(held({ ...query, logStreams: () => true, signal })).rejects.toThrow('the time is up')
  })
})
