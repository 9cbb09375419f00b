/** Which files of a snapshot a query has to read. */
import type { DataFile } from './data-file.js'
import { DeleteFilesUnsupported } from './errors.js'
import type { ManifestEntry } from './manifest.js'
import { hasLiveFiles, type ManifestFile } from './manifest-list.js'
import { readManifestList, readManifests } from './read-manifests.js'
import { RowDeletes } from './row-deletes.js'
import { type PrimitiveType, primitiveTypes } from './schema.js'
import { isOrdered } from './single-value.js'
import type { TableFiles } from './table-files.js'
import { currentSnapshot, type Snapshot, specOf, type TableMetadata } from './table-metadata.js'
import { partitionTypes, transformForOrder } from './transform.js'
import { type FilterValue, type ValueRange, ValueRanges } from './value-ranges.js'

/** A row can only match when the column's value lies in one of the ranges; null never does. */
export interface ColumnFilter {
  readonly fieldId: number
  readonly anyOf: readonly ValueRange[]
}

export interface PlanOptions {
  /** The current snapshot without it. */
  readonly snapshotId?: bigint
  /** Planned files of which another engine may have deleted rows: refused by default, or told in `rowDeletes`. */
  readonly rowDeletes?: 'refuse' | 'report'
  readonly signal?: AbortSignal
}

export interface PlannedFiles {
  /** Data files that may hold matching rows: every filter may hold for them. */
  readonly files: readonly DataFile[]
  /** By the path of the data file that they may apply to. */
  readonly rowDeletes: ReadonlyMap<string, readonly DataFile[]>
  /** Null for a table without a snapshot. */
  readonly snapshot: Snapshot | null
  /** How many the snapshot has. */
  readonly manifests: number
  /** Those that were opened; what the cache answered counts too. */
  readonly manifestsRead: number
  /** Files of the opened manifests that partition or bounds ruled out. */
  readonly filesPruned: number
}

/**
 * The data files of a snapshot that may hold rows matching every filter: manifests are ruled out by the partition
 * ranges in the manifest list, files by partition and bounds. What has no bounds is kept.
 *
 * @throws DeleteFilesUnsupported
 * @throws NotFound when the snapshot was expired meanwhile: load the table again
 * @throws TableUnreadable
 */
export async function planFiles(
  metadata: TableMetadata,
  place: TableFiles,
  filters: readonly ColumnFilter[],
  options: PlanOptions = {},
): Promise<PlannedFiles> {
  const snapshot = snapshotOf(metadata, options.snapshotId)
  if (snapshot === null) {
    return { files: [], rowDeletes: new Map(), snapshot, manifests: 0, manifestsRead: 0, filesPruned: 0 }
  }
  const list = (await readManifestList(place, snapshot, options.signal)).filter(hasLiveFiles)
  const pruning = new Pruning(metadata, filters)
  const wanted = list.filter(manifest => pruning.keepsManifest(manifest))
  const planned: ManifestEntry[] = []
  const deletes: ManifestEntry[] = []
  let filesPruned = 0
  for await (const { manifest, entries } of readManifests(place, metadata, wanted, options.signal)) {
    for (const entry of entries) {
      if (entry.status === 'deleted') continue
      if (manifest.content === 'deletes') deletes.push(entry)
      else if (pruning.keepsFile(entry.dataFile)) planned.push(entry)
      else filesPruned++
    }
  }
  const rowDeletes = deletes.length === 0 ? new Map() : applied(metadata, planned, deletes)
  const [[refused] = []] = rowDeletes.values()
  if (refused !== undefined && options.rowDeletes !== 'report') throw new DeleteFilesUnsupported(refused)
  const files = planned.map(({ dataFile }) => dataFile)
  return { files, rowDeletes, snapshot, manifests: list.length, manifestsRead: wanted.length, filesPruned }
}

function applied(
  metadata: TableMetadata,
  planned: readonly ManifestEntry[],
  deletes: readonly ManifestEntry[],
): ReadonlyMap<string, readonly DataFile[]> {
  const rowDeletes = new RowDeletes(metadata, deletes)
  const found = planned.map(entry => [entry.dataFile.filePath, rowDeletes.of(entry)] as const)
  return new Map(found.filter(([, own]) => own.length > 0))
}

