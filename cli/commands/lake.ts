import { Command } from 'commander'
import { byteSize, count, counted, table } from '../../shared/diagnostics/table.js'
import type { DataFile } from '../../shared/iceberg/data-file.js'
import { planFiles } from '../../shared/iceberg/plan-files.js'
import { type CommitPlan, commitLanding, planCommit } from '../../shared/lake/commit.js'
import { type CompactPlan, compact, failuresOf, planCompact } from '../../shared/lake/compact.js'
import { mergeLimits } from '../../shared/lake/lake-dependencies.js'
import { openTable, type TableOptions, workOnTable } from '../open-table.js'
import { printable } from '../terminal.js'

const help = `
Events land as small objects; commit brings them into the Iceberg table, compact keeps the table's files few and lets go
what has had its time. On AWS two functions do both on a schedule; these commands do the same by hand and are safe beside
them.

  tailrace lake status                what waits, and what the table holds
  tailrace lake commit --dry-run      what the next commit would take
  tailrace lake commit                commit everything that waits
  tailrace lake compact --dry-run     which files would go, move or become fewer
  tailrace lake snapshots             the table's versions

The lake of the one-machine system, below .tailrace, is used unless --lake names another: the directory of a bucket, or
s3://bucket/prefix.

Exit status: 0 done, 1 something could not be merged, 2 an argument is wrong or the lake cannot be read or written; 130 ended by
Ctrl-C: run it again.`

interface Options extends TableOptions {
  readonly dryRun?: boolean
  readonly json?: boolean
}

interface Result {
  readonly json: Readonly<Record<string, unknown>>
  readonly lines: readonly string[]
  readonly code: number
}

/** `tailrace lake`: the table by hand. */
export function lakeCommand({ setExitCode }: { readonly setExitCode: (code: number) => void }): Command {
  const command = new Command('lake').description('commit, compact and look at the table').addHelpText('after', help)
  const add = (name: string, description: string, run: (options: Options) => Promise<Result>) => {
    const added = command
      .command(name)
      .description(description)
      .option('--lake <place>', 'directory or s3://bucket/prefix')
      .option('--json', 'print one JSON document')
    if (name === 'commit' || name === 'compact') {
      added
        .option('--pipeline <file>', 'the configuration, pipeline.yml if left out')
        .option('--dry-run', 'only show what would be done')
    }
    added.action(async (options: Options) => {
      const { json, lines, code } = await run(options)
      process.stdout.write(options.json === true ? `${JSON.stringify(json)}\n` : `${lines.join('\n')}\n`)
      setExitCode(code)
    })
  }
  add('status', 'what waits, and what the table holds', status)
  add('commit', 'landing objects into the table, now', commit)
  add('compact', 'few large files for many small ones; expire what is old', compactNow)
  add('snapshots', "the table's versions", snapshots)
  return command
}

async function status({ lake }: Options): Promise<Result> {
  const { files, catalog } = await openTable(lake)
  const settings = { ...mergeLimits, commitBytes: 0, commitAfterMs: 0, fileBytes: 0 }
  const plan = await planCommit({ files, catalog, settings, now: Date.now })
  const loaded = await catalog.load()
  const held = loaded === null ? [] : (await planFiles(loaded.metadata, files, [], { rowDeletes: 'report' })).files
  const days = new Set(held.map(({ partition }) => partition.timestamp_day))
  const json = {
    waiting: plan.waiting.length,
    waitingBytes: sizeOf(plan.waiting),
    setAside: plan.setAside,
    files: held.length,
    fileBytes: bytesOf(held),
    rows: held.reduce((sum, file) => sum + file.recordCount, 0),
    days: days.size,
    snapshots: loaded?.metadata.snapshots?.length ?? 0,
  }
  const lines = [
    `landing  ${counted(json.waiting, 'object')} to be committed, ${byteSize(json.waitingBytes)}`,
    `table    ${counted(json.rows, 'row')} in ${counted(json.files, 'file')} of ${json.days === 1 ? '1 day' : `${count(json.days)} days`}, ${byteSize(json.fileBytes)}`,
    ...asideLines(plan),
  ]
  return { json, lines, code: plan.setAside.length > 0 ? 1 : 0 }
}

