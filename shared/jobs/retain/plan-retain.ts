/**
 * How long CloudWatch keeps log groups: what the rules ask for, and no more than they allow. What a rule would do and may
 * not is part of the plan, with the reason.
 */
import { isOwnGroup } from '../../cloudwatch/own-groups.js'
import type { LogGroupRetentionSettings, RetentionRule } from '../../config/pipeline.js'
import { isRefusal } from '../errors.js'
import type { JobPlan, PlanStep, SkippedTarget } from '../job-plan.js'
import { type GroupPage, type ListedGroup, listGroups } from '../list-groups.js'
import type { LogsApi } from '../logs-api.js'
import { compileSelections, type Tags } from '../select-group.js'
import type { HeldSince } from './lake-holdings.js'
import { type PriceRange, shareOlderThan, storagePrice } from './storage-price.js'

export interface RetainStep extends PlanStep {
  readonly action: 'put-retention-policy' | 'delete-retention-policy'
  readonly created: number
  /** Null: for ever. */
  readonly days: number | null
  /** What it is now; the step is left out when it has become another. */
  readonly before: number | null
  readonly storedBytes: number
  /** What storing the group costs a month now, and what of it goes away; see storage-price.ts. */
  readonly costs: PriceRange
  readonly saves: PriceRange
}

export type RetainPlan = JobPlan<RetainStep>

/** A group's size and price change by the hour and do not make another step. */
export function retainStepIdentity({ action, target, created, days, before }: RetainStep): string {
  return JSON.stringify([action, target, created, days, before])
}

export type PlanningRetainApi = Pick<LogsApi, 'describeLogGroups' | 'listTagsForResource'>

export interface PlanRetainOptions {
  readonly logs: PlanningRetainApi
  readonly stack: string
  readonly settings: LogGroupRetentionSettings
  readonly heldSince: HeldSince
  readonly now: () => number
  /** The token to go on from. */
  readonly from?: string | undefined
  readonly signal?: AbortSignal | undefined
}

export interface PlannedRetainPage {
  readonly groups: number
  readonly steps: readonly RetainStep[]
  readonly skipped: readonly SkippedTarget[]
  readonly next: string | undefined
}

/** Page by page of the account's groups. Tags are asked for where they decide: about groups that would be changed. */
export async function* planRetainPages(options: PlanRetainOptions): AsyncGenerator<PlannedRetainPage> {
  const { logs, from, signal } = options
  const planGroup = createRetainPlanner(options)
  const planPage = async ({ groups, next }: GroupPage): Promise<PlannedRetainPage> => {
    const steps: RetainStep[] = []
    const skipped: SkippedTarget[] = []
    for (const group of groups) {
      const planned = await planGroup(group)
      if (planned === null) continue
      if ('action' in planned) steps.push(planned)
      else skipped.push(planned)
    }
    return { groups: groups.length, steps, skipped, next }
  }
  for await (const page of listGroups(logs, { from, signal })) yield await planPage(page)
}

/** All of it at once: what `tailrace retain` shows. */
export async function planRetain(
  options: PlanRetainOptions & { readonly onPage?: (groups: number) => void },
): Promise<RetainPlan> {
  const { stack, now, onPage } = options
  const steps: RetainStep[] = []
  const skipped: SkippedTarget[] = []
  let targets = 0
  for await (const page of planRetainPages(options)) {
    steps.push(...page.steps)
    skipped.push(...page.skipped)
    targets += page.groups
    onPage?.(targets)
  }
  return { version: 1, job: 'retain', stack, createdAt: new Date(now()).toISOString(), targets, steps, skipped }
}

