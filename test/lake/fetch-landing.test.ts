import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parquetMetadata } from 'hyparquet'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { copyLanding, fetchLanding, landedRows, landingInputs, setApart } from '../../shared/lake/fetch-landing.js'
import { streamsKey } from '../../shared/lake/landed-streams.js'
import { memoryStore } from '../../shared/store/memory.js'
import type { ObjectEntry } from '../../shared/store/object-store.js'
import { readWithDuckDB } from '../parquet/read-back.js'
import { event, exported, landingFile, noon } from './landed.js'

/** Of the file's one row group, as another reader has it. */
function columnBytes(body: Uint8Array): number {
  const [group] = parquetMetadata(body.slice().buffer as ArrayBuffer).row_groups
  return group!.columns.reduce((sum, { meta_data: meta }) => sum + Number(meta!.total_compressed_size), 0)
}

describe('fetching landing objects', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tailrace-landing-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  async function entriesOf(bodies: readonly Uint8Array[]): Promise<{
    readonly store: ReturnType<typeof memoryStore>
    readonly entries: readonly ObjectEntry[]
  }> {
    const store = memoryStore()
    const name = (index: number) => `landing/${String(index).padStart(3, '0')}`
    for (const [index, body] of bodies.entries()) await store.put(name(index), body)
    const entries: ObjectEntry[] = []
    for await (const entry of store.list('')) entries.push(entry)
    return { store, entries }
  }

  async function messages(path: string): Promise<readonly string[]> {
    return (await readWithDuckDB(await readFile(path))).map(({ message }) => message)
  }

  it('puts many into one file, and those apart that count copies for themselves', async () => {
    const plain = Array.from({ length: 130 }, (_, id) => landingFile([event(id), event(1_000 + id)]))
    const bodies = [...plain.slice(0, 10), landingFile([event(500), exported()]), ...plain.slice(10)]
    const { store, entries } = await entriesOf(bodies)
    const { fetched, problems } = await fetchLanding(store, entries, folder)
    expect(problems).toEqual([])
    expect(fetched.map(({ facts }) => facts.hasIdless).indexOf(true)).toBe(10)
    const inputs = await landingInputs(fetched)
    expect(inputs.map(({ rows }) => rows)).toEqual([126, 2, 128, 6])
    expect(inputs[0]!.rowGroupBytes).toBe(Math.max(...bodies.slice(0, 64).toSpliced(10, 1).map(columnBytes)))
    expect(inputs.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(bodies.reduce((sum, { length }) => sum + length, 0))
    expect((await messages(inputs[0]!.path)).slice(0, 4)).toEqual(['event 0', 'event 1000', 'event 1', 'event 1001'])
    expect(await messages(inputs[1]!.path)).toEqual(['event 500', 'GET /'])
  })

  it('goes by what objects say of their streams as long as that is not too much to hold', async () => {
    const streams = Array.from({ length: 500 }, (_, index) => {
      return ['123456789012', '/ecs/orders', `web/${index}`, noon / 3_600_000, Number(index === 0), 7, noon, noon]
    })
    const body = landingFile([event(1)], { [streamsKey]: JSON.stringify({ distinct: true, streams }) })
    const { store, entries } = await entriesOf(Array.from({ length: 201 }, () => body))
    const { fetched } = await fetchLanding(store, entries, folder)
    expect(landedRows(fetched, () => false)).toBeNull()
    const fewer = (await fetchLanding(store, entries.slice(1), folder)).fetched
    expect(landedRows(fewer, () => false)?.tallies).toHaveLength(100_000)
  })

  it('makes files of some of them, again and again', async () => {
    const { store, entries } = await entriesOf([1, 2, 3].map(id => landingFile([event(id)])))
    const { fetched } = await fetchLanding(store, entries, folder)
    for (const taken of [fetched, fetched.slice(1), fetched.slice(0, 1), fetched]) {
      const [input, ...others] = await landingInputs(taken)
      expect(others).toEqual([])
      expect(input).toMatchObject({ kind: 'landing', rows: taken.length })
      const wanted = taken.map(({ entry }) => `event ${Number(entry.key.slice(-3)) + 1}`)
      expect(await messages(input!.path)).toEqual(wanted)
    }
    await copyLanding(fetched[1]!, join(folder, 'copy'))
    const copy = await readFile(join(folder, 'copy'))
    expect(Buffer.compare(copy, (await store.get(entries[1]!.key)).body)).toBe(0)
  })

  it('sets apart what was put together', async () => {
    const { store, entries } = await entriesOf([1, 2, 3].map(id => landingFile([event(id)])))
    const { fetched } = await fetchLanding(store, entries, folder)
    await landingInputs(fetched)
    const apart = await setApart(fetched.slice(1))
    const inputs = await landingInputs(apart!)
    expect(await Promise.all(inputs.map(({ path }) => messages(path)))).toEqual([['event 2'], ['event 3']])
    expect(await setApart(apart!)).toBeNull()
  })

  it('keeps one alone whose footer speaks of bytes that it has not', async () => {
    const whole = landingFile([event(2)])
    const cut = Buffer.concat([whole.subarray(0, 4), whole.subarray(40)])
    const { store, entries } = await entriesOf([landingFile([event(1)]), cut, landingFile([event(3)])])
    const { fetched } = await fetchLanding(store, entries, folder)
    expect((await landingInputs(fetched)).map(({ rows }) => rows)).toEqual([2, 1])
  })

  it('says what cannot be merged, and passes over what is gone', async () => {
    const { store, entries } = await entriesOf([new Uint8Array(0), landingFile([event(1)]), landingFile([event(2)])])
    await store.delete([entries[2]!.key])
    const { fetched, problems } = await fetchLanding(store, entries, folder)
    expect(fetched.map(({ entry }) => entry.key)).toEqual([entries[1]!.key])
    expect(problems).toEqual([{ entry: entries[0], reason: 'parquet: a file of 0 bytes' }])
  })
})
