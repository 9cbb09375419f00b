/**
 * Carries out steps of a plan, in batches. Before a batch, what it will do is noted in the state and what its groups have
 * missed in the notes for backfill; so whatever is killed when, no filter of ours is ever unknown and no gap is forgotten.
 */
import { Conflict, NotFound, PreconditionFailed } from '../../store/errors.js'
import type { ObjectStore } from '../../store/object-store.js'
import { isRefusal, LeaseLost, LogsCallFailed } from '../errors.js'
import { type ApplyReport, applySteps, type StepOutcome } from '../job-plan.js'
import { writeState } from '../job-state.js'
import type { LogsApi } from '../logs-api.js'
import { checkExcludesOurs, PolicyWouldLoop, policyType } from './account-policy.js'
import { type BackfillNote, backfillKey, settlingMs, writeBackfillNotes } from './backfill-notes.js'
import { fullSkip } from './plan-group.js'
import { type LoadedState, type SubscribeState, storable, subscribeStateKey } from './subscribe-state.js'
import type { DeleteFilterStep, PutFilterStep, SubscribeStep } from './subscribe-step.js'
import { fingerprint, isInPart, isOfSample } from './wanted-filter.js'

export type ApplyingApi = Pick<
  LogsApi,
  | 'describeSubscriptionFilters'
  | 'putSubscriptionFilter'
  | 'deleteSubscriptionFilter'
  | 'putAccountPolicy'
  | 'deleteAccountPolicy'
>

