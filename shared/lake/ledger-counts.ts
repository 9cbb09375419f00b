/**
 * Streams and hours, counted: as entries of the ledger, and as sums of them. A part of the ledger is read and written some
 * entries at a time, and of streams no more are told apart than memory holds, whatever the parts name.
 */
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { ObjectStore } from '../store/object-store.js'
import { LakeStateUnreadable } from './errors.js'
import { readEntries } from './json-entries.js'
import { bodyOf } from './json-object.js'
import type { Tally } from './merge.js'

export type StreamEntry = readonly [
  account: string,
  group: string,
  stream: string,
  first: number,
  last: number,
  rows: number,
  bytes: number,
]
export type HourEntry = readonly [account: string, group: string, hour: number, rows: number, bytes: number]

export interface Counts {
  readonly streams: readonly StreamEntry[]
  readonly hours: readonly HourEntry[]
}

export const noCounts: Counts = { streams: [], hours: [] }

/** Streams that are told apart, of one group and of all: a stream an invocation, as some services write, is one too many. */
export interface StreamLimits {
  readonly ofGroup: number
  readonly ofAll: number
}

/** Some 50 MB in memory for each 100,000. */
export const streamLimits: StreamLimits = { ofGroup: 10_000, ofAll: 500_000 }

/** Stands for the streams that are not told apart any more; no stream of CloudWatch has this name. */
export const otherStreams = ''

/** Counts of one stream, or of several together. */
export interface StreamSum {
  readonly name: string
  first: number
  last: number
  rows: number
  bytes: number
}

export interface GroupSums {
  readonly accountId: string
  readonly name: string
  readonly streams: ReadonlyMap<string, StreamSum>
}

interface Group extends GroupSums {
  readonly streams: Map<string, StreamSum>
}

/** How far the limit may be passed before it is kept again, for which the streams of groups are sorted. */
const slack = 1.5

/**
 * Adds streams up. Where there are more than the limits allow, those with the latest events are kept apart, as many in each
 * group that has so many, and the group's others are one sum.
 */
export class StreamSums {
  readonly #limits: StreamLimits
  readonly #groups = new Map<string, Group>()
  /** Of the entry before: parts name streams by their groups. */
  #latest: Group | undefined
  #size = 0
  #limitedAt: number

  constructor(limits = streamLimits) {
    this.#limits = limits
    this.#limitedAt = limits.ofAll * slack
  }

  add(entries: readonly StreamEntry[]): void {
    for (const [account, group, stream, first, last, rows, bytes] of entries) {
      this.#add(this.#groupOf(account, group), { name: stream, first, last, rows, bytes })
    }
    if (this.#size <= this.#limitedAt) return
    this.#limit()
    this.#limitedAt = Math.max(this.#size, this.#limits.ofAll) * slack
  }

  /** By account and group. */
  groups(): Iterable<GroupSums> {
    this.#limit()
    return this.#groups.values()
  }

  *entries(): Generator<StreamEntry> {
    for (const { accountId, name: group, streams } of this.groups()) {
      for (const { name, first, last, rows, bytes } of streams.values()) {
        yield [accountId, group, name, first, last, rows, bytes]
      }
    }
  }

  #groupOf(accountId: string, name: string): Group {
    const latest = this.#latest
    if (latest?.accountId === accountId && latest.name === name) return latest
    const key = JSON.stringify([accountId, name])
    const group = this.#groups.get(key) ?? { accountId, name, streams: new Map() }
    this.#groups.set(key, group)
    this.#latest = group
    return group
  }

  #add({ streams }: Group, added: StreamSum): void {
    const known = streams.get(added.name)
    if (known === undefined) {
      streams.set(added.name, added)
      this.#size++
      return
    }
    known.first = Math.min(known.first, added.first)
    known.last = Math.max(known.last, added.last)
    known.rows += added.rows
    known.bytes += added.bytes
  }

  #limit(): void {
    const most = this.#mostOfGroup()
    for (const group of this.#groups.values()) {
      if (group.streams.size <= most) continue
      const named = [...group.streams.values()].filter(({ name }) => name !== otherStreams)
      const others = named.sort((a, b) => b.last - a.last).slice(most)
      for (const other of others) {
        group.streams.delete(other.name)
        this.#size--
        this.#add(group, { ...other, name: otherStreams })
      }
    }
  }

  /** The largest limit under which all groups together have no more than they may. */
  #mostOfGroup(): number {
    const { ofGroup, ofAll } = this.#limits
    const sizes = Array.from(this.#groups.values(), ({ streams }) => streams.size).sort((a, b) => a - b)
    let left = ofAll
    for (const [index, size] of sizes.entries()) {
      const share = Math.floor(left / (sizes.length - index))
      if (size > share) return Math.min(share, ofGroup)
      left -= size
    }
    return ofGroup
  }
}

