/**
 * The plan of a whole account, page by page of its groups, so that neither its length nor the time that it takes has to
 * fit into one run.
 */
import { createHash } from 'node:crypto'
import type { SubscriptionSettings } from '../../config/pipeline.js'
import type { SkippedTarget } from '../job-plan.js'
import { type GroupPage, listGroups } from '../list-groups.js'
import type { LogsApi } from '../logs-api.js'
import { planAccountPolicy, subscriptionPolicies } from './account-policy.js'
import { createGroupPlanner } from './plan-group.js'
import type { SubscribeState } from './subscribe-state.js'
import type { SubscribePlan, SubscribeStep } from './subscribe-step.js'
import { ownedName, type StackDestination } from './wanted-filter.js'

export type PlanningApi = Pick<
  LogsApi,
  'describeLogGroups' | 'describeSubscriptionFilters' | 'listTagsForResource' | 'describeAccountPolicies'
>

export interface PlanOptions {
  readonly logs: PlanningApi
  readonly stack: string
  readonly settings: SubscriptionSettings
  readonly destination: StackDestination
  /** Whether `sample` leaves out some of a group's events. */
  readonly isSampled: (logGroup: string) => boolean
  /** What is learnt of the groups is noted in it. */
  readonly state: SubscribeState
  readonly now: () => number
  /** How many calls may be spent on single groups; a fifth of them is kept for groups that were never looked at. */
  readonly callsOnGroups: number
  readonly signal?: AbortSignal | undefined
}

export interface SubscribeCounts {
  groups: number
  /** With a filter that is as it should be. */
  kept: number
  /** Not looked at for want of calls; a later run does. */
  left: number
}

export interface PlannedPage {
  readonly steps: readonly SubscribeStep[]
  readonly skipped: readonly SkippedTarget[]
  /** The token behind this page; undefined at the end of the listing. */
  readonly next: string | undefined
}

const shareOfKnown = 0.8
const hourMs = 3_600_000

/**
 * A day, or as long as it takes to look at all groups at this many an hour: were they due any sooner, the first of the
 * listing would be due again before the last had their turn, and those never would.
 */
export function holdsMs(groups: number, looksAnHour: number): number {
  return Math.max(24, Math.ceil((groups / looksAnHour) * 1.05)) * hourMs
}

/** Plans from the state's cursor to the end. The account's policy comes last, when all groups were seen. */
export async function* planPages(options: PlanOptions, counts: SubscribeCounts): AsyncGenerator<PlannedPage> {
  const { logs, stack, settings, destination, state, signal } = options
  let calls = options.callsOnGroups
  let looksAgain = Math.floor(calls * shareOfKnown)
  const asksForTags = settings.groups.some(({ tags }) => Object.keys(tags).length > 0)
  const planGroup = createGroupPlanner({
    ...options,
    settingsId: settingsIdOf(settings, destination),
    spend: isKnown => (!isKnown || looksAgain-- > 0) && calls-- > 0,
    holdsMs: holdsMs(state.groups.size, looksAgain / (asksForTags ? 2 : 1)),
  })
  const isWhole = state.cursor === undefined
  const excluded: string[] = []
  let undecided = 0

  async function planPage({ groups, next }: GroupPage): Promise<PlannedPage> {
    const steps: SubscribeStep[] = []
    const skipped: SkippedTarget[] = []
    for (const group of groups) {
      const planned = await planGroup(group)
      counts.groups++
      if (planned.outcome === 'kept') counts.kept++
      if (planned.outcome === 'left') counts.left++
      if (planned.isSelected === null) undecided++
      else if (!planned.isSelected && settings.by === 'account-policy') excluded.push(group.name)
      if (planned.learnt !== null) state.groups.set(group.name, planned.learnt)
      else see(state, group.name)
      if (planned.step !== null) steps.push(planned.step)
      if (planned.skipped !== null) skipped.push(planned.skipped)
    }
    return { steps, skipped, next }
  }

  for await (const page of listGroups(logs, { from: state.cursor, signal })) {
    const planned = await planPage(page)
    if (page.next !== undefined) yield planned
    else yield withPolicy(planned)
  }
  return

  async function withPolicy(last: PlannedPage): Promise<PlannedPage> {
    const policies = await subscriptionPolicies(logs, signal)
    // A policy is about all groups; a listing that began in the middle has not seen them.
    if (settings.by === 'account-policy' && !isWhole) return last
    if (settings.by === 'account-policy' && undecided > 0) {
      const message = `the rules ask for tags, and those of ${undecided} groups could not be read in one run: use by: filter`
      const unread = { target: ownedName(stack), reason: 'tags-not-read', message, isProblem: true }
      return { ...last, skipped: [...last.skipped, unread] }
    }
    const { step, skipped } = planAccountPolicy({ stack, settings, destination, policies, excluded })
    // A new policy delivers before the filters go; a policy goes when the filters are there.
    const steps = step === null ? last.steps : [...last.steps, step]
    return { ...last, steps, skipped: [...last.skipped, ...skipped] }
  }
}

/** All of it at once: what `tailrace subscribe` shows. */
export async function planSubscribe(
  options: PlanOptions & { readonly onPage?: (groups: number) => void },
): Promise<SubscribePlan & { readonly counts: SubscribeCounts }> {
  const counts = { groups: 0, kept: 0, left: 0 }
  const steps: SubscribeStep[] = []
  const skipped: SkippedTarget[] = []
  for await (const page of planPages(options, counts)) {
    steps.push(...page.steps)
    skipped.push(...page.skipped)
    options.onPage?.(counts.groups)
  }
  return { ...asPlan(options, counts.groups, steps, skipped), counts }
}

/** What takes back all that was made at run time: every filter and policy of the stack. */
export async function planUnsubscribe(
  options: PlanOptions & { readonly onPage?: (groups: number) => void },
): Promise<SubscribePlan> {
  const nobody = { ...options.settings, by: 'filter' as const, groups: [] }
  const plan = await planSubscribe({ ...options, settings: nobody, callsOnGroups: Number.POSITIVE_INFINITY })
  const steps = plan.steps.map(step => ({ ...step, why: 'Tailrace is being removed' }))
  return { ...asPlan(options, plan.targets, steps, []), job: 'unsubscribe' }
}

function asPlan(
  { stack, now }: PlanOptions,
  targets: number,
  steps: readonly SubscribeStep[],
  skipped: readonly SkippedTarget[],
): SubscribePlan {
  const createdAt = new Date(now()).toISOString()
  return { version: 1, job: 'subscribe', stack, createdAt, targets, steps, skipped }
}

function see(state: SubscribeState, name: string): void {
  const known = state.groups.get(name)
  if (known !== undefined && known.pass !== state.pass) state.groups.set(name, { ...known, pass: state.pass })
}

export function settingsIdOf(settings: SubscriptionSettings, destination: StackDestination): string {
  return createHash('sha256')
    .update(JSON.stringify([settings, destination]))
    .digest('base64url')
    .slice(0, 8)
}
