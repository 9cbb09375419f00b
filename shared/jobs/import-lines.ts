/**
 * The text of a finished export → events. Each event is `2026-01-15T12:00:00.000Z message`; a message of several lines goes
 * on over the following ones, which begin with no such time, or with one that the export cannot hold.
 */

import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { ObjectStore } from '../store/object-store.js'
import { ExportUnreadable } from './errors.js'

export interface ExportedEvent {
  /** ms since the epoch */
  readonly timestamp: number
  readonly message: string
}

/** Event times that the export was asked for, ms, both inclusive. */
export interface ExportedRange {
  readonly from: number
  readonly to: number
}

/** The most that one event may be: CloudWatch Logs takes 1 MB, so more is a file without times. */
const maxMessageChars = 16 * 1024 * 1024
const pieceBytes = 8 * 1024 * 1024

/**
 * The events of one `.gz` file, read in pieces.
 * @throws ExportUnreadable when it is not gzip, or does not begin with an event
 */
export async function* readExportFile(
  store: Pick<ObjectStore, 'get'>,
  { key, size }: { readonly key: string; readonly size: number },
  range: ExportedRange | null,
): AsyncGenerator<ExportedEvent> {
  const text = Readable.from(pieces(store, key, size)).pipe(createGunzip())
  text.setEncoding('utf8')
  try {
    yield* exportedEvents(text as AsyncIterable<string>, key, range)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code?.startsWith('Z_') === true) throw new ExportUnreadable(key, 'is not whole gzip', error)
    throw error
  }
}

async function* pieces(store: Pick<ObjectStore, 'get'>, key: string, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < size; start += pieceBytes) {
    yield (await store.get(key, { range: { start, end: Math.min(size, start + pieceBytes) - 1 } })).body
  }
}

/** @param chunks of the text, cut anywhere */
export async function* exportedEvents(
  chunks: AsyncIterable<string>,
  key: string,
  range: ExportedRange | null,
): AsyncGenerator<ExportedEvent> {
  let timestamp = Number.NaN
  let lines: string[] = []
  let chars = 0
  for await (const line of linesOf(chunks)) {
    const time = timeOf(line, range)
    if (Number.isNaN(time)) {
      if (lines.length === 0) throw new ExportUnreadable(key, 'does not begin with the time of an event')
      lines.push(line)
      chars += line.length
      if (chars > maxMessageChars)
        throw new ExportUnreadable(key, `has an event of more than ${maxMessageChars} characters`)
      continue
    }
    if (lines.length > 0) yield { timestamp, message: lines.join('\n') }
    timestamp = time
    lines = [line.slice(timeLength + 1)]
    chars = line.length
  }
  if (lines.length > 0) yield { timestamp, message: lines.join('\n') }
}

const timeLength = 24

/** NaN for a line that goes on with the event before it. */
function timeOf(line: string, range: ExportedRange | null): number {
  if (line.charCodeAt(timeLength - 1) !== 90 || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z(?: |$)/.test(line)) {
    return Number.NaN
  }
  const time = Date.parse(line.slice(0, timeLength))
  return range !== null && (time < range.from || time > range.to) ? Number.NaN : time
}

/** LF alone ends a line; the end of the last one is no line of its own. */
async function* linesOf(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let pending: string[] = []
  let pendingChars = 0
  for await (const chunk of chunks) {
    let from = 0
    for (let end = chunk.indexOf('\n'); end !== -1; end = chunk.indexOf('\n', from)) {
      yield pending.length === 0 ? chunk.slice(from, end) : pending.join('') + chunk.slice(from, end)
      pending = []
      pendingChars = 0
      from = end + 1
    }
    if (from === chunk.length) continue
    pending.push(chunk.slice(from))
    pendingChars += chunk.length - from
    if (pendingChars > maxMessageChars) break
  }
  if (pending.length > 0) yield pending.join('')
}
