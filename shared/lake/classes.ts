/**
 * Under which lake retentions the rows of each group may stand. Rows are written under the retention of the day; compaction
 * moves what stands under another one, and finds the groups by this record instead of reading every file.
 *
 * Whoever writes rows records it before the table has them, and again when the record is old. So compaction may forget a
 * retention when it has moved all that it found, and the record is older than any commit can be under way.
 */
import { NotFound, PreconditionFailed } from '../store/errors.js'
import type { ObjectStore } from '../store/object-store.js'
import { StateDamaged } from './errors.js'

const key = 'state/classes.json'

/** Rows of a group under a lake retention, in days, 0 for ever. */
export interface GroupClass {
  readonly logGroup: string
  readonly retention: number
}

/** A retention that a group has no more. */
export interface FormerClass extends GroupClass {
  /** No commit that may still write rows under it is under way. */
  readonly isSettled: boolean
}

export interface Classes {
  /** Null where nothing was recorded yet. */
  readonly etag: string | null
  /** Group → retention → when it was recorded last, ms. */
  readonly groups: Readonly<Record<string, Readonly<Record<string, number>>>>
}

const minute = 60_000
/** A record older than this is written again. */
const recordMs = 5 * minute
/** Older than the record of a commit that may be under way, which takes 15 minutes at most. */
const settledMs = recordMs + 15 * minute
const maxTries = 5

const remedy =
  'put it back as it was; without it, rows whose group has another retention now stay under the one they were written with'

/** @throws StateDamaged */
export async function readClasses(store: Pick<ObjectStore, 'get'>): Promise<Classes> {
  try {
    const { body, etag } = await store.get(key)
    const { groups } = JSON.parse(new TextDecoder().decode(body)) as Classes
    if (groups === undefined) throw new StateDamaged(key, remedy)
    return { etag, groups }
  } catch (error) {
    if (error instanceof NotFound) return { etag: null, groups: {} }
    if (error instanceof SyntaxError) throw new StateDamaged(key, remedy, { cause: error })
    throw error
  }
}

/** What rows may stand under and should not. */
export function formerClasses(
  { groups }: Classes,
  retentionOf: (logGroup: string) => number,
  now: number,
): readonly FormerClass[] {
  return Object.entries(groups).flatMap(([logGroup, recorded]) =>
    Object.entries(recorded)
      .filter(([retention]) => Number(retention) !== retentionOf(logGroup))
      .map(([retention, at]) => ({ logGroup, retention: Number(retention), isSettled: now - at > settledMs })),
  )
}

/**
 * Records what is about to be written.
 * @throws PreconditionFailed when others were always first
 */
export async function recordClasses(
  store: Pick<ObjectStore, 'get' | 'put'>,
  written: readonly GroupClass[],
  now: number,
): Promise<void> {
  await change(store, groups => {
    const old = written.filter(({ logGroup, retention }) => !(now - (groups[logGroup]?.[retention] ?? 0) <= recordMs))
    if (old.length === 0) return null
    const next = new Map(Object.entries(groups))
    for (const { logGroup, retention } of old) next.set(logGroup, { ...next.get(logGroup), [retention]: now })
    return Object.fromEntries(next)
  })
}

/**
 * Forgets retentions that no row stands under any more; what was recorded since stays.
 * @throws PreconditionFailed when others were always first
 */
export async function forgetClasses(
  store: Pick<ObjectStore, 'get' | 'put'>,
  left: readonly GroupClass[],
  now: number,
): Promise<void> {
  const isLeft = new Set(left.map(({ logGroup, retention }) => `${retention} ${logGroup}`))
  await change(store, groups => {
    let count = 0
    const next = Object.entries(groups).map(([logGroup, recorded]) => {
      const kept = Object.entries(recorded).filter(
        ([retention, at]) => !isLeft.has(`${retention} ${logGroup}`) || now - at <= settledMs,
      )
      count += Object.keys(recorded).length - kept.length
      return [logGroup, Object.fromEntries(kept)] as const
    })
    return count === 0 ? null : Object.fromEntries(next)
  })
}

async function change(
  store: Pick<ObjectStore, 'get' | 'put'>,
  next: (groups: Classes['groups']) => Classes['groups'] | null,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const { etag, groups } = await readClasses(store)
    const changed = next(groups)
    if (changed === null) return
    try {
      await store.put(key, new TextEncoder().encode(JSON.stringify({ version: 1, groups: changed })), {
        contentType: 'application/json',
        ...(etag === null ? { ifNoneMatch: '*' as const } : { ifMatch: etag }),
      })
      return
    } catch (error) {
      if (!(error instanceof PreconditionFailed) || attempt === maxTries) throw error
    }
  }
}