/** Null: nothing to do and nothing to say. */
function createRetainPlanner(
  options: PlanRetainOptions,
): (group: ListedGroup) => Promise<RetainStep | SkippedTarget | null> {
  const { logs, stack, settings, heldSince, now, signal } = options
  const select = compileSelections(settings.rules)

  async function tagsOf(group: ListedGroup): Promise<Tags | null> {
    try {
      return (await logs.listTagsForResource({ resourceArn: group.arn }, { signal })).tags ?? {}
    } catch (error) {
      if (isRefusal(error, 'ResourceNotFoundException')) return null
      throw error
    }
  }

  return async group => {
    // The stack's template sets these.
    if (isOwnGroup(stack, group.name)) return null
    const selectable = { name: group.name, logClass: group.logClass }
    const first = select(selectable, undefined)
    if (first === null) return null
    if (first !== 'unknown' && group.retentionDays === first.days) return null
    const prevented = preventedBy(group) ?? (first === 'unknown' ? null : forbiddenBy(first, group, now(), heldSince))
    // What would need attention may have a tag that settles it.
    if (prevented?.isProblem === false) return prevented
    // Also where no rule asks for tags: one of them may say that the group is to be left alone.
    const tags = await tagsOf(group)
    if (tags === null) return null
    const rule = first === 'unknown' ? select(selectable, tags) : first
    if (rule === null || rule === 'unknown' || rule.days === group.retentionDays) return null
    if (Object.hasOwn(tags, settings.optOutTag)) {
      return skip(group, 'opted-out', `it has the tag ${settings.optOutTag}`)
    }
    return forbiddenBy(rule, group, now(), heldSince) ?? retainStep(rule, group, now())
  }
}

/** What no rule can change. */
function preventedBy(group: ListedGroup): SkippedTarget | null {
  if (group.logClass === 'DELIVERY') {
    return skip(group, 'delivery-class', 'groups of the class DELIVERY are kept for one day, whatever is set')
  }
  if (group.isProtected) {
    return skip(group, 'deletion-protected', 'deletion protection is on, and a retention deletes: turn it off first')
  }
  if (group.retentionPolicy !== null) {
    const message = `the account's policy ${group.retentionPolicy} decides; a setting of the group would have no effect`
    return skip(group, 'account-policy', message)
  }
  return null
}

/** What the rule does not allow. */
function forbiddenBy(rule: RetentionRule, group: ListedGroup, now: number, heldSince: HeldSince): SkippedTarget | null {
  const { retentionDays: before, created } = group
  const after = rule.days
  if (before !== null && !rule.enforce) {
    return skip(group, 'has-setting', `it is set to ${before} days, and the rule has no enforce: true`)
  }
  if (before !== null && after !== null && after < before && !rule.shorten) {
    return skip(
      group,
      'would-shorten',
      `from ${before} to ${after} days deletes events, and the rule has no shorten: true`,
    )
  }
  if (after === null || (before !== null && after >= before) || rule.discard) return null
  const oldest = before === null ? created : Math.max(created, now - before * dayMs)
  const held = heldSince(group.name, created)
  if (typeof held === 'number' && held <= oldest) return null
  // A setting deletes for as long as it stands: where nothing is that old yet, it would be later.
  const isDue = oldest < now - after * dayMs
  const deleted = isDue ? `events since ${dayOf(oldest)}` : `from ${dayOf(oldest + after * dayMs)} on its events`
  return { ...skip(group, 'not-in-lake', `${deleted} would be deleted, and ${whyNotHeld(held)}`), isProblem: isDue }
}

function whyNotHeld(held: ReturnType<HeldSince>): string {
  if (held === 'in-part') {
    return "the lake holds some of them only, as the subscription's pattern or sample says: say discard: true to lose the others"
  }
  const lacks =
    held === null
      ? 'the lake is not known to hold them: subscribe the group and bring its history in'
      : `the lake holds the group since ${dayOf(held)} only: bring in what was before`
  return `${lacks} (an export with import: true), or say discard: true`
}

function retainStep(rule: RetentionRule, group: ListedGroup, now: number): RetainStep {
  const { retentionDays: before, storedBytes, created } = group
  const { days } = rule
  const costs = storagePrice(storedBytes)
  const share = days === null ? 0 : shareOlderThan(days, created, before, now)
  const saves = { least: costs.least * share, most: costs.most * share }
  return {
    action: days === null ? 'delete-retention-policy' : 'put-retention-policy',
    target: group.name,
    what: `${before === null ? 'for ever' : `${before} days`} → ${days === null ? 'for ever' : `${days} days`}`,
    why: before === null ? 'it has no setting' : 'the rule is enforced',
    dollarsPerMonth: -saves.least,
    created,
    days,
    before,
    storedBytes,
    costs,
    saves,
  }
}

function skip(group: ListedGroup, reason: string, message: string): SkippedTarget {
  return { target: group.name, reason, message, isProblem: false }
}

const dayMs = 24 * 3_600_000

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10)
}
