/**
 * What is in the lake, counted: which groups and streams there are, from when to when, how many rows and bytes of messages,
 * and how many in each hour of each group; and the metric counts of the landing objects that are gone.
 *
 * Like the list of consumed objects the ledger is named by a property of the table, so that a commit and its counts become
 * true in one step and no crash counts twice. The latest counts stand in the ledger itself, older ones in parts that
 * never change and that compaction adds up.
 */
import type { TableMetadata } from '../iceberg/table-metadata.js'
import type { ObjectStore } from '../store/object-store.js'
import { readJson, writeJson } from './json-object.js'
import type { Tally } from './merge.js'

/** The table property that names the ledger. */
export const ledgerProperty = 'tailrace.ledger'

export const ledgerFolder = 'ledger/'

const version = 1

/** Streams and hours in the ledger itself, some 100 KB compressed. */
const maxRecent = 5_000

type StreamEntry = readonly [
  account: string,
  group: string,
  stream: string,
  first: number,
  last: number,
  rows: number,
  bytes: number,
]
type HourEntry = readonly [account: string, group: string, hour: number, rows: number, bytes: number]

interface Counts {
  readonly streams: readonly StreamEntry[]
  readonly hours: readonly HourEntry[]
}

interface MetricsPart {
  readonly key: string
  /** Event times of the landing objects it is of, ms. */
  readonly min: number
  readonly max: number
}

interface Ledger {
  readonly version: number
  readonly recent: Counts
  readonly parts: readonly { readonly key: string }[]
  readonly metrics: readonly MetricsPart[]
}

const empty: Ledger = { version, recent: { streams: [], hours: [] }, parts: [], metrics: [] }

/** The metric counts of one landing object, as its footer had them. */
export interface LandedMetrics {
  readonly text: string
  /** Event times of the object, ms. */
  readonly min: number
  readonly max: number
}

interface WriteOptions {
  readonly newId: () => string
  readonly signal?: AbortSignal
}

/** @throws LakeStateUnreadable when an object that the table names is gone */
export async function readLedger(
  metadata: TableMetadata | null,
  store: Pick<ObjectStore, 'get'>,
  signal?: AbortSignal,
): Promise<Ledger> {
  const key = metadata?.properties?.[ledgerProperty]
  return key === undefined ? empty : await readJson<Ledger>(store, key, version, signal)
}

/**
 * Writes the ledger with these counts added.
 * @returns its key, for the property of the table; nothing refers to it before that is committed
 */
export async function writeLedger(
  store: Pick<ObjectStore, 'put'>,
  ledger: Ledger,
  tallies: readonly Tally[],
  metrics: readonly LandedMetrics[],
  options: WriteOptions,
): Promise<string> {
  const counts = addUp([ledger.recent, countsOf(tallies)])
  const isLong = counts.streams.length + counts.hours.length > maxRecent
  const parts = isLong ? [...ledger.parts, await writePart(store, counts, options)] : ledger.parts
  const recent = isLong ? empty.recent : counts
  const added = metrics.length === 0 ? [] : [await writeMetrics(store, metrics, options)]
  return await put(store, { version, recent, parts, metrics: [...ledger.metrics, ...added] }, options)
}

/** Many parts become one of each kind and day; null when there is nothing to put together. */
export async function foldLedger(
  store: Pick<ObjectStore, 'get' | 'put'>,
  ledger: Ledger,
  options: WriteOptions,
): Promise<string | null> {
  const days = new Map<number, MetricsPart[]>()
  for (const part of ledger.metrics) {
    const day = Math.floor(part.min / msPerDay)
    days.set(day, [...(days.get(day) ?? []), part])
  }
  const isCrowded = (parts: readonly MetricsPart[]) => parts.length > maxMetricsParts
  const hasManyParts = ledger.parts.length > maxParts
  if (!hasManyParts && ![...days.values()].some(isCrowded)) return null
  const parts = hasManyParts ? [await foldParts(store, ledger, options)] : ledger.parts
  const metrics: MetricsPart[] = []
  for (const day of days.values()) {
    if (isCrowded(day)) metrics.push(await writeMetrics(store, await readParts(store, day, options.signal), options))
    else metrics.push(...day)
  }
  return await put(store, { ...ledger, parts, metrics }, options)
}

