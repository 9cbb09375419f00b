import { hostname, userInfo } from 'node:os'
import { Command } from 'commander'
import { renderDiagnostic } from '../../shared/diagnostics/diagnostic.js'
import { byteSize, count, counted, table } from '../../shared/diagnostics/table.js'
import { planErasure } from '../../shared/jobs/lake/plan-erasure.js'
import { type EraseReport, eraseEvents } from '../../shared/lake/erase.js'
import { type ErasurePlan, planErase } from '../../shared/lake/erase-plan.js'
import {
  type EraseRequest,
  type ErasureCondition,
  findBegun,
  type LegalHold,
  newErasureId,
  readErasures,
} from '../../shared/lake/erasures.js'
import { EventsHeld, type StoppedErasure } from '../../shared/lake/errors.js'
import type { LakeDependencies } from '../../shared/lake/lake-dependencies.js'
import { openTable, type TableOptions, workOnTable } from '../open-table.js'
import { collect } from '../scope-options.js'
import { printable } from '../terminal.js'
import { readTime } from '../times.js'

const help = `
Removes events from the lake for good: those of the log groups and the range of time that a filter pattern matches (as in
tailrace search), or a condition as it stands after filter in a query. Without --apply it only shows what would go: how many,
in which files, and the names of some, never their text.

  tailrace erase --group '/ecs/*' --until 2026-02-01 --pattern '"user=4711"'
  tailrace erase --group /ecs/orders --filter 'user.id = "4711"' --apply --reason 'request 17'
  tailrace erase --list

What is erased does not come back: a record stays that every later commit obeys, for events of that range of time. Legal holds
(legalHolds in pipeline.yml) block it. Cut short, it is finished by the same command, in the range that it had then; after that
the same command is another request with a record of its own. docs/lake.md says what is out of reach.

Exit status: 0 done, or nothing to do; 1 events would go (without --apply), or some stay in snapshots that a tag or branch of
another engine names; 2 an argument is wrong, a hold covers some of the events, or the lake cannot be read or written; 130 ended
by Ctrl-C: the same command finishes it.`

interface Options extends TableOptions {
  readonly group?: readonly string[]
  readonly since?: string
  readonly until?: string
  readonly pattern?: string
  readonly filter?: string
  readonly allEvents?: boolean
  readonly reason?: string
  readonly apply?: boolean
  readonly list?: boolean
  readonly json?: boolean
}

/** `tailrace erase`: events away for good. */
export function eraseCommand({ setExitCode }: { readonly setExitCode: (code: number) => void }): Command {
  return new Command('erase')
    .description('remove events from the lake for good')
    .option('--group <glob>', 'log group or glob (* any characters, ? one); may be repeated', collect)
    .option('--since <time>', 'earliest event time')
    .option('--until <time>', 'latest event time; now if left out')
    .option('--pattern <pattern>', 'a filter pattern')
    .option('--filter <condition>', 'a condition of a query')
    .option('--all-events', 'all events of the groups and the range')
    .option('--reason <text>', 'stands in the record')
    .option('--apply', 'remove them; without it nothing is changed')
    .option('--list', 'what was erased, when and by whom')
    .option('--lake <place>', 'directory or s3://bucket/prefix')
    .option('--pipeline <file>', 'the configuration, pipeline.yml if left out')
    .option('--json', 'print one JSON document')
    .addHelpText('after', help)
    .action(async (options: Options) => {
      const { json, lines, code } = options.list === true ? await list(options) : await erase(options)
      process.stdout.write(options.json === true ? `${JSON.stringify(json)}\n` : `${lines.join('\n')}\n`)
      setExitCode(code)
    })
}

interface Result {
  readonly json: unknown
  readonly lines: readonly string[]
  readonly code: number
}

async function list({ lake }: Options): Promise<Result> {
  const records = await readErasures((await openTable(lake)).files.store)
  const rows = records.map(
    ({ id, requestedAt, finishedAt, requestedBy, rows: erased, groups, reason, keptBy = [] }) => [
      iso(requestedAt),
      id,
      finishedAt === null ? 'not finished' : [counted(erased, 'event'), ...keptBy.map(keptAlso)].join(', '),
      printable(requestedBy),
      printable(groups.join(' ')),
      printable(reason ?? ''),
    ],
  )
  return { json: { erasures: records }, lines: rows.length === 0 ? ['nothing was erased'] : table(rows), code: 0 }
}

