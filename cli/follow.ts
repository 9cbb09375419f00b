import { compileGlob } from '../shared/config/glob.js'
import type { ObjectStore } from '../shared/store/object-store.js'
import { ask } from './ask.js'
import { eventFields, type ShownEvent, shownEvent } from './output/print-events.js'
import { openSession } from './session.js'

export interface FollowOptions {
  /** Event times before this one, ms, are passed over. */
  readonly from: number
  /** Globs; all log groups where undefined. */
  readonly groups: readonly string[] | undefined
  readonly matches: (message: string) => boolean
  readonly everyMs: number
}

/** Events that were shown are remembered so that a second delivery does not show again; the oldest are forgotten. */
const maxRemembered = 200_000

/**
 * Events as they land, each once, those of one look in the order of their time. A look lists `landing/` and reads the
 * objects that it has not read yet: everything passes through there, whatever becomes of it later. Ends when the signal
 * is aborted, with its reason.
 */
export async function* follow(
  lake: ObjectStore,
  { from, groups, matches, everyMs }: FollowOptions,
  signal: AbortSignal,
  sleep: (ms: number, signal: AbortSignal) => Promise<void>,
): AsyncGenerator<readonly ShownEvent[]> {
  const read = new Set<string>()
  const shown = new Set<string>()
  const isGroup = groups?.map(compileGlob)
  const times = { from, to: null }
  for (;;) {
    const fresh = unreadLake(lake, read)
    const session = await openSession(fresh.store, times, signal, { isLandingOnly: true })
    try {
      const query = `fields ${eventFields} | sort @timestamp asc | limit 100000`
      const rows = session.objects === 0 ? [] : await ask(session, { query, times })
      const news = rows.filter(row => isNew(shown, row['@ptr'] ?? '')).map(shownEvent)
      const found = news.filter(
        ({ logGroup, message }) =>
          (isGroup === undefined || isGroup.some(isMatch => isMatch(logGroup))) && matches(message),
      )
      if (found.length > 0) yield found
      for (const key of fresh.listed) read.add(key)
    } finally {
      await session.close()
    }
    await sleep(everyMs, signal)
  }
}

/** The lake without the objects that were read already, and what it lists. */
function unreadLake(lake: ObjectStore, read: ReadonlySet<string>): { store: ObjectStore; listed: string[] } {
  const listed: string[] = []
  const list: ObjectStore['list'] = async function* (prefix, options) {
    for await (const entry of lake.list(prefix, options)) {
      if (read.has(entry.key)) continue
      listed.push(entry.key)
      yield entry
    }
  }
  return { store: { ...lake, list }, listed }
}

function isNew(shown: Set<string>, pointer: string): boolean {
  if (shown.has(pointer)) return false
  shown.add(pointer)
  if (shown.size > maxRemembered) shown.delete(shown.values().next().value!)
  return true
}
