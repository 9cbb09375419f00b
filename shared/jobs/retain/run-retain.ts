/** The scheduled run: page by page, each page's plan carried out before the next; it goes on where the last one stopped. */
import * as z from 'zod'
import type { LogGroupRetentionSettings } from '../../config/pipeline.js'
import type { ObjectStore } from '../../store/object-store.js'
import { isRefusal, UnreadableState } from '../errors.js'
import { applySteps, type StepOutcome } from '../job-plan.js'
import { readState, writeState } from '../job-state.js'
import { takeLease } from '../lease.js'
import type { LogsApi } from '../logs-api.js'
import type { HeldSince } from './lake-holdings.js'
import { planRetainPages, type RetainStep } from './plan-retain.js'

export type RetainApi = Pick<
  LogsApi,
  'describeLogGroups' | 'listTagsForResource' | 'putRetentionPolicy' | 'deleteRetentionPolicy'
>

export interface RetainDeps {
  readonly logs: RetainApi
  readonly store: ObjectStore
  readonly stack: string
  readonly settings: LogGroupRetentionSettings
  readonly heldSince: HeldSince
  /** ms since the epoch */
  readonly now: () => number
}

export interface RetainReport {
  groups: number
  changed: number
  failed: number
  /** Groups that a rule is about and that were left alone, by reason. */
  readonly skipped: Record<string, number>
  /** Of the changes: US dollars a month, at least. */
  savesDollars: number
  isDone: boolean
  readonly problems: string[]
}

const retainStateKey = 'state/retain.json'

const schema = z.object({
  version: z.literal(1),
  /** Where the listing goes on; absent at its beginning. */
  cursor: z.string().optional(),
  /** When a listing was last finished. */
  finished: z.number(),
})

/** A finished run holds for most of a day; one that was not finished goes on with the next invocation. */
const everyMs = 20 * 3_600_000
const leaseMs = 16 * 60_000
const maxProblems = 20

/** @throws LeaseHeld when another run is under way; LogsCallFailed, ObjectStoreError, UnreadableState */
export async function runRetain(
  deps: RetainDeps,
  run: { readonly runId: string; readonly signal?: AbortSignal; readonly isForced?: boolean },
): Promise<RetainReport> {
  const { store, now } = deps
  const lease = await takeLease(store, { job: 'retain', holder: run.runId, lastsMs: leaseMs, now })
  try {
    const { value, etag } = await readState(store, retainStateKey)
    const state = readRetainState(value ?? { version: 1, finished: 0 })
    const report: RetainReport = { ...emptyRetainReport() }
    if (state.cursor === undefined && now() < state.finished + everyMs && run.isForced !== true) {
      return { ...report, isDone: true }
    }
    let { cursor } = state
    try {
      for await (const page of planRetainPages({ ...deps, from: cursor, signal: run.signal })) {
        report.groups += page.groups
        for (const { reason } of page.skipped) report.skipped[reason] = (report.skipped[reason] ?? 0) + 1
        for (const { target, message } of page.skipped.filter(({ isProblem }) => isProblem)) {
          addProblem(report, `${target}: ${message}`)
        }
        const { left } = await applySteps(page.steps, {
          carryOut: createRetainCarryOut(deps, run.signal),
          concurrency: 2,
          signal: run.signal,
          onStep: outcome => count(report, outcome),
        })
        if (left > 0) break
        cursor = page.next
        report.isDone = cursor === undefined
      }
    } catch (error) {
      if (run.signal?.aborted !== true) throw error
    }
    const finished = report.isDone ? now() : state.finished
    await writeState(store, retainStateKey, { version: 1, cursor, finished }, etag)
    return report
  } finally {
    await lease.release()
  }
}

function readRetainState(value: unknown): z.output<typeof schema> {
  const { data, error } = schema.safeParse(value)
  if (data === undefined) throw new UnreadableState(retainStateKey, 'is not of this release', error)
  return data
}

/** One step: null when it is done, or why its group is not as the plan saw it. */
export function createRetainCarryOut(
  { logs }: { readonly logs: Pick<LogsApi, 'putRetentionPolicy' | 'deleteRetentionPolicy'> },
  signal?: AbortSignal,
): (step: RetainStep) => Promise<string | null> {
  return async ({ target: logGroupName, days }) => {
    try {
      if (days === null) await logs.deleteRetentionPolicy({ logGroupName }, { signal })
      else await logs.putRetentionPolicy({ logGroupName, retentionInDays: days }, { signal })
      return null
    } catch (error) {
      if (isRefusal(error, 'ResourceNotFoundException')) return 'the log group is gone'
      throw error
    }
  }
}

function count(report: RetainReport, { step, outcome, message }: StepOutcome<RetainStep>): void {
  if (outcome === 'done') {
    report.changed++
    report.savesDollars += step.saves.least
  } else if (outcome === 'failed') {
    report.failed++
    addProblem(report, `${step.target}: ${message}`)
  }
}

function addProblem(report: RetainReport, problem: string): void {
  if (report.problems.length < maxProblems) report.problems.push(problem)
}

export function emptyRetainReport(): RetainReport {
  return { groups: 0, changed: 0, failed: 0, skipped: {}, savesDollars: 0, isDone: false, problems: [] }
}
