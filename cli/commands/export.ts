import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { CancelExportTaskCommand } from '@aws-sdk/client-cloudwatch-logs'
import { Command } from 'commander'
import type { LogExportSetting } from '../../shared/config/pipeline.js'
import { renderDiagnostic } from '../../shared/diagnostics/diagnostic.js'
import { byteSize, counted, table } from '../../shared/diagnostics/table.js'
import { lowerQuery, parseQuery } from '../../shared/insights/index.js'
import { type ExportLogsApi, exportOperations } from '../../shared/jobs/export-operations.js'
import { dueGroup, selectGroups } from '../../shared/jobs/export-ranges.js'
import { openExportState } from '../../shared/jobs/export-state.js'
import { bucketTarget, folderTarget } from '../../shared/jobs/export-targets.js'
import {
  type ExportFormat,
  type ExportTarget,
  exportLake,
  type LakeExportRequest,
} from '../../shared/jobs/lake-export.js'
import { type ListedGroup, listGroups } from '../../shared/jobs/list-groups.js'
import { type ExportsReport, runExports } from '../../shared/jobs/run-exports.js'
import type { Project } from '../../shared/plan/node.js'
import { s3Store } from '../../shared/store/s3.js'
import { s3Upload } from '../../shared/store/s3-upload.js'
import { lakeCatalog, openLake, readTime } from '../lake.js'
import { defaultStack, endProgress, openLogs, placeOptions, progress } from '../logs-options.js'
import { openEngine } from '../open-engine.js'
import { openRaw } from '../raw-bucket.js'
import { readPipeline } from '../read-pipeline.js'
import { regionOf } from '../region.js'
import { s3Place } from '../s3-place.js'
import { printable } from '../terminal.js'

const lakeHelp = `
Writes events, or the rows of a query, to a folder or s3://bucket/prefix. Events are cut by time, a file for each --every;
manifest.json says which are done, and the same command goes on after an interruption.

  tailrace export lake ./out --group '/ecs/*' --since 2026-01-01 --until 2026-02-01 --format parquet
  tailrace export lake s3://bucket/reports/ --format csv --since 1d --query 'stats count(*) by @logStream'

Exit status: 0 done; 2 an argument is wrong, the folder holds another export, or the lake cannot be read.`

const logsHelp = `
The exports of pipeline.yml (docs/export.md) through CreateExportTask, one at a time, since CloudWatch Logs has one active
task for the whole account. The function does this on its schedule; here the plan is shown, and --apply works on it until
nothing is due. --status shows what is under way, --cancel ends it.

Exit status: 0 done, or nothing to do; 1 some exports are in trouble; 2 an argument or the configuration is wrong.`

interface LakeOptions {
  readonly group?: readonly string[]
  readonly since: string
  readonly until: string
  readonly query?: string
  readonly format: string
  readonly every: string
  readonly lake?: string
  readonly json?: boolean
}

interface LogsOptions {
  readonly lake?: string
  readonly raw?: string
  readonly pipeline?: string
  readonly stack: string
  readonly region?: string
  readonly apply?: boolean
  readonly status?: boolean
  readonly cancel?: boolean
  readonly json?: boolean
}

