import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Command } from 'commander'
import { byteSize, counted, table } from '../../shared/diagnostics/table.js'
import { createReplay } from '../../shared/jobs/create-replay.js'
import { explainReplay, type ReplayGroup } from '../../shared/jobs/explain-replay.js'
import { heldInLake } from '../../shared/jobs/held-events.js'
import { isConsumedBy } from '../../shared/jobs/is-consumed.js'
import { recordRedactions } from '../../shared/jobs/redactions.js'
import { ReplayFailed, type ReplayReport, type ReplaySelection } from '../../shared/jobs/replay.js'
import { lakeCatalog, openLake, readTime } from '../lake.js'
import { defaultStack, type JobOptions, placeOptions } from '../logs-options.js'
import { type OpenedEngine, openEngine } from '../open-engine.js'
import { openRaw } from '../raw-bucket.js'
import { readPipeline } from '../read-pipeline.js'
import { regionOfRows } from '../region.js'
import { collect } from '../scope-options.js'
import { obeys, printable } from '../terminal.js'

const help = `
Shows what waits in the raw bucket, by reason, and with --apply lands it the way ingest would have: under the same keys,
so that doing it again, or twice at once, adds nothing. An object is deleted when everything in it is landed or kept in
a better place; what still cannot be read stays. Nothing of what the objects hold is printed.

  tailrace replay                          what is there, and why
  tailrace replay --reason failed-async    deliveries that failed to the end
  tailrace replay --reason compression --apply

The buckets of the one-machine system, below .tailrace, are used unless --lake and --raw name others.

Exit status: 0 done, 1 something is left or failed, 2 an argument is wrong or a bucket cannot be read.`

interface Options extends JobOptions {
  readonly reason?: readonly string[]
  readonly since?: string
  readonly until?: string
  readonly raw?: string
  readonly maxDecoded?: string
}

/** `tailrace replay`: failed deliveries and quarantine → landing. */
export function replayCommand({ setExitCode }: { readonly setExitCode: (code: number) => void }): Command {
  return new Command('replay')
    .description('show or land what failed or could not be decoded')
    .option('--reason <reason>', 'only this reason; may be repeated', collect)
    .option('--since <time>', 'written at this time or later: 2026-01-15T10:30Z, or 6h')
    .option('--until <time>', 'written before this time')
    .option('--lake <place>', 'main bucket: directory or s3://bucket/prefix')
    .option('--raw <place>', 'raw bucket: directory or s3://bucket')
    .option('--pipeline <file>', 'the configuration, pipeline.yml if left out')
    .option('--stack <name>', 'stack whose ingest function failed', defaultStack)
    .option('--region <region>', "region of its log groups; the environment's if left out")
    .option('--max-decoded <MB>', 'the most that a record may inflate to, 32 if left out')
    .option('--apply', 'do it; without, it is only shown')
    .option('--json', 'print one JSON document')
    .addHelpText('after', help)
    .action(async (options: Options) => setExitCode(await run(options)))
}

async function run(options: Options): Promise<number> {
  const now = Date.now()
  const selection: ReplaySelection = {
    reasons: options.reason ?? [],
    since: options.since === undefined ? null : readTime(options.since, now),
    until: options.until === undefined ? null : readTime(options.until, now),
  }
  const raw = openRaw(options.raw)
  if (options.apply !== true) {
    const groups = await explainReplay(selection, raw)
    process.stdout.write(options.json === true ? `${JSON.stringify({ groups })}\n` : explained(groups, options))
    return 0
  }
  return apply(selection, options)
}

