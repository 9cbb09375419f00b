import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FileUnreadable } from '../../../local/logs/errors.js'
import { batchesOf, type FileEvent, fileEvents } from '../../../local/logs/file-events.js'
import { maxLineBytes, openLogFile } from '../../../local/logs/read-lines.js'
import { createEventIdSplitter } from '../../../shared/cloudwatch/event-id.js'

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

const noon = Date.UTC(2026, 0, 15, 12)

describe('the events of a file', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tailrace-logs-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  async function eventsOf(content: string | Uint8Array): Promise<FileEvent[]> {
    const path = join(folder, 'app.log')
    await writeFile(path, content)
    return collect(fileEvents((await openLogFile(path)).lines(), noon))
  }

  it('are its lines, with the indented lines after them, without empty ones', async () => {
    const events = await eventsOf('first\r\n\nError: no\n    at a\n\tat b\nlast, without an end')
    expect(events.map(({ message }) => message)).toEqual([
      'first',
      'Error: no\n    at a\n\tat b',
      'last, without an end',
    ])
  })

  it('have the time of their line, of the line before, or of the file', async () => {
    const events = await eventsOf('none\n2026-01-14T00:00:00Z a\nnone\n2026-01-13T00:00:00Z b')
    const day = (date: number) => Date.UTC(2026, 0, date)
    expect(events.map(({ timestamp }) => timestamp)).toEqual([noon, day(14), day(14), day(13)])
  })

  it('have well-formed ids, which stay the same when the file grows, and differ for lines that are alike', async () => {
    const events = await eventsOf('same\nsame\nother\n')
    const grown = await eventsOf('same\nsame\nother\nmore\n')
    const split = createEventIdSplitter()
    for (const { id, timestamp } of events) expect(split(id, timestamp)).toMatchObject({ arrival: noon, index: 0 })
    expect(new Set(events.map(({ id }) => id)).size).toBe(3)
    expect(grown.slice(0, 3)).toEqual(events)
  })

  it('have ids in the order of their lines, by which events of the same time are told', async () => {
    const events = await eventsOf(Array.from({ length: 300 }, (_, line) => `line ${line}`).join('\n'))
    const split = createEventIdSplitter()
    const randoms = events.map(({ id, timestamp }) => split(id, timestamp)!.random)
    expect(randoms).toEqual([...randoms].sort((a, b) => (a < b ? -1 : 1)))
    const ids = events.map(({ id }) => id)
    expect(ids).toEqual([...ids].sort())
  })

  it('are the same from a compressed file', async () => {
    expect(await eventsOf(gzipSync('a\nb\n'))).toEqual(await eventsOf('a\nb\n'))
  })

  it('hold every byte of a line that is too long, in pieces that end between characters', async () => {
    const line = `${'x'.repeat(maxLineBytes - 1)}${'ü'.repeat(maxLineBytes)}`
    const events = await eventsOf(`${line}\nnext`)
    expect(events.map(({ message }) => message).join('')).toBe(`${line}next`)
    expect(events).toHaveLength(4)
    for (const { message } of events) expect(Buffer.byteLength(message)).toBeLessThanOrEqual(maxLineBytes)
  })

  it('are none of an empty file', async () => {
    expect(await eventsOf('')).toEqual([])
  })

  it.each<[string, Uint8Array, RegExp]>([
    ['binary', new Uint8Array([65, 10, 0, 1]), /app\.log: is binary/],
    ['compressed and cut short', gzipSync('line\n'.repeat(1000)).subarray(0, 30), /app\.log: its gzip is damaged/],
    ['compressed and binary', gzipSync(new Uint8Array(100)), /app\.log: is binary/],
  ])('cannot be read from a file that is %s', async (_, content, message) => {
    const failure = await eventsOf(content).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(FileUnreadable)
    expect((failure as Error).message).toMatch(message)
  })

  it('cannot be read from what is not there or no file', async () => {
    await expect(openLogFile(join(folder, 'nope.log'))).rejects.toThrow(/nope\.log: there is no such file$/)
    await expect(openLogFile(folder)).rejects.toThrow(/: is not a file$/)
  })
})

describe('the batches of events', () => {
  const event = (timestamp: number, message = 'x'): FileEvent => ({ id: '', timestamp, message })
  async function* from(events: readonly FileEvent[]): AsyncGenerator<FileEvent> {
    yield* events
  }
  const sizes = async (events: readonly FileEvent[]) => {
    const batches = await collect(batchesOf(from(events)))
    return batches.map(batch => batch.length)
  }

  it('hold at most 10,000 events, 1 MiB with 26 bytes for each, and less than a day', async () => {
    expect(await sizes(Array.from({ length: 10_001 }, () => event(noon)))).toEqual([10_000, 1])
    const half = 'x'.repeat(524_288 - 26)
    expect(await sizes([event(noon, half), event(noon, half), event(noon)])).toEqual([2, 1])
    expect(await sizes([event(noon), event(noon + 86_400_000 - 1), event(noon + 86_400_000)])).toEqual([2, 1])
    expect(await sizes([event(noon), event(noon - 86_400_000)])).toEqual([1, 1])
  })

  it('are in the order of time, and of the file where that is the same', async () => {
    const [batch] = await collect(batchesOf(from([event(2, 'c'), event(1, 'a'), event(1, 'b')])))
    expect(batch?.map(({ message }) => message)).toEqual(['a', 'b', 'c'])
  })
})
