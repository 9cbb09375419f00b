/**
 * A job's plan is data: what would be done, why, and what it costs or saves; and what is left alone, and why. It can be
 * printed, saved and applied later. Applying does the steps of the plan and no others: a step that a plan made now
 * would not hold in the same words is left out and reported.
 */
import * as z from 'zod'
import { UnreadableState } from './errors.js'

export interface PlanStep {
  /** The operation, as the AWS CLI spells it: `put-subscription-filter`. */
  readonly action: string
  /** What it is done to: the name of a log group, of a policy, of an export. */
  readonly target: string
  /** One sentence without a full stop. */
  readonly what: string
  readonly why: string
  /** Change of the monthly bill in US dollars, negative where it saves; null where it cannot be told. */
  readonly dollarsPerMonth: number | null
}

export interface SkippedTarget {
  readonly target: string
  /** Stable, kebab-case, for tests and counting: `quota-full`. */
  readonly reason: string
  readonly message: string
  /** Whether somebody has to do something about it; otherwise it is left alone on purpose. */
  readonly isProblem: boolean
}

export interface JobPlan<Step extends PlanStep = PlanStep> {
  readonly version: 1
  /** `subscribe`, `retain`, … */
  readonly job: string
  readonly stack: string
  /** ISO 8601 */
  readonly createdAt: string
  /** What was looked at. */
  readonly targets: number
  readonly steps: readonly Step[]
  readonly skipped: readonly SkippedTarget[]
}

export interface StepOutcome<Step extends PlanStep = PlanStep> {
  readonly step: Step
  /** `changed`: what the step rests on is not as it was when the plan was made; nothing was done. */
  readonly outcome: 'done' | 'changed' | 'failed'
  /** Why not, of the two latter. */
  readonly message: string | null
  /** The class of the failure; null of the others. */
  readonly error: string | null
}

export interface ApplyReport<Step extends PlanStep = PlanStep> {
  readonly done: number
  /** Steps that were not reached, because time was up. */
  readonly left: number
  readonly changed: readonly StepOutcome<Step>[]
  readonly failed: readonly StepOutcome<Step>[]
}

export interface ApplyOptions<Step extends PlanStep> {
  /** Resolves to why the step was not done, or to null; a rejection is a failure of the step. */
  readonly carryOut: (step: Step) => Promise<string | null>
  /** How many steps are under way at a time. */
  readonly concurrency: number
  readonly onStep?: ((outcome: StepOutcome<Step>, done: number, all: number) => void) | undefined
  /** Steps that have begun are finished. */
  readonly signal?: AbortSignal | undefined
}

/** Carries out every step, whatever becomes of the others. Rejects only when `carryOut` does so on purpose: see `isFatal`. */
export async function applySteps<Step extends PlanStep>(
  steps: readonly Step[],
  { carryOut, concurrency, onStep, signal }: ApplyOptions<Step>,
  isFatal: (error: unknown) => boolean = () => false,
): Promise<ApplyReport<Step>> {
  const changed: StepOutcome<Step>[] = []
  const failed: StepOutcome<Step>[] = []
  let done = 0
  let begun = 0
  let finished = 0
  let fatal: { readonly error: unknown } | undefined

  async function work(): Promise<void> {
    while (begun < steps.length && signal?.aborted !== true && fatal === undefined) {
      const step = steps[begun++]!
      const outcome = await outcomeOf(step)
      if (outcome === undefined) return
      finished++
      if (outcome.outcome === 'done') done++
      else if (outcome.outcome === 'changed') changed.push(outcome)
      else failed.push(outcome)
      onStep?.(outcome, finished, steps.length)
    }
  }

  async function outcomeOf(step: Step): Promise<StepOutcome<Step> | undefined> {
    try {
      const message = await carryOut(step)
      return { step, outcome: message === null ? 'done' : 'changed', message, error: null }
    } catch (error) {
      if (signal?.aborted === true) return undefined
      if (isFatal(error)) {
        fatal = { error }
        return undefined
      }
      const { name, message } = error instanceof Error ? error : new Error(String(error))
      return { step, outcome: 'failed', message, error: name }
    }
  }

  await Promise.all(Array.from({ length: concurrency }, work))
  if (fatal !== undefined) throw fatal.error
  return { done, left: steps.length - finished, changed, failed }
}

/** Of two batches of one plan. */
export function addReports<Step extends PlanStep>(a: ApplyReport<Step>, b: ApplyReport<Step>): ApplyReport<Step> {
  return {
    done: a.done + b.done,
    left: a.left + b.left,
    changed: [...a.changed, ...b.changed],
    failed: [...a.failed, ...b.failed],
  }
}

/** Of the steps of a saved plan, those that a plan made now holds too, and those that it does not. */
export function stillRight<Step extends PlanStep>(
  saved: readonly Step[],
  now: readonly Step[],
  identityOf: (step: Step) => string = wholeStep,
): { readonly steps: readonly Step[]; readonly changed: readonly StepOutcome<Step>[] } {
  const current = new Set(now.map(identityOf))
  const isCurrent = (step: Step) => current.has(identityOf(step))
  return {
    steps: saved.filter(isCurrent),
    changed: saved
      .filter(step => !isCurrent(step))
      .map(step => ({ step, outcome: 'changed', message: 'a plan made now does not hold this step', error: null })),
  }
}

/** All of a step but its words. */
function wholeStep({ dollarsPerMonth: _, what: __, why: ___, ...step }: PlanStep): string {
  return JSON.stringify(Object.entries(step).sort(([a], [b]) => (a < b ? -1 : 1)))
}

const savedPlan = z.looseObject({
  version: z.literal(1),
  job: z.string(),
  stack: z.string(),
  createdAt: z.string(),
  targets: z.number(),
  steps: z.array(z.looseObject({ action: z.string(), target: z.string(), what: z.string(), why: z.string() })),
  skipped: z.array(z.looseObject({ target: z.string(), reason: z.string(), message: z.string() })),
})

/**
 * A plan as it was saved.
 * @throws UnreadableState when the text is none, or one of another job or stack
 */
export function readPlan<Step extends PlanStep>(
  text: string,
  { name, job, stack }: { readonly name: string; readonly job: string; readonly stack: string },
): JobPlan<Step> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new UnreadableState(name, 'is not JSON', error)
  }
  const { success, data, error } = savedPlan.safeParse(value)
  if (!success) throw new UnreadableState(name, 'is not a plan', error)
  if (data.job !== job) throw new UnreadableState(name, `is a plan of ${data.job}, not of ${job}`)
  if (data.stack !== stack) throw new UnreadableState(name, `is a plan for the stack ${data.stack}, not ${stack}`)
  return data as unknown as JobPlan<Step>
}
