/**
 * A queue over CreateExportTask, which takes one active task for the whole account, somebody else's included.
 *
 * What is about to be done is written down first, then done, then what came of it: whatever a run dies of, the next one
 * knows. A task whose creation was not answered is found by its name. A mark moves when its task has COMPLETED and in
 * the same write; FAILED is tried again, then reported and put off.
 */

import type { LogExportSetting } from '../config/pipeline.js'
import { isRefusal, LogsCallFailed, serviceMessage } from './errors.js'
import { destinationPrefix, nextRange, type SelectedGroups, selectGroups, taskName } from './export-ranges.js'
import {
  type ActiveExport,
  type FinishedExport,
  type IncompleteImport,
  type OpenState,
  openExportState,
  withIncomplete,
} from './export-state.js'
import type { StateStore } from './job-state.js'
import { type ListedGroup, listGroups } from './list-groups.js'
import type { LogsApi } from './logs-api.js'

export type ExportApi = Pick<LogsApi, 'describeLogGroups' | 'createExportTask' | 'describeExportTasks'>

export interface ExportQueueDependencies {
  readonly api: ExportApi
  readonly state: StateStore
  /** The bucket that is exported to, and the root of Tailrace's keys in it. */
  readonly bucket: string
  readonly root: string
  readonly stack: string
  /** ms since the epoch */
  readonly now: () => number
  readonly sleep: (ms: number) => Promise<void>
  /** Lands a finished export as far as time allows; null until that was all of it. */
  readonly importFinished?: (finished: FinishedExport) => Promise<LeftOut | null>
}

/** Files of an export that cannot be read, and events that `sample` leaves out. */
export type LeftOut = Pick<IncompleteImport, 'files' | 'sampledOut'>

export interface ExportRunOptions {
  readonly rules: readonly LogExportSetting[]
  readonly isTimeUp: () => boolean
  readonly signal?: AbortSignal
  readonly onProgress?: (message: string) => void
}

export interface ExportRunReport {
  /** Groups that a rule is about. */
  groups: number
  created: number
  completed: number
  /** Tasks that failed or were cancelled, and refusals; each is tried again later. */
  failed: number
  /** Groups that were there when they were listed, and not when they were exported. */
  vanished: number
  imported: number
  /** Waiting for a task: of ours, or of somebody else. */
  waitingFor: 'nothing' | 'task' | 'foreign-task'
  /** Ranges that are put off. */
  troubles: number
  isDone: boolean
}

/** A task of a few lines takes seconds, one of gigabytes hours. */
const firstPollMs = 1_000
const longestPollMs = 10_000
const maxAttempts = 3
const putOffMs = 24 * 3_600_000
/** One refusal is about a group; several in a row are about the bucket or the role. */
const maxRefusals = 3
/** Of a group that was listed and is not there. */
const vanished = 'VANISHED'

type Outcome = 'progress' | 'waiting' | 'idle'

/** CloudWatch Logs refuses one export after the other: the bucket, its policy or the role is not as it has to be. */
export class ExportsRefused extends Error {
  override name = 'ExportsRefused'
  readonly report: ExportRunReport
  constructor(report: ExportRunReport, cause: LogsCallFailed) {
    super(`export: CloudWatch Logs refuses to export: ${serviceMessage(cause)}`, { cause })
    this.report = report
  }
}

/**
 * Works until nothing is due or the time is up.
 * @throws ExportsRefused, LogsCallFailed, ObjectStoreError; the next run goes on from where this one was
 */
export async function runExportQueue(
  options: ExportRunOptions,
  deps: ExportQueueDependencies,
): Promise<ExportRunReport> {
  const state = await openExportState(deps.state)
  const report = emptyExportReport()
  const groups: ListedGroup[] = []
  for await (const page of listGroups(deps.api, { signal: options.signal })) groups.push(...page.groups)
  const selected = selectGroups(options.rules, groups)
  report.groups = selected.length
  await forgetTroubles(state, selected)
  const run: Run = { state, report, selected, refusals: 0, isFresh: false, options, deps }
  let pollMs = firstPollMs
  while (!options.isTimeUp()) {
    options.signal?.throwIfAborted()
    const outcome = state.value.active === null ? await begin(run) : await follow(run)
    if (outcome === 'progress') {
      pollMs = firstPollMs
      continue
    }
    if (await importNext(run)) continue
    if (outcome === 'idle') {
      report.isDone = state.value.finished.length === 0
      break
    }
    await deps.sleep(pollMs)
    pollMs = Math.min(longestPollMs, pollMs * 2)
  }
  report.troubles = state.value.troubles.filter(({ status }) => status !== vanished).length
  return report
}

/** Of groups that are gone or not asked for any more; one that vanished and is listed is there again. */
async function forgetTroubles(state: OpenState, selected: SelectedGroups): Promise<void> {
  const names = new Set(selected.map(({ rule, group }) => JSON.stringify([rule.name, group.name])))
  const { troubles } = state.value
  const left = troubles.filter(
    ({ rule, group, status }) => status !== vanished && names.has(JSON.stringify([rule, group])),
  )
  if (left.length < troubles.length) await state.save({ troubles: left })
}

interface Run {
  readonly state: OpenState
  readonly report: ExportRunReport
  readonly selected: SelectedGroups
  refusals: number
  /** The active export was written down by this run, and nobody can have created it. */
  isFresh: boolean
  readonly options: ExportRunOptions
  readonly deps: ExportQueueDependencies
}

