/** What the table already has near landing objects, so that nothing is written twice. */
import { join } from 'node:path'
import type { DataFile } from '../iceberg/data-file.js'
import { planFiles } from '../iceberg/plan-files.js'
import { keyOf, type TableFiles } from '../iceberg/table-files.js'
import type { TableMetadata } from '../iceberg/table-metadata.js'
import type { ColumnChunk } from '../parquet/footer.js'
import { compareKeys } from '../store/key.js'
import { fetchColumns, fetchWhole, inParallel } from './fetch-columns.js'
import { DeletesFetcher } from './fetch-deletes.js'
import type { LandingBounds } from './inspect-landing.js'
import { hasOtherNames, mayLackColumns } from './log-table.js'
import type { MergeInput } from './merge.js'

/** Columns that tell events apart. */
const identity = [
  'timestamp',
  'log_group',
  'log_stream',
  'arrival',
  'id_random',
  'id_index',
  'id_raw',
  'account_id',
] as const

export interface Near {
  /** Local copies of files that stay as they are. */
  readonly against: readonly string[]
  /** Whether one of these may lack columns that are null in all of its rows. */
  readonly isAgainstPartial: boolean
  /**
   * Files that are written anew: rows without ids stand in them, which give way to rows with ids that say the same.
   * Local copies, and what to take out of the table.
   */
  readonly rewritten: readonly { readonly file: DataFile; readonly input: MergeInput }[]
  /** Paths of row-level deletes that the inputs to be written anew have with them. */
  readonly appliedDeletes: ReadonlySet<string>
  readonly hasIdless: boolean
  /** Whether one of the table's files may hold events in these bounds. */
  readonly meets: (bounds: LandingBounds) => boolean
}

export interface Incoming {
  readonly bounds: readonly LandingBounds[]
  readonly hasIds: boolean
  readonly hasIdless: boolean
}

/**
 * Copies of what the table's files say about events in these bounds.
 * What another engine has deleted counts as there, so that it does not come back when it is delivered again.
 *
 * @throws NotFound when the table has changed and a file is gone: load it again
 * @throws DeleteFilesUnsupported when a file has to be written anew whose deleted rows cannot be told
 */
export async function fetchNear(
  metadata: TableMetadata,
  files: TableFiles,
  { bounds, hasIds, hasIdless }: Incoming,
  folder: string,
  signal?: AbortSignal,
): Promise<Near> {
  const options = { rowDeletes: 'report', ...(signal && { signal }) } as const
  const times = merged(bounds.map(({ minTimestamp: min, maxTimestamp: max }) => ({ min, max })))
  const groups = merged(bounds.map(({ minGroup: min, maxGroup: max }) => ({ min, max })))
  const plan = await planFiles(
    metadata,
    files,
    [
      { fieldId: 1, anyOf: times },
      { fieldId: 2, anyOf: groups },
    ],
    options,
  )
  const near = plan.files.filter(file => bounds.some(meetsBox(file)))
  const isRewritten = (file: DataFile) => hasIds && hasIdlessRows(file)
  const rewritten = near.filter(isRewritten)
  const fetcher = new DeletesFetcher(files, folder, signal)
  const deletes = await Promise.all(rewritten.map(file => fetcher.of(file, plan.rowDeletes)))
  const needsMessage = hasIdless || rewritten.length > 0
  const columns = new Set<string>(needsMessage ? [...identity, 'message'] : identity)
  const against: string[] = []
  await inParallel(near, async (file, index) => {
    const key = keyOf(files, file.filePath)
    const path = join(folder, `table-${index}.parquet`)
    if (isRewritten(file)) return await fetchWhole(files.store, key, path, signal)
    const keeps = (chunks: readonly ColumnChunk[]) => chunksMayHold(chunks, times)
    const wanted = { key, size: file.fileSizeInBytes, columns, keeps }
    if (await fetchColumns(files.store, wanted, path, signal)) against.push(path)
  })
  const meetsNear = near.map(meetsBox)
  return {
    against,
    isAgainstPartial: near.some(file => !isRewritten(file) && mayLackColumns(file)),
    rewritten: rewritten.map((file, index) => ({
      file,
      input: { ...inputOf(file, join(folder, `table-${near.indexOf(file)}.parquet`), metadata), ...deletes[index] },
    })),
    appliedDeletes: fetcher.applied,
    hasIdless: needsMessage,
    meets: box => meetsNear.some(meetsOne => meetsOne(box)),
  }
}

/** A data file of the table as an input of a merge. */
export function inputOf(file: DataFile, path: string, metadata: TableMetadata): MergeInput {
  return {
    path,
    kind: 'table',
    bytes: file.fileSizeInBytes,
    uncompressedBytes: file.fileSizeInBytes * usualRatio,
    rows: file.recordCount,
    isPartial: hasOtherNames(metadata) || mayLackColumns(file),
  }
}

/** Of log lines under zstd, where nobody has counted. */
const usualRatio = 8

function hasIdlessRows({ nullValueCounts: nulls, recordCount }: DataFile): boolean {
  const [random, raw] = [nulls?.get(6), nulls?.get(8)]
  return random === undefined || raw === undefined || random + raw > recordCount
}

interface Range<T> {
  readonly min: T
  readonly max: T
}

/** The ranges in order, those that touch put together. */
function merged<T extends bigint | string>(ranges: readonly Range<T>[]): readonly Range<T>[] {
  const sorted = [...ranges].sort((a, b) => compare(a.min, b.min))
  const result: Range<T>[] = []
  for (const range of sorted) {
    const last = result.at(-1)
    if (last === undefined || compare(range.min, last.max) > 0) result.push(range)
    else if (compare(range.max, last.max) > 0) result[result.length - 1] = { min: last.min, max: range.max }
  }
  return result
}

/** Tells of boxes of time and group whether the file's meets them; planning looks at times and groups apart. */
function meetsBox({ lowerBounds, upperBounds }: DataFile): (box: LandingBounds) => boolean {
  const [low, high] = [instantOf(lowerBounds?.get(1)), instantOf(upperBounds?.get(1))]
  const [first, last] = [textOf(lowerBounds?.get(2)), textOf(upperBounds?.get(2))]
  return box =>
    (high === null || box.minTimestamp <= high) &&
    (low === null || box.maxTimestamp >= low) &&
    (last === null || compare(box.minGroup, last) <= 0) &&
    (first === null || compare(box.maxGroup, first) >= 0)
}

function chunksMayHold(chunks: readonly ColumnChunk[], times: readonly Range<bigint>[]): boolean {
  const statistics = chunks.find(({ column }) => column === 'timestamp')?.statistics
  const [low, high] = [instantOf(statistics?.min ?? undefined), instantOf(statistics?.max ?? undefined)]
  return times.some(({ min, max }) => (high === null || min <= high) && (low === null || max >= low))
}

function instantOf(bytes: Uint8Array | undefined): bigint | null {
  if (bytes?.length !== 8) return null
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigInt64(0, true)
}

function textOf(bytes: Uint8Array | undefined): string | null {
  return bytes === undefined ? null : Buffer.from(bytes).toString()
}

/** Texts in the order of their UTF-8 bytes. */
function compare<T extends bigint | string>(a: T, b: T): number {
  if (typeof a === 'string' && typeof b === 'string') return compareKeys(a, b)
  return a < b ? -1 : Number(a > b)
}
