/**
 * Notes of what subscriptions have missed go when a queue has exported and landed all of their times: from then on the
 * lake is known to hold those groups from their beginning, and `retain` may shorten them.
 */
import type { LogExportSetting } from '../config/pipeline.js'
import type { ObjectStore } from '../store/object-store.js'
import type { ExportState } from './export-state.js'
import { anyOf } from './select-group.js'
import { type BackfillNote, readBackfillNotes, writeBackfillNotes } from './subscribe/backfill-notes.js'

/** @returns how many notes went */
export async function settleBackfill(
  rules: readonly LogExportSetting[],
  state: Pick<ExportState, 'marks' | 'finished' | 'incomplete'>,
  store: Pick<ObjectStore, 'get' | 'list' | 'put' | 'delete'>,
): Promise<number> {
  const matching = rules
    .filter(rule => rule.import)
    .map(rule => ({ rule, matches: anyOf(rule.groups), excludes: anyOf(rule.exclude) }))
  if (matching.length === 0) return 0

  /**
   * A note without an end is of a filter that is not known to deliver yet. What was imported under a `sample` is in part,
   * and a queue does not export it again.
   */
  const isLanded = ({ logGroup, from, to, reason }: BackfillNote) =>
    to !== null &&
    reason !== 'sample' &&
    matching.some(({ rule, matches, excludes }) => {
      if (!matches(logGroup) || excludes(logGroup) || (rule.from !== null && rule.from > from)) return false
      const isOpen = (one: ExportState['incomplete' | 'finished'][number]) =>
        one.rule === rule.name && one.group === logGroup && one.from < to && one.to > from
      const isWaiting = state.finished.some(isOpen) || state.incomplete.some(isOpen)
      return (state.marks[rule.name]?.[logGroup] ?? 0) >= to && !isWaiting
    })

  let settled = 0
  for await (const { key, notes } of readBackfillNotes(store)) {
    const left = notes.filter(note => !isLanded(note))
    if (left.length === notes.length) continue
    await writeBackfillNotes(store, key, left)
    settled += notes.length - left.length
  }
  return settled
}
