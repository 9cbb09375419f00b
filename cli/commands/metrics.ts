import { Command } from 'commander'
import { counted } from '../../shared/diagnostics/table.js'
import { loadWith } from '../../shared/lake/lake-dependencies.js'
import type { MetricMinute } from '../../shared/metrics/metric-totals.js'
import { type Recomputed, recomputeMetrics, type TimeRange } from '../../shared/pipeline/recompute-metrics.js'
import { lakeCatalog, openLake, readTime } from '../lake.js'
import { printable } from '../terminal.js'

const recomputeHelp = `
Reads the counts that ingest wrote into the footers of the landing objects, and into the ledger when they were committed: a
few kilobytes of each object whose events can be in the range, and nothing of the events. Times are UTC, 2026-01-15 or 2026-01-15T10:30Z, or so long ago: 90m, 6h,
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
  const lake = openLake(options.lake)
  const recomputed = await loadWith(lakeCatalog(lake), table => recomputeMetrics(lake, range, table?.metadata ?? null))
  process.stdout.write(options.json === true ? asJson(range, recomputed) : asText(recomputed))
  return recomputed.unreadable.length > 0 ? 1 : 0
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
    `${counted(minutes.length, 'minute')} of metrics from ${counted(objects, 'object')}`,
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
