import { createHash, randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { DescribeLogGroupsCommand, DescribeLogStreamsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { Command } from 'commander'
import { counted } from '../../shared/diagnostics/table.js'
import { createImport } from '../../shared/jobs/create-import.js'
import { NoExport } from '../../shared/jobs/errors.js'
import { streamNames } from '../../shared/jobs/export-streams.js'
import { heldInLake } from '../../shared/jobs/held-events.js'
import { exportedStream, type ImportReport } from '../../shared/jobs/import.js'
import { isConsumedBy } from '../../shared/jobs/is-consumed.js'
import { recordRedactions } from '../../shared/jobs/redactions.js'
import { lakeCatalog, openLake, readTime } from '../lake.js'
import { defaultStack, endProgress, type JobOptions, openLogs, progress } from '../logs-options.js'
import { openEngine } from '../open-engine.js'
import { openRaw } from '../raw-bucket.js'
import { readPipeline } from '../read-pipeline.js'
import { regionOfRows } from '../region.js'
import { s3Name } from '../s3-name.js'
import { printable } from '../terminal.js'

const help = `
Lands what CreateExportTask has written: a folder with a folder for each stream in it, for example
s3://bucket/exportedlogs/<task id>. Events that the lake holds already are left out, also where they were redacted by
other rules, so that an export can be imported over live data, and again. It goes on where it was interrupted.

  tailrace import s3://bucket/exportedlogs/<task id> --group /ecs/orders --lake s3://lake --raw s3://raw --apply
  tailrace import ./files --group /ecs/orders --account 123456789012 --offline

Without --apply the files are counted and nothing is written. With --offline CloudWatch Logs is not asked for the names
of streams: exports write "/" in them as "-", and then only the lake and the patterns of AWS tell which it was.

Exit status: 0 done, 1 some files cannot be read, 2 an argument is wrong or something failed; run it again.`

interface Options extends JobOptions {
  readonly group: string
  readonly account?: string
  readonly since?: string
  readonly until?: string
  readonly raw?: string
  readonly offline?: boolean
}

/** `tailrace import`: finished exports of CloudWatch Logs → landing. */
export function importCommand({ setExitCode }: { readonly setExitCode: (code: number) => void }): Command {
  return new Command('import')
    .description('land the files of a finished CloudWatch Logs export')
    .argument('<place>', 'directory or s3://bucket/prefix/task-id')
    .requiredOption('--group <name>', 'log group that was exported')
    .option('--account <id>', 'account of the log group; asked of CloudWatch Logs if left out')
    .option('--since <time>', 'start of the export, if known: lines of other times continue the event before them')
    .option('--until <time>', 'end of the export, included')
    .option('--lake <place>', 'main bucket: directory or s3://bucket/prefix')
    .option('--raw <place>', 'raw bucket: directory or s3://bucket')
    .option('--pipeline <file>', 'the configuration, pipeline.yml if left out')
    .option('--stack <name>', 'name of the stack', defaultStack)
    .option('--region <region>', "region of the log group; the environment's if left out")
    .option('--offline', 'do not ask CloudWatch Logs')
    .option('--apply', 'do it; without, the files are counted')
    .option('--json', 'print one JSON document')
    .addHelpText('after', help)
    .action(async (place: string, options: Options) => setExitCode(await run(place, options)))
}

async function run(place: string, options: Options): Promise<number> {
  const found = await filesIn(place)
  if (options.apply !== true) {
    const text = `${counted(found.files, 'file')} of ${counted(found.streams, 'stream')}; --apply lands them\n`
    process.stdout.write(options.json === true ? `${JSON.stringify(found)}\n` : text)
    return 0
  }
  const report = await apply(place, options)
  process.stdout.write(options.json === true ? `${JSON.stringify(report)}\n` : reported(report))
  return report.unreadable.length > 0 ? 1 : 0
}

/** @throws NoExport */
async function filesIn(place: string): Promise<{ files: number; bytes: number; streams: number }> {
  const streams = new Set<string>()
  let files = 0
  let bytes = 0
  for await (const { key, size } of openLake(place).list('')) {
    const stream = exportedStream(key)
    if (stream === null) continue
    files++
    bytes += size
    streams.add(stream)
  }
  if (files === 0) throw new NoExport(`there are no exported files below ${place}`)
  return { files, bytes, streams: streams.size }
}

async function apply(place: string, options: Options): Promise<ImportReport> {
  const now = Date.now()
  const { group: logGroup, stack } = options
  const pipeline = readPipeline(options.pipeline)
  const store = openLake(options.lake)
  const region = await regionOfRows(options.region, options.lake)
  const account = options.account ?? (await accountOf({ ...options, region }))
  const range =
    options.since === undefined || options.until === undefined
      ? null
      : { from: readTime(options.since, now), to: readTime(options.until, now) }
  await recordRedactions(store, pipeline)
  const { engine, close } = await openEngine(store)
  try {
    const run = await createImport(pipeline, {
      store,
      source: openLake(place),
      raw: openRaw(options.raw),
      isConsumed: isConsumedBy(lakeCatalog(store), store, Date.now),
      held: heldInLake(engine),
      scratch: tmpdir(),
      stack,
      region,
      now: Date.now,
      sleep: ms => sleep(ms),
    })
    const describe =
      options.offline === true
        ? undefined
        : (await openLogs({ region }))('describeLogStreams', DescribeLogStreamsCommand)
    const streams = streamNames({ logGroup, range, describeLogStreams: describe })
    const { bucket, prefix } = s3Name(place) ?? { bucket: '', prefix: resolve(place) }
    // The same files may be those of one group only, or of one time.
    const what = JSON.stringify([bucket, prefix, account, logGroup, range])
    const name = createHash('sha256').update(what).digest('hex').slice(0, 24)
    return await run({ prefix: '', account, logGroup, range }, streams, `state/exports/imports/${name}.json`, {
      attemptId: `cli/${randomUUID()}`,
      onProgress: ({ events, landed }) =>
        progress(`${counted(events, 'event')} read, ${counted(landed, 'row')} landed`),
    })
  } finally {
    endProgress()
    close()
  }
}

async function accountOf({ group, offline, region }: Options): Promise<string> {
  if (offline === true) throw new Error('--offline: name the account of the log group with --account')
  const describe = (await openLogs(region === undefined ? {} : { region }))(
    'describeLogGroups',
    DescribeLogGroupsCommand,
  )
  const { logGroups = [] } = await describe({ logGroupNamePrefix: group })
  const arn = logGroups.find(({ logGroupName }) => logGroupName === group)?.arn
  if (arn === undefined) throw new Error(`there is no log group ${group} any more: name its account with --account`)
  return arn.split(':')[4]!
}

function reported(report: ImportReport): string {
  const lines = [
    `${counted(report.events, 'event')} in ${counted(report.files, 'file')} of ${counted(report.streams, 'stream')}`,
    `${counted(report.known, 'event')} were in the lake, ${counted(report.landed, 'row')} landed in ${counted(report.landingObjects, 'object')}`,
    ...(report.sampledOut === 0 ? [] : [`${counted(report.sampledOut, 'event')} left out by sampling`]),
    ...(report.assumedStreams === 0
      ? []
      : [
          `${counted(report.assumedStreams, 'stream')} with a name that is not sure: "/" and "-" look alike in exports`,
        ]),
    ...report.unreadable.map(key => `no export file: ${printable(key)}`),
  ]
  return `${lines.join('\n')}\n`
}
