/** What compaction would do to the table's files, decided from manifests and the ledger before anything is read. */
import type { DataFile } from '../iceberg/data-file.js'
import { compareKeys } from '../store/key.js'
import type { FormerClass } from './classes.js'
import { type EventScope, type LegalHold, mayName } from './erasures.js'
import type { LakeSettings } from './lake-dependencies.js'
import type { LogPartition } from './log-table.js'
import { largestShare } from './merge.js'

export interface CompactionPlan {
  /** Partitions whose lake retention is over: all their files go. */
  readonly expired: readonly PartitionFiles[]
  /** Files that become fewer, each list by a merge of its own. */
  readonly rewrites: readonly Rewrite[]
}

export interface PartitionFiles {
  readonly partition: LogPartition
  readonly files: readonly DataFile[]
}

export interface Rewrite extends PartitionFiles {
  /** `moved`: a group in it has another lake retention now; `deleted`: another engine has deleted rows of it. */
  readonly reason: 'small' | 'moved' | 'deleted'
}

const msPerDay = 86_400_000

/** Of the size asked for: a file below it is small. */
const smallShare = 0.5
/** Small files that a day in progress may have: each merge of them would soon be followed by another. */
const openDaySmallFiles = 8

export function planCompaction(
  files: readonly DataFile[],
  former: readonly FormerClass[],
  settings: Pick<LakeSettings, 'fileBytes' | 'maxMergeBytes'>,
  now: number,
  holds: readonly LegalHold[] = [],
): CompactionPlan {
  const partitions = partitionsOf(files)
  const mayHold = (classes: readonly FormerClass[]) =>
    files.filter(file => mayHoldAny(file, partitionOf(file), classes))
  const staying = new Set(mayHold(former))
  const moving = new Set(mayHold(former.filter(({ isSettled }) => isSettled)))
  // A group may have moved to a longer retention just in time: that goes first.
  const isGoing = ({ partition, files: own }: PartitionFiles) =>
    isOver(partition, now) && !own.some(file => staying.has(file))
  const expired = partitions.filter(isGoing).flatMap(({ partition, files: own }): PartitionFiles[] => {
    const loose = own.filter(file => !holds.some(hold => mayHoldEvents(file, hold)))
    return loose.length === 0 ? [] : [{ partition, files: loose }]
  })
  const rewrites = partitions
    .filter(partition => !isGoing(partition))
    .flatMap(({ partition, files: own }): Rewrite[] => {
      const leaving = own.filter(file => moving.has(file))
      const rest = own.filter(file => !moving.has(file))
      return [
        ...chunks(leaving, settings.maxMergeBytes).map(chunk => ({
          partition,
          files: chunk,
          reason: 'moved' as const,
        })),
        ...chunks(crowded(rest, partition, settings.fileBytes, now), settings.maxMergeBytes)
          .filter(chunk => chunk.length > 1)
          .map(chunk => ({ partition, files: chunk, reason: 'small' as const })),
      ]
    })
  return { expired, rewrites }
}

/** Whether a file can have events of the scope, by its bounds. */
export function mayHoldEvents({ lowerBounds, upperBounds }: DataFile, { groups, from, to }: EventScope): boolean {
  const [low, high] = [millisOf(lowerBounds?.get(1)), millisOf(upperBounds?.get(1))]
  if (to !== null && low !== null && low > to) return false
  if (from !== null && high !== null && high < from) return false
  const [first, last] = [lowerBounds?.get(2), upperBounds?.get(2)].map(bytes => bytes && Buffer.from(bytes).toString())
  return mayName(groups, first, last)
}

/** Rounded down, as event times in ms are compared. */
function millisOf(bytes: Uint8Array | undefined): number | null {
  if (bytes?.length !== 8) return null
  const micros = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigInt64(0, true)
  return Number(micros / 1_000n)
}

/** The partition of a data file of ours. */
export function partitionOf({ partition }: DataFile): LogPartition {
  return { timestamp_day: Number(partition.timestamp_day), retention: Number(partition.retention) }
}

function partitionsOf(files: readonly DataFile[]): readonly PartitionFiles[] {
  const found = new Map<string, { partition: LogPartition; files: DataFile[] }>()
  for (const file of files) {
    const partition = partitionOf(file)
    const key = `${partition.timestamp_day}/${partition.retention}`
    const known = found.get(key)
    if (known === undefined) found.set(key, { partition, files: [file] })
    else known.files.push(file)
  }
  return [...found.values()].sort((a, b) => a.partition.timestamp_day - b.partition.timestamp_day)
}

/** The last event of the day is older than the class keeps. */
function isOver({ timestamp_day: day, retention }: LogPartition, now: number): boolean {
  return retention > 0 && (day + 1 + retention) * msPerDay <= now
}

function mayHoldAny(
  { lowerBounds, upperBounds }: DataFile,
  { retention }: LogPartition,
  classes: readonly FormerClass[],
): boolean {
  const [first, last] = [lowerBounds?.get(2), upperBounds?.get(2)].map(bytes => bytes && Buffer.from(bytes).toString())
  return classes.some(
    former =>
      former.retention === retention &&
      (first === undefined || compareKeys(former.logGroup, first) >= 0) &&
      (last === undefined || compareKeys(former.logGroup, last) <= 0),
  )
}

/** Files of a partition that are worth a merge. */
function crowded(
  files: readonly DataFile[],
  { timestamp_day: day }: LogPartition,
  fileBytes: number,
  now: number,
): readonly DataFile[] {
  const isSmall = (file: DataFile) => file.fileSizeInBytes < fileBytes * smallShare
  const small = files.filter(isSmall)
  const isOpen = (day + 2) * msPerDay > now
  if (isOpen) return small.length > openDaySmallFiles ? small : []
  const [lone] = small
  if (lone === undefined || small.length > 1) return small
  // What came late is folded into a file that has room for it.
  const room = fileBytes * largestShare - lone.fileSizeInBytes
  const host = files.find(file => file !== lone && file.fileSizeInBytes <= room)
  return host === undefined ? [] : [host, lone]
}

/** In the order of the table, so that what is merged together lies together; each of at most so many bytes. */
function chunks(files: readonly DataFile[], maxBytes: number): readonly (readonly DataFile[])[] {
  const first = (file: DataFile) => Buffer.from(file.lowerBounds?.get(2) ?? []).toString()
  const sorted = [...files].sort((a, b) => compareKeys(first(a), first(b)))
  const found: DataFile[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const file of sorted) {
    if (bytes + file.fileSizeInBytes > maxBytes) {
      found.push([])
      bytes = 0
    }
    found.at(-1)!.push(file)
    bytes += file.fileSizeInBytes
  }
  return found
}
