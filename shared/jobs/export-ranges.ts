/** Which stretch of which log group is exported next. */
import { createHash } from 'node:crypto'
import type { LogExportSetting } from '../config/pipeline.js'
import type { ExportState } from './export-state.js'
import type { ListedGroup } from './list-groups.js'
import { anyOf } from './select-group.js'

export interface ExportRange {
  readonly rule: string
  readonly group: string
  readonly account: string
  /** Event times, ms; `to` excluded. */
  readonly from: number
  readonly to: number
}

const msPerDay = 86_400_000

/** A group that a rule matches, with what is left to export of it. */
export interface DueGroup {
  readonly rule: LogExportSetting
  readonly group: ListedGroup
  /** What comes next; null when nothing is due yet. */
  readonly next: ExportRange | null
  /** Tasks until nothing is due. */
  readonly tasks: number
}

export type SelectedGroups = readonly { readonly rule: LogExportSetting; readonly group: ListedGroup }[]

/** The groups that the rules are about. The DELIVERY class keeps nothing that could be exported. */
export function selectGroups(rules: readonly LogExportSetting[], groups: readonly ListedGroup[]): SelectedGroups {
  return rules.flatMap(rule => {
    const matches = anyOf(rule.groups)
    const excludes = anyOf(rule.exclude)
    return groups
      .filter(({ name, logClass }) => logClass !== 'DELIVERY' && matches(name) && !excludes(name))
      .map(group => ({ rule, group }))
  })
}

/**
 * Stretches begin and end at whole multiples of the rule's period, but the first, which begins with the group, and are
 * due when all events of their times can be exported. What the group's retention has deleted is not asked for.
 */
export function dueGroup({ rule, group }: SelectedGroups[number], marks: ExportState['marks'], now: number): DueGroup {
  const kept = group.retentionDays === null ? 0 : floor(now - group.retentionDays * msPerDay, rule.everyMs)
  const start = Math.max(rule.from ?? 0, group.created, kept)
  const from = Math.max(marks[rule.name]?.[group.name] ?? 0, start)
  const end = Math.min(floor(now - rule.delayMs, rule.everyMs), rule.until ?? Number.POSITIVE_INFINITY)
  if (from >= end) return { rule, group, next: null, tasks: 0 }
  const to = Math.min(floor(from, rule.everyMs) + rule.everyMs, end)
  const account = group.arn.split(':')[4] ?? ''
  const tasks = 1 + Math.ceil((end - to) / rule.everyMs)
  return { rule, group, next: { rule: rule.name, group: group.name, account, from, to }, tasks }
}

/** The earliest stretch that is due and not in trouble. */
export function nextRange(selected: SelectedGroups, state: ExportState, now: number): ExportRange | null {
  const waiting = new Set(
    state.troubles.filter(({ retryAt }) => retryAt > now).map(({ rule, group }) => JSON.stringify([rule, group])),
  )
  let first: ExportRange | null = null
  for (const one of selected) {
    const { next } = dueGroup(one, state.marks, now)
    if (next === null || waiting.has(JSON.stringify([next.rule, next.group]))) continue
    if (first === null || next.from < first.from) first = next
  }
  return first
}

function floor(time: number, step: number): number {
  return Math.floor(time / step) * step
}

/** By which a task is found again whose creation was not answered. */
export function taskName(
  stack: string,
  { rule, group, from, to }: Omit<ExportRange, 'account'>,
  attempt: number,
): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([rule, group, from, to, attempt]))
    .digest('hex')
  return `${stack}-${rule}-${hash.slice(0, 24)}`
}

/** `exports/logs/<rule>/<group, ~ for />/<first day>`: what the task's folder stands below. */
export function destinationPrefix(root: string, { rule, group, from }: Omit<ExportRange, 'account'>): string {
  const readable = group.replaceAll('/', '~').replaceAll('#', '~').slice(0, 200)
  return `${root}exports/logs/${rule}/${readable}/${new Date(from).toISOString().slice(0, 10)}`
}