function keptAlso(ref: string): string {
  return `then still in ${printable(ref)}`
}

async function erase(options: Options): Promise<Result> {
  const condition = conditionOf(options)
  return await workOnTable(options, async (deps, signal) => {
    const wanted = await requestOf(options, condition, deps)
    const { request } = wanted
    checkCondition(request, deps.holds ?? [])
    const plan = await planErase(deps, request, signal)
    if (plan.held > 0) throw heldError(plan, request, deps.holds ?? [])
    return options.apply === true ? applied(await carryOut(deps, request, signal), wanted) : shown(plan, wanted)
  })
}

function conditionOf({ group, pattern, filter, allEvents }: Options): ErasureCondition | null {
  if (group === undefined) throw new Error("name the log groups with --group; --group '*' for all")
  const given = [pattern, filter, allEvents === true ? '' : undefined].filter(each => each !== undefined)
  if (given.length !== 1) throw new Error('say which events with one of --pattern, --filter and --all-events')
  if (pattern !== undefined) return { kind: 'pattern', text: pattern }
  return filter === undefined ? null : { kind: 'filter', text: filter }
}

interface Wanted {
  readonly request: EraseRequest
  /** When a run of the same command began that was cut short; ms. */
  readonly begunAt: number | null
}

/** A request of its own; or the one that the same command has begun and that was cut short, in the range that this had. */
async function requestOf(
  { group = [], since, until, reason }: Options,
  condition: ErasureCondition | null,
  { files, now, newId }: LakeDependencies,
): Promise<Wanted> {
  const asked = { since: since ?? null, until: until ?? null }
  const own = { groups: group, condition, asked, requestedBy: requester(), reason: reason ?? null }
  const from = since === undefined ? null : readTime(since, now())
  const to = until === undefined ? now() : readTime(until, now())
  if (from !== null && from > to) throw new Error('the range has no time in it: --since is after --until')
  const begun = await findBegun(files.store, own)
  if (begun !== undefined) return { request: begun, begunAt: begun.requestedAt }
  return { request: { ...own, id: newErasureId(now(), newId()), from, to }, begunAt: null }
}

function requester(): string {
  return `${userInfo().username}@${hostname()}`
}

function checkCondition(request: EraseRequest, holds: readonly LegalHold[]): void {
  const planned = planErasure(request, holds)
  if ('plan' in planned) return
  const source = { name: request.condition?.kind ?? '', text: request.condition?.text ?? '' }
  throw new Error(`\n${planned.diagnostics.map(problem => renderDiagnostic(source, problem)).join('\n')}`)
}

function heldError({ held, rows }: ErasurePlan, request: EraseRequest, holds: readonly LegalHold[]): Error {
  const found = `${counted(held, 'event')} of ${count(held + rows)} are under a legal hold; nothing was changed`
  const remedy = 'narrow --group, --since or --until, or end the hold in pipeline.yml'
  return new Error([found, ...reasonsOf(holds, request), remedy].join('\n'))
}

async function carryOut(deps: LakeDependencies, request: EraseRequest, signal: AbortSignal): Promise<EraseReport> {
  try {
    return await eraseEvents(deps, request, signal)
  } catch (error) {
    if (!(error instanceof EventsHeld) || error.stopped === null) throw error
    throw stoppedError(error.events, error.stopped, reasonsOf(deps.holds ?? [], request))
  }
}

function stoppedError(events: number, { id, rows, files }: StoppedErasure, reasons: readonly string[]): Error {
  const have = events === 1 ? 'has' : 'have'
  return new Error(
    [
      `${counted(events, 'event')} ${have} come under a legal hold while this was under way, which stops it there`,
      ...reasons,
      `${id} is recorded and not finished: ${counted(rows, 'event')} taken out so far, ${counted(files, 'file')} rewritten; older snapshots`,
      'and landing objects still have them. Commits leave out what it names, but for what is held',
      'end the hold in pipeline.yml, then run the same command again',
    ].join('\n'),
  )
}

