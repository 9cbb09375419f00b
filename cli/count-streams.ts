/**
 * How many events each log stream, or group, has and from when to when, every event once. For all times the ledger tells it of what
 * is committed; only the stretches of time that landing objects have which are not committed yet are looked at, in the
 * whole lake and in the table alone, and the difference is added. For a range its events are counted.
 */

import type { ResultRow } from '../shared/engine/render-row.js'
import { maxLimit } from '../shared/insights/index.js'
import type { ObjectStore } from '../shared/store/object-store.js'
import { ask, type Question } from './ask.js'
import type { KnownLake } from './known-groups.js'
import { readKnownLake } from './known-groups.js'
import type { Times } from './lake.js'
import { lazyDuckDb } from './lazy-duckdb.js'
import { splitLog } from './log-groups.js'
import { warnOfSetAside } from './output/screen.js'
import { openSession } from './session.js'

export interface StreamCount {
  readonly accountId: string
  readonly group: string
  /** Empty where the streams of a group are counted together. */
  readonly stream: string
  readonly events: number
  /** Event times of the range, ms. */
  readonly first: number
  readonly last: number
}

/** How often it is tried while commits change the table. */
const tries = 3

/** What is counted apart. */
export type CountBy = 'group' | 'stream'

/**
 * Streams, or groups, with events in the range, in no order.
 * @param groups names; undefined for all
 * @throws ObjectStoreError, EngineFailed, LakeStateUnreadable
 */
export async function countStreams(
  lake: ObjectStore,
  times: Times,
  groups: readonly string[] | undefined,
  { by, signal }: { readonly by: CountBy; readonly signal: AbortSignal },
): Promise<readonly StreamCount[]> {
  const duckdb = lazyDuckDb()
  let setAside = 0
  const count: Count = async (source, range, snapshotId) => {
    const session = openSession(lake, signal, { source, duckdb })
    const counts = await countRange(question => ask(session, question), range, groups, by)
    setAside = Math.max(setAside, session.setAside)
    return snapshotId === undefined || session.snapshotId === snapshotId ? counts : null
  }
  try {
    for (let left = times.from === null && times.to === null ? tries : 0; left > 0; left--) {
      const known = await readKnownLake(lake, signal)
      if (!isLedgerWhole(known) || (by === 'stream' && !namesAllStreams(known, groups))) break
      const found = await countKnown(known, groups, by, count)
      if (found !== null) return found
    }
    return (await count('all', times)) ?? []
  } finally {
    if (!signal.aborted) await duckdb.close()
    warnOfSetAside(setAside)
  }
}

const counting = 'stats count(*) as events, min(@timestamp) as first, max(@timestamp) as last by @log as log'
const keys: Readonly<Record<CountBy, string>> = { group: '', stream: ', @logStream as stream' }

/**
 * By looking at the events.
 * @throws Error where there are more streams or groups than one query can give
 */
export async function countRange(
  askIt: (question: Question) => Promise<readonly ResultRow[]>,
  times: Times,
  groups: readonly string[] | undefined,
  by: CountBy,
): Promise<readonly StreamCount[]> {
  const rows = await askIt({ query: `${counting}${keys[by]} | limit ${maxLimit}`, times, groups })
  if (rows.length === maxLimit)
    throw new Error(`there are ${maxLimit} log ${by}s or more: name groups, or a shorter range`)
  return rows.map(streamCount)
}

/** Null when the table is not at the snapshot that was asked for. */
type Count = (
  source: 'all' | 'table',
  range: Times,
  snapshotId?: string | null,
) => Promise<readonly StreamCount[] | null>

/**
 * The ledger has what was ever committed; where events were erased or have expired it has more than there is. Rows that another
 * engine has deleted stay among the records of a snapshot.
 */
function isLedgerWhole({ metadata, committed }: KnownLake): boolean {
  const snapshot = metadata?.snapshots?.find(one => one['snapshot-id'] === metadata['current-snapshot-id'])
  const rows = committed.reduce((sum, group) => sum + group.rows, 0)
  const total = (name: string) => Number(snapshot?.summary[name] ?? 0)
  return rows > 0 && total('total-records') === rows && total('total-delete-files') === 0
}

/** Of a group with very many streams the ledger counts some together. */
function namesAllStreams({ committed }: KnownLake, groups: readonly string[] | undefined): boolean {
  const wanted = committed.filter(({ name }) => groups?.includes(name) ?? true)
  return wanted.every(({ rows, streams }) => streams.reduce((sum, stream) => sum + stream.rows, 0) === rows)
}

async function countKnown(
  { committed, fresh, snapshotId }: KnownLake,
  groups: readonly string[] | undefined,
  by: CountBy,
  count: Count,
): Promise<readonly StreamCount[] | null> {
  const counts = new Map<string, StreamCount>()
  const add = (one: StreamCount, sign: 1 | -1 = 1) => {
    const key = JSON.stringify([one.accountId, one.group, one.stream])
    const { events = 0, first = one.first, last = one.last } = counts.get(key) ?? {}
    const times = { first: Math.min(first, one.first), last: Math.max(last, one.last) }
    counts.set(key, { ...one, ...times, events: events + sign * one.events })
  }
  for (const known of committed) {
    const { accountId, name: group, streams } = known
    if (groups !== undefined && !groups.includes(group)) continue
    for (const { name, rows: events, first, last } of by === 'group' ? [{ ...known, name: '' }] : streams) {
      add({ accountId, group, stream: name, events, first, last })
    }
  }
  for (const range of stretches(fresh)) {
    const [all, table] = [await count('all', range, snapshotId), await count('table', range, snapshotId)]
    if (all === null || table === null) return null
    for (const one of all) add(one)
    for (const one of table) add(one, -1)
  }
  return [...counts.values()].filter(({ events }) => events > 0)
}

/** A query for each is worth it as long as they are few. */
const maxStretches = 4

/** The event times of these objects as few ranges, those nearest to each other put together. */
export function stretches(
  objects: readonly { readonly first: number; readonly last: number }[],
): readonly { readonly from: number; readonly to: number }[] {
  const merged: { from: number; to: number }[] = []
  for (const { first, last } of [...objects].sort((a, b) => a.first - b.first)) {
    const before = merged.at(-1)
    if (before !== undefined && first <= before.to) before.to = Math.max(before.to, last)
    else merged.push({ from: first, to: last })
  }
  const gaps = merged.slice(1).map(({ from }, index) => from - merged[index]!.to)
  const least = [...gaps].sort((a, b) => b - a)[maxStretches - 2] ?? 0
  const found: { from: number; to: number }[] = []
  for (const [index, { from, to }] of merged.entries()) {
    const isApart = index > 0 && gaps[index - 1]! >= least && found.length < maxStretches
    if (index === 0 || isApart) found.push({ from, to })
    else found.at(-1)!.to = to
  }
  return found
}

function streamCount({ log = '', stream = '', events, first = '', last = '' }: Readonly<Record<string, string>>) {
  const [accountId, group] = splitLog(log)
  return { accountId, group, stream, events: Number(events), first: msOf(first), last: msOf(last) }
}

function msOf(time: string): number {
  return Date.parse(`${time.replace(' ', 'T')}Z`)
}

/** As times are printed in answers. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').slice(0, -1)
}
