import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { S3Client } from '@aws-sdk/client-s3'
import { Command } from 'commander'
import type { MetricMinute } from '../../shared/metrics/metric-totals.js'
import { type Recomputed, recomputeMetrics, type TimeRange } from '../../shared/pipeline/recompute-metrics.js'
import { diskStore } from '../../shared/store/disk.js'
import type { ObjectStore } from '../../shared/store/object-store.js'
import { s3Store } from '../../shared/store/s3.js'
import { printable } from '../terminal.js'

const recomputeHelp = `
Reads the counts that ingest wrote into the footers of the landing objects: a few kilobytes of each object whose events
can be in the range, and nothing of the events. Times are UTC, 2026-01-15 or 2026-01-15T10:30Z, or so long ago: 90m, 6h,
2d. A minute counts when it begins in the range. The lake of the one-machine system, below .tailrace, is read unless
--lake names another: the directory of a bucket, or s3://bucket/prefix.

Exit status: 0 done, 1 some objects could not be read, 2 an argument is wrong or the lake cannot be read.`

interface Options {
  readonly since: string
  readonly until?: string
  readonly lake?: string
  readonly json?: boolean
}

/** `tailrace metrics`: what metric filters counted. */
export function metricsCommand({ setExitCode }: { readonly setExitCode: (code: number) => void }): Command {
  const command = new Command('metrics').description('what metric filters counted')
  command
    .command('recompute')
    .description('rebuild the metrics of any range of time from the lake')
    .requiredOption('--since <time>', 'start of the range')
    .option('--until <time>', 'end of the range, excluded; now if left out')
    .option('--lake <place>', 'directory or s3://bucket/prefix')
    .option('--json', 'print one JSON document')
    .addHelpText('after', recomputeHelp)
    .action(async (options: Options) => setExitCode(await recompute(options)))
  return command
}

async function recompute(options: Options): Promise<number> {
  const now = Date.now()
  const range = { since: readTime(options.since, now), until: readTime(options.until ?? '0m', now) }
  const recomputed = await recomputeMetrics(openLake(options.lake), range)
  process.stdout.write(options.json === true ? asJson(range, recomputed) : asText(recomputed))
  return recomputed.unreadable.length > 0 ? 1 : 0
}

const msOf: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 }

function readTime(text: string, now: number): number {
  const [, count, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? []
  if (count !== undefined) return now - Number(count) * msOf[unit!]!
  const time = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?Z)?$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(time)) throw new Error(`expected a time like 2026-01-15T10:30Z or 6h, found ${JSON.stringify(text)}`)
  return time
}

function openLake(place: string | undefined): ObjectStore {
  const [, bucket, prefix = ''] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(place ?? '') ?? []
  if (bucket === undefined) return diskStore(place === undefined ? localLake('.tailrace') : existing(place))
  const forcePathStyle = process.env.AWS_ENDPOINT_URL !== undefined || process.env.AWS_ENDPOINT_URL_S3 !== undefined
  const root = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`
  return s3Store({ client: new S3Client({ forcePathStyle }), bucket, prefix: root })
}

function existing(directory: string): string {
  if (!existsSync(directory)) throw new Error(`there is no directory ${directory}`)
  return directory
}

/** The main bucket of the one-machine system: the one that has landing objects. */
function localLake(data: string): string {
  const buckets = join(data, 's3')
  const found = existsSync(buckets)
    ? readdirSync(buckets).filter(name => existsSync(join(buckets, name, 'landing')))
    : []
  if (found.length === 1) return join(buckets, found[0]!)
  const problem = found.length === 0 ? 'holds no landing objects' : `holds several lakes: ${found.join(', ')}`
  throw new Error(`${buckets} ${problem}; name the lake with --lake`)
}

function asJson({ since, until }: TimeRange, { minutes, ...rest }: Recomputed): string {
  const range = { since: new Date(since).toISOString(), until: new Date(until).toISOString() }
  const written = minutes.map(({ timestamp, ...minute }) => ({ time: new Date(timestamp).toISOString(), ...minute }))
  return `${JSON.stringify({ ...range, ...rest, minutes: written })}\n`
}

const columns = ['time', 'metric', 'count', 'sum', 'min', 'max', 'p50', 'p90', 'p99'] as const

function asText({ minutes, objects, unreadable, omitted }: Recomputed): string {
  const table = [columns as readonly string[], ...minutes.map(cellsOf)]
  const widths = columns.map((_, column) => Math.max(...table.map(cells => cells[column]!.length)))
  const lines =
    minutes.length === 0 ? [] : table.map(cells => cells.map((cell, at) => padded(cell, at, widths)).join('  '))
  const notes = [
    `${minutes.length} minutes of metrics from ${objects} objects`,
    ...(omitted === 0 ? [] : [`${omitted} data points were left out by ingest: too many series in one object`]),
    ...unreadable.map(key => `cannot be read: ${printable(key)}`),
  ]
  return `${[...lines, ...notes].map(line => line.trimEnd()).join('\n')}\n`
}

function padded(cell: string, column: number, widths: readonly number[]): string {
  return column < 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)
}

function cellsOf(minute: MetricMinute): readonly string[] {
  const { timestamp, namespace, metric, dimensions, count, sum, min, max, percentiles, isDefault } = minute
  const pairs = Object.entries(dimensions).map(([name, value]) => `${name}=${value}`)
  const name = printable(
    `${namespace} ${metric}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`}${isDefault ? ' (default)' : ''}`,
  )
  const { p50 = '-', p90 = '-', p99 = '-' } = percentiles ?? {}
  return [
    `${new Date(timestamp).toISOString().slice(0, 16)}Z`,
    name,
    ...[count, sum, min, max, p50, p90, p99].map(String),
  ]
}
