import { createHash } from 'node:crypto'
import { compileGlob } from '../shared/config/glob.js'
import type { ResultRow } from '../shared/engine/render-row.js'
import { listLanding } from '../shared/lake/list-landing.js'
import type { ObjectStore } from '../shared/store/object-store.js'
import { ask } from './ask.js'
import { firstEvents } from './first-events.js'
import type { Times } from './lake.js'
import { lazyDuckDb } from './lazy-duckdb.js'
import { isGlob } from './log-groups.js'
import { eventFields, type ShownEvent, shownEvent } from './output/print-events.js'
import { openSession } from './session.js'

export interface FollowOptions {
  /** Event times before this one, ms, are passed over. */
  readonly from: number
  /** Globs; all log groups where undefined. */
  readonly groups: readonly string[] | undefined
  readonly matches: (message: string) => boolean
  readonly everyMs: number
  /** ms; the clock if left out. */
  readonly now?: () => number
}

/** Events that were shown are remembered so that a second delivery does not show again; the oldest are forgotten. */
const maxRemembered = 200_000

/** Committed landing objects stay for 15 minutes: who has not looked for so long looks at the table, too. */
const maxGapMs = 600_000

/**
 * Events as they land, each once, those of one look in the order of their time. The first look is at the whole lake; later
 * ones list `landing/` and read the objects that have not been read yet: everything passes through there, whatever
 * becomes of it later. Ends when the signal is aborted, with its reason.
 */
export async function* follow(
  lake: ObjectStore,
  { from, groups, matches, everyMs, now = Date.now }: FollowOptions,
  signal: AbortSignal,
  sleep: (ms: number, signal: AbortSignal) => Promise<void>,
): AsyncGenerator<readonly ShownEvent[]> {
  const shown = new Set<string>()
  const isGroup = groups?.map(compileGlob)
  const plain = groups?.some(isGlob) ? undefined : groups
  const unread = unreadLake(lake)
  const duckdb = lazyDuckDb()
  const landing = openSession(unread.store, signal, { source: 'landing', duckdb })
  let looked = Number.NEGATIVE_INFINITY
  try {
    for (;;) {
      const isWhole = now() - looked > maxGapMs
      looked = now()
      const listed = await unread.look(signal)
      const session = isWhole ? openSession(lake, signal, { duckdb }) : landing
      const copies = new Map<string, number>()
      for (let start: number | null = isWhole || listed.length > 0 ? from : null; start !== null; ) {
        const read = (times: Times, limit: number) => ask(session, { query: queryOf(limit), times, groups: plain })
        const rows = await firstEvents(read, { from: start, to: null }, maxRows)
        const found = rows
          .filter(row => isNew(shown, copies, row))
          .map(shownEvent)
          .filter(
            ({ logGroup, message }) =>
              (isGroup === undefined || isGroup.some(isMatch => isMatch(logGroup))) && matches(message),
          )
        if (found.length > 0) yield found
        start = rows.length < maxRows ? null : Math.max(start + 1, Date.parse(shownEvent(rows.at(-1)!).timestamp))
      }
      unread.markRead(listed)
      await sleep(everyMs, signal)
    }
  } finally {
    if (!signal.aborted) await duckdb.close()
  }
}

/** Of one query; what is more comes with the next. */
const maxRows = 100_000

const queryOf = (limit: number) => `fields ${eventFields} | sort @timestamp asc | limit ${limit}`

/** The lake without the landing objects that were read already. */
function unreadLake(lake: ObjectStore) {
  let read: ReadonlySet<string> = new Set()
  let all: readonly string[] = []
  const list: ObjectStore['list'] = async function* (prefix, options) {
    for await (const entry of lake.list(prefix, options)) if (!read.has(entry.key)) yield entry
  }
  return {
    store: { ...lake, list },
    /** Lists landing objects that were not read yet. */
    async look(signal: AbortSignal): Promise<readonly string[]> {
      all = (await listLanding(lake, signal)).map(({ key }) => key)
      return all.filter(key => !read.has(key))
    },
    /** Those that are gone need not be remembered. */
    markRead(keys: readonly string[]) {
      const there = new Set(all)
      read = new Set([...[...read].filter(key => there.has(key)), ...keys])
    },
  }
}

/** Events without an id are told apart by what they say, and copies of one within a look by their number. */
function isNew(shown: Set<string>, copies: Map<string, number>, row: ResultRow): boolean {
  const hash = createHash('sha256').update(`${row['@ptr']} ${row['@message']}`)
  const event = hash.digest('base64')
  const copy = copies.get(event) ?? 0
  copies.set(event, copy + 1)
  const key = copy === 0 ? event : `${event} ${copy}`
  if (shown.has(key)) return false
  shown.add(key)
  if (shown.size > maxRemembered) shown.delete(shown.values().next().value!)
  return true
}
