/**
 * What is in the lake, counted: which groups and streams there are, from when to when, how many rows and bytes of messages,
 * and how many in each hour of each group; and the metric counts of the landing objects that are gone.
 *
 * Like the list of consumed objects the ledger is named by a property of the table, so that a commit and its counts become
 * true in one step and no crash counts twice. The latest counts stand in the ledger itself, older ones in parts that
 * never change and that compaction adds up: one of all streams, and some of the hours of each day.
 */
import { groupBy } from '../iceberg/group-by.js'
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

interface CountsPart {
  readonly key: string
  /** Days since 1970 whose hours are all that is in it; null for streams alone. A part that commit has written holds both. */
  readonly day?: number | null
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
  readonly parts: readonly CountsPart[]
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
  const parts = isLong ? [...ledger.parts, { key: await writePart(store, counts, options) }] : ledger.parts
  const recent = isLong ? empty.recent : counts
  const added = metrics.length === 0 ? [] : [await writeMetrics(store, metrics, options)]
  return await put(store, { version, recent, parts, metrics: [...ledger.metrics, ...added] }, options)
}

/**
 * Many parts become few, and hours that are too long ago are not counted apart any more; null when there is nothing to do.
 * @param now ms
 */
export async function foldLedger(
  store: Pick<ObjectStore, 'get' | 'put'>,
  ledger: Ledger,
  now: number,
  options: WriteOptions,
): Promise<string | null> {
  const today = Math.floor(now / msPerDay)
  const parts = await foldCounts(store, ledger.parts, today, options)
  const metrics = await foldMetrics(store, ledger.metrics, today, options)
  if (parts === null && metrics === null) return null
  return await put(store, { ...ledger, parts: parts ?? ledger.parts, metrics: metrics ?? ledger.metrics }, options)
}

const msPerDay = 86_400_000
const hoursPerDay = 24

/** Parts that commits have written. */
const maxMixedParts = 8
/** Of a day to which much is still added, and of one that is over. */
const maxDayParts = { open: 8, closed: 1 }
const maxMetricsParts = { open: 30, closed: 4 }

/** As long as CloudWatch keeps its own counts. 5,000 groups have 44 million hours a year. */
const keptDays = 455

const mostOf = (day: number, today: number, { open, closed }: typeof maxDayParts) => (day < today - 1 ? closed : open)

async function foldCounts(
  store: Pick<ObjectStore, 'get' | 'put'>,
  parts: readonly CountsPart[],
  today: number,
  options: WriteOptions,
): Promise<readonly CountsPart[] | null> {
  const firstDay = today - keptDays
  const mixed = parts.filter(({ day }) => day === undefined)
  if (mixed.length <= maxMixedParts) return null
  const { streams, hours } = await allCounts(store, [...mixed, ...parts.filter(({ day }) => day === null)], options)
  const streamsKey = await writePart(store, { streams: withoutOldest(streams), hours: [] }, options)
  const folded: CountsPart[] = [{ key: streamsKey, day: null }]
  const hoursOf = groupBy(hours, ([, , hour]) => Math.floor(hour / hoursPerDay))
  const partsOf = groupBy(parts, ({ day }) => day)
  for (const day of new Set([...partsOf.keys(), ...hoursOf.keys()])) {
    if (typeof day !== 'number' || day < firstDay) continue
    const [known = [], added = []] = [partsOf.get(day), hoursOf.get(day)]
    const isCrowded = known.length + Number(added.length > 0) > mostOf(day, today, maxDayParts)
    if (!isCrowded) folded.push(...known)
    if (!isCrowded && added.length === 0) continue
    const before = isCrowded ? [await allCounts(store, known, options)] : []
    const counts = addUp([...before, { streams: [], hours: added }])
    folded.push({ key: await writePart(store, counts, options), day })
  }
  return folded
}

async function foldMetrics(
  store: Pick<ObjectStore, 'get' | 'put'>,
  metrics: readonly MetricsPart[],
  today: number,
  options: WriteOptions,
): Promise<readonly MetricsPart[] | null> {
  const days = [...groupBy(metrics, ({ min }) => Math.floor(min / msPerDay))]
  const isCrowded = ([day, parts]: (typeof days)[number]) => parts.length > mostOf(day, today, maxMetricsParts)
  if (!days.some(isCrowded)) return null
  const folded: MetricsPart[] = []
  for (const each of days) {
    const [, parts] = each
    if (isCrowded(each)) folded.push(await writeMetrics(store, await readParts(store, parts, options.signal), options))
    else folded.push(...parts)
  }
  return folded
}

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
}

