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
import {
  type Counts,
  countsOf,
  type Entries,
  type GroupSums,
  type HourEntry,
  HourSums,
  noCounts,
  otherStreams,
  readCounts,
  type StreamLimits,
  StreamSums,
  streamLimits,
  writeCounts,
} from './ledger-counts.js'
import type { Tally } from './merge.js'

/** The table property that names the ledger. */
export const ledgerProperty = 'tailrace.ledger'

export const ledgerFolder = 'ledger/'

const version = 1

/** Streams and hours in the ledger itself, some 100 KB compressed. */
const maxRecent = 5_000

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
  /** Characters of the counts; parts of older releases do not say. */
  readonly size?: number
}

interface Ledger {
  readonly version: number
  readonly recent: Counts
  readonly parts: readonly CountsPart[]
  readonly metrics: readonly MetricsPart[]
}

const empty: Ledger = { version, recent: noCounts, parts: [], metrics: [] }

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
  const [streams, hours] = [new StreamSums(), new HourSums()]
  for (const each of [ledger.recent, countsOf(tallies)]) {
    streams.add(each.streams)
    hours.add(each.hours)
  }
  const counts = { streams: [...streams.entries()], hours: hours.entries() }
  const isLong = counts.streams.length + counts.hours.length > maxRecent
  const parts = isLong ? [...ledger.parts, { key: await writePart(store, counts, options) }] : ledger.parts
  const recent = isLong ? empty.recent : counts
  const added = metrics.length === 0 ? [] : [await writeMetrics(store, metrics, options)]
  return await put(store, { version, recent, parts, metrics: [...ledger.metrics, ...added] }, options)
}

export interface FoldOptions extends WriteOptions {
  /** Streams that are told apart from then on. */
  readonly limits?: StreamLimits
}

/**
 * Many parts become few, and what is too long ago is not counted apart any more; null when there is nothing to do.
 * @param now ms
 */
export async function foldLedger(
  store: Pick<ObjectStore, 'get' | 'put'>,
  ledger: Ledger,
  now: number,
  options: FoldOptions,
): Promise<string | null> {
  const today = Math.floor(now / msPerDay)
  const firstDay = today - keptDays
  const kept = {
    parts: ledger.parts.filter(({ day }) => typeof day !== 'number' || day >= firstDay),
    metrics: ledger.metrics.filter(({ max }) => max >= firstDay * msPerDay),
  }
  const parts = await foldCounts(store, kept.parts, today, options)
  const metrics = await foldMetrics(store, kept.metrics, today, options)
  const isSame = kept.parts.length === ledger.parts.length && kept.metrics.length === ledger.metrics.length
  if (parts === null && metrics === null && isSame) return null
  return await put(store, { ...ledger, parts: parts ?? kept.parts, metrics: metrics ?? kept.metrics }, options)
}

const msPerDay = 86_400_000
const hoursPerDay = 24

/** Parts that commits have written. */
const maxMixedParts = 8
/** Of a day to which much is still added, and of one that is over. */
const maxDayParts = { open: 8, closed: 1 }
const maxMetricsParts = { open: 30, closed: 4 }
/** Of metric counts that are put together. */
const maxMetricsSize = 32_000_000

/** As long as CloudWatch keeps its own counts. 5,000 groups have 44 million hours a year. */
const keptDays = 455

const mostOf = (day: number, today: number, { open, closed }: typeof maxDayParts) => (day < today - 1 ? closed : open)

/** Parts with streams, the latest first: what is limited is then the same as if all were added up at once. */
function streamKeys(parts: readonly CountsPart[]): readonly string[] {
  const [mixed, folded] = [parts.filter(({ day }) => day === undefined), parts.filter(({ day }) => day === null)]
  return [...mixed, ...folded].map(({ key }) => key)
}

async function foldCounts(
  store: Pick<ObjectStore, 'get' | 'put'>,
  parts: readonly CountsPart[],
  today: number,
  { limits = streamLimits, ...options }: FoldOptions,
): Promise<readonly CountsPart[] | null> {
  const firstDay = today - keptDays
  const mixed = parts.filter(({ day }) => day === undefined)
  if (mixed.length <= maxMixedParts) return null
  const [streams, hours] = [new StreamSums(limits), new HourSums()]
  for await (const counts of readCounts(store, streamKeys(parts), version, options.signal)) {
    streams.add(counts.streams)
    hours.add(counts.hours)
  }
  const streamsKey = await writePart(store, { streams: streams.entries(), hours: [] }, options)
  const folded: CountsPart[] = [{ key: streamsKey, day: null }]
  const hoursOf = groupBy(hours.entries(), ([, , hour]) => Math.floor(hour / hoursPerDay))
  const partsOf = groupBy(parts, ({ day }) => day)
  for (const day of new Set([...partsOf.keys(), ...hoursOf.keys()])) {
    if (typeof day !== 'number' || day < firstDay) continue
    const [known = [], added = []] = [partsOf.get(day), hoursOf.get(day)]
    const isCrowded = known.length + Number(added.length > 0) > mostOf(day, today, maxDayParts)
    if (!isCrowded) folded.push(...known)
    if (!isCrowded && added.length === 0) continue
    const ofDay = new HourSums()
    ofDay.add(added)
    const crowd = isCrowded ? known.map(({ key }) => key) : []
    for await (const counts of readCounts(store, crowd, version, options.signal)) ofDay.add(counts.hours)
    folded.push({ key: await writePart(store, { streams: [], hours: ofDay.entries() }, options), day })
  }
  return folded
}