const msPerDay = 86_400_000
const maxParts = 8
const maxMetricsParts = 30

/** All objects of the ledger of this table, itself included. */
export function ledgerKeys(metadata: TableMetadata, { parts, metrics }: Ledger): readonly string[] {
  const own = metadata.properties?.[ledgerProperty]
  return own === undefined ? [] : [own, ...parts.map(({ key }) => key), ...metrics.map(({ key }) => key)]
}

/** Metric counts of consumed landing objects whose events can be in the range (ms, both inclusive). */
export async function readLedgerMetrics(
  store: Pick<ObjectStore, 'get'>,
  { metrics }: Ledger,
  from: number,
  to: number,
  signal?: AbortSignal,
): Promise<readonly LandedMetrics[]> {
  const near = metrics.filter(({ min, max }) => max >= from && min <= to)
  const found = await readParts(store, near, signal)
  return found.filter(({ min, max }) => max >= from && min <= to)
}

export interface CataloguedStream {
  readonly name: string
  /** Event times, ms. */
  readonly first: number
  readonly last: number
  readonly rows: number
  /** UTF-8 bytes of the messages. */
  readonly bytes: number
}

export interface CataloguedGroup extends CataloguedStream {
  readonly accountId: string
  /** The 10,000 or some more with the latest events; rows, bytes and times above are of all. */
  readonly streams: readonly CataloguedStream[]
  /** By hour since 1970, ascending. */
  readonly hours: readonly { readonly hour: number; readonly rows: number; readonly bytes: number }[]
}

/**
 * Groups and streams of all events that were ever committed, by name; what has not been committed yet is not in it.
 * @throws LakeStateUnreadable
 */
export async function readCatalogue(
  metadata: TableMetadata | null,
  store: Pick<ObjectStore, 'get'>,
  signal?: AbortSignal,
): Promise<readonly CataloguedGroup[]> {
  const ledger = await readLedger(metadata, store, signal)
  const { streams, hours } = await allCounts(store, ledger, signal)
  const groups = new Map<string, { streams: StreamEntry[]; hours: HourEntry[] }>()
  const groupOf = (entry: StreamEntry | HourEntry) => {
    const key = JSON.stringify([entry[1], entry[0]])
    const group = groups.get(key) ?? { streams: [], hours: [] }
    groups.set(key, group)
    return group
  }
  for (const entry of streams) groupOf(entry).streams.push(entry)
  for (const entry of hours) groupOf(entry).hours.push(entry)
  return [...groups].map(([key, group]) => cataloguedGroup(key, group)).sort((a, b) => (a.name < b.name ? -1 : 1))
}

function cataloguedGroup(key: string, { streams, hours }: Counts): CataloguedGroup {
  const [name, accountId] = JSON.parse(key) as [string, string]
  const listed = streams.map(([, , stream, first, last, rows, bytes]) => ({ name: stream, first, last, rows, bytes }))
  return {
    accountId,
    name,
    first: listed.reduce((least, { first }) => Math.min(least, first), Number.POSITIVE_INFINITY),
    last: listed.reduce((most, { last }) => Math.max(most, last), Number.NEGATIVE_INFINITY),
    rows: listed.reduce((sum, { rows }) => sum + rows, 0),
    bytes: listed.reduce((sum, { bytes }) => sum + bytes, 0),
    streams: listed.filter(({ name: stream }) => stream !== otherStreams).sort((a, b) => (a.name < b.name ? -1 : 1)),
    hours: hours.map(([, , hour, rows, bytes]) => ({ hour, rows, bytes })).sort((a, b) => a.hour - b.hour),
  }
}

