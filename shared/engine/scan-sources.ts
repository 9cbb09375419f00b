/**
 * Where a scan reads, as SQL: data files in branches, those that hold the same promoted fields exactly in one; and landing
 * objects, each event once, without what data files hold already.
 *
 * Data files are read as they are: each of their events is there once. Only landing rows are compared, among themselves
 * and with the identities of data rows in the stretches of time that landing covers; a lake without landing objects in the
 * range pays nothing for them.
 */
import { groupSummaries, overlaps, timesOf } from '../lake/read-row-groups.js'
import type { FileFooter, RowGroup } from '../parquet/footer.js'
import { derivedFields } from './derived-fields.js'
import { eventsOnce, identityColumns } from './identity-sql.js'
import { logColumns, quoteText } from './landing-view.js'

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

/** Whether some of the rows may lack an event id. */
export function mayLackIds(rowGroups: readonly RowGroup[]): boolean {
  return rowGroups.some(({ chunks }) => {
    const nulls = (column: string) => chunks.find(chunk => chunk.column === column)?.statistics.nullCount ?? 1
    return nulls('id_random') > 0 && nulls('id_raw') > 0
  })
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

export interface LandingSource {
  /** Local files. */
  readonly landing: readonly string[]
  /** Local files with the identities of data rows, and the times in which they count. */
  readonly compared: readonly string[]
  readonly intervals: readonly Interval[]
  readonly lacksIds: boolean
}

export function filesRelation(paths: readonly string[]): string {
  return `read_parquet([${paths.map(quoteText).join(', ')}])`
}

export function emptyRelation(): string {
  const nulls = Object.entries(logColumns).map(([name, type]) => `NULL::${type} AS ${name}`)
  return `(SELECT ${nulls.join(', ')} WHERE false)`
}

export function landingRelation({ landing, compared, intervals, lacksIds }: LandingSource, columns: readonly string[]) {
  const idless = lacksIds ? 'some' : 'none'
  const listed = [...new Set([...columns, ...identityColumns, ...(lacksIds ? ['message'] : [])])]
  const landed = listed.map(column => (column === 'fields' ? `${derivedFields} AS fields` : column)).join(', ')
  const rows = `SELECT ${landed}, file_index + 1 AS at_source, file_index AS at_file, file_row_number AS at_row FROM ${filesRelation(landing)}`
  const wanted = columns.length === 0 ? '1 AS one' : columns.join(', ')
  if (compared.length === 0) return `(${eventsOnce(`(${rows})`, wanted, idless)})`
  const kept = comparedColumns(lacksIds)
  const stored = listed.map(column => (kept.has(column) ? column : `NULL::${logColumns[column]} AS ${column}`))
  const known = `SELECT ${stored.join(', ')}, 0 AS at_source, file_index AS at_file, file_row_number AS at_row FROM ${filesRelation(compared)} WHERE ${within(intervals)}`
  const once = eventsOnce(`(${rows} UNION ALL ${known})`, `${wanted}, at_source`, idless)
  return `(SELECT ${columns.length === 0 ? 'one' : wanted} FROM (${once}) WHERE at_source > 0)`
}

function within(intervals: readonly Interval[]): string {
  const tests = intervals.map(({ min, max }) => {
    if (!Number.isFinite(min) || !Number.isFinite(max)) return 'true'
    return `timestamp BETWEEN make_timestamptz(${min * 1000}) AND make_timestamptz(${max * 1000 + 999})`
  })
  return `(${tests.join(' OR ')})`
}
