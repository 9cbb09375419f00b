/**
 * What each stream has in a landing object, as its footer says under `streamsKey`: how much of each hour, and from when to
 * when. By that a commit counts what is new and knows which objects can repeat one another, without a look at their rows.
 */
import type { Tally } from './merge.js'

/** Key of the footer's key-value metadata. */
export const streamsKey = 'tailrace.streams'

export interface LandedStreams {
  readonly tallies: readonly Tally[]
  /** No two of the object's rows are the same event. */
  readonly isDistinct: boolean
}

/**
 * An entry takes some 150 bytes of the footer, which queries read as well: so many always, more where each stands for so many
 * rows, and never more than the most.
 */
const [alwaysStored, rowsPerStored, mostStored] = [32, 8, 500]

type Count = { -readonly [Key in keyof Tally]: Tally[Key] }

/** By position, since names would be most of the text. */
type Stored = [
  accountId: string,
  logGroup: string,
  logStream: string,
  hour: number,
  rows: number,
  bytes: number,
  first: number,
  last: number,
]

/** The ids that payloads of a stream have brought lie between these. */
interface Ids {
  first: string
  last: string
}

const hourMs = 3_600_000

/** Counts the rows of a landing object while it is made. */
export class StreamCounter {
  readonly #counts = new Map<string, Count>()
  readonly #ids = new Map<string, Ids>()
  #isDistinct = true
  #latest: Count | undefined

  /** @param message as it is stored */
  add(accountId: string, logGroup: string, logStream: string, timestamp: number, message: string): void {
    const hour = Math.floor(timestamp / hourMs)
    const count = this.#countOf(accountId, logGroup, logStream, hour, timestamp)
    count.rows++
    count.bytes += Buffer.byteLength(message)
    if (timestamp < count.first) count.first = timestamp
    if (timestamp > count.last) count.last = timestamp
  }

  #countOf(accountId: string, logGroup: string, logStream: string, hour: number, timestamp: number): Count {
    const latest = this.#latest
    const isSame = latest?.hour === hour && latest.logStream === logStream && latest.logGroup === logGroup
    if (isSame && latest.accountId === accountId) return latest
    const key = JSON.stringify([accountId, logGroup, logStream, hour])
    const known = this.#counts.get(key)
    const times = { first: timestamp, last: timestamp }
    const count = known ?? { accountId, logGroup, logStream, hour, rows: 0, bytes: 0, ...times }
    this.#counts.set(key, count)
    this.#latest = count
    return count
  }

  /** Takes note of the ids of a payload, of which none stands in it twice. */
  payload(logGroup: string, logStream: string, events: readonly { readonly id?: string | null }[]): void {
    const initial = events[0]?.id ?? ''
    const range: Ids = { first: initial, last: initial }
    for (const { id } of events) {
      // Events without one are told apart by what they say.
      if (!id) this.#isDistinct = false
      else if (id < range.first) range.first = id
      else if (id > range.last) range.last = id
    }
    const key = JSON.stringify([logGroup, logStream])
    const known = this.#ids.get(key)
    if (known === undefined) this.#ids.set(key, range)
    else if (range.first > known.last) known.last = range.last
    else if (range.last < known.first) known.first = range.first
    else this.#isDistinct = false
  }

  /** Null where that is too much for a footer. */
  encode(): string | null {
    const counts = [...this.#counts.values()]
    const rows = counts.reduce((sum, count) => sum + count.rows, 0)
    if (counts.length > Math.max(alwaysStored, Math.min(mostStored, rows / rowsPerStored))) return null
    const streams = counts.map(({ accountId, logGroup, logStream, hour, rows, bytes, first, last }): Stored => {
      return [accountId, logGroup, logStream, hour, rows, bytes, first, last]
    })
    return JSON.stringify({ distinct: this.#isDistinct, streams })
  }
}

/**
 * @param rows of the object
 * @param bounds of its event times, ms
 * @returns null where the object does not say it, or says what cannot be
 */
export function decodeStreams(
  text: string | undefined,
  rows: number,
  { min, max }: { readonly min: number; readonly max: number },
): LandedStreams | null {
  if (text === undefined) return null
  const stored = parsed(text)
  if (!Array.isArray(stored?.streams) || stored.streams.length > mostStored || !stored.streams.every(isStored))
    return null
  const tallies = stored.streams.map(([accountId, logGroup, logStream, hour, rows, bytes, first, last]): Tally => {
    return { accountId, logGroup, logStream, hour, rows, bytes, first, last }
  })
  const isWhole =
    tallies.reduce((sum, tally) => sum + tally.rows, 0) === rows &&
    Math.min(...tallies.map(({ first }) => first)) === min &&
    Math.max(...tallies.map(({ last }) => last)) === max
  return isWhole ? { tallies, isDistinct: stored.distinct === true } : null
}

function parsed(text: string): { readonly distinct?: unknown; readonly streams?: unknown } | null {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function isStored(entry: unknown): entry is Stored {
  if (!Array.isArray(entry) || entry.length !== 8) return false
  const [hour, rows, bytes, first, last] = entry.slice(3)
  return (
    entry.slice(0, 3).every(name => typeof name === 'string') &&
    [rows, bytes].every(count => Number.isSafeInteger(count) && count >= 0) &&
    [first, last].every(time => Number.isSafeInteger(time) && Math.floor(time / hourMs) === hour)
  )
}

/** Those objects that may hold an event twice, or one that another of them holds: a stream's events of the same time. */
export function overlappingStreams(objects: readonly LandedStreams[]): ReadonlySet<LandedStreams> {
  const found = new Set(objects.filter(({ isDistinct }) => !isDistinct))
  const spans = objects.flatMap(object =>
    object.tallies.map(({ logGroup, logStream, first, last }) => {
      return { key: `${logGroup}\0${logStream}`, first, last, object }
    }),
  )
  spans.sort((a, b) => (a.key === b.key ? a.first - b.first : a.key < b.key ? -1 : 1))
  let widest = spans[0]
  for (const span of spans.slice(1)) {
    const isNext = widest!.key !== span.key
    if (!isNext && span.first <= widest!.last && span.object !== widest!.object) {
      found.add(span.object).add(widest!.object)
    }
    if (isNext || span.last > widest!.last) widest = span
  }
  return found
}
