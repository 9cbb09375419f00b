/**
 * The statements of a merge: over `keys` (what tells events apart), `dropped`, `kept` (the rows that stay) and `merged` (the
 * same with the retention that they are written under).
 */
import type { CarriedColumn, MergeInput, MergeRequest, PromotedColumn } from '../lake/merge.js'
import { promotedKey } from '../lake/promoted-columns.js'
import { schemaVersion } from '../parquet/schema.js'
import { quoteIdentifier, quoteText } from '../sql/quote.js'
import { carriedFieldIds, carriedNames, carriedSelection, schemaById } from './columns-by-id.js'
import { withFields } from './derived-fields.js'
import { identityColumns } from './identity-sql.js'
import { logColumns } from './log-columns.js'
import { fieldText, promotedValue, unheldRows } from './promoted-sql.js'

const identity = identityColumns.join(', ')

/**
 * What may be the same event as another row: not those of inputs that are known to be distinct.
 *
 * Landing objects are a source each, the table's files are one together. Of that source the rows of inputs come first: what
 * another engine has deleted must stand for what is delivered again, but not for what an update wrote in its place. So
 * `at_file` is the number of an input, and more than all of them for rows of inputs that are in the table `deleted` and
 * for rows of other files, of which some may be deleted.
 */
export function keysSql(request: KeysRequest): string {
  const { inputs, against, isAgainstPartial = false, hasIdless } = request
  const columns = `${identity}, ${hasIdless ? 'message' : 'NULL::VARCHAR AS message'}`
  const numbers = undistinct(request)
  const of = (values: readonly number[]) => `[${values.join(', ')}][file_index::BIGINT + 1]`
  const source = of(numbers.map(index => (inputs[index]!.kind === 'landing' ? index + 1 : 0)))
  const number = `${of(numbers)}::BIGINT`
  const files = inputFiles(numbers.map(index => inputs[index]!))
  const [atFile, from] = inputs.some(({ deletes }) => deletes !== undefined)
    ? [
        `${number} + CASE WHEN deleted_row IS NULL THEN 0 ELSE ${inputs.length} END`,
        `${files} AS files
  LEFT JOIN deleted ON ${number} = deleted_file AND files.file_row_number = deleted_row`,
      ]
    : [number, files]
  const branches = [
    `SELECT ${columns}, ${source} AS at_source, ${atFile} AS at_file, file_row_number AS at_row FROM ${from}`,
  ]
  if (against.length > 0) {
    branches.push(`SELECT ${columns}, 0 AS at_source, ${2 * inputs.length} + file_index::BIGINT AS at_file,
  file_row_number AS at_row FROM ${inputFiles(against.map(path => ({ path, isPartial: isAgainstPartial })))}`)
  }
  return branches.join('\nUNION ALL\n')
}

type KeysRequest = Pick<MergeRequest, 'inputs' | 'against' | 'isAgainstPartial' | 'hasIdless' | 'landed'>

/** Numbers of the inputs that may hold a row which is the same event as another. */
export function undistinct({ inputs, landed }: KeysRequest): readonly number[] {
  return [...inputs.keys()].filter(index => landed?.distinct.has(index) !== true)
}

/** Files as they are read: by name, which costs least, unless one of them may have other columns than ours. */
function inputFiles(
  inputs: readonly Pick<MergeInput, 'path' | 'isPartial'>[],
  carried: readonly CarriedColumn[] = [],
): string {
  const paths = inputs.map(({ path }) => quoteText(path)).join(', ')
  return `read_parquet([${paths}]${isById(inputs, carried) ? `, schema = ${schemaById(carried)}` : ''})`
}

/** Whether columns are found by their field ids, which all of the files must have. */
export function isById(
  inputs: readonly Pick<MergeInput, 'isPartial'>[],
  carried: readonly CarriedColumn[] = [],
): boolean {
  return carried.length > 0 || inputs.some(({ isPartial }) => isPartial)
}

/** The rows that stay, as their files have them; `is_new` came by landing. */
export function keptSql(
  { inputs, carried = [] }: MergeRequest,
  { hasDropped }: { readonly hasDropped: boolean },
): string {
  const columns = [...Object.keys(logColumns), ...carriedNames(carried)].join(', ')
  const rows = `SELECT ${columns}, file_index, file_row_number FROM ${inputFiles(inputs, carried)}`
  const kept = hasDropped
    ? `SELECT rows.* FROM (${rows}) AS rows
ANTI JOIN dropped ON rows.file_index = dropped.at_file AND rows.file_row_number = dropped.at_row`
    : rows
  return `SELECT * EXCLUDE (file_index, file_row_number), ${isNew(inputs)} AS is_new FROM (${kept})`
}

/** @param retention that all rows have now; as the table `classes` says; or as it was */
export function mergedSql(retention: number | 'by-group' | 'kept'): string {
  if (retention === 'kept') return 'SELECT * FROM kept'
  if (retention === 'by-group') {
    return 'SELECT kept.* REPLACE (class AS retention) FROM kept JOIN classes USING (log_group)'
  }
  return `SELECT * REPLACE (CAST(${retention} AS INTEGER) AS retention) FROM kept`
}

