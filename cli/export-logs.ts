import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { CancelExportTaskCommand } from '@aws-sdk/client-cloudwatch-logs'
import { matchSampled } from '../shared/config/match.js'
import type { LogExportSetting, PipelineConfig } from '../shared/config/pipeline.js'
import { byteSize, counted, table } from '../shared/diagnostics/table.js'
import { type ExportLogsApi, exportOperations } from '../shared/jobs/export-operations.js'
import { dueGroup, selectGroups } from '../shared/jobs/export-ranges.js'
import { marksForAgain, openExportState } from '../shared/jobs/export-state.js'
import { type ListedGroup, listGroups } from '../shared/jobs/list-groups.js'
import { type ExportsReport, runExports } from '../shared/jobs/run-exports.js'
import type { ObjectStore } from '../shared/store/object-store.js'
import { s3Upload } from '../shared/store/s3-upload.js'
import { interruptedStatus, interruptible } from './interrupt.js'
import { lakeCatalog, openLake } from './lake.js'
import { endProgress, openLogs, placeOptions, progress } from './logs-options.js'
import { openEngine } from './open-engine.js'
import { openRaw } from './raw-bucket.js'
import { readPipeline } from './read-pipeline.js'
import { regionOf } from './region.js'
import { s3Place } from './s3-place.js'
import { printable } from './terminal.js'

export interface LogsExportOptions {
  readonly lake?: string
  readonly raw?: string
  readonly pipeline?: string
  readonly stack: string
  readonly region?: string
  readonly apply?: boolean
  readonly status?: boolean
  readonly cancel?: boolean
  readonly again?: boolean
  readonly json?: boolean
}

/** The plan of the exports of log groups, their status, or themselves. @returns the exit status */
export async function logsToFiles(options: LogsExportOptions): Promise<number> {
  const store = openLake(options.lake)
  if (options.cancel === true) return cancel(options)
  if (options.status === true) {
    const { value } = await openExportState(store)
    process.stdout.write(options.json === true ? `${JSON.stringify(value)}\n` : statusText(value))
    return value.troubles.length > 0 || value.incomplete.some(({ files }) => files > 0) ? 1 : 0
  }
  const pipeline = readPipeline(options.pipeline)
  const rules = pipeline.exports.filter((rule): rule is LogExportSetting => rule.source === 'cloudwatch')
  if (rules.length === 0) throw new Error('pipeline.yml asks for no export of log groups: docs/export.md shows one')
  const region = await regionOf(options.region)
  const logs = exportOperations(await openLogs({ region }))
  if (options.apply !== true) return showPlan(rules, pipeline, logs, options)
  const main = s3Place(options.lake)
  if (main === undefined) {
    throw new Error('CloudWatch Logs exports to S3: name the main bucket, --lake s3://bucket/prefix')
  }
  return interruptible(signal => apply(options, { pipeline, logs, store, region, main, signal }))
}

interface Opened {
  readonly pipeline: PipelineConfig
  readonly logs: ExportLogsApi
  readonly store: ObjectStore
  readonly region: string
  readonly main: NonNullable<ReturnType<typeof s3Place>>
  readonly signal: AbortSignal
}

/** Works until nothing is due, or ends at the next pause when the signal is aborted: what is under way is remembered. */
async function apply(
  options: LogsExportOptions,
  { pipeline, logs, store, region, main, signal }: Opened,
): Promise<number> {
  signal.addEventListener('abort', () => process.stderr.write('\nStopping; Ctrl-C again ends it at once.\n'))
  const report = await runExports(
    {
      attemptId: `cli/${randomUUID()}`,
      isTimeUp: () => signal.aborted,
      isAgain: options.again === true,
      onProgress: line => progress(printable(line)),
    },
    {
      pipeline,
      logs,
      store,
      raw: openRaw(options.raw),
      catalog: lakeCatalog(store),
      bucket: main.bucket,
      root: main.prefix,
      upload: s3Upload(main),
      stack: options.stack,
      region,
      scratch: tmpdir(),
      now: Date.now,
      sleep: ms => sleep(ms, undefined, { signal }).catch(() => undefined),
      openEngine: () => openEngine(store),
    },
  )
  endProgress()
  process.stdout.write(options.json === true ? `${JSON.stringify(report)}\n` : exportedText(report, options))
  if (signal.aborted) return interruptedStatus
  return report.troubles > 0 ? 1 : 0
}

function exportedText(report: ExportsReport, options: LogsExportOptions): string {
  const { completed, failed, vanished, imported, landed, known, unreadable, troubles, lakeFiles, settled } = report
  const place = s3Place(options.lake)!
  const lines = [
    `${counted(completed, 'export task')} completed${failed === 0 ? '' : `, ${failed} failed`}: s3://${place.bucket}/${place.prefix}exports/logs/`,
    ...(imported === 0
      ? []
      : [
          `${counted(imported, 'task')} imported: ${counted(landed, 'row')} landed, ${counted(known, 'event')} had been there`,
        ]),
    ...(settled === 0
      ? []
      : [`${counted(settled, 'note')} of missed events settled: retain may shorten these groups from now on`]),
    ...(unreadable === 0
      ? []
      : [
          `${counted(unreadable, 'file')} cannot be read to the end: what is missing of them is not landed. --again exports their times once more`,
        ]),
    ...(vanished === 0 ? [] : [`${counted(vanished, 'log group')} vanished meanwhile`]),
    ...(lakeFiles === 0 ? [] : [`${counted(lakeFiles, 'file')} of the lake written below exports/lake/`]),
    ...(troubles === 0
      ? []
      : [`${counted(troubles, 'group')} in trouble: tailrace export logs --status${placeOptions(options)} says why`]),
    ...(report.isDone
      ? []
      : [`Not all is done: the same command goes on, and so does the function export on its schedule.`]),
  ]
  return `${lines.map(printable).join('\n')}\n`
}

