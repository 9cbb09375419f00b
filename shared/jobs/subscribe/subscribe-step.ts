import type { JobPlan, PlanStep } from '../job-plan.js'
import type { BackfillNote } from './backfill-notes.js'
import type { WantedFilter } from './wanted-filter.js'

export interface PutFilterStep extends PlanStep {
  readonly action: 'put-subscription-filter'
  /** The group's time of creation: a group that was made anew is another one. */
  readonly created: number
  readonly filter: WantedFilter
  /** Whether `sample` leaves out some of what it delivers. */
  readonly isSampled: boolean
  /** Filters of this stack's earlier names, which go when the new one is there. */
  readonly replaces: readonly string[]
  /** What was missed until now; null where a filter of ours was there that left out no more than this one does. */
  readonly missed: Pick<BackfillNote, 'from' | 'reason'> | null
}

export interface DeleteFilterStep extends PlanStep {
  readonly action: 'delete-subscription-filter'
  readonly created: number
  readonly filterNames: readonly string[]
}

export interface PutPolicyStep extends PlanStep {
  readonly action: 'put-account-policy'
  readonly policyDocument: string
  readonly selectionCriteria: string
}

export interface DeletePolicyStep extends PlanStep {
  readonly action: 'delete-account-policy'
}

export type SubscribeStep = PutFilterStep | DeleteFilterStep | PutPolicyStep | DeletePolicyStep

export type SubscribePlan = JobPlan<SubscribeStep>