function reasonsOf(holds: readonly LegalHold[], { from, to }: EraseRequest): readonly string[] {
  const overlaps = (hold: LegalHold) =>
    !((to !== null && (hold.from ?? -1) > to) || (from !== null && (hold.to ?? Infinity) < from))
  return holds.filter(overlaps).map(({ groups, reason }) => `  ${groups.join(' ')}: ${printable(reason)}`)
}

/** Says of which request this is when it is an earlier one. */
function carriedOn({ request: { id, from, to }, begunAt }: Wanted): readonly string[] {
  if (begunAt === null) return []
  const range = `from ${from === null ? 'the first' : iso(from)} to ${to === null ? 'the last' : iso(to)}`
  return [
    `carries on with ${id}, which was begun ${iso(begunAt)} and cut short: events ${range}; what came later takes the same`,
    'command once more',
  ]
}

function shown({ tableFiles, landing, rows, samples, refs, setAside }: ErasurePlan, wanted: Wanted): Result {
  const partitions = new Map<string, { files: number; bytes: number; rows: number }>()
  for (const { file, rows: own } of tableFiles) {
    const key = `${iso(Number(file.partition.timestamp_day) * 86_400_000).slice(0, 10)} ${file.partition.retention}`
    const { files, bytes, rows: before } = partitions.get(key) ?? { files: 0, bytes: 0, rows: 0 }
    partitions.set(key, { files: files + 1, bytes: bytes + file.fileSizeInBytes, rows: before + own })
  }
  const list = [...partitions].map(([key, { files, bytes, rows: own }]) => {
    const [day = '', retention = ''] = key.split(' ')
    const kept = retention === '0' ? 'forever' : `${retention}d`
    return [day, kept, counted(own, 'event'), `in ${counted(files, 'file')}`, byteSize(bytes)]
  })
  const waiting = landing.reduce((sum, { rows: own }) => sum + own, 0)
  const lines = [
    `would erase ${counted(rows, 'event')}; --apply does it`,
    ...carriedOn(wanted),
    ...table(list),
    ...(landing.length === 0
      ? []
      : [`${counted(waiting, 'event')} in ${counted(landing.length, 'object')} not committed yet`]),
    ...(samples.length === 0 ? [] : ['such as']),
    ...table(samples.map(each => ['', iso(each.timestamp), printable(each.logGroup), printable(each.logStream)])),
    ...keptIn(refs),
    ...outOfReach(setAside.map(({ key }) => key)),
  ]
  const code = rows === 0 && refs.every(ref => ref.rows === 0) ? 0 : 1
  const files = tableFiles.map(({ file, rows: own }) => ({ path: file.filePath, rows: own }))
  return { json: { ...wanted.request, rows, files, landing, samples, refs, setAside }, lines, code }
}

function applied(report: EraseReport, wanted: Wanted): Result {
  const { record, committed, expiredSnapshots, deletedFiles, refs, leftovers } = report
  const left =
    leftovers.files === 0
      ? []
      : [
          `${counted(leftovers.files, 'leftover')} of other writers: compaction deletes them after ${iso(leftovers.until!)}`,
        ]
  const lines = [
    ...carriedOn(wanted),
    `erased ${counted(record.rows, 'event')}, ${count(committed.erased)} of them while committing what was waiting`,
    `${counted(record.files, 'file')} rewritten, ${counted(expiredSnapshots, 'snapshot')} expired, ${counted(deletedFiles, 'object')} deleted`,
    ...left,
    ...keptIn(refs),
    `recorded as ${record.id}: what it names is left out of later commits`,
    ...outOfReach(committed.setAside.map(({ key }) => key)),
  ]
  return { json: report, lines, code: record.keptBy?.length ? 1 : 0 }
}

function keptIn(refs: ErasurePlan['refs']): readonly string[] {
  return refs
    .filter(({ rows }) => rows > 0)
    .flatMap(({ name, rows }) => [
      `${counted(rows, 'event')} ${rows === 1 ? 'stays' : 'stay'} in snapshots of ${printable(name)}, a tag or branch of another engine: drop it there`,
      'and run this again',
    ])
}

function outOfReach(setAside: readonly string[]): readonly string[] {
  return [
    'out of reach, look yourself: CloudWatch Logs itself; the raw bucket (failed deliveries, raw copies, export files); export',
    'targets; caches and results of queries; noncurrent versions of the bucket',
    ...setAside.map(key => `out of reach, unreadable: ${printable(key)}`),
  ]
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
