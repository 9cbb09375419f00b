import { matchSampled } from '../../config/match.js'
import type { PipelineConfig } from '../../config/pipeline.js'
import type { Catalog } from '../../iceberg/catalog.js'
import { readGroupNames } from '../../lake/ledger.js'
import type { ObjectStore } from '../../store/object-store.js'
import { readBackfillNotes } from '../subscribe/backfill-notes.js'
import { mayHaveOurs, readSubscribeState } from '../subscribe/subscribe-state.js'
import { isInPart } from '../subscribe/wanted-filter.js'

/**
 * Since when the lake is known to hold all of a group's events, in ms since the epoch; null when it is not known to,
 * `in-part` when it is known not to.
 * @param created when the group was made
 */
export type HeldSince = (logGroup: string, created: number) => number | 'in-part' | null

/**
 * What can be told from the subscriptions: a group with our filter is held since the end of what was noted as missed;
 * since its creation when that has been brought in. In part while the filter that is there, whatever rule it is of,
 * leaves events out; what it has left out is noted when it does so no more.
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
    if (isInPart(known.filter)) return 'in-part'
    const until = open.get(logGroup)
    if (until === undefined) return created
    return Number.isFinite(until) ? until : null
  }
}

/**
 * The same, of groups only that the table has events of, and all of them: a filter that delivers nothing, or nothing that
 * could be stored, is no reason to delete anything; nor is one that nobody looks after, without a section
 * `subscriptions`. What `sample` leaves out is known here before the filters' next run.
 */
export async function heldInLake(
  store: Pick<ObjectStore, 'get' | 'list' | 'put'>,
  catalog: Pick<Catalog, 'load'>,
  pipeline: Pick<PipelineConfig, 'subscriptions' | 'defaults' | 'groups'>,
  options: { readonly signal?: AbortSignal } = {},
): Promise<HeldSince> {
  const heldSince = await heldSinceSubscribed(store, options)
  const loaded = await catalog.load(options.signal)
  const names = await readGroupNames(loaded?.metadata ?? null, store, options.signal)
  const isSampled = matchSampled(pipeline)
  return (logGroup, created) => {
    if (pipeline.subscriptions === null || !names.has(logGroup)) return null
    const held = heldSince(logGroup, created)
    return held !== null && isSampled(logGroup) ? 'in-part' : held
  }
}
