/** Row-level deletes of other engines: to which data files they may apply (Iceberg specification, "Scan Planning"). */
import type { DataFile } from './data-file.js'
import { groupBy } from './group-by.js'
import type { ManifestEntry } from './manifest.js'
import { specOf, type TableMetadata } from './table-metadata.js'

/** The column of a file of position deletes that names the data file; its id is reserved. */
const filePathId = 2_147_483_546

export class RowDeletes {
  /** By partition; deletes of an unpartitioned spec apply everywhere. */
  readonly #byPartition: ReadonlyMap<string, readonly ManifestEntry[]>

  constructor(metadata: TableMetadata, deletes: readonly ManifestEntry[]) {
    this.#byPartition = groupBy(deletes, ({ dataFile }) => {
      const isGlobal = dataFile.content === 'equality deletes' && specOf(metadata, dataFile.specId).fields.length === 0
      return isGlobal ? everywhere : partitionOf(dataFile)
    })
  }

  /** Those that may have deleted rows of a data file. */
  of(data: Pick<ManifestEntry, 'sequenceNumber' | 'dataFile'>): readonly DataFile[] {
    const near = [
      ...(this.#byPartition.get(partitionOf(data.dataFile)) ?? []),
      ...(this.#byPartition.get(everywhere) ?? []),
    ]
    return near.filter(entry => mayApply(entry, data)).map(({ dataFile }) => dataFile)
  }
}

const everywhere = ''

function mayApply(
  { sequenceNumber, dataFile: deletes }: ManifestEntry,
  data: Pick<ManifestEntry, 'sequenceNumber' | 'dataFile'>,
): boolean {
  if (deletes.content === 'equality deletes') return data.sequenceNumber < sequenceNumber
  if (data.sequenceNumber > sequenceNumber) return false
  const { filePath } = data.dataFile
  if (deletes.referencedDataFile !== null) return deletes.referencedDataFile === filePath
  const path = Buffer.from(filePath)
  const [low, high] = [deletes.lowerBounds?.get(filePathId), deletes.upperBounds?.get(filePathId)]
  return (
    (low === undefined || Buffer.compare(low, path) <= 0) && (high === undefined || Buffer.compare(path, high) <= 0)
  )
}

function partitionOf({ specId, partition }: DataFile): string {
  return JSON.stringify([specId, Object.entries(partition).map(([name, value]) => [name, String(value)])])
}
