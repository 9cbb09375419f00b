/** What the terminal shows after the logs have been sent. Lines have no end. */

import { byteSize, clip, count, counted, table } from '../../shared/diagnostics/table.js'
import type { JsonValue, QueryResult } from '../../shared/engine/duckdb.js'
import type { FeedTotals } from './feed.js'
import type { LandedReport } from './landed.js'

export function landedLines({ landed, objects, rows, bytes }: LandedReport): string[] {
  if (landed.length === 0) return ['Nothing landed']
  const cells = landed.map(line => [
    line.format,
    clip(line.logGroup, 44),
    count(line.objects),
    count(line.rows),
    byteSize(line.bytes),
  ])
  return [
    `Landed: ${counted(rows, 'row')} in ${counted(objects, 'Parquet object')}, ${byteSize(bytes)}`,
    '',
    ...indented(table([['format', 'log group', 'objects', 'rows', 'size'], ...cells], new Set([2, 3, 4]))),
  ]
}

/** What of the deliveries is not in new rows, a line for each kind of it. */
export function accountLines(totals: FeedTotals): string[] {
  const { events, duplicates, controlMessages, refused, sampled, failures } = totals
  const quarantined = sum(totals.quarantined)
  const redactions = sum(totals.redactions)
  const entries: readonly (readonly [number, string])[] = [
    [events, 'new rows'],
    [duplicates, 'rows that had landed before: a delivery that comes again is stored once'],
    [controlMessages, 'control message: acknowledged, not stored'],
    [quarantined, `quarantined in the raw bucket${namesOf(totals.quarantined)}`],
    [redactions, `redacted${namesOf(totals.redactions)}`],
    [refused, "refused: Tailrace's own log groups are never stored"],
    [sampled, 'left out by `sample` in pipeline.yml'],
    [failures.length, 'deliveries that failed to the end'],
  ]
  const shown = entries.filter(([value], index) => value > 0 || index === 0)
  return indented(
    table(
      shown.map(([value, text]) => [count(value), text]),
      new Set([0]),
    ),
  )
}

export function queryLines({ query }: LandedReport): string[] {
  return [
    'SQL over the objects (DuckDB; `logs` shows every event once)',
    '',
    ...indented(query.sql.split('\n')),
    '',
    ...indented(resultTable(query)),
  ]
}

function resultTable({ columns, rows }: QueryResult): string[] {
  const right = columns.flatMap(({ type }, index) => (/INT|DOUBLE|FLOAT|DECIMAL/.test(type) ? [index] : []))
  const cells = rows.map(row => row.map((value, index) => cellOf(value, columns[index]?.type ?? '')))
  if (rows.length === 0) return ['no rows']
  return table([columns.map(({ name }) => name), ...cells], new Set(right))
}

function cellOf(value: JsonValue, type: string): string {
  if (value === null) return '-'
  if (typeof value !== 'string') return typeof value === 'number' ? count(value) : JSON.stringify(value)
  if (type.endsWith('INT')) return count(Number(value))
  return type.startsWith('TIMESTAMP') ? value.slice(0, 19) : printable(value)
}

/** Log text does not move the cursor. */
function printable(text: string): string {
  return clip(text.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' '), 38)
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, value) => total + value, 0)
}

function namesOf(counts: Readonly<Record<string, number>>): string {
  const names = Object.keys(counts)
  return names.length === 0 ? '' : ` (${names.join(', ')})`
}

export interface Places {
  readonly url: string
  readonly functionName: string
  readonly mainBucket: string
  readonly rawBucket: string
  readonly prefix: string
  /** As shown to the user. */
  readonly mainFolder: string
  readonly rawFolder: string
}

export function fileLines(places: Places): string[] {
  const { mainFolder, rawFolder, prefix } = places
  return ['Files', `  ${mainFolder}/${prefix}landing/<day>/*.parquet`, `  ${rawFolder}/quarantine/<reason>/*`]
}

/** @param isRunning whether the endpoint goes on */
export function nextLines(places: Places, isRunning: boolean): string[] {
  const start = [
    "npx tailrace query 'stats count(*) by @log'              Logs Insights QL over them",
    'npm start -- --logs /var/log/syslog --group /my/server   your own files',
    'npm start -- --help                                      all options',
  ]
  if (!isRunning)
    return ['Next', ...indented(['npm start                                                keep it running', ...start])]
  const { url, mainBucket, functionName } = places
  return [
    'Next, in another terminal',
    ...indented([
      'export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1',
      `aws --endpoint-url ${url} s3 ls --recursive s3://${mainBucket}/`,
      `aws --endpoint-url ${url} lambda get-function --function-name ${functionName}`,
      ...start,
    ]),
  ]
}

function indented(lines: readonly string[]): string[] {
  return lines.map(line => `  ${line}`)
}