/** Adds hours up, which are as many as there are groups in the hours that are asked for. */
export class HourSums {
  readonly #hours = new Map<string, HourEntry>()

  add(entries: readonly HourEntry[]): void {
    for (const [account, group, hour, rows, bytes] of entries) {
      const key = JSON.stringify([account, group, hour])
      const [, , , r = 0, b = 0] = this.#hours.get(key) ?? []
      this.#hours.set(key, [account, group, hour, rows + r, bytes + b])
    }
  }

  entries(): readonly HourEntry[] {
    return [...this.#hours.values()]
  }
}

export function countsOf(tallies: readonly Tally[]): Counts {
  return {
    streams: tallies.map(each => [
      each.accountId,
      each.logGroup,
      each.logStream,
      each.first,
      each.last,
      each.rows,
      each.bytes,
    ]),
    hours: tallies.map(({ accountId, logGroup, hour, rows, bytes }) => [accountId, logGroup, hour, rows, bytes]),
  }
}

/** Bodies that are fetched ahead. */
const parallel = 8

/**
 * What stands in these parts, some at a time.
 * @param version that they must have
 * @throws LakeStateUnreadable
 */
export async function* readCounts(
  store: Pick<ObjectStore, 'get'>,
  keys: readonly string[],
  version: number,
  signal?: AbortSignal,
): AsyncGenerator<Counts> {
  for (let at = 0; at < keys.length; at += parallel) {
    const some = keys.slice(at, at + parallel)
    const bodies = await Promise.all(some.map(key => bodyOf(store, key, signal)))
    for (const [index, body] of bodies.entries()) yield* countsIn(some[index]!, body, version)
  }
}

async function* countsIn(key: string, body: Uint8Array, version: number): AsyncGenerator<Counts> {
  try {
    const lists = readEntries(body)
    let next = await lists.next()
    for (; next.done !== true; next = await lists.next()) {
      const { member, entries } = next.value
      yield { ...noCounts, [member]: entries }
    }
    if ((next.value as { version?: number } | null)?.version !== version) throw new LakeStateUnreadable(key)
  } catch (cause) {
    if (cause instanceof LakeStateUnreadable) throw cause
    throw new LakeStateUnreadable(key, { cause })
  }
}

/** Of a piece that is compressed at once. */
const textLength = 64 * 1024

/** Writes a part. */
export async function writeCounts(
  store: Pick<ObjectStore, 'put'>,
  key: string,
  version: number,
  counts: Entries,
  signal?: AbortSignal,
): Promise<void> {
  const body: Buffer[] = []
  await pipeline(texts(version, counts), createGzip(), async chunks => {
    for await (const chunk of chunks) body.push(chunk as Buffer)
  })
  await store.put(key, Buffer.concat(body), {
    contentType: 'application/gzip',
    ...(signal === undefined ? {} : { signal }),
  })
}

/** What a part holds. */
export interface Entries {
  readonly streams: Iterable<StreamEntry>
  readonly hours: Iterable<HourEntry>
}

function* texts(version: number, { streams, hours }: Entries): Generator<string> {
  yield `{"version":${version},"streams":[`
  yield* listed(streams)
  yield '],"hours":['
  yield* listed(hours)
  yield ']}'
}

function* listed(entries: Iterable<StreamEntry | HourEntry>): Generator<string> {
  let text = ''
  let separator = ''
  for (const entry of entries) {
    text += separator + JSON.stringify(entry)
    separator = ','
    if (text.length < textLength) continue
    yield text
    text = ''
  }
  yield text
}
