import { compileGroups } from '../../config/match.js'
import type { PipelineConfig } from '../../config/pipeline.js'
import type { Catalog } from '../../iceberg/catalog.js'
import { readCatalogue } from '../../lake/ledger.js'
import type { ObjectStore } from '../../store/object-store.js'
import { anyOf } from '../select-group.js'
import { readBackfillNotes } from '../subscribe/backfill-notes.js'
import { mayHaveOurs, readSubscribeState } from '../subscribe/subscribe-state.js'

/**
 * Since when the lake is known to hold all of a group's events, in ms since the epoch; null when it is not known to,
 * `in-part` when it is known not to.
 * @param created when the group was made
 */
export type HeldSince = (logGroup: string, created: number) => number | 'in-part' | null

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
 * The same, of groups only that the table has events of, and all of them: a filter that delivers nothing, or nothing that
 * could be stored, is no reason to delete anything, nor is one that lets some events through.
 */
export async function heldInLake(
  store: Pick<ObjectStore, 'get' | 'list' | 'put'>,
  catalog: Pick<Catalog, 'load'>,
  pipeline: Pick<PipelineConfig, 'subscriptions' | 'defaults' | 'groups'>,
  options: { readonly signal?: AbortSignal } = {},
): Promise<HeldSince> {
  const heldSince = await heldSinceSubscribed(store, options)
  const loaded = await catalog.load(options.signal)
  const catalogue = await readCatalogue(loaded?.metadata ?? null, store, options.signal)
  const names = new Set(catalogue.map(({ name }) => name))
  const isKeptInPart = keptInPart(pipeline)
  return (logGroup, created) => {
    if (!names.has(logGroup)) return null
    const held = heldSince(logGroup, created)
    return held !== null && isKeptInPart(logGroup) ? 'in-part' : held
  }
}

/** Whether a subscription's pattern or `sample` may leave some of a group's events out; a rule with tags may be its rule. */
export function keptInPart({
  subscriptions,
  ...pipeline
}: Pick<PipelineConfig, 'subscriptions' | 'defaults' | 'groups'>): (logGroup: string) => boolean {
  const settingsOf = compileGroups(pipeline)
  const rules = (subscriptions?.groups ?? []).map(({ match, exclude, tags, pattern }) => ({
    matches: anyOf(match),
    excludes: anyOf(exclude),
    hasTags: Object.keys(tags).length > 0,
    pattern,
  }))
  return logGroup => {
    if (settingsOf(logGroup).sample < 1) return true
    for (const { matches, excludes, hasTags, pattern } of rules) {
      if (!matches(logGroup) || excludes(logGroup)) continue
      if (pattern !== '') return true
      if (!hasTags) return false
    }
    return false
  }
}
