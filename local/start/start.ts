import { once } from 'node:events'
import { relative } from 'node:path'
import { inspect } from 'node:util'
import { byteSize, count, counted } from '../../shared/diagnostics/table.js'
import { ObjectStoreError } from '../../shared/store/errors.js'
import type { StartOptions } from './arguments.js'
import { diskFull } from './data-folder.js'
import type { Delivery } from './delivery.js'
import { type FeedTotals, feed } from './feed.js'
import { type LandedReport, readLanded } from './landed.js'
import { packageFunctions } from './package-functions.js'
import { type Progress, showProgress } from './progress.js'
import { groupSql, samplesSql } from './queries.js'
import { accountLines, fileLines, landedLines, nextLines, type Places, queryLines } from './report.js'
import { sampleDeliveries } from './samples.js'
import { accountId, type RunningStack, startStack } from './stack.js'
import { userFileDeliveries } from './user-files.js'

/** What shells report of a program that Ctrl-C has ended before its work was done. */
export const interrupted = 130

/**
 * Starts everything, sends the logs, shows what landed, and runs until it is told to stop.
 * @returns the exit status
 * @throws what `explain` has words for
 */
export async function start(root: string, options: StartOptions, stop: AbortSignal): Promise<number> {
  const output = options.json ? process.stderr : process.stdout
  const print = (lines: readonly string[]) => output.write(`${lines.join('\n')}\n`)
  const progress = showProgress(output)
  print(['', 'Tailrace on this machine', ''])
  const stack = await startSteps(root, options, progress, stop)
  try {
    const { totals, problems } = await sendSteps(root, options, stack, progress, stop)
    if (stop.aborted) {
      print(stoppedLines(totals, options))
      return interrupted
    }
    const landed = await readLanded({
      folder: stack.folderOf(stack.environment.bucket),
      prefix: stack.environment.prefix,
      keys: totals.keys,
      sql: options.files.length === 0 ? samplesSql : groupSql(options.logGroup),
    })
    const places = placesOf(stack)
    if (options.json) console.log(JSON.stringify(jsonReport(totals, landed, problems, places), null, 2))
    else
      print([
        '',
        ...landedLines(landed),
        '',
        ...accountLines(totals),
        '',
        ...queryLines(landed),
        '',
        ...fileLines(places),
      ])
    print([...problemLines(problems), ...failureLines(totals), '', ...nextLines(places, !options.once)])
    const status = problems.length > 0 || totals.failures.length > 0 ? 1 : 0
    if (options.once) return status
    const now = `Running on ${stack.url} until Ctrl-C.`
    print(['', `${now} What has landed goes to the table within some minutes.`])
    stack.startSchedules()
    if (!stop.aborted) await once(stop, 'abort')
    print(stoppedLines(totals, options))
    return status
  } finally {
    await stack.close()
  }
}

async function startSteps(
  root: string,
  options: StartOptions,
  progress: Progress,
  stop: AbortSignal,
): Promise<RunningStack> {
  let began = performance.now()
  const seconds = () => `${((performance.now() - began) / 1000).toFixed(1)} s`
  const ticking = setInterval(() => progress.update('package', `building the functions, ${seconds()}`), 100)
  const packaged = await packageFunctions(root, stop).finally(() => {
    clearInterval(ticking)
    progress.clear()
  })
  progress.done('package', packaged.wasBuilt ? `functions built and packaged in ${seconds()}` : 'up to date')
  began = performance.now()
  const { port, reset, data } = options
  const stack = await startStack({ root, data, port, reset, packaged, onError: tellOnce(progress) })
  const { definition } = stack.ingest
  progress.done('endpoint', `${stack.url} (S3, Lambda), data in ${shortPath(data)}`)
  const limits = `${definition.memoryMb} MB, ${definition.timeoutSeconds} s`
  progress.done('function', `${definition.name} on Node ${stack.node.version}, ${limits}`)
  return stack
}

/** The endpoint's failures, on standard error: what the world did in a line, the first time; bugs in full. */
function tellOnce(progress: Progress): (error: unknown) => void {
  const told = new Set<string>()
  return error => {
    const text = error instanceof ObjectStoreError ? error.message : inspect(error)
    if (told.size === 10 || told.has(text)) return
    told.add(text)
    progress.clear()
    console.error(`  endpoint  ${text}`)
  }
}

async function sendSteps(
  root: string,
  options: StartOptions,
  stack: RunningStack,
  progress: Progress,
  stop: AbortSignal,
): Promise<{ readonly totals: FeedTotals; readonly problems: readonly string[] }> {
  const problems: string[] = []
  let deliveries: AsyncIterable<Delivery> | readonly Delivery[]
  let where = (totals: FeedTotals) => count(totals.deliveries)
  if (options.files.length === 0) {
    const samples = await sampleDeliveries(root)
    deliveries = samples
    where = totals => `${totals.deliveries} of ${samples.length}`
  } else {
    let place = ''
    deliveries = userFileDeliveries({
      ...options,
      accountId,
      onProgress: (file, read) => {
        place = `${shortPath(file)} ${Math.floor(read * 100)} %`
      },
      onProblem: problem => problems.push(problem.message),
    })
    where = totals => `${place}, ${counted(totals.deliveries, 'delivery')}`
  }
  const began = performance.now()
  const totals = await feed(
    stack.ingest,
    deliveries,
    now => progress.update('send', `${where(now)}, ${counted(now.events, 'new row')}`),
    stop,
  )
  const full = totals.failures.find(({ isDiskFull }) => isDiskFull)
  if (full !== undefined) {
    progress.clear()
    throw diskFull(options.data, full)
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  const sent = `${counted(totals.deliveries, 'delivery')} in ${seconds} s: ${byteSize(totals.bytesIn)} of gzip`
  const written = totals.bytesOut === 0 ? '' : `, ${byteSize(totals.bytesOut)} of Parquet`
  if (!stop.aborted) progress.done('send', `${sent}${written}`)
  return { totals, problems }
}

function stoppedLines({ deliveries, events }: FeedTotals, { data }: StartOptions): string[] {
  const did = `${counted(deliveries, 'delivery')}, ${counted(events, 'new row')}`
  return ['', `Stopped after ${did}. The data stays in ${shortPath(data)}; npm start goes on with it.`]
}

function placesOf({ url, ingest, environment, folderOf }: RunningStack): Places {
  return {
    url,
    functionName: ingest.definition.name,
    mainBucket: environment.bucket,
    rawBucket: environment.rawBucket,
    prefix: environment.prefix,
    mainFolder: shortPath(folderOf(environment.bucket)),
    rawFolder: shortPath(folderOf(environment.rawBucket)),
  }
}

function problemLines(problems: readonly string[]): string[] {
  if (problems.length === 0) return []
  return ['', 'Not sent, or not to the end', ...problems.map(problem => `  ${problem}`)]
}

function failureLines({ failures }: FeedTotals): string[] {
  if (failures.length === 0) return []
  const shown = [...new Set(failures.map(({ error, outcome }) => `  ${error} (${outcome})`))].slice(0, 5)
  return [
    '',
    'Deliveries that failed to the end; what is recorded stands in the raw bucket below aws/lambda/',
    ...shown,
  ]
}

function jsonReport(totals: FeedTotals, landed: LandedReport, problems: readonly string[], places: Places) {
  const { keys, ...counts } = totals
  return { deliveries: { ...counts, keys: [...keys] }, ...landed, problems, places }
}

function shortPath(path: string): string {
  const short = relative(process.cwd(), path)
  return short === '' || short.startsWith('..') ? path : short
}
