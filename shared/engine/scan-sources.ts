/**
 * Where a scan reads, as SQL: data files in branches, those that hold the same promoted fields exactly in one; and landing
 * objects, each event once, without what data files hold already.
 *
 * Data files are read as they are: each of their events is there once. Only landing rows are compared, among themselves
 * and with the identities of data rows in the stretches of time that landing covers; a lake without landing objects in the
 * range pays nothing for them. Data files with rows without ids, which landed rows with ids may stand for, are read
 * together with landing: there such a row gives way.
 */
import { groupSummaries, overlaps, timesOf } from '../lake/read-row-groups.js'
import type { FileFooter, RowGroup } from '../parquet/footer.js'
import { quoteText } from '../sql/quote.js'
import { deletedRowsSql, type FileWithDeletes } from './deleted-rows.js'
import { withFields } from './derived-fields.js'
import { eventsOnce, identityColumns } from './identity-sql.js'
import { logColumns } from './log-columns.js'

export interface Interval {
  /** Event times in ms, both inclusive. */
  readonly min: number
  readonly max: number
}

/** More stretches than this are joined where they are nearest, which compares some rows more. */
const maxIntervals = 64

/** The stretches of time that landing objects cover, ascending and apart. */
export function coveredTimes(footers: readonly FileFooter[]): readonly Interval[] {
  const found: Interval[] = []
  for (const footer of footers) {
    const groups = groupSummaries(footer)
    const times = groups === null ? footer.rowGroups.map(timesOf) : [...groups.values()]
    for (const one of times) found.push(one ?? { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY })
  }
  found.sort((a, b) => a.min - b.min)
  let joined: Interval[] = []
  for (const one of found) {
    const last = joined.at(-1)
    if (last !== undefined && one.min <= last.max + 1)
      joined[joined.length - 1] = { min: last.min, max: Math.max(last.max, one.max) }
    else joined.push(one)
  }
  while (joined.length > maxIntervals) joined = joinNearest(joined)
  return joined
}

/** Half as many, by closing the smallest gaps. */
function joinNearest(intervals: readonly Interval[]): Interval[] {
  const gaps = intervals.slice(1).map((one, index) => one.min - intervals[index]!.max)
  const limit = gaps.toSorted((a, b) => a - b)[Math.floor(gaps.length / 2)]!
  const joined: Interval[] = []
  for (const one of intervals) {
    const last = joined.at(-1)
    if (last !== undefined && one.min - last.max <= limit) joined[joined.length - 1] = { min: last.min, max: one.max }
    else joined.push(one)
  }
  return joined
}

/** Row groups, of these, that hold events of one of the stretches of time. */
export function rowGroupsWithin(
  footer: FileFooter,
  rowGroups: readonly number[],
  intervals: readonly Interval[],
): readonly number[] {
  return rowGroups.filter(index => {
    const times = timesOf(footer.rowGroups[index]!)
    return times === null || intervals.some(({ min, max }) => overlaps({ from: min, to: max }, times.min, times.max))
  })
}

/** Whether some of the rows may lack an event id: a row has its parts or its raw text, or neither. */
export function mayLackIds(rowGroups: readonly RowGroup[]): boolean {
  return rowGroups.some(({ rows, chunks }) => {
    const nulls = (column: string) => chunks.find(chunk => chunk.column === column)?.statistics.nullCount ?? rows
    return nulls('id_random') + nulls('id_raw') > rows
  })
}

/** Whether some of the rows may have an event id. */
export function mayHaveIds(rowGroups: readonly RowGroup[]): boolean {
  return rowGroups.some(({ rows, chunks }) =>
    ['id_random', 'id_raw'].some(
      column => chunks.find(chunk => chunk.column === column)?.statistics.nullCount !== rows,
    ),
  )
}

/** What landing files must have for these columns to be read out of them. */
export function landingColumns(columns: readonly string[], lacksIds: boolean): ReadonlySet<string> {
  const needed = new Set([...columns, ...identityColumns])
  if (lacksIds) needed.add('message')
  if (needed.has('fields')) for (const column of ['message', 'format']) needed.add(column)
  return needed
}

/** What is compared of data files. */
export function comparedColumns(lacksIds: boolean): ReadonlySet<string> {
  return new Set([...identityColumns, ...(lacksIds ? ['message'] : [])])
}

/** A local data file, and the deletes that apply to it. */
export interface LocalData {
  readonly path: string
  readonly deletes?: Omit<FileWithDeletes, 'index'>
}