async function begin(run: Run): Promise<Outcome> {
  const { state, deps } = run
  run.report.waitingFor = 'nothing'
  const next = nextRange(run.selected, state.value, deps.now())
  if (next === null) return 'idle'
  const active = { ...next, attempt: 1, prefix: destinationPrefix(deps.root, next), taskId: null }
  await state.save({ active })
  run.isFresh = true
  return 'progress'
}

async function follow(run: Run): Promise<Outcome> {
  const active = run.state.value.active!
  if (active.taskId !== null) return check(run, active, active.taskId)
  if (!run.isFresh) {
    const taskId = await findTask(run, active)
    if (taskId !== null) {
      await run.state.save({ active: { ...active, taskId } })
      return 'progress'
    }
  }
  return create(run, active)
}

async function create(run: Run, active: ActiveExport): Promise<Outcome> {
  const { deps, report, state } = run
  run.isFresh = false
  try {
    const { taskId = null } = await deps.api.createExportTask({
      taskName: taskName(deps.stack, active, active.attempt),
      logGroupName: active.group,
      from: active.from,
      // The API takes both ends in.
      to: active.to - 1,
      destination: deps.bucket,
      destinationPrefix: active.prefix,
    })
    report.created++
    run.refusals = 0
    run.options.onProgress?.(`${active.group}: exporting from ${new Date(active.from).toISOString()}`)
    await state.save({ active: { ...active, taskId } })
    return 'progress'
  } catch (error) {
    return refused(run, active, error)
  }
}

async function refused(run: Run, active: ActiveExport, error: unknown): Promise<Outcome> {
  if (!(error instanceof LogsCallFailed)) throw error
  const { code } = error
  if (code === 'Unreachable') throw error
  if (isRefusal(error, 'LimitExceededException')) {
    run.report.waitingFor = 'foreign-task'
    return 'waiting'
  }
  if (isRefusal(error, 'ResourceNotFoundException')) {
    run.report.vanished++
    // Not asked for again before the groups are listed again.
    await putOff(run, active, vanished, serviceMessage(error))
    return 'progress'
  }
  run.report.failed++
  await putOff(run, active, code, serviceMessage(error))
  if (++run.refusals >= maxRefusals) throw new ExportsRefused(run.report, error)
  return 'progress'
}

async function check(run: Run, active: ActiveExport, taskId: string): Promise<Outcome> {
  const { report, state, deps } = run
  const { exportTasks: [task] = [] } = await deps.api.describeExportTasks({ taskId })
  const status = task?.status?.code ?? 'FORGOTTEN'
  if (status === 'PENDING' || status === 'RUNNING' || status === 'PENDING_CANCEL') {
    report.waitingFor = 'task'
    return 'waiting'
  }
  const { rule, group, account, from, to, prefix } = active
  if (status !== 'COMPLETED') {
    report.failed++
    if (status === 'CANCELLED' || active.attempt >= maxAttempts) {
      await putOff(run, active, status, task?.status?.message ?? '')
    } else {
      await state.save({ active: { ...active, attempt: active.attempt + 1, taskId: null } })
    }
    return 'progress'
  }
  const { marks, finished, troubles } = state.value
  const isImported = run.options.rules.find(({ name }) => name === rule)?.import ?? false
  await state.save({
    marks: { ...marks, [rule]: { ...marks[rule], [group]: active.next ?? to } },
    active: null,
    troubles: troubles.filter(trouble => trouble.rule !== rule || trouble.group !== group),
    finished: isImported ? [...finished, { rule, group, account, from, to, taskId, prefix }] : finished,
  })
  report.completed++
  run.options.onProgress?.(`${group}: exported to ${new Date(to).toISOString()}`)
  return 'progress'
}

async function putOff(run: Run, active: ActiveExport, status: string, message: string): Promise<void> {
  const { rule, group, from, to, attempt } = active
  const others = run.state.value.troubles.filter(trouble => trouble.rule !== rule || trouble.group !== group)
  const retryAt = run.deps.now() + putOffMs
  await run.state.save({
    active: null,
    troubles: [...others, { rule, group, from, to, status, message, attempts: attempt, retryAt }],
  })
}

/** The task of this name, if it was created after all. */
async function findTask({ deps }: Run, active: ActiveExport): Promise<string | null> {
  const wanted = taskName(deps.stack, active, active.attempt)
  let nextToken: string | undefined
  do {
    const page = await deps.api.describeExportTasks(nextToken === undefined ? {} : { nextToken })
    const found = page.exportTasks?.find(({ taskName: name }) => name === wanted)
    if (found?.taskId !== undefined) return found.taskId
    nextToken = page.nextToken
  } while (nextToken !== undefined)
  return null
}

/** `true` when one was imported to its end, and the next can be looked at. */
async function importNext({ state, report, options, deps }: Run): Promise<boolean> {
  const [next, ...others] = state.value.finished
  if (next === undefined || deps.importFinished === undefined || options.isTimeUp()) return false
  options.onProgress?.(`${next.group}: importing what was exported from ${new Date(next.from).toISOString()}`)
  const left = await deps.importFinished(next)
  if (left === null) return false
  report.imported++
  const { rule, group, from, to } = next
  const incomplete = withIncomplete(state.value.incomplete, { rule, group, from, to, ...left })
  await state.save({ finished: others, incomplete })
  return true
}

export function emptyExportReport(): ExportRunReport {
  return {
    groups: 0,
    created: 0,
    completed: 0,
    failed: 0,
    vanished: 0,
    imported: 0,
    waitingFor: 'nothing',
    troubles: 0,
    isDone: false,
  }
}
