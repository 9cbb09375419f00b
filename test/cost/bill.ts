import type { Requests } from './counting.js'
import type { FullSize } from './full-size.js'
import { prices } from './prices.js'
import { type Day, type FunctionName, functionNames, type Mode } from './simulate-day.js'
import { eventsPerBatch, rawBytesPerDay, type Traffic } from './traffic.js'

export interface Line {
  readonly what: string
  /** A day's amount, as a text. */
  readonly amount: string
  readonly dollarsPerDay: number
  readonly dollarsPerRawGb: number
}

export interface Bill {
  readonly rawGbPerDay: number
  /** S3, Glue, Lambda, schedules and logs. */
  readonly lines: readonly Line[]
  readonly sum: Line
  /** Of the stream, in Kinesis mode. */
  readonly stream: readonly Line[]
  /** For each raw GB that the lake holds for a month. */
  readonly storagePerRawGbMonth: number
}

/** Of the functions, MB: infra/functions and serverless.yml. */
const memoryMb: Readonly<Record<Mode, Readonly<Record<FunctionName, number>>>> = {
  direct: { ingest: 512, commit: 2_048, compact: 3_008 },
  kinesis: { ingest: 1_769, commit: 2_048, compact: 3_008 },
}
/** Memory that comes with one whole processor. */
const mbPerProcessor = 1_769
/** What a request takes, ms, each after the other: more than S3 and Glue usually take, and many of ours run side by side. */
const putMs = 40
const readMs = 25
/** One start in a hundred is cold, ms. */
const initMs = 600 / 100

export interface BillInput {
  readonly mode: Mode
  readonly traffic: Traffic
  readonly day: Day
  /** How much of a day was simulated. */
  readonly hours: number
  readonly scale: number
  readonly full: FullSize
}

export function billOf(input: BillInput): Bill {
  const { mode, traffic, day, hours, full } = input
  const days = hours / 24
  const rawGbPerDay = rawBytesPerDay(traffic) / 1e9
  const line = (what: string, amount: string, dollars: number): Line => ({
    what,
    amount,
    dollarsPerDay: dollars / days,
    dollarsPerRawGb: dollars / days / rawGbPerDay,
  })
  const totals = functionNames.map(name => day.functions[name])
  const requests = (of: keyof Requests) => totals.reduce((sum, total) => sum + total.requests[of], 0)
  const runs = totals.reduce((sum, total) => sum + total.runs, 0)
  const counted = (count: number) => Math.round(count / days).toLocaleString('en-US')
  const perFunction = functionNames.map(name => ({ name, gbSeconds: gbSecondsOf(name, input) }))
  const logBytes = totals.reduce((sum, total) => sum + total.logBytes, 0)
  const scheduled = day.functions.commit.runs + day.functions.compact.runs
  const lines = [
    ...functionNames.map(name => {
      const { put } = day.functions[name].requests
      return line(`S3 PUT, ${name}`, counted(put), put * prices.s3PutOrList)
    }),
    line('S3 LIST', counted(requests('list')), requests('list') * prices.s3PutOrList),
    line('S3 GET and HEAD', counted(requests('get')), requests('get') * prices.s3Get),
    line('S3 DELETE', counted(requests('delete')), 0),
    line('Glue', counted(requests('glue')), requests('glue') * prices.glueRequest),
    line('Lambda requests', counted(runs), runs * prices.lambdaRequest),
    ...perFunction.map(({ name, gbSeconds }) =>
      line(`Lambda GB-s, ${name}`, counted(gbSeconds), gbSeconds * prices.lambdaGbSecond),
    ),
    line('schedules', counted(scheduled), scheduled * prices.schedulerInvocation),
    line('own logs and EMF', `${(logBytes / days / 1e6).toFixed(1)} MB`, (logBytes / 1e9) * prices.logsGb),
  ]
  const dollars = lines.reduce((sum, each) => sum + each.dollarsPerDay, 0) * days
  return {
    rawGbPerDay,
    lines,
    sum: line('S3, Glue, Lambda, logs', '', dollars),
    stream: mode === 'kinesis' ? streamLines(input, line) : [],
    storagePerRawGbMonth: ((full.tableBytesPerEvent * eventsPerBatch(traffic)) / traffic.batchBytes) * prices.s3GbMonth,
  }
}

/**
 * Processor time of batches of full size, and of what was simulated beside them; and every request as if it waited for the
 * one before.
 */
function gbSecondsOf(name: FunctionName, { mode, day, scale, full }: BillInput): number {
  const { runs, requests, cpuMs } = day.functions[name]
  const memory = memoryMb[mode][name]
  const cpu = {
    ingest: runs * full.ingestCpuMs,
    commit: day.idleCpuMs + day.commits * full.commitCpuMs,
    compact: cpuMs + day.rewrittenRows * scale * full.compactCpuMsPerRow,
  }[name]
  const waiting = requests.put * putMs + (requests.get + requests.list + requests.delete + requests.glue) * readMs
  const ms = cpu / Math.min(1, memory / mbPerProcessor) + waiting + runs * initMs
  return (ms / 1_000) * (memory / 1_024)
}

/** On demand; a record counts as whole KB. */
function streamLines(
  { traffic, hours, full }: BillInput,
  line: (what: string, amount: string, dollars: number) => Line,
): readonly Line[] {
  const recordsPerDay = traffic.groups * (1_440 / traffic.batchMinutes)
  const gb = (recordsPerDay * (hours / 24) * Math.ceil(full.recordBytes / 1_024) * 1_024) / 1e9
  const amount = `${(gb / (hours / 24)).toFixed(2)} GB`
  return [
    line('stream hours', '24', hours * prices.kinesisStreamHour),
    line('stream in', amount, gb * prices.kinesisGbIn),
    line('stream out', amount, gb * prices.kinesisGbOut),
  ]
}