async function apply(selection: ReplaySelection, options: Options): Promise<number> {
  const isTerminal = obeys(process.stderr)
  const lake = openLake(options.lake)
  let opened: Promise<OpenedEngine> | undefined
  const pipeline = readPipeline(options.pipeline)
  await recordRedactions(lake, pipeline)
  const replay = await createReplay(pipeline, {
    store: lake,
    raw: openRaw(options.raw),
    isConsumed: isConsumedBy(lakeCatalog(lake), lake, Date.now),
    held: async query => {
      opened ??= openEngine(lake)
      return heldInLake((await opened).engine)(query)
    },
    // Metric data goes to CloudWatch out of a function's log only.
    print: () => undefined,
    stack: options.stack,
    region: await regionOfRows(options.region, options.lake),
    now: Date.now,
    sleep: ms => sleep(ms),
    ...(options.maxDecoded === undefined ? {} : { maxDecodedBytes: megabytes(options.maxDecoded) }),
  })
  const onProgress = ({ found, events }: ReplayReport) => {
    if (isTerminal) process.stderr.write(`\r${counted(found, 'object')}, ${counted(events, 'event')}\x1b[K\r`)
  }
  const attemptId = `cli/${randomUUID()}`
  const { report, problem } = await replay({ ...selection, attemptId, onProgress }).then(
    done => ({ report: done, problem: null }),
    error => {
      if (!(error instanceof ReplayFailed)) throw error
      return { report: error.report, problem: error.message }
    },
  )
  if (opened !== undefined) (await opened.catch(() => undefined))?.close()
  process.stdout.write(
    options.json === true ? `${JSON.stringify({ ...report, problem })}\n` : reported(report, problem),
  )
  return problem !== null || Object.keys(report.left).length > 0 ? 1 : 0
}

function megabytes(text: string): number {
  const count = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (count === 0) throw new Error(`--max-decoded: expected a number of MB, found ${JSON.stringify(text)}`)
  return count * 1024 * 1024
}

const nothingWaits = 'Nothing waits: no failed delivery, nothing in quarantine.\n'

function explained(groups: readonly ReplayGroup[], { lake, raw, stack }: Options): string {
  if (groups.length === 0) return nothingWaits
  const day = (ms: number) => `${new Date(ms).toISOString().slice(0, 16)}Z`
  const rows = groups.map(({ reason, objects, bytes, oldest, newest }) => [
    reason,
    String(objects),
    byteSize(bytes),
    day(oldest),
    day(newest),
  ])
  const lines = table([['reason', 'objects', 'size', 'first', 'last'], ...rows], new Set([1, 2]))
  const details = groups.flatMap(({ reason, meaning, samples }) => [
    '',
    `${reason}: ${meaning}`,
    ...samples.map(({ key, detail }) => printable(`  ${key}${detail === '' ? '' : `: ${detail}`}`)),
  ])
  const reasons = groups.map(({ reason }) => `--reason ${reason}`)
  const command = `tailrace replay --apply${placeOptions({ lake, raw, stack })}`
  const some = groups.length === 1 ? '' : `, with ${reasons.join(' or ')} for some`
  return `${[...lines, ...details, '', `To land what can be read today: ${command}${some}`].join('\n')}\n`
}

const whyLeft: Readonly<Record<string, string>> = {
  'still-bad': 'cannot be decoded today either',
  'not-a-record': 'not written by Lambda',
  'no-payload': 'say what failed without holding it',
  'other-function': 'of another function',
  'id-conflict': 'repeat an id with another message',
}

function reported(report: ReplayReport, problem: string | null): string {
  const left = Object.entries(report.left).map(
    ([why, count]) => `${counted(count ?? 0, 'object')} left: ${whyLeft[why] ?? why}`,
  )
  if (report.found === 0 && problem === null) return nothingWaits
  const lines = [
    `${report.replayed} of ${counted(report.found, 'object')} replayed and deleted`,
    `${counted(report.events, 'event')} landed, ${report.duplicates} had been there`,
    ...(report.refused + report.sampled === 0
      ? []
      : [`${report.refused} events of Tailrace's own groups refused, ${report.sampled} left out by sampling`]),
    ...(report.gone === 0 ? [] : [`${counted(report.gone, 'object')} replayed by somebody else meanwhile`]),
    ...left,
    ...(problem === null
      ? []
      : [`${counted(report.failed, 'object')} failed and can be tried again: ${printable(problem)}`]),
    ...(left.length === 0
      ? []
      : ['What is left stays in the raw bucket until it expires there; without --apply its reasons are shown.']),
    ...(report.stopped ? ['Stopped early: run it again for the rest.'] : []),
  ]
  return `${lines.join('\n')}\n`
}
