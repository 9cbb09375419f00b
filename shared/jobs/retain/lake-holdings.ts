import type { Catalog } from '../../iceberg/catalog.js'
import { readCatalogue } from '../../lake/ledger.js'
import type { ObjectStore } from '../../store/object-store.js'
import { readBackfillNotes } from '../subscribe/backfill-notes.js'
import { mayHaveOurs, readSubscribeState } from '../subscribe/subscribe-state.js'

/**
 * Since when the lake is known to hold all of a group's events, in ms since the epoch; null when it is not known to.
 * @param created when the group was made
 */
export type HeldSince = (logGroup: string, created: number) => number | null

/**
 * What can be told from the subscriptions: a group with our filter is held since the filter was put; since its creation
 * when the time before that was noted and has been brought in since.
 */
export async function heldSinceSubscribed(
  store: Pick<ObjectStore, 'get' | 'list' | 'put'>,
  options: { readonly signal?: AbortSignal } = {},
): Promise<HeldSince> {
  const { state } = await readSubscribeState(store, options)
  const open = new Map<string, number>()
  for await (const { notes } of readBackfillNotes(store, options)) {
    for (const { logGroup, to } of notes) {
      const until = to ?? Number.POSITIVE_INFINITY
      open.set(logGroup, Math.max(until, open.get(logGroup) ?? 0))
    }
  }
  return (logGroup, created) => {
    const known = state.groups.get(logGroup)
    if (known === undefined || known.created !== created || known.isPending || !mayHaveOurs(known)) return null
    const until = open.get(logGroup)
    if (until === undefined) return created
    return Number.isFinite(until) ? until : null
  }
}

/**
 * The same, of groups only that the table has events of: a filter that delivers nothing, or nothing that could be stored,
 * is no reason to delete anything.
 */
export async function heldInLake(
  store: Pick<ObjectStore, 'get' | 'list' | 'put'>,
  catalog: Pick<Catalog, 'load'>,
  options: { readonly signal?: AbortSignal } = {},
): Promise<HeldSince> {
  const heldSince = await heldSinceSubscribed(store, options)
  const loaded = await catalog.load(options.signal)
  const catalogue = await readCatalogue(loaded?.metadata ?? null, store, options.signal)
  const names = new Set(catalogue.map(({ name }) => name))
  return (logGroup, created) => (names.has(logGroup) ? heldSince(logGroup, created) : null)
}
