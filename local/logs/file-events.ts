/** Lines of a file → events as CloudWatch Logs would hold them, had an agent sent them, in batches as it would take. */
import { createHash } from 'node:crypto'
import { joinEventId } from '../../shared/cloudwatch/event-id.js'
import { lineTime } from './line-time.js'
import { maxLineBytes } from './read-lines.js'

export interface FileEvent {
  readonly id: string
  /** ms since the epoch */
  readonly timestamp: number
  readonly message: string
}

/** Limits of PutLogEvents: an event counts for its UTF-8 bytes and 26 more. */
const maxBatchEvents = 10_000
const maxBatchBytes = 1_048_576
const eventOverhead = 26
const maxBatchSpanMs = 24 * 3600_000

/**
 * Events, one for each line and the indented lines after it (a stack trace); empty lines are none. A line that says no
 * time has that of the line before it, or of the file. The same file gives the same events with the same ids, and so
 * does what it holds when more has been appended: an id comes from the number of the line, its time and its text.
 * @param modified of the file, ms since the epoch
 */
export async function* fileEvents(lines: AsyncIterable<string>, modified: number): AsyncGenerator<FileEvent> {
  let number = 0
  let time = modified
  let open: { readonly line: number; readonly timestamp: number; text: string; bytes: number } | undefined
  for await (const line of lines) {
    number++
    if (line.trim() === '') continue
    const bytes = Buffer.byteLength(line)
    if (open !== undefined && /^[ \t]/.test(line) && open.bytes + bytes < maxLineBytes) {
      open.text += `\n${line}`
      open.bytes += bytes + 1
      continue
    }
    if (open !== undefined) yield eventOf(open.line, open.timestamp, open.text)
    time = lineTime(line, modified) ?? time
    open = { line: number, timestamp: time, text: line, bytes }
  }
  if (open !== undefined) yield eventOf(open.line, open.timestamp, open.text)
}

function eventOf(line: number, timestamp: number, message: string): FileEvent {
  const hash = createHash('sha256').update(`${line}\n${message}`).digest().readUInt32BE(0)
  // Events of the same time are told in the order of their ids: as they stand in the file.
  const random = (BigInt(line) << 32n) | BigInt(hash)
  // Nobody knows when it would have arrived; its own time is always the same.
  return { id: joinEventId({ arrival: timestamp, random, index: 0 }, timestamp), timestamp, message }
}

/** Batches within the limits of PutLogEvents, each in the order of time. */
export async function* batchesOf(events: AsyncIterable<FileEvent>): AsyncGenerator<readonly FileEvent[]> {
  let batch: FileEvent[] = []
  let [bytes, min, max] = [0, 0, 0]
  for await (const event of events) {
    const size = Buffer.byteLength(event.message) + eventOverhead
    const [nextMin, nextMax] = [Math.min(min, event.timestamp), Math.max(max, event.timestamp)]
    const isFull =
      batch.length === maxBatchEvents || bytes + size > maxBatchBytes || nextMax - nextMin >= maxBatchSpanMs
    if (batch.length > 0 && isFull) {
      yield inOrder(batch)
      batch = []
    }
    if (batch.length === 0) [bytes, min, max] = [size, event.timestamp, event.timestamp]
    else [bytes, min, max] = [bytes + size, nextMin, nextMax]
    batch.push(event)
  }
  if (batch.length > 0) yield inOrder(batch)
}

function inOrder(batch: FileEvent[]): readonly FileEvent[] {
  return batch.sort((a, b) => a.timestamp - b.timestamp)
}
