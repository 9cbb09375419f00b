/** Which row groups of a file can hold events of a time range and of log groups, as footer and statistics say. */
import type { ChunkStatistics, FileFooter, RowGroup } from '../parquet/footer.js'

/** Event times in ms, both inclusive; null for no bound. */
export interface TimeRange {
  readonly from: number | null
  readonly to: number | null
}

/** A group belongs if one of the names or prefixes says so; all do where there are none. */
export interface GroupFilter {
  readonly names: readonly string[]
  readonly prefixes: readonly string[]
}

/** Footer key of landing objects: JSON, log group → rows and event times. */
const groupsKey = 'tailrace.groups'

/** Indexes of the row groups to read; what has no statistics is read. */
export function chooseRowGroups(footer: FileFooter, range: TimeRange, groups: GroupFilter | null): readonly number[] {
  const summaries = groupSummaries(footer)
  if (summaries !== null) {
    const wanted = [...summaries].some(([name, { min, max }]) => isInGroups(name, groups) && overlaps(range, min, max))
    if (!wanted) return []
  }
  const chosen: number[] = []
  footer.rowGroups.forEach((rowGroup, index) => {
    const times = timesOf(rowGroup)
    if (times !== null && !overlaps(range, times.min, times.max)) return
    if (!mayHoldGroups(statisticsOf(rowGroup, 'log_group'), groups)) return
    chosen.push(index)
  })
  return chosen
}

export interface GroupSummary {
  readonly rows: number
  /** Event times, ms. */
  readonly min: number
  readonly max: number
}

/** The groups of a landing object; null where the footer does not tell. */
export function groupSummaries({ keyValues }: Pick<FileFooter, 'keyValues'>): ReadonlyMap<string, GroupSummary> | null {
  const text = keyValues.get(groupsKey)
  if (text === undefined) return null
  try {
    return new Map(Object.entries(JSON.parse(text) as Record<string, GroupSummary>))
  } catch {
    return null
  }
}

/** Least and largest event time of a row group in ms, rounded outwards; null where it does not say. */
export function timesOf(rowGroup: RowGroup): { readonly min: number; readonly max: number } | null {
  const statistics = statisticsOf(rowGroup, 'timestamp')
  if (statistics?.min?.length !== 8 || statistics.max?.length !== 8) return null
  return { min: Math.floor(microseconds(statistics.min) / 1000), max: Math.ceil(microseconds(statistics.max) / 1000) }
}

export function overlaps({ from, to }: TimeRange, min: number, max: number): boolean {
  return (from === null || max >= from) && (to === null || min <= to)
}

/** Whether all events of the row group are within the times, as far as the statistics tell. */
export function isWhollyWithin({ from, to }: TimeRange, rowGroup: RowGroup): boolean {
  const times = timesOf(rowGroup)
  return times !== null && (from === null || times.min >= from) && (to === null || times.max <= to)
}

export function isInGroups(name: string, groups: GroupFilter | null): boolean {
  if (groups === null || groups.names.length + groups.prefixes.length === 0) return true
  return groups.names.includes(name) || groups.prefixes.some(prefix => name.startsWith(prefix))
}

function mayHoldGroups(statistics: ChunkStatistics | undefined, groups: GroupFilter | null): boolean {
  if (groups === null || groups.names.length + groups.prefixes.length === 0) return true
  const { min, max } = statistics ?? {}
  if (min === undefined || min === null || max === undefined || max === null) return true
  const isIn = (name: Uint8Array) => Buffer.compare(min, name) <= 0 && Buffer.compare(name, max) <= 0
  // Of a prefix: some name that begins with it may lie between the two.
  const meets = (prefix: Uint8Array) =>
    Buffer.compare(min.subarray(0, prefix.length), prefix) <= 0 && Buffer.compare(prefix, max) <= 0
  return (
    groups.names.some(name => isIn(Buffer.from(name))) || groups.prefixes.some(prefix => meets(Buffer.from(prefix)))
  )
}

function statisticsOf({ chunks }: RowGroup, column: string): ChunkStatistics | undefined {
  return chunks.find(chunk => chunk.column === column)?.statistics
}

function microseconds(bytes: Uint8Array): number {
  return Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigInt64(0, true))
}
