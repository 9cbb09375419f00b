/** Row-level deletes of other engines: to which data files they may apply (Iceberg specification, "Scan Planning"). */
import type { DataFile } from './data-file.js'
import { groupBy } from './group-by.js'
import type { ManifestEntry } from './manifest.js'
import { specOf, type TableMetadata } from './table-metadata.js'

/** The column of a file of position deletes that names the data file; its id is reserved. */
const filePathId = 2_147_483_546

export class RowDeletes {
  /** By data file where they are about one, and otherwise by partition; those of an unpartitioned spec apply everywhere. */
  readonly #byPlace: ReadonlyMap<string, readonly ManifestEntry[]>

  constructor(metadata: TableMetadata, deletes: readonly ManifestEntry[]) {
    this.#byPlace = groupBy(deletes, ({ dataFile }) => {
      const isGlobal = dataFile.content === 'equality deletes' && specOf(metadata, dataFile.specId).fields.length === 0
      return isGlobal ? everywhere : placeOf(dataFile, onlyFileOf(dataFile))
    })
  }

  /** Those that may have deleted rows of a data file. */
  of(data: Pick<ManifestEntry, 'sequenceNumber' | 'dataFile'>): readonly DataFile[] {
    const { dataFile } = data
    const places = [placeOf(dataFile, dataFile.filePath), placeOf(dataFile, null), everywhere]
    const near = places.flatMap(place => this.#byPlace.get(place) ?? [])
    return near.filter(entry => mayApply(entry, data)).map(each => each.dataFile)
  }
}

const everywhere = ''

/** The data file that a file of position deletes is about, as it says or as its bounds do; null for one about several. */
function onlyFileOf({ content, referencedDataFile, lowerBounds, upperBounds }: DataFile): string | null {
  if (content !== 'position deletes' || referencedDataFile !== null) return referencedDataFile
  const [low, high] = [lowerBounds?.get(filePathId), upperBounds?.get(filePathId)]
  if (low === undefined || high === undefined || Buffer.compare(low, high) !== 0) return null
  return Buffer.from(low).toString()
}

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

function placeOf({ specId, partition }: DataFile, filePath: string | null): string {
  return JSON.stringify([specId, Object.entries(partition).map(([name, value]) => [name, String(value)]), filePath])
}
