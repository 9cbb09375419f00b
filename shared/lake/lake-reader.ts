/**
 * Which files hold the events of a time range and of log groups: data files of the table's current snapshot, and landing
 * objects that no snapshot holds yet.
 *
 * Landing is listed before the table is loaded: an object that is committed in between is then in the list and on the
 * table's list of what it has consumed, where the other order would find it in neither.
 */
import type { Catalog, LoadedTable } from '../iceberg/catalog.js'
import type { DataFile } from '../iceberg/data-file.js'
import { type ColumnFilter, planFiles } from '../iceberg/plan-files.js'
import { keyOf, type TableFiles } from '../iceberg/table-files.js'
import { currentSnapshot, type TableMetadata } from '../iceberg/table-metadata.js'
import type { ObjectEntry, ObjectStore } from '../store/object-store.js'
import { readConsumed } from './consumed.js'
import { positionDeletesOf } from './fetch-deletes.js'
import { loadWith } from './lake-dependencies.js'
import { parseLandingKey } from './landing-key.js'
import { type PromotableColumn, promotableColumns } from './promoted-columns.js'
import { type GroupFilter, overlaps, type TimeRange } from './read-row-groups.js'
import { isSetAside, readSetAside } from './set-aside.js'

export interface LakeReader {
  /**
   * @throws what the store or the catalog throws; NotFound when a file went away meanwhile: plan again
   * @throws DeleteFilesUnsupported where another engine has deleted rows of a file by equality
   */
  plan(range: TimeRange, groups: GroupFilter | null, signal?: AbortSignal): Promise<LakePlan>
}

export interface LakeFile {
  readonly kind: 'landing' | 'table'
  readonly key: string
  readonly size: number
  /** Null for data files, which are never written twice under one name. */
  readonly etag: string | null
  /** Of a data file with rows that another engine may have deleted. */
  readonly deletes?: FileDeletes
}

/** The files of position deletes that apply to a data file, and under which URI they name it. */
export interface FileDeletes {
  readonly uri: string
  readonly files: readonly DeleteFile[]
}

export type DeleteFile = Pick<LakeFile, 'key' | 'size' | 'etag'>

/** Each file of position deletes once. */
export function deleteFilesOf(files: readonly Pick<LakeFile, 'deletes'>[]): readonly DeleteFile[] {
  return [...new Map(files.flatMap(({ deletes }) => deletes?.files ?? []).map(file => [file.key, file])).values()]
}

export interface LakePlan {
  /** Data files first; each kind in the order of its keys. */
  readonly files: readonly LakeFile[]
  /** Of all files, whatever of them a query needs. */
  readonly estimatedBytes: number
  /** What keys and manifests ruled out; the rows of landing objects are not known. */
  readonly skipped: { readonly files: number; readonly bytes: number; readonly rows: number }
  /** Columns in which data files may hold fields. */
  readonly promotable: readonly PromotableColumn[]
  readonly asOf: AsOf
}

/** The state of the lake that an answer is about. */
export interface AsOf {
  /** Null without a table, or before its first snapshot. */
  readonly snapshotId: string | null
  /** When the snapshot was committed, ms. */
  readonly committedAt: number | null
  /** Landing objects of the range that the snapshot does not hold yet, which were read beside it. */
  readonly landingObjects: number
  /** Landing objects of the range that commit found damaged or foreign, which are not in the answer. */
  readonly setAside: number
}

export interface LakeReaderOptions {
  readonly store: ObjectStore
  readonly catalog: Catalog
  /** Where the table is looked for; where its files are, its metadata says. */
  readonly table: TableFiles
}

export function lakeReader({ store, catalog, table }: LakeReaderOptions): LakeReader {
  return {
    async plan(range, groups, signal) {
      const options = signal === undefined ? {} : { signal }
      const landing = await listLanding(store, range, options)
      const days = new Set(landing.within.map(({ key }) => parseLandingKey(key)!.day))
      const read = async (loaded: LoadedTable | null) => {
        const metadata = loaded?.metadata ?? null
        return { metadata, consumed: await readConsumed(metadata, store, { days, ...options }) }
      }
      const { metadata, consumed } = await loadWith(catalog, read, signal)
      const unread = landing.within.filter(({ key }) => !consumed.has(key))
      const setAside = unread.length === 0 ? null : await readSetAside(store)
      const fresh = unread.filter(entry => setAside === null || !isSetAside(setAside, entry))
      const data = metadata === null ? noData : await planData(metadata, table, filtersOf(range, groups), options)
      const files: readonly LakeFile[] = [
        ...data.files,
        ...fresh.map(({ key, size, etag }): LakeFile => ({ kind: 'landing', key, size, etag })),
      ]
      return {
        files,
        estimatedBytes: files.reduce((sum, { size }) => sum + size, 0),
        skipped: {
          files: landing.skipped.files + data.skipped.files,
          bytes: landing.skipped.bytes + data.skipped.bytes,
          rows: data.skipped.rows,
        },
        promotable: metadata === null ? [] : promotableColumns(metadata),
        asOf: { ...snapshotOf(metadata), landingObjects: fresh.length, setAside: unread.length - fresh.length },
      }
    },
  }
}