export interface ApplyContext {
  readonly logs: ApplyingApi
  readonly store: Pick<ObjectStore, 'get' | 'put' | 'delete'>
  readonly stack: string
  readonly settingsId: string
  readonly state: SubscribeState
  readonly now: () => number
  /** Unique to the run. */
  readonly runId: string
  readonly concurrency: number
  /** Before anything is written: throws when another run has taken over. */
  readonly renewLease: () => Promise<void>
  readonly onStep?: ((outcome: StepOutcome<SubscribeStep>) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/** All of a group's places are taken by others. */
export class QuotaFull extends Error {
  override name = 'QuotaFull'
}

export interface BatchApplier {
  apply(steps: readonly SubscribeStep[]): Promise<ApplyReport<SubscribeStep>>
  /** Writes the state. */
  save(): Promise<void>
}

export function createBatchApplier(context: ApplyContext, etagBefore: LoadedState['etag']): BatchApplier {
  const { store, state, now, runId, concurrency, renewLease, onStep, signal } = context
  const carryOut = createCarryOut(context)
  let etag = etagBefore
  let batches = 0

  async function save(): Promise<void> {
    try {
      etag = await writeState(store, subscribeStateKey, storable(state), etag)
    } catch (error) {
      const isOvertaken = error instanceof PreconditionFailed || error instanceof Conflict || error instanceof NotFound
      throw isOvertaken ? new LeaseLost('subscribe', error) : error
    }
  }

  return {
    save,
    async apply(steps) {
      await renewLease()
      const key = backfillKey(`${new Date(now()).toISOString().replaceAll(':', '-')}-${runId}-${++batches}`)
      const puts = steps.filter(step => step.action === 'put-subscription-filter')
      const open = puts.flatMap(noteOf)
      if (open.length > 0) await writeBackfillNotes(store, key, open)
      for (const step of puts) markPending(context, step)
      if (puts.length > 0) await save()
      const ended = new Map<string, StepOutcome<SubscribeStep>>()
      const report = await applySteps(
        steps,
        {
          carryOut,
          concurrency,
          signal,
          onStep: outcome => {
            ended.set(outcome.step.target, outcome)
            onStep?.(outcome)
          },
        },
        error => error instanceof PolicyWouldLoop,
      )
      if (open.length > 0)
        await writeBackfillNotes(
          store,
          key,
          open.flatMap(note => closed(note, ended.get(note.logGroup), now)),
        )
      return report
    },
  }
}

function noteOf({ target, missed }: PutFilterStep): readonly BackfillNote[] {
  return missed === null ? [] : [{ logGroup: target, to: null, ...missed }]
}

/** A note stays open where it is not known whether the filter is there, and goes where it is known not to be. */
function closed(
  note: BackfillNote,
  ended: StepOutcome<SubscribeStep> | undefined,
  now: () => number,
): readonly BackfillNote[] {
  if (ended === undefined) return [note]
  if (ended.outcome === 'done') return [{ ...note, to: now() + settlingMs }]
  return ended.outcome === 'changed' || ended.error === 'QuotaFull' ? [] : [note]
}

function markPending({ state, settingsId }: ApplyContext, step: PutFilterStep): void {
  const known = state.groups.get(step.target)
  const before = known?.filter ?? 'none'
  const print = fingerprint(step.filter, step.isSampled)
  state.groups.set(step.target, {
    created: step.created,
    // Whichever of the two is there in the end: that one of them leaves events out is not forgotten.
    filter: isInPart(print) && !isOfSample(before) ? print : before,
    isPending: true,
    verified: known?.verified ?? 0,
    settings: settingsId,
    since: known?.since ?? 0,
    pass: state.pass,
  })
}

/** One step: null when it is done, or why its target is not as the plan saw it. */
function createCarryOut(context: ApplyContext): (step: SubscribeStep) => Promise<string | null> {
  const { logs, stack, signal } = context
  return async step => {
    switch (step.action) {
      case 'put-subscription-filter':
        return await putFilter(context, step)
      case 'delete-subscription-filter':
        return await deleteFilters(context, step)
      case 'put-account-policy': {
        checkExcludesOurs(stack, step.target, step.selectionCriteria)
        const { target: policyName, policyDocument, selectionCriteria } = step
        await logs.putAccountPolicy({ policyName, policyType, policyDocument, selectionCriteria }, { signal })
        return null
      }
      case 'delete-account-policy':
        return await orGone(logs.deleteAccountPolicy({ policyName: step.target, policyType }, { signal }))
    }
  }
}

async function putFilter(context: ApplyContext, step: PutFilterStep): Promise<string | null> {
  const { logs, state, settingsId, now, signal } = context
  const { target: logGroupName, filter, replaces } = step
  const { roleArn, ...members } = filter
  const isStream = roleArn !== null || filter.destinationArn.includes(':destination:')
  const { distribution, ...rest } = members
  const put = () =>
    logs.putSubscriptionFilter(
      {
        logGroupName,
        ...rest,
        ...(isStream ? { distribution } : {}),
        ...(roleArn === null ? {} : { roleArn }),
      },
      { signal },
    )
  const remove = (filterName: string) => orGone(logs.deleteSubscriptionFilter({ logGroupName, filterName }, { signal }))
  const learn = (state_: string, since: number) =>
    state.groups.set(logGroupName, {
      created: step.created,
      filter: state_,
      isPending: false,
      verified: now(),
      settings: settingsId,
      since,
      pass: state.pass,
    })
  try {
    try {
      await put()
    } catch (error) {
      if (!isRefusal(error, 'LimitExceededException')) throw error
      const [first] = replaces
      if (first === undefined) throw await quotaFull(context, step, learn)
      // No room for the new one beside the old one: for a moment there is neither.
      await remove(first)
      await put()
    }
    for (const name of replaces) await remove(name)
  } catch (error) {
    if (!isRefusal(error, 'ResourceNotFoundException')) throw error
    state.groups.delete(logGroupName)
    return 'the log group is gone'
  }
  learn(fingerprint(filter, step.isSampled), state.groups.get(logGroupName)?.since || now())
  return null
}

async function quotaFull(
  { logs, state, now, signal }: ApplyContext,
  { target: logGroupName }: PutFilterStep,
  learn: (filter: string, since: number) => void,
): Promise<QuotaFull> {
  const { subscriptionFilters = [] } = await logs.describeSubscriptionFilters({ logGroupName }, { signal })
  const names = subscriptionFilters.map(({ filterName }) => filterName!)
  state.quota = { filters: names.length, at: now() }
  learn('full', 0)
  return new QuotaFull(fullSkip({ name: logGroupName }, names).message)
}

async function deleteFilters(context: ApplyContext, step: DeleteFilterStep): Promise<string | null> {
  const { logs, state, settingsId, now, signal } = context
  const { target: logGroupName, filterNames } = step
  for (const filterName of filterNames) {
    await orGone(logs.deleteSubscriptionFilter({ logGroupName, filterName }, { signal }))
  }
  state.groups.set(logGroupName, {
    created: step.created,
    filter: 'none',
    isPending: false,
    verified: now(),
    settings: settingsId,
    since: 0,
    pass: state.pass,
  })
  return null
}

/** What should go and is gone needs nothing more. */
async function orGone(call: Promise<unknown>): Promise<null> {
  try {
    await call
  } catch (error) {
    if (!(error instanceof LogsCallFailed) || error.code !== 'ResourceNotFoundException') throw error
  }
  return null
}
