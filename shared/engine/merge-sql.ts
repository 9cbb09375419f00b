/** The statements of a merge: over `keys` (what tells events apart), `dropped` and `merged` (the rows that stay). */
import type { MergeInput, MergeRequest, PromotedColumn } from '../lake/merge.js'
import { promotedKey } from '../lake/merge.js'
import { schemaVersion } from '../parquet/schema.js'
import { quoteIdentifier, quoteText } from '../sql/quote.js'
import { derivedFields } from './derived-fields.js'
import { identityColumns } from './identity-sql.js'
import { logColumns } from './landing-view.js'
import { fieldText, promotedValue, unheldRows } from './promoted-sql.js'

const identity = identityColumns.join(', ')

/**
 * Landing objects are a source each, the table's files are one together.
 * @param hasIdless whether messages count
 */
export function keysSql(inputs: readonly MergeInput[], against: readonly string[], hasIdless: boolean): string {
  const columns = `${identity}, ${hasIdless ? 'message' : 'NULL::VARCHAR AS message'}`
  const sources = inputs.map(({ kind }, index) => (kind === 'landing' ? index + 1 : 0))
  const branches = [
    `SELECT ${columns}, [${sources.join(', ')}][file_index::BIGINT + 1] AS at_source, file_index::BIGINT AS at_file,
  file_row_number AS at_row FROM ${inputFiles(inputs)}`,
  ]
  if (against.length > 0) {
    branches.push(`SELECT ${columns}, 0 AS at_source, -1 - file_index::BIGINT AS at_file, file_row_number AS at_row
  FROM read_parquet([${against.map(quoteText).join(', ')}])`)
  }
  return branches.join('\nUNION ALL\n')
}

function inputFiles(inputs: readonly MergeInput[]): string {
  const paths = inputs.map(({ path }) => quoteText(path)).join(', ')
  // By name costs a look at every footer before the first row.
  const byName = inputs.some(({ isPartial }) => isPartial) ? ', union_by_name = true' : ''
  return `read_parquet([${paths}]${byName})`
}

/** The rows that stay, with the table's columns, promoted ones as the texts of their fields; `is_new` came by landing. */
export function rowsSql(request: MergeRequest, { hasDropped }: { readonly hasDropped: boolean }): string {
  const { inputs, promoted, retentionOf, erase } = request
  const columns = Object.keys(logColumns).map(column => (column === 'fields' ? `${derivedFields} AS fields` : column))
  let rows = `SELECT ${columns.join(', ')}, file_index, file_row_number FROM ${inputFiles(inputs)}`
  if (hasDropped) {
    rows = `SELECT rows.* FROM (${rows}) AS rows
ANTI JOIN dropped ON rows.file_index = dropped.at_file AND rows.file_row_number = dropped.at_row`
  }
  const conditions = erase === undefined ? '' : ` WHERE NOT coalesce((${erase}), false)`
  const excluded = ['file_index', 'file_row_number', ...(retentionOf === undefined ? [] : ['retention', 'class'])]
  const added = promoted.map(({ field, column }) => `${fieldText(field)} AS ${quoteIdentifier(column)}`)
  added.push(`${isNew(inputs)} AS is_new`)
  if (retentionOf !== undefined) added.push('class AS retention')
  const classes = retentionOf === undefined ? '' : ' JOIN classes USING (log_group)'
  return `SELECT ${[`* EXCLUDE (${excluded.join(', ')})`, ...added].join(', ')}
FROM (${rows})${classes}${conditions}`
}

function isNew(inputs: readonly MergeInput[]): string {
  return `[${inputs.map(({ kind }) => kind === 'landing').join(', ')}][file_index::BIGINT + 1]`
}

const tally = (sign: string) => `SELECT account_id, log_group, log_stream,
  CAST(floor(epoch_ms(timestamp) / 3600000) AS BIGINT) AS hour, ${sign}count(*), ${sign}sum(strlen(message)),
  min(epoch_ms(timestamp)), max(epoch_ms(timestamp))`

/** What came by landing and stays. */
export const tallySql = `${tally('')} FROM merged WHERE is_new GROUP BY 1, 2, 3, 4`

/** What was in the table and goes, in negative numbers. */
export function goneTallySql(inputs: readonly MergeInput[]): string {
  return `${tally('-')} FROM (SELECT *, file_index, file_row_number FROM ${inputFiles(inputs)} WHERE NOT ${isNew(inputs)}) AS stored
SEMI JOIN dropped ON stored.file_index = dropped.at_file AND stored.file_row_number = dropped.at_row
GROUP BY 1, 2, 3, 4`
}