/** `tailrace export`: the lake to files, and log groups to S3. */
export function exportCommand({ setExitCode }: { readonly setExitCode: (code: number) => void }): Command {
  const command = new Command('export').description('write the lake, or log groups of CloudWatch, to files')
  command
    .command('lake')
    .description('write events or a query of the lake as ndjson, csv or parquet')
    .argument('<place>', 'directory or s3://bucket/prefix')
    .option('--group <name>', 'log group or glob; may be repeated', (value, before: readonly string[] = []) => [
      ...before,
      value,
    ])
    .requiredOption('--since <time>', 'earliest event time')
    .option('--until <time>', 'end of the range, excluded', 'now')
    .option('--query <query>', 'write the rows of this query instead of the events')
    .option('--format <format>', 'ndjson, csv or parquet', 'ndjson')
    .option('--every <time>', 'what one file of events covers: 1h, 1d', '1d')
    .option('--lake <place>', 'directory or s3://bucket/prefix')
    .option('--json', 'print the manifest')
    .addHelpText('after', lakeHelp)
    .action(async (place: string, options: LakeOptions) => setExitCode(await lakeToFiles(place, options)))
  command
    .command('logs')
    .description('run the exports of log groups that pipeline.yml asks for')
    .option('--apply', 'do it; without, the plan is shown')
    .option('--status', 'what is under way, and what is in trouble')
    .option('--cancel', 'end the task that is under way')
    .option('--lake <place>', 'main bucket: s3://bucket/prefix')
    .option('--raw <place>', 'raw bucket: s3://bucket')
    .option('--pipeline <file>', 'the configuration, pipeline.yml if left out')
    .option('--stack <name>', 'name of the stack', defaultStack)
    .option('--region <region>', "region of the log groups; the environment's if left out")
    .option('--json', 'print one JSON document')
    .addHelpText('after', logsHelp)
    .action(async (options: LogsOptions) => setExitCode(await logsToFiles(options)))
  return command
}

async function lakeToFiles(place: string, options: LakeOptions): Promise<number> {
  const now = Date.now()
  const from = readTime(options.since, now)
  const to = readTime(options.until, now)
  const everyMs = now - readTime(options.every, now)
  const format = formatOf(options.format)
  const groups = options.group ?? []
  let plan: Project | null = null
  let request: LakeExportRequest = { kind: 'events', groups, exclude: [], from, to, everyMs, format }
  if (options.query !== undefined) {
    plan = planOf(options.query, from, to, groups)
    const scope = JSON.stringify([groups, options.since, options.until])
    request = { kind: 'query', query: options.query, scope, format }
  }
  const { engine, toParquet, close } = await openEngine(openLake(options.lake))
  try {
    const manifest = await exportLake(request, plan, {
      engine,
      toParquet,
      target: targetOf(place),
      scratch: tmpdir(),
      onPart: ({ file, rows }, done, all) => progress(`${done} of ${all}: ${file}, ${counted(rows, 'row')}`),
    })
    endProgress()
    const rows = manifest.parts.reduce((sum, part) => sum + part.rows, 0)
    const bytes = manifest.parts.reduce((sum, part) => sum + part.bytes, 0)
    const text = `${counted(rows, 'row')} in ${counted(manifest.parts.length, 'file')}, ${byteSize(bytes)}: ${place}\n`
    process.stdout.write(options.json === true ? `${JSON.stringify(manifest)}\n` : text)
    return 0
  } finally {
    close()
  }
}

function formatOf(text: string): ExportFormat {
  if (text === 'ndjson' || text === 'csv' || text === 'parquet') return text
  throw new Error(`--format: expected ndjson, csv or parquet, found ${JSON.stringify(text)}`)
}

function targetOf(place: string): ExportTarget {
  const s3 = s3Place(place)
  return s3 === undefined ? folderTarget(place) : bucketTarget(s3Store(s3), '', s3Upload(s3))
}

function planOf(query: string, from: number, to: number, groups: readonly string[]): Project {
  const parsed = parseQuery(query)
  const scope = groups.length === 0 ? {} : { logGroups: groups }
  const options = { from, to: to - 1, now: null, lookupTables: new Map(), ...scope }
  const lowered = 'ast' in parsed ? lowerQuery(parsed.ast, query, options) : parsed
  if (!('diagnostics' in lowered)) return lowered.plan
  const shown = lowered.diagnostics.map(problem => renderDiagnostic({ name: 'query', text: query }, problem))
  throw new Error(`the query is wrong\n${shown.join('\n')}`)
}