async function foldMetrics(
  store: Pick<ObjectStore, 'get' | 'put'>,
  metrics: readonly MetricsPart[],
  today: number,
  options: WriteOptions,
): Promise<readonly MetricsPart[] | null> {
  const days = [...groupBy(metrics, ({ min }) => Math.floor(min / msPerDay))].map(([day, parts]) => {
    const bins = binsOf(parts)
    return { bins, isCrowded: parts.length > bins.length && parts.length > mostOf(day, today, maxMetricsParts) }
  })
  if (!days.some(({ isCrowded }) => isCrowded)) return null
  const folded: MetricsPart[] = []
  for (const { bins, isCrowded } of days) {
    for (const bin of bins) {
      if (!isCrowded || bin.length === 1) folded.push(...bin)
      else folded.push(await writeMetrics(store, await readParts(store, bin, options.signal), options))
    }
  }
  return folded
}

/** Parts that are put together, those that are full each alone: as many as memory holds. */
function binsOf(parts: readonly MetricsPart[]): readonly (readonly MetricsPart[])[] {
  const bins: MetricsPart[][] = []
  let size = Number.POSITIVE_INFINITY
  for (const part of parts) {
    size += part.size ?? 0
    if (size > maxMetricsSize) {
      bins.push([])
      size = part.size ?? 0
    }
    bins.at(-1)!.push(part)
  }
  return bins
}

/** All objects of the ledger of this table, itself included. */
export function ledgerKeys(metadata: TableMetadata, { parts, metrics }: Ledger): readonly string[] {
  const own = metadata.properties?.[ledgerProperty]
  return own === undefined ? [] : [own, ...parts.map(({ key }) => key), ...metrics.map(({ key }) => key)]
}

/** Metric counts of consumed landing objects whose events can be in the range (ms, both inclusive), a part at a time. */
export async function* readLedgerMetrics(
  store: Pick<ObjectStore, 'get'>,
  { metrics }: Ledger,
  from: number,
  to: number,
  signal?: AbortSignal,
): AsyncGenerator<LandedMetrics> {
  const isNear = ({ min, max }: { readonly min: number; readonly max: number }) => max >= from && min <= to
  for (const part of metrics.filter(isNear)) yield* (await readParts(store, [part], signal)).filter(isNear)
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
  /** Those with the latest events, where there are too many to tell them all apart; rows, bytes and times above are of all. */
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
  const streams = new StreamSums()
  streams.add(recent.streams)
  for await (const counts of readCounts(store, streamKeys(parts), version, signal)) streams.add(counts.streams)
  return Array.from(streams.groups(), cataloguedGroup).sort((a, b) => (a.name < b.name ? -1 : 1))
}

/**
 * Names of the groups in the catalogue, for which no stream is held in memory.
 * @throws LakeStateUnreadable
 */
export async function readGroupNames(
  metadata: TableMetadata | null,
  store: Pick<ObjectStore, 'get'>,
  signal?: AbortSignal,
): Promise<ReadonlySet<string>> {
  const { parts, recent } = await readLedger(metadata, store, signal)
  const names = new Set(recent.streams.map(([, group]) => group))
  for await (const { streams } of readCounts(store, streamKeys(parts), version, signal)) {
    for (const [, group] of streams) names.add(group)
  }
  return names
}

function cataloguedGroup({ accountId, name, streams }: GroupSums): CataloguedGroup {
  const group = { first: Number.POSITIVE_INFINITY, last: Number.NEGATIVE_INFINITY, rows: 0, bytes: 0 }
  const listed: CataloguedStream[] = []
  for (const stream of streams.values()) {
    group.first = Math.min(group.first, stream.first)
    group.last = Math.max(group.last, stream.last)
    group.rows += stream.rows
    group.bytes += stream.bytes
    if (stream.name !== otherStreams) listed.push(stream)
  }
  return { accountId, name, ...group, streams: listed.sort((a, b) => (a.name < b.name ? -1 : 1)) }
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
  const near = parts.filter(({ day }) => day === undefined || (day !== null && isNear(day))).map(({ key }) => key)
  const inRange = ([, , hour]: HourEntry) => hour >= from && hour <= to
  const hours = new HourSums()
  hours.add(recent.hours.filter(inRange))
  for await (const counts of readCounts(store, near, version, signal)) hours.add(counts.hours.filter(inRange))
  return hours
    .entries()
    .map(([accountId, logGroup, hour, rows, bytes]) => ({ accountId, logGroup, hour, rows, bytes }))
    .sort((a, b) => a.hour - b.hour)
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
  counts: Entries,
  { newId, signal }: WriteOptions,
): Promise<string> {
  const key = `${ledgerFolder}counts-${newId()}.json.gz`
  await writeCounts(store, key, version, counts, signal)
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
  return { key, min, max, size: metrics.reduce((sum, { text }) => sum + text.length, 0) }
}

async function put(store: Pick<ObjectStore, 'put'>, ledger: Ledger, { newId, signal }: WriteOptions): Promise<string> {
  const key = `${ledgerFolder}${newId()}.json.gz`
  await writeJson(store, key, ledger, signal)
  return key
}