/** Values of columns of all rows of a merge, where they are known and few: a sort moves numbers faster than texts. */
export type KnownTexts = Readonly<Partial<Record<'account_id' | 'log_group' | 'log_stream', ReadonlySet<string>>>>

/** A sort compares and moves the texts of a column by their numbers in this type. */
export function textTypeSql(column: string, texts: ReadonlySet<string>): string {
  return `CREATE TYPE ${textType(column)} AS ENUM (
SELECT text FROM (SELECT unnest([${[...texts].map(quoteText).join(', ')}]) AS text) ORDER BY text)`
}

function textType(column: string): string {
  return `text_of_${column}`
}

/**
 * The rows as the plan of an erasure reads them. Such a plan gives pointers, which name an event by its id, and here the
 * place of the row stands for that: rows without an id have no other name.
 */
export function erasableRelation(inputs: readonly Pick<MergeInput, 'path' | 'isPartial'>[]): string {
  const columns = Object.keys(logColumns).map(column => {
    return column === 'id_raw' ? "concat(file_index, ' ', file_row_number) AS id_raw" : column
  })
  return `(${withFields(`SELECT ${columns.join(', ')} FROM ${inputFiles(inputs)}`)})`
}

/** The groups of the rows, and from when to when they have events, ms. */
export function groupSpansSql(inputs: readonly Pick<MergeInput, 'path' | 'isPartial'>[]): string {
  return `SELECT log_group, epoch_ms(min(timestamp)), epoch_ms(max(timestamp)) FROM ${inputFiles(inputs)} GROUP BY log_group`
}

/** `at_file` and `at_row` of the pointers that a statement over that relation gives. */
export function placesSql(statement: string): string {
  return `SELECT CAST(split_part(place, ' ', 1) AS BIGINT) AS at_file, CAST(split_part(place, ' ', 2) AS BIGINT) AS at_row
FROM (SELECT json_extract_string(decode(from_base64(c1)), '$[4]') AS place FROM (${statement}))`
}

/** What tells the events at some of the places apart. */
export function samplesSql(inputs: readonly Pick<MergeInput, 'path' | 'isPartial'>[], count: number): string {
  return `SELECT account_id, log_group, log_stream, epoch_ms(timestamp)
FROM (SELECT *, file_index, file_row_number FROM ${inputFiles(inputs)}) AS rows
SEMI JOIN found ON rows.file_index = found.at_file AND rows.file_row_number = found.at_row
ORDER BY timestamp, log_group, log_stream LIMIT ${count}`
}

/** Columns of a file that the engine sees with another type than theirs, as a text; null for none. */
export function oddColumnsSql(path: string): string {
  const types = Object.entries(logColumns).map(([name, type]) => `CAST(NULL AS ${type}) AS ${name}`)
  return `SELECT string_agg(concat(column_name, ' as ', column_type), ', ') FROM (
  SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet([${quoteText(path)}]))
  EXCEPT SELECT column_name, column_type FROM (DESCRIBE SELECT ${types.join(', ')}))`
}

/** Whether rows of a file are not found by what a selection goes by: its statistics do not hold. */
export function missedSql(path: string): string {
  const file = `read_parquet([${quoteText(path)}])`
  return `SELECT count(*) < (SELECT count(*) FROM ${file}) FROM ${file}, (
  SELECT min(epoch_us(timestamp)) AS since, max(epoch_us(timestamp)) AS until, min(concat(log_group)) AS first,
  max(concat(log_group)) AS last, min(retention + 0) AS least, max(retention + 0) AS most FROM ${file})
WHERE timestamp BETWEEN make_timestamptz(since) AND make_timestamptz(until) AND log_group BETWEEN first AND last
  AND retention BETWEEN least AND most`
}

function isNew(inputs: readonly MergeInput[]): string {
  return `[${inputs.map(({ kind }) => kind === 'landing').join(', ')}][file_index::BIGINT + 1]`
}

const tally = (sign: string) => `SELECT account_id, log_group, log_stream,
  CAST(floor(epoch_ms(timestamp) / 3600000) AS BIGINT) AS hour, ${sign}count(*), ${sign}sum(strlen(message)),
  min(epoch_ms(timestamp)), max(epoch_ms(timestamp))`

/** What stays, counted: in columns as below, then the retention it had and whether it came by landing. */
export const tallySql = `${tally('')}, retention, is_new FROM kept GROUP BY 1, 2, 3, 4, retention, is_new`

/** What was in the table and goes, in negative numbers. */
export function goneTallySql(inputs: readonly MergeInput[]): string {
  return `${tally('-')} FROM (SELECT *, file_index, file_row_number FROM ${inputFiles(inputs)} WHERE NOT ${isNew(inputs)}) AS stored
SEMI JOIN dropped ON stored.file_index = dropped.at_file AND stored.file_row_number = dropped.at_row
GROUP BY 1, 2, 3, 4`
}