function countsOf(tallies: readonly Tally[]): Counts {
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

function addUp(all: readonly Counts[]): Counts {
  const streams = new Map<string, StreamEntry>()
  const hours = new Map<string, HourEntry>()
  for (const counts of all) {
    for (const entry of counts.streams) {
      const [account, group, stream, first, last, rows, bytes] = entry
      const key = JSON.stringify([account, group, stream])
      const [, , , f = first, l = last, r = 0, b = 0] = streams.get(key) ?? []
      streams.set(key, [account, group, stream, Math.min(first, f), Math.max(last, l), rows + r, bytes + b])
    }
    for (const [account, group, hour, rows, bytes] of counts.hours) {
      const key = JSON.stringify([account, group, hour])
      const [, , , r = 0, b = 0] = hours.get(key) ?? []
      hours.set(key, [account, group, hour, rows + r, bytes + b])
    }
  }
  return { streams: [...streams.values()], hours: [...hours.values()] }
}

async function allCounts(
  store: Pick<ObjectStore, 'get'>,
  { parts, recent }: Ledger,
  signal: AbortSignal | undefined,
): Promise<Counts> {
  const read = parts.map(({ key }) => readJson<Counts & { version: number }>(store, key, version, signal))
  return addUp([...(await Promise.all(read)), recent])
}

async function foldParts(
  store: Pick<ObjectStore, 'get' | 'put'>,
  { parts }: Ledger,
  options: WriteOptions,
): Promise<{ readonly key: string }> {
  const { streams, hours } = await allCounts(store, { ...empty, parts }, options.signal)
  return await writePart(store, { streams: withoutOldest(streams), hours }, options)
}

/** Of one group: a stream an invocation, as some services write, would make the ledger grow for ever. */
const maxStreams = 10_000

/** Stands for the streams that are not told apart any more; no stream of CloudWatch has this name. */
const otherStreams = ''

/** Of groups with many streams those with the latest events, and one entry that counts the others. */
function withoutOldest(streams: readonly StreamEntry[]): readonly StreamEntry[] {
  const groups = new Map<string, StreamEntry[]>()
  for (const entry of streams) {
    const key = JSON.stringify([entry[0], entry[1]])
    const own = groups.get(key)
    if (own === undefined) groups.set(key, [entry])
    else own.push(entry)
  }
  return [...groups.values()].flatMap(own => {
    if (own.length <= maxStreams) return own
    const isOther = (entry: StreamEntry) => Number(entry[2] === otherStreams)
    own.sort((a, b) => isOther(a) - isOther(b) || b[4] - a[4])
    const others = own.slice(maxStreams).map(([account, group, , ...counts]): StreamEntry => {
      return [account, group, otherStreams, ...counts]
    })
    return [...own.slice(0, maxStreams), ...addUp([{ streams: others, hours: [] }]).streams]
  })
}

async function readParts(
  store: Pick<ObjectStore, 'get'>,
  parts: readonly MetricsPart[],
  signal: AbortSignal | undefined,
): Promise<readonly LandedMetrics[]> {
  const read = parts.map(({ key }) =>
    readJson<{ version: number; metrics: readonly LandedMetrics[] }>(store, key, version, signal),
  )
  return (await Promise.all(read)).flatMap(({ metrics }) => metrics)
}

async function writePart(
  store: Pick<ObjectStore, 'put'>,
  counts: Counts,
  { newId, signal }: WriteOptions,
): Promise<{ readonly key: string }> {
  const key = `${ledgerFolder}counts-${newId()}.json.gz`
  await writeJson(store, key, { version, ...counts }, signal)
  return { key }
}

async function writeMetrics(
  store: Pick<ObjectStore, 'put'>,
  metrics: readonly LandedMetrics[],
  { newId, signal }: WriteOptions,
): Promise<MetricsPart> {
  const key = `${ledgerFolder}metrics-${newId()}.json.gz`
  await writeJson(store, key, { version, metrics }, signal)
  return { key, min: Math.min(...metrics.map(({ min }) => min)), max: Math.max(...metrics.map(({ max }) => max)) }
}

async function put(store: Pick<ObjectStore, 'put'>, ledger: Ledger, { newId, signal }: WriteOptions): Promise<string> {
  const key = `${ledgerFolder}${newId()}.json.gz`
  await writeJson(store, key, ledger, signal)
  return key
}