export interface HourCount {
  readonly accountId: string
  readonly logGroup: string
  /** Since 1970. */
  readonly hour: number
  readonly rows: number
  /** UTF-8 bytes of the messages. */
  readonly bytes: number
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
  const { parts, recent } = await readLedger(metadata, store, signal)
  const named = parts.filter(({ day }) => typeof day !== 'number')
  const { streams } = addUp([await allCounts(store, named, { signal }), recent])
  const groups = groupBy(streams, ([account, group]) => JSON.stringify([group, account]))
  return [...groups.values()].map(cataloguedGroup).sort((a, b) => (a.name < b.name ? -1 : 1))
}

function cataloguedGroup(streams: readonly StreamEntry[]): CataloguedGroup {
  const [accountId, name] = streams[0]!
  const listed = streams.map(([, , stream, first, last, rows, bytes]) => ({ name: stream, first, last, rows, bytes }))
  return {
    accountId,
    name,
    first: listed.reduce((least, { first }) => Math.min(least, first), Number.POSITIVE_INFINITY),
    last: listed.reduce((most, { last }) => Math.max(most, last), Number.NEGATIVE_INFINITY),
    rows: listed.reduce((sum, { rows }) => sum + rows, 0),
    bytes: listed.reduce((sum, { bytes }) => sum + bytes, 0),
    streams: listed.filter(({ name: stream }) => stream !== otherStreams).sort((a, b) => (a.name < b.name ? -1 : 1)),
  }
}

/**
 * How many events of each group were ever committed that happened in these hours; of hours more than 455 days ago nothing
 * is known.
 * @param from hours since 1970, and `to`, both inclusive
 * @throws LakeStateUnreadable
 */
export async function readHourCounts(
  metadata: TableMetadata | null,
  store: Pick<ObjectStore, 'get'>,
  from: number,
  to: number,
  signal?: AbortSignal,
): Promise<readonly HourCount[]> {
  const { parts, recent } = await readLedger(metadata, store, signal)
  const isNear = (day: number) => (day + 1) * hoursPerDay > from && day * hoursPerDay <= to
  const near = parts.filter(({ day }) => day === undefined || (day !== null && isNear(day)))
  const { hours } = addUp([await allCounts(store, near, { signal }), recent])
  return hours
    .filter(([, , hour]) => hour >= from && hour <= to)
    .map(([accountId, logGroup, hour, rows, bytes]) => ({ accountId, logGroup, hour, rows, bytes }))
    .sort((a, b) => a.hour - b.hour)
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
  parts: readonly CountsPart[],
  { signal }: { readonly signal?: AbortSignal | undefined },
): Promise<Counts> {
  const read = parts.map(({ key }) => readJson<Counts & { version: number }>(store, key, version, signal))
  return addUp(await Promise.all(read))
}

/** Of one group: a stream an invocation, as some services write, would make the ledger grow for ever. */
const maxStreams = 10_000

/** Stands for the streams that are not told apart any more; no stream of CloudWatch has this name. */
const otherStreams = ''

/** Of groups with many streams those with the latest events, and one entry that counts the others. */
function withoutOldest(streams: readonly StreamEntry[]): readonly StreamEntry[] {
  const groups = groupBy(streams, ([account, group]) => JSON.stringify([account, group]))
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
): Promise<string> {
  const key = `${ledgerFolder}counts-${newId()}.json.gz`
  await writeJson(store, key, { version, ...counts }, signal)
  return key
}

async function writeMetrics(
  store: Pick<ObjectStore, 'put'>,
  metrics: readonly LandedMetrics[],
  { newId, signal }: WriteOptions,
): Promise<MetricsPart> {
  const key = `${ledgerFolder}metrics-${newId()}.json.gz`
  await writeJson(store, key, { version, metrics }, signal)
  // A day may have more than a call takes arguments.
  const min = metrics.reduce((least, each) => Math.min(least, each.min), Number.POSITIVE_INFINITY)
  const max = metrics.reduce((most, each) => Math.max(most, each.max), Number.NEGATIVE_INFINITY)
  return { key, min, max }
}

async function put(store: Pick<ObjectStore, 'put'>, ledger: Ledger, { newId, signal }: WriteOptions): Promise<string> {
  const key = `${ledgerFolder}${newId()}.json.gz`
  await writeJson(store, key, ledger, signal)
  return key
}