type Options = { readonly signal?: AbortSignal }
type Skipped = LakePlan['skipped']

/** Keys begin with the day of the object's earliest event, so that listing ends after the last day of the range. */
async function listLanding(
  store: ObjectStore,
  range: TimeRange,
  options: Options,
): Promise<{ readonly within: readonly ObjectEntry[]; readonly skipped: { files: number; bytes: number } }> {
  const within: ObjectEntry[] = []
  const skipped = { files: 0, bytes: 0 }
  const lastDay = range.to === null ? null : dayOf(range.to)
  for await (const entry of store.list('landing/', options)) {
    const times = parseLandingKey(entry.key)
    if (times === null) continue
    if (lastDay !== null && times.day > lastDay) break
    if (overlaps(range, times.minTimestamp, times.maxTimestamp)) within.push(entry)
    else {
      skipped.files++
      skipped.bytes += entry.size
    }
  }
  return { within, skipped }
}

/** Beyond the years of dates there are no keys either. */
function dayOf(ms: number): string | null {
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) || date.getUTCFullYear() > 9999 ? null : date.toISOString().slice(0, 10)
}

const noData = { files: [] as readonly LakeFile[], skipped: { files: 0, bytes: 0, rows: 0 } }

async function planData(
  metadata: TableMetadata,
  table: TableFiles,
  filters: readonly ColumnFilter[],
  options: Options,
): Promise<{ readonly files: readonly LakeFile[]; readonly skipped: Skipped }> {
  // Files are named by the place that the table was made in, which a copy of the lake keeps.
  const place = { ...table, location: metadata.location }
  const { files, rowDeletes, snapshot } = await planFiles(metadata, place, filters, {
    ...options,
    rowDeletes: 'report',
  })
  const objectOf = ({ filePath, fileSizeInBytes }: DataFile) => {
    return { key: keyOf(place, filePath), size: fileSizeInBytes, etag: null }
  }
  const planned = files
    .map((file): LakeFile => {
      const deletes = positionDeletesOf(file, rowDeletes)
      const told = deletes.length === 0 ? {} : { deletes: { uri: file.filePath, files: deletes.map(objectOf) } }
      return { kind: 'table', ...objectOf(file), ...told }
    })
    .sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)))
  const bytes = [...planned, ...deleteFilesOf(planned)].reduce((sum, { size }) => sum + size, 0)
  const rows = files.reduce((sum, { recordCount }) => sum + recordCount, 0)
  // Totals are optional in a summary: then nothing is said to be skipped.
  const total = (name: string, read: number) => Math.max(0, Number(snapshot?.summary[name] ?? read) - read)
  return {
    files: planned,
    skipped: {
      files: total('total-data-files', planned.length),
      bytes: total('total-files-size', bytes),
      rows: total('total-records', rows),
    },
  }
}

const timestampId = 1
const logGroupId = 2

function filtersOf({ from, to }: TimeRange, groups: GroupFilter | null): readonly ColumnFilter[] {
  const filters: ColumnFilter[] = []
  if (from !== null || to !== null) {
    const bound = {
      ...(from === null ? {} : { min: BigInt(Math.floor(from)) * 1000n }),
      ...(to === null ? {} : { max: BigInt(Math.ceil(to)) * 1000n }),
    }
    filters.push({ fieldId: timestampId, anyOf: [bound] })
  }
  if (groups !== null && groups.names.length + groups.prefixes.length > 0) {
    const names = groups.names.map(name => ({ min: name, max: name }))
    filters.push({ fieldId: logGroupId, anyOf: [...names, ...groups.prefixes.map(prefix => ({ prefix }))] })
  }
  return filters
}

function snapshotOf(metadata: TableMetadata | null): Pick<AsOf, 'snapshotId' | 'committedAt'> {
  const snapshot = metadata === null ? null : currentSnapshot(metadata)
  if (snapshot === null) return { snapshotId: null, committedAt: null }
  return { snapshotId: String(snapshot['snapshot-id']), committedAt: snapshot['timestamp-ms'] }
}