function snapshotOf(metadata: TableMetadata, id: bigint | undefined): Snapshot | null {
  if (id === undefined) return currentSnapshot(metadata)
  return metadata.snapshots?.find(snapshot => snapshot['snapshot-id'] === id) ?? null
}

/** A filter as it applies to one field of a partition spec. */
interface PartitionRule {
  readonly index: number
  readonly name: string
  readonly ranges: ValueRanges
}

class Pruning {
  readonly #metadata: TableMetadata
  readonly #filters: readonly ColumnFilter[]
  readonly #columns: readonly { readonly fieldId: number; readonly ranges: ValueRanges }[]
  readonly #types: ReadonlyMap<number, PrimitiveType>
  readonly #rulesBySpec = new Map<number, readonly PartitionRule[]>()

  constructor(metadata: TableMetadata, filters: readonly ColumnFilter[]) {
    this.#metadata = metadata
    this.#filters = filters
    this.#types = new Map(metadata.schemas.flatMap(schema => [...primitiveTypes(schema)]))
    this.#columns = filters.flatMap(({ fieldId, anyOf }) => {
      const type = this.#types.get(fieldId)
      return type === undefined || !isOrdered(type) ? [] : [{ fieldId, ranges: new ValueRanges(anyOf, type) }]
    })
  }

  keepsManifest({ partitions, partitionSpecId }: ManifestFile): boolean {
    if (partitions === null) return true
    return this.#rules(partitionSpecId).every(({ index, ranges }) => {
      const summary = partitions[index]
      if (summary === undefined) return true
      const { lowerBound, upperBound, containsNull } = summary
      if (lowerBound === null && upperBound === null) return !containsNull
      return ranges.meetsBounds(lowerBound, upperBound)
    })
  }

  keepsFile(file: DataFile): boolean {
    const inPartition = this.#rules(file.specId).every(({ name, ranges }) => {
      const value = file.partition[name]
      return value !== null && value !== undefined && ranges.holds(value)
    })
    return inPartition && this.#columns.every(({ fieldId, ranges }) => mayHold(file, fieldId, ranges))
  }

  #rules(specId: number): readonly PartitionRule[] {
    const known = this.#rulesBySpec.get(specId)
    if (known !== undefined) return known
    const types = partitionTypes(specOf(this.#metadata, specId), this.#metadata.schemas)
    const rules = types.flatMap(({ field, type }, index) =>
      this.#filters
        .filter(({ fieldId }) => fieldId === field['source-id'] && isOrdered(type))
        .flatMap(({ fieldId, anyOf }) => {
          const ranges = transformRanges(anyOf, field.transform, this.#types.get(fieldId) ?? '')
          return ranges === null ? [] : [{ index, name: field.name, ranges: new ValueRanges(ranges, type) }]
        }),
    )
    this.#rulesBySpec.set(specId, rules)
    return rules
  }
}

function mayHold(file: DataFile, fieldId: number, ranges: ValueRanges): boolean {
  const values = file.valueCounts?.get(fieldId)
  if (values !== undefined && values === file.nullValueCounts?.get(fieldId)) return false
  return ranges.meetsBounds(file.lowerBounds?.get(fieldId), file.upperBounds?.get(fieldId))
}

/** Ranges of the source column as ranges of the partition field; null where the transform does not keep the order. */
function transformRanges(
  ranges: readonly ValueRange[],
  transform: string,
  source: PrimitiveType,
): readonly ValueRange[] | null {
  if (transform === 'identity') return ranges
  const transformed: ValueRange[] = []
  for (const range of ranges) {
    if ('prefix' in range) return null
    const min = transformEnd(range.min, transform, source)
    const max = transformEnd(range.max, transform, source)
    if (min === null || max === null) return null
    transformed.push({ ...(min !== undefined && { min }), ...(max !== undefined && { max }) })
  }
  return transformed
}

function transformEnd(
  value: FilterValue | undefined,
  transform: string,
  source: PrimitiveType,
): FilterValue | null | undefined {
  return value === undefined ? undefined : transformForOrder(transform, source, value)
}
