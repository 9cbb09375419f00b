/** Metrics of any range of time: from the footers of landing objects, and from the ledger for those that are committed. */
import { readConsumed } from '../lake/consumed.js'
import { parseLandingKey } from '../lake/landing-key.js'
import { readLedger, readLedgerMetrics } from '../lake/ledger.js'
import { msPerMinute } from '../metrics/metric-counts.js'
import { type MetricMinute, MetricTotals } from '../metrics/metric-totals.js'
import { decodeMetrics, MetricsUnreadable, metricsKey } from '../metrics/metrics-footer.js'
import { FooterUnreadable, readKeyValues } from '../parquet/read-footer.js'
import { NotFound } from '../store/errors.js'
import type { ObjectEntry, ObjectStore } from '../store/object-store.js'

export interface Recomputed {
  readonly minutes: readonly MetricMinute[]
  /** Landing objects whose counts were read, there or in the ledger. */
  readonly objects: number
  /** Keys of objects that are no Parquet files of ours. */
  readonly unreadable: readonly string[]
  /** Data points that ingest left out of the objects, in the range or near it. */
  readonly omitted: number
}

export interface TimeRange {
  /** ms since the epoch; minutes that begin in the range count, the end excluded. */
  readonly since: number
  readonly until: number
}

const msPerDay = 24 * 60 * msPerMinute

/**
 * An object lies under the day of its earliest event, and one delivery can hold events of all ages that CloudWatch Logs
 * takes: 14 days back to 2 hours ahead.
 */
const maxObjectDays = 15

const parallelReads = 16

/** The table's metadata; null where there is no table. */
type Table = Parameters<typeof readConsumed>[0]

/**
 * @param table loaded just before: what is committed after it stays in landing for longer than this takes
 * @throws ObjectStoreError, LakeStateUnreadable
 */
export async function recomputeMetrics(
  store: Pick<ObjectStore, 'get' | 'list'>,
  range: TimeRange,
  table: Table = null,
): Promise<Recomputed> {
  const totals = new MetricTotals()
  const unreadable: string[] = []
  const consumed = await readConsumed(table, store)
  const { since, until } = range
  const held = readLedgerMetrics(store, await readLedger(table, store), since, until + msPerMinute)
  let objects = 0
  for await (const { text } of held) {
    totals.add(decodeMetrics(text))
    objects++
  }
  const entries = landingObjects(store, range)
  const worker = async () => {
    for (let next = await entries.next(); next.done !== true; next = await entries.next()) {
      const { key } = next.value
      if (consumed.has(key)) continue
      try {
        const text = await readMetrics(store, next.value)
        if (text !== undefined) totals.add(decodeMetrics(text))
        objects++
      } catch (error) {
        if (error instanceof FooterUnreadable || error instanceof MetricsUnreadable) unreadable.push(key)
        else if (!(error instanceof NotFound)) throw error
      }
    }
  }
  await Promise.all(Array.from({ length: parallelReads }, worker))
  const minutes = totals.minutes().filter(({ timestamp }) => timestamp >= range.since && timestamp < range.until)
  return { minutes, objects, unreadable: unreadable.sort(), omitted: totals.omitted }
}

/** Those whose events can be in the range, by their keys. */
async function* landingObjects(store: Pick<ObjectStore, 'list'>, range: TimeRange): AsyncGenerator<ObjectEntry> {
  const first = Math.floor(range.since / msPerDay) - maxObjectDays
  for (let day = first; day * msPerDay < range.until; day++) {
    const name = new Date(day * msPerDay).toISOString().slice(0, 10)
    for await (const entry of store.list(`landing/${name}/`)) {
      const times = parseLandingKey(entry.key)
      // The last minute that begins in the range has events until its own end.
      if (times === null || times.maxTimestamp < range.since || times.minTimestamp >= range.until + msPerMinute)
        continue
      yield entry
    }
  }
}

async function readMetrics(store: Pick<ObjectStore, 'get'>, { key, size }: ObjectEntry): Promise<string | undefined> {
  const read = async (start: number) => (await store.get(key, { range: { start } })).body
  return (await readKeyValues(read, size)).get(metricsKey)
}