export interface LandingSource {
  /** Local files. */
  readonly landing: readonly string[]
  /** Data files that are read together with landing, since rows of theirs may give way to landed ones. */
  readonly stored?: readonly LocalData[]
  /** Local files with the identities of data rows, deleted ones too, and the times in which they count. */
  readonly compared: readonly string[]
  readonly intervals: readonly Interval[]
  readonly lacksIds: boolean
  /** As `filesRelation` has it. */
  readonly schema?: string | undefined
}

/** @param schema for files of which one lacks a column, or has it under another name: columns by field id */
export function filesRelation(paths: readonly string[], schema?: string): string {
  return `read_parquet([${paths.map(quoteText).join(', ')}]${schema === undefined ? '' : `, schema = ${schema}`})`
}

/** Rows of data files, without those that are deleted. */
export function dataRelation(files: readonly LocalData[], schema?: string): string {
  const [kept, deleted] = dividedByDeletes(files, schema)
  return deleted === null ? kept : `(SELECT stored.* FROM ${kept})`
}

/** What stands after FROM for the rows that are there, and for those that are deleted; null where no deletes apply. */
function dividedByDeletes(files: readonly LocalData[], schema?: string): readonly [string, string | null] {
  const all = filesRelation(
    files.map(({ path }) => path),
    schema,
  )
  const withDeletes = files.flatMap(({ deletes }, index) => (deletes === undefined ? [] : { index, ...deletes }))
  if (withDeletes.length === 0) return [all, null]
  const joined = `JOIN (${deletedRowsSql(withDeletes)})
  ON stored.file_index::BIGINT = deleted_file AND stored.file_row_number = deleted_row`
  return [`${all} AS stored ANTI ${joined}`, `${all} AS stored SEMI ${joined}`]
}

export function emptyRelation(): string {
  const nulls = Object.entries(logColumns).map(([name, type]) => `NULL::${type} AS ${name}`)
  return `(SELECT ${nulls.join(', ')} WHERE false)`
}

export function landingRelation(source: LandingSource, columns: readonly string[]): string {
  const { landing, stored = [], compared, intervals, lacksIds, schema } = source
  const listed = [...new Set([...columns, ...identityColumns, ...(lacksIds ? ['message'] : [])])]
  const kept = comparedColumns(lacksIds)
  // Of the table, what is wanted is looked at first: an update may have written it in the place of a row that is deleted.
  const rows = (files: string, read: string, isWanted: boolean, at: string) =>
    `SELECT ${read}, ${isWanted} AS is_wanted, ${at} AS at_source,
  file_index${isWanted || stored.length === 0 ? '' : ` + ${stored.length}`} AS at_file, file_row_number AS at_row
FROM ${files}`
  const landed = listed.includes('fields')
    ? `(${withFields(`SELECT *, file_index, file_row_number FROM ${filesRelation(landing, schema)}`)})`
    : filesRelation(landing, schema)
  const known = listed.map(column => (kept.has(column) ? column : `NULL::${logColumns[column]} AS ${column}`))
  const branches = [rows(landed, listed.join(', '), true, 'file_index + 1')]
  if (stored.length > 0) {
    const [kept, deleted] = dividedByDeletes(stored, schema)
    branches.push(rows(kept, listed.join(', '), true, '0'))
    // What is deleted stands for what is delivered again, as it does when that is committed.
    if (deleted !== null) branches.push(rows(deleted, listed.join(', '), false, '0'))
  }
  if (compared.length > 0)
    branches.push(`${rows(filesRelation(compared, schema), known.join(', '), false, '0')} WHERE ${within(intervals)}`)
  const wanted = columns.length === 0 ? '1 AS one' : columns.join(', ')
  const idless = lacksIds ? 'some' : 'none'
  const once = eventsOnce(`(${branches.join('\nUNION ALL\n')})`, `${wanted}, is_wanted`, idless)
  return `(SELECT ${columns.length === 0 ? 'one' : wanted} FROM (${once}) WHERE is_wanted)`
}

function within(intervals: readonly Interval[]): string {
  const tests = intervals.map(({ min, max }) => {
    if (!Number.isFinite(min) || !Number.isFinite(max)) return 'true'
    return `timestamp BETWEEN make_timestamptz(${min * 1000}) AND make_timestamptz(${max * 1000 + 999})`
  })
  return `(${tests.join(' OR ')})`
}