async function commit(options: Options): Promise<Result> {
  return await workOnTable(options, async (deps, signal) => {
    const eager = { ...deps, settings: { ...deps.settings, commitAfterMs: 0 } }
    if (options.dryRun === true) {
      const plan = await planCommit(eager, signal)
      const lines = [
        `would commit ${counted(plan.waiting.length, 'object')}, ${byteSize(sizeOf(plan.waiting))}`,
        `would delete ${counted(plan.deletable.length, 'object')} that the table holds`,
        ...asideLines(plan),
      ]
      const json = { commit: plan.waiting.map(({ key }) => key), delete: plan.deletable, setAside: plan.setAside }
      return { json, lines, code: 0 }
    }
    const report = await commitLanding(eager, { signal })
    const { rows, duplicates, objects, files } = report
    const lines = [
      `committed ${counted(rows, 'row')} of ${counted(objects, 'object')} in ${counted(files, 'file')}; ${counted(duplicates, 'duplicate')} left out`,
      ...asideLines(report),
    ]
    return { json: { ...report }, lines, code: report.setAside.length > 0 ? 1 : 0 }
  })
}

async function compactNow(options: Options): Promise<Result> {
  return await workOnTable(options, async (deps, signal) => {
    if (options.dryRun === true) return planned(await planCompact(deps, signal))
    const report = await compact(deps, { signal })
    const failures = failuresOf(report)
    const into = report.rewrites.reduce((sum, { added }) => sum + added, 0)
    const from = report.rewrites.reduce((sum, { removed }) => sum + removed, 0)
    const lines = [
      `${counted(from, 'file')} became ${count(into)}`,
      `${counted(report.expiredRows, 'row')} in ${counted(report.expiredFiles, 'file')} were kept for as long as their retention says`,
      `${counted(report.expiredSnapshots, 'snapshot')} expired, ${counted(report.deletedFiles + report.deletedLanding, 'object')} deleted`,
      ...rowDeletedLines(report.rowDeleted),
      ...failures.map(printable),
    ]
    return { json: { ...report }, lines, code: failures.length > 0 ? 1 : 0 }
  })
}

const verbs: Readonly<Record<string, string>> = { small: 'merge', moved: 'move', deleted: 'apply deletes' }

function rowDeletedLines(files: number): readonly string[] {
  if (files === 0) return []
  return [
    `${counted(files, 'file')} left as they are: another engine has deleted rows of them, and only it can apply that`,
  ]
}

function planned(plan: CompactPlan): Result {
  const { expired, rewrites, former, rowDeleted, deadDeletes, snapshots: old, orphans, landing } = plan
  const partition = ({ partition: { timestamp_day: day, retention } }: CompactPlan['expired'][number]) => ({
    day: new Date(day * 86_400_000).toISOString().slice(0, 10),
    retention,
  })
  const described = (list: CompactPlan['expired'], action: string) =>
    list.map(each => ({ action, ...partition(each), files: each.files.length, bytes: bytesOf(each.files) }))
  const steps = [...described(expired, 'drop'), ...rewrites.flatMap(each => described([each], each.reason))]
  const rows = steps.map(({ action, day, retention, files, bytes }) => [
    verbs[action] ?? action,
    day,
    retention === 0 ? 'forever' : `${retention}d`,
    counted(files, 'file'),
    byteSize(bytes),
  ])
  const lines = [
    ...table(rows),
    `would expire ${counted(old.length, 'snapshot')} and delete ${counted(orphans.length + landing.length, 'object')}`,
    ...rowDeletedLines(rowDeleted.length),
  ]
  return {
    json: {
      steps,
      moved: former.map(({ logGroup, retention: from }) => ({ logGroup, from })),
      rowDeleted: rowDeleted.map(({ filePath }) => filePath),
      deadDeletes: deadDeletes.map(({ filePath }) => filePath),
      snapshots: old.length,
      delete: [...orphans, ...landing],
    },
    lines,
    code: 0,
  }
}

async function snapshots({ lake }: Options): Promise<Result> {
  const loaded = await (await openTable(lake)).catalog.load()
  const list = (loaded?.metadata.snapshots ?? []).map(snapshot => ({
    id: String(snapshot['snapshot-id']),
    time: new Date(snapshot['timestamp-ms']).toISOString(),
    operation: snapshot.summary.operation,
    added: Number(snapshot.summary['added-records'] ?? 0),
    removed: Number(snapshot.summary['deleted-records'] ?? 0),
  }))
  const rows = list.map(each => [
    each.time,
    each.id,
    each.operation,
    `+${count(each.added)}`,
    `-${count(each.removed)}`,
  ])
  const lines = list.length === 0 ? ['there is no snapshot yet'] : table(rows, new Set([3, 4]))
  return { json: { snapshots: list }, lines, code: 0 }
}

function asideLines({ setAside }: Pick<CommitPlan, 'setAside'>): readonly string[] {
  return setAside.map(({ key, reason }) => `set aside ${printable(key)}: ${printable(reason)}`)
}

function sizeOf(entries: readonly { readonly size: number }[]): number {
  return entries.reduce((sum, { size }) => sum + size, 0)
}

function bytesOf(files: readonly DataFile[]): number {
  return files.reduce((sum, file) => sum + file.fileSizeInBytes, 0)
}
