/**
 * The lake retention that each group had when compaction last looked. `commit` writes rows under the retention of the day;
 * compaction moves what lies under another one, and finds the groups by this record instead of reading every file.
 */
import { NotFound } from '../store/errors.js'
import type { ObjectStore } from '../store/object-store.js'
import { LakeStateUnreadable } from './errors.js'

const key = 'state/classes.json'

export interface Classes {
  /** Null where nothing was recorded yet. */
  readonly etag: string | null
  /** Group → days, 0 for ever. */
  readonly days: Readonly<Record<string, number>>
}

/** @throws LakeStateUnreadable */
export async function readClasses(store: Pick<ObjectStore, 'get'>): Promise<Classes> {
  try {
    const { body, etag } = await store.get(key)
    const { days } = JSON.parse(new TextDecoder().decode(body)) as Classes
    return { etag, days }
  } catch (error) {
    if (error instanceof NotFound) return { etag: null, days: {} }
    if (error instanceof SyntaxError) throw new LakeStateUnreadable(key, { cause: error })
    throw error
  }
}

/** Group → the retention that it had, of those that have another one now. */
export function movedGroups(
  { days }: Classes,
  groups: readonly string[],
  retentionOf: (logGroup: string) => number,
): ReadonlyMap<string, number> {
  return new Map(
    groups.flatMap(group => {
      const before = days[group]
      return before === undefined || before === retentionOf(group) ? [] : [[group, before] as const]
    }),
  )
}

/** @throws PreconditionFailed when another compaction has written meanwhile */
export async function writeClasses(
  store: Pick<ObjectStore, 'put'>,
  before: Classes,
  groups: readonly string[],
  retentionOf: (logGroup: string) => number,
): Promise<void> {
  const days = Object.fromEntries(groups.map(group => [group, retentionOf(group)]))
  const isSame = groups.every(group => before.days[group] === days[group])
  if (isSame && Object.keys(before.days).length === groups.length) return
  await store.put(key, new TextEncoder().encode(JSON.stringify({ version: 1, days })), {
    contentType: 'application/json',
    ...(before.etag === null ? { ifNoneMatch: '*' as const } : { ifMatch: before.etag }),
  })
}
