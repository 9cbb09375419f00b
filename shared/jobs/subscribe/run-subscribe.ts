/**
 * The scheduled run: from where the last one stopped to the end of the account's groups, or as far as its time goes.
 * Plan and work go in turns of a batch, so that memory holds a batch of steps and not an account of them.
 */
import type { SubscriptionSettings } from '../../config/pipeline.js'
import type { ObjectStore } from '../../store/object-store.js'
import type { SkippedTarget, StepOutcome } from '../job-plan.js'
import { takeLease } from '../lease.js'
import type { LogsApi } from '../logs-api.js'
import { createBatchApplier } from './apply-subscribe.js'
import { type PlannedPage, planPages, type SubscribeCounts, settingsIdOf } from './plan-subscribe.js'
import { readSubscribeState, type SubscribeState } from './subscribe-state.js'
import type { SubscribeStep } from './subscribe-step.js'
import type { StackDestination } from './wanted-filter.js'

export type SubscribeApi = Pick<
  LogsApi,
  | 'describeLogGroups'
  | 'listTagsForResource'
  | 'describeSubscriptionFilters'
  | 'putSubscriptionFilter'
  | 'deleteSubscriptionFilter'
  | 'describeAccountPolicies'
  | 'putAccountPolicy'
  | 'deleteAccountPolicy'
>

export interface SubscribeDeps {
  readonly logs: SubscribeApi
  readonly store: ObjectStore
  readonly stack: string
  readonly settings: SubscriptionSettings
  readonly destination: StackDestination
  /** Whether `sample` leaves out some of a group's events. */
  readonly isSampled: (logGroup: string) => boolean
  /** ms since the epoch */
  readonly now: () => number
}

export interface SubscribeReport {
  /** Of the listing that this run went through, or through a part of. */
  groups: number
  kept: number
  /** Steps that were done. */
  subscribed: number
  unsubscribed: number
  /** Groups that a rule selects and that have no filter, for a reason that somebody has to see to. */
  blocked: number
  failed: number
  /** Groups for which this run had no calls left. */
  left: number
  /** Whether the end of the listing was reached. */
  isDone: boolean
  /** The first of what somebody has to see to; names of groups and filters, nothing of what they hold. */
  readonly problems: string[]
}

/** At five calls a second, ten minutes: with the five that 65,000 groups take to be listed, what the function may run. */
const callsOnGroups = 3_000
const batchSize = 1_000
/** Longer than the function may run: it renews the lease with each batch only. */
const leaseMs = 16 * 60_000
const maxProblems = 20

/** @throws LeaseHeld when another run is under way; LeaseLost, LogsCallFailed, ObjectStoreError */
export async function runSubscribe(
  deps: SubscribeDeps,
  run: { readonly runId: string; readonly signal?: AbortSignal },
): Promise<SubscribeReport> {
  const { logs, store, stack, settings, destination, isSampled, now } = deps
  const { runId, signal } = run
  const lease = await takeLease(store, { job: 'subscribe', holder: runId, lastsMs: leaseMs, now })
  try {
    const { state, etag } = await readSubscribeState(store)
    state.destination = destination
    const report = emptySubscribeReport()
    const counts: SubscribeCounts = { groups: 0, kept: 0, left: 0 }
    const applier = createBatchApplier(
      {
        logs,
        store,
        stack,
        state,
        settingsId: settingsIdOf(settings, destination),
        now,
        runId,
        concurrency: 4,
        renewLease: () => lease.renew(),
        onStep: outcome => count(report, outcome),
        signal,
      },
      etag,
    )
    const planning = { logs, stack, settings, destination, isSampled, state, now, callsOnGroups, signal }
    const pages = planPages(planning, counts)
    try {
      await workThrough(pages, { state, report, apply: steps => applier.apply(steps) })
    } catch (error) {
      if (signal?.aborted !== true) {
        await applier.save().catch(() => undefined)
        throw error
      }
    }
    await applier.save()
    return Object.assign(report, counts)
  } finally {
    await lease.release()
  }
}

async function workThrough(
  pages: AsyncIterable<PlannedPage>,
  work: {
    readonly state: SubscribeState
    readonly report: SubscribeReport
    readonly apply: (steps: readonly SubscribeStep[]) => Promise<{ readonly left: number }>
  },
): Promise<void> {
  const { state, report, apply } = work
  let batch: SubscribeStep[] = []
  for await (const { steps, skipped, next } of pages) {
    for (const target of skipped) if (target.isProblem) note(report, target)
    batch.push(...steps)
    if (next !== undefined && batch.length < batchSize) continue
    if (batch.length > 0 && (await apply(batch)).left > 0) return
    batch = []
    state.cursor = next
  }
  forgetGone(state)
  report.isDone = true
}

/** Groups that a whole listing did not have are no more. */
function forgetGone(state: SubscribeState): void {
  for (const [name, known] of state.groups) if (known.pass < state.pass) state.groups.delete(name)
  state.pass++
}

function count(report: SubscribeReport, { step, outcome, message, error }: StepOutcome<SubscribeStep>): void {
  const isPut = step.action === 'put-subscription-filter' || step.action === 'put-account-policy'
  if (outcome === 'done' && isPut) report.subscribed++
  else if (outcome === 'done') report.unsubscribed++
  else if (outcome === 'failed') {
    if (error === 'QuotaFull') report.blocked++
    else report.failed++
    addProblem(report, `${step.target}: ${message}`)
  }
}

function note(report: SubscribeReport, { target, message }: SkippedTarget): void {
  report.blocked++
  addProblem(report, `${target}: ${message}`)
}

function addProblem(report: SubscribeReport, problem: string): void {
  if (report.problems.length < maxProblems) report.problems.push(problem)
}

export function emptySubscribeReport(): SubscribeReport {
  return {
    groups: 0,
    kept: 0,
    subscribed: 0,
    unsubscribed: 0,
    blocked: 0,
    failed: 0,
    left: 0,
    isDone: false,
    problems: [],
  }
}
