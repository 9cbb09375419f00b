import { describe, expect, it } from 'vitest'
import { readManifest, readManifestList } from '../../shared/iceberg/read-manifests.js'
import { currentSnapshot, type TableMetadata } from '../../shared/iceberg/table-metadata.js'
import { memoryStore } from '../../shared/store/memory.js'
import { describedFile } from './data-files.js'
import { newLogTable, stage } from './log-table.js'

const location = 's3://bucket/table'
const day = 86_400_000

/** The days of each manifest after one append a day, days in disorder as late events make them. */
async function daysOfManifests(appends: number, properties: Record<string, string>): Promise<number[][]> {
  const files = { store: memoryStore(), location }
  let metadata: TableMetadata = newLogTable(location, properties)
  for (let index = 0; index < appends; index++) {
    const from = ((index * 7) % appends) * day
    const added = [describedFile({ path: `${location}/data/${index}.parquet`, from, to: from, groups: ['a', 'b'] })]
    metadata = (await stage(metadata, files, { operation: 'append', added })).metadata
  }
  const manifests = await readManifestList(files, currentSnapshot(metadata)!)
  const entries = await Promise.all(manifests.map(manifest => readManifest(files, metadata, manifest)))
  return entries.map(some => some.map(({ dataFile }) => Number(dataFile.partition.timestamp_day)))
}

describe('manifests', () => {
  it('stay as they are until there are as many as the table says', async () => {
    expect(await daysOfManifests(9, { 'commit.manifest.min-count-to-merge': '10' })).toHaveLength(9)
    expect(await daysOfManifests(10, { 'commit.manifest.min-count-to-merge': '10' })).toHaveLength(1)
    expect(await daysOfManifests(19, { 'commit.manifest.min-count-to-merge': '10' })).toHaveLength(1)
    const off = { 'commit.manifest.min-count-to-merge': '2', 'commit.manifest-merge.enabled': 'false' }
    expect(await daysOfManifests(12, off)).toHaveLength(12)
  })

  it('become manifests of neighbouring days, no larger than the table says', async () => {
    const properties = {
      'commit.manifest.min-count-to-merge': '20',
      'commit.manifest.target-size-bytes': '15000',
    }
    const manifests = await daysOfManifests(20, properties)
    expect(manifests.length).toBeGreaterThan(1)
    expect(manifests.length).toBeLessThan(10)
    const spans = manifests.map(days => [Math.min(...days), Math.max(...days)] as const).toSorted(([a], [b]) => a - b)
    for (const [index, [start]] of spans.slice(1).entries()) expect(start).toBeGreaterThan(spans[index]![1])
    expect(manifests.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, at) => at))
  })
})