async function showPlan(
  rules: readonly LogExportSetting[],
  pipeline: PipelineConfig,
  logs: ExportLogsApi,
  options: LogsExportOptions,
): Promise<number> {
  const groups: ListedGroup[] = []
  for await (const page of listGroups(logs)) {
    groups.push(...page.groups)
    progress(counted(groups.length, 'log group'))
  }
  endProgress()
  const { value } = await openExportState(openLake(options.lake))
  const { marks } = options.again === true ? marksForAgain(value, matchSampled(pipeline)) : value
  const due = selectGroups(rules, groups).map(one => dueGroup(one, marks, Date.now()))
  const steps = due.flatMap(({ rule, group, next, tasks }) =>
    next === null
      ? []
      : [{ export: rule.name, group: group.name, from: time(next.from), tasks, bytes: group.storedBytes }],
  )
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify({ groups: due.length, steps })}\n`)
    return 0
  }
  const rows = steps
    .slice(0, 50)
    .map(step => [step.export, step.group, step.from, String(step.tasks), byteSize(step.bytes)])
  const tasks = steps.reduce((sum, step) => sum + step.tasks, 0)
  const lines = [
    ...(rows.length === 0 ? [] : table([['export', 'log group', 'from', 'tasks', 'stored'], ...rows], new Set([3, 4]))),
    ...(steps.length > rows.length ? [`… and ${counted(steps.length - rows.length, 'group')} more`] : []),
    `${counted(tasks, 'task')} due for ${steps.length} of ${counted(due.length, 'group')}`,
    ...(tasks === 0 ? [] : afterPlan(tasks, rules, options)),
  ]
  process.stdout.write(`${lines.map(printable).join('\n')}\n`)
  return 0
}

function afterPlan(tasks: number, rules: readonly LogExportSetting[], options: LogsExportOptions): readonly string[] {
  const imported = rules.filter(rule => rule.import).map(({ name }) => name)
  const raw = options.raw ?? 's3://RAW-BUCKET'
  return [
    `CloudWatch Logs takes one at a time, some minutes each: ${duration(tasks)} at five minutes.${tasks > 1_000 ? ' Fewer and larger ones: a longer every, or a later from, in pipeline.yml.' : ''}`,
    `They write below exports/logs/ of the main bucket${imported.length === 0 ? '' : `; what ${imported.join(', ')} exports is landed in the lake then`}.`,
    `Nothing was changed. To do it: tailrace export logs${options.again === true ? ' --again' : ''} --apply${placeOptions({ ...options, raw })}`,
  ]
}

function statusText({
  active,
  troubles,
  finished,
  incomplete,
  marks,
}: Awaited<ReturnType<typeof openExportState>>['value']): string {
  const exported = Object.values(marks).reduce((sum, groups) => sum + Object.keys(groups).length, 0)
  const lines = [
    active === null
      ? 'No export task is under way.'
      : `Under way: ${active.group} from ${time(active.from)} to ${time(active.to)}, attempt ${active.attempt}, ${active.taskId ?? 'being created'}`,
    `${counted(exported, 'log group')} exported so far; ${counted(finished.length, 'finished export')} to import`,
    ...troubles.map(
      ({ group, from, status, message, retryAt }) =>
        `In trouble: ${group} from ${time(from)}: ${status} ${message}; again from ${time(retryAt)}`,
    ),
    ...incomplete.map(
      ({ group, from, to, files, sampledOut }) =>
        `Not landed: ${[
          ...(files === 0 ? [] : [`${counted(files, 'file')} that cannot be read`]),
          ...(sampledOut === 0 ? [] : [`${counted(sampledOut, 'event')} that sampling left out`]),
        ].join(' and ')} of ${group} from ${time(from)} to ${time(to)}`,
    ),
    ...(incomplete.length === 0
      ? []
      : ['tailrace export logs --again exports these times once more, where their groups are not sampled now.']),
  ]
  return `${lines.map(printable).join('\n')}\n`
}

async function cancel(options: LogsExportOptions): Promise<number> {
  const { active } = (await openExportState(openLake(options.lake))).value
  if (active?.taskId === undefined || active.taskId === null) {
    process.stdout.write('No export task of this stack is under way.\n')
    return 0
  }
  const call = await openLogs(options)
  await call('cancelExportTask', CancelExportTaskCommand)({ taskId: active.taskId })
  process.stdout.write(
    `Cancelled: ${printable(active.group)}. It is tried again a day after the next run has seen that.\n`,
  )
  return 0
}

function time(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16)}Z`
}

function duration(tasks: number): string {
  const hours = (tasks * 5) / 60
  return hours < 48 ? counted(Math.ceil(hours), 'hour') : counted(Math.round(hours / 24), 'day')
}