export const partitionsSql = `SELECT CAST(floor(epoch_ms(timestamp) / 86400000) AS BIGINT) AS day, retention, count(*)
FROM merged GROUP BY 1, 2 ORDER BY 1, 2`

interface Partition {
  readonly day: number
  readonly retention: number
}

interface Bound {
  readonly logGroup: string
  readonly micros: bigint
}

const microsPerDay = 86_400_000_000n

/** Where to cut a partition: group and time of every n-th row, but no two cuts alike. */
export function piecesSql(partition: Partition, rowsPerPiece: number): string {
  return `SELECT DISTINCT log_group, micros FROM (
  SELECT log_group, epoch_us(timestamp) AS micros, row_number() OVER () AS n FROM (
    SELECT log_group, timestamp FROM merged WHERE ${inPartition(partition)} ORDER BY log_group, timestamp))
WHERE n > 1 AND (n - 1) % ${rowsPerPiece} = 0 ORDER BY log_group, micros`
}

/** A condition for the rows of a partition from one cut to the next. */
export function selectionSql(partition: Partition, from: Bound | null, to: Bound | null): string {
  const conditions = [inPartition(partition)]
  // The bare comparison of groups lets row groups be left out by their statistics.
  if (from !== null) conditions.push(`log_group >= ${quoteText(from.logGroup)} AND NOT ${before(from)}`)
  if (to !== null) conditions.push(`log_group <= ${quoteText(to.logGroup)} AND ${before(to)}`)
  return conditions.join(' AND ')
}

function before({ logGroup, micros }: Bound): string {
  const group = quoteText(logGroup)
  return `(log_group < ${group} OR (log_group = ${group} AND timestamp < make_timestamptz(${micros})))`
}

function inPartition({ day, retention }: Partition): string {
  const start = BigInt(day) * microsPerDay
  const times = `timestamp >= make_timestamptz(${start}) AND timestamp < make_timestamptz(${start + microsPerDay})`
  return `${times} AND retention = ${retention}`
}

export function unheldSql(promoted: readonly PromotedColumn[], selection: string): string {
  return `SELECT ${promoted.map(unheldRows).join(', ')} FROM merged WHERE ${selection}`
}

const maxRowGroupRows = 122_880
const minRowGroupRows = 2_048
/** Two row groups are held in memory, before compression, for each thread. */
const rowGroupBytes = 32 * 1024 * 1024

const fieldIds = `timestamp: 1, log_group: 2, log_stream: 3, message: 4, arrival: 5, id_random: 6, id_index: 7, id_raw: 8,
account_id: 9, region: 10, format: 11, level: 12, request_id: 13, trace_id: 14,
fields: {__duckdb_field_id: 15, key: 16, value: 17}, extra: 18, retention: 19`

/** Writes the rows of a selection to a file, in the order of the table. Strings are plain or dictionary encoded. */
export function copySql(
  path: string,
  selection: string,
  promoted: readonly PromotedColumn[],
  unheld: Readonly<Record<string, number>>,
  uncompressedBytesPerRow: number,
): string {
  const typed = promoted.map(({ column, type }) => {
    const name = quoteIdentifier(column)
    return `${promotedValue(name, type)} AS ${name}`
  })
  const columns = [...Object.keys(logColumns), ...typed].join(', ')
  const ids = [fieldIds, ...promoted.map(({ column, id }) => `${quoteIdentifier(column)}: ${id}`)].join(', ')
  const rows = Math.floor(rowGroupBytes / Math.max(1, uncompressedBytesPerRow))
  const rowGroupRows = Math.min(maxRowGroupRows, Math.max(minRowGroupRows, rows))
  const metadata = `{'tailrace.schema-version': '${schemaVersion}', '${promotedKey}': ${quoteText(JSON.stringify(unheld))}}`
  return `COPY (SELECT ${columns} FROM merged WHERE ${selection}
ORDER BY log_group, timestamp, log_stream, account_id, arrival, id_random, id_index, id_raw) TO ${quoteText(path)} (
FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v1, ROW_GROUP_SIZE ${rowGroupRows}, FIELD_IDS {${ids}}, KV_METADATA ${metadata})`
}
