/**
 * Events in the order of their times, however many there are: CloudWatch Logs promises no order within an exported file.
 * What does not fit into memory is sorted in runs on the disk and merged; events of one time keep the order they came in.
 */
import { createReadStream, createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { ownFolder } from '../store/own-folder.js'
import type { ExportedEvent } from './import-lines.js'

export interface SortOptions {
  /** A folder on the disk for the runs. */
  readonly scratch: string
  /** The most characters of messages that are sorted at a time. */
  readonly maxChars: number
}

/** What an event costs beside its message. */
const charsPerEvent = 64

export async function* sortedEvents(
  events: AsyncIterable<ExportedEvent>,
  { scratch, maxChars }: SortOptions,
): AsyncGenerator<ExportedEvent> {
  let run: ExportedEvent[] = []
  let chars = 0
  const files: string[] = []
  let folder: string | undefined
  try {
    for await (const event of events) {
      run.push(event)
      chars += event.message.length + charsPerEvent
      if (chars < maxChars) continue
      folder ??= await ownFolder(scratch, 'sort')
      const file = join(folder, String(files.length))
      await pipeline(Readable.from(linesOf(inOrder(run))), createWriteStream(file))
      files.push(file)
      run = []
      chars = 0
    }
    yield* files.length === 0 ? inOrder(run) : merged([...files.map(readRun), iterate(inOrder(run))])
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  }
}

function inOrder(run: readonly ExportedEvent[]): readonly ExportedEvent[] {
  return run.toSorted((a, b) => a.timestamp - b.timestamp)
}

function* linesOf(run: readonly ExportedEvent[]): Generator<string> {
  for (const { timestamp, message } of run) {
    // Node's readline ends lines at these two as well, and JSON leaves them as they are.
    const line = JSON.stringify([timestamp, message]).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')
    yield `${line}\n`
  }
}

async function* readRun(file: string): AsyncGenerator<ExportedEvent> {
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    const [timestamp, message] = JSON.parse(line) as [number, string]
    yield { timestamp, message }
  }
}

async function* iterate(run: readonly ExportedEvent[]): AsyncGenerator<ExportedEvent> {
  yield* run
}

async function* merged(runs: readonly AsyncGenerator<ExportedEvent>[]): AsyncGenerator<ExportedEvent> {
  const heads = await Promise.all(runs.map(run => run.next()))
  while (true) {
    let first = -1
    for (let index = 0; index < heads.length; index++) {
      if (heads[index]!.done === true) continue
      if (first === -1 || heads[index]!.value.timestamp < heads[first]!.value.timestamp) first = index
    }
    if (first === -1) return
    yield heads[first]!.value
    heads[first] = await runs[first]!.next()
  }
}