async function logsToFiles(options: LogsOptions): Promise<number> {
  const store = openLake(options.lake)
  if (options.cancel === true) return cancel(options)
  if (options.status === true) {
    const { value } = await openExportState(store)
    process.stdout.write(options.json === true ? `${JSON.stringify(value)}\n` : statusText(value))
    return value.troubles.length > 0 ? 1 : 0
  }
  const pipeline = readPipeline(options.pipeline)
  const rules = pipeline.exports.filter((rule): rule is LogExportSetting => rule.source === 'cloudwatch')
  if (rules.length === 0) throw new Error('pipeline.yml asks for no export of log groups: docs/export.md shows one')
  const region = await regionOf(options.region)
  const logs = exportOperations(await openLogs({ region }))
  if (options.apply !== true) return showPlan(rules, logs, options)
  const main = s3Place(options.lake)
  if (main === undefined) {
    throw new Error('CloudWatch Logs exports to S3: name the main bucket, --lake s3://bucket/prefix')
  }
  const report = await runExports(
    { attemptId: `cli/${randomUUID()}`, isTimeUp: () => false, onProgress: line => progress(printable(line)) },
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
      sleep: ms => sleep(ms),
      openEngine: () => openEngine(store),
    },
  )
  endProgress()
  process.stdout.write(options.json === true ? `${JSON.stringify(report)}\n` : exportedText(report, options))
  return report.troubles > 0 ? 1 : 0
}

function exportedText(report: ExportsReport, options: LogsOptions): string {
  const { completed, failed, vanished, imported, landed, known, unreadable, troubles, lakeFiles } = report
  const place = s3Place(options.lake)!
  const lines = [
    `${counted(completed, 'export task')} completed${failed === 0 ? '' : `, ${failed} failed`}: s3://${place.bucket}/${place.prefix}exports/logs/`,
    ...(imported === 0
      ? []
      : [
          `${counted(imported, 'task')} imported: ${counted(landed, 'row')} landed, ${counted(known, 'event')} had been there`,
        ]),
    ...(unreadable === 0 ? [] : [`${counted(unreadable, 'file')} cannot be read, and nothing of them was landed`]),
    ...(vanished === 0 ? [] : [`${counted(vanished, 'log group')} vanished meanwhile`]),
    ...(lakeFiles === 0 ? [] : [`${counted(lakeFiles, 'file')} of the lake written below exports/lake/`]),
    ...(troubles === 0
      ? []
      : [`${counted(troubles, 'group')} in trouble: tailrace export logs --status${placeOptions(options)} says why`]),
  ]
  return `${lines.map(printable).join('\n')}\n`
}

async function showPlan(
  rules: readonly LogExportSetting[],
  logs: ExportLogsApi,
  options: LogsOptions,
): Promise<number> {
  const groups: ListedGroup[] = []
  for await (const page of listGroups(logs)) {
    groups.push(...page.groups)
    progress(counted(groups.length, 'log group'))
  }
  endProgress()
  const { value } = await openExportState(openLake(options.lake))
  const due = selectGroups(rules, groups).map(one => dueGroup(one, value.marks, Date.now()))
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
    ...(tasks === 0 ? [] : afterPlan(rules, options)),
  ]
  process.stdout.write(`${lines.map(printable).join('\n')}\n`)
  return 0
}

function afterPlan(rules: readonly LogExportSetting[], options: LogsOptions): readonly string[] {
  const imported = rules.filter(rule => rule.import).map(({ name }) => name)
  return [
    `They run one after the other, and write below exports/logs/ of the main bucket${imported.length === 0 ? '' : `; what ${imported.join(', ')} exports is landed in the lake then`}.`,
    `Nothing was changed. To do it: tailrace export logs --apply${placeOptions(options)}`,
  ]
}

function statusText({
  active,
  troubles,
  finished,
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
  ]
  return `${lines.map(printable).join('\n')}\n`
}

async function cancel(options: LogsOptions): Promise<number> {
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