/** What stays, counted without its messages: group, hour, rows and the retention it had. */
export const countsSql = `SELECT log_group, CAST(floor(epoch_ms(timestamp) / 3600000) AS BIGINT) AS hour, count(*), retention
FROM kept GROUP BY 1, 2, retention`

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

export function unheldSql(request: MergeRequest, selection: string): string {
  const rows = `SELECT * FROM merged WHERE ${selection}`
  const counts = request.promoted.map(column => unheldRows(promotedName(column), column.type))
  return `SELECT ${counts.join(', ')} FROM (${completed(rows, request)})`
}

/** Under which a promoted field is worked out: the column's own name may be that of anything in a statement. */
function promotedName({ id }: PromotedColumn): string {
  return `promoted_${id}`
}

/** Rows with the fields that landing leaves out, and with the texts of promoted fields. */
function completed(rows: string, { inputs, promoted }: MergeRequest): string {
  const hasLanding = inputs.some(({ kind }) => kind === 'landing')
  const whole = hasLanding ? withFields(rows) : rows
  if (promoted.length === 0) return whole
  const texts = promoted.map(column => `${fieldText(column.field)} AS ${promotedName(column)}`)
  return `SELECT *, ${texts.join(', ')} FROM (${whole})`
}

const maxRowGroupRows = 122_880
const minRowGroupRows = 2_048
/** Two row groups are held in memory, before compression and beside DuckDB's limit, for each thread. */
const maxRowGroupBytes = 32 * 1024 * 1024
const rowGroupShare = 1 / 24

/** @param bytesPerRow before compression */
export function rowsPerGroup(bytesPerRow: number, memoryLimitMb: number): number {
  const bytes = Math.min(maxRowGroupBytes, memoryLimitMb * 1024 * 1024 * rowGroupShare)
  const rows = Math.floor(bytes / Math.max(1, bytesPerRow))
  return Math.min(maxRowGroupRows, Math.max(minRowGroupRows, rows))
}

const fieldIds = `timestamp: 1, log_group: 2, log_stream: 3, message: 4, arrival: 5, id_random: 6, id_index: 7, id_raw: 8,
account_id: 9, region: 10, format: 11, level: 12, request_id: 13, trace_id: 14,
fields: {__duckdb_field_id: 15, key: 16, value: 17}, extra: 18, retention: 19`

/** A dictionary that comes to be larger is given up, and what was looked up for it was in vain. */
const dictionaryTexts = 2_000

/**
 * Writes the rows of a selection to a file, in the order of the table. What is worked out of a row is so after the sort, which
 * then has less to move. Strings are plain or dictionary encoded. zstd's level 1 makes files of log lines as small as level 3
 * does, with a tenth less work.
 *
 * @param held what the footer says of promoted columns
 */
export function copySql(
  path: string,
  {
    selection,
    retention,
    known,
  }: { readonly selection: string; readonly retention: number; readonly known: KnownTexts },
  request: MergeRequest,
  held: string,
  rowGroupRows: number,
): string {
  const { promoted, carried = [] } = request
  const stored = Object.keys(logColumns)
  // Another engine may have given it the name of a column that it has dropped. Readers go by ids.
  const names = promoted.map(column =>
    stored.includes(column.column.toLowerCase()) ? promotedName(column) : column.column,
  )
  const typed = promoted.map((column, index) => {
    return `${promotedValue(promotedName(column), column.type)} AS ${quoteIdentifier(names[index]!)}`
  })
  const promotedIds = promoted.map(({ id }, index) => `${quoteIdentifier(names[index]!)}: ${id}`)
  const taken = [...stored, ...names]
  const ids = [fieldIds, ...promotedIds, ...carriedFieldIds(carried, taken)].join(', ')
  const metadata = `{'tailrace.schema-version': '${schemaVersion}', '${promotedKey}': ${quoteText(held)}}`
  const numbered = stored.flatMap(column => {
    if (column === 'retention') return []
    return Object.hasOwn(known, column) ? `CAST(${column} AS ${textType(column)}) AS ${column}` : column
  })
  const sorted = `SELECT ${[...numbered, ...carriedNames(carried)].join(', ')} FROM merged WHERE ${selection}
ORDER BY log_group, timestamp, log_stream`
  const written = stored.map(column => {
    if (column === 'retention') return `CAST(${retention} AS INTEGER) AS retention`
    return Object.hasOwn(known, column) ? `CAST(${column} AS VARCHAR) AS ${column}` : column
  })
  return `COPY (SELECT ${[...written, ...typed, ...carriedSelection(carried, taken)].join(', ')} FROM (${completed(sorted, request)})) TO ${quoteText(path)} (
FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, PARQUET_VERSION v1, ROW_GROUP_SIZE ${rowGroupRows}, DICTIONARY_SIZE_LIMIT ${dictionaryTexts}, FIELD_IDS {${ids}}, KV_METADATA ${metadata})`
}
