import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { readManifest, readManifestList } from '../../shared/iceberg/read-manifests.js'
import { currentSnapshot, type TableMetadata } from '../../shared/iceberg/table-metadata.js'
import { memoryStore } from '../../shared/store/memory.js'
import { describedFile } from './data-files.js'
import { newLogTable, stage } from './log-table.js'

const location = 's3://bucket/table'
const day = 86_400_000

/** After one append a day: the days of each manifest, and how often an entry was written. */
async function append(appends: number, properties: Record<string, string>, filesEach = 1) {
  const files = { store: memoryStore(), location }
  let metadata: TableMetadata = newLogTable(location, properties)
  let entriesWritten = 0
  for (let index = 0; index < appends; index++) {
    const from = index * day
    const added = Array.from({ length: filesEach }, () =>
      describedFile({ path: `${location}/data/${randomUUID()}.parquet`, from, to: from, groups: [randomUUID(), 'z'] }),
    )
    metadata = (await stage(metadata, files, { operation: 'append', added })).metadata
    const id = currentSnapshot(metadata)!['snapshot-id']
    for (const manifest of await readManifestList(files, currentSnapshot(metadata)!)) {
      if (manifest.addedSnapshotId === id) entriesWritten += manifest.addedFilesCount + manifest.existingFilesCount
    }
  }
  const manifests = await readManifestList(files, currentSnapshot(metadata)!)
  const entries = await Promise.all(manifests.map(manifest => readManifest(files, metadata, manifest)))
  const days = entries.map(some => some.map(({ dataFile }) => Number(dataFile.partition.timestamp_day)))
  return { days, entriesWritten }
}

describe('manifests', () => {
  it('stay as they are until there are as many as the table says', async () => {
    const ten = { 'commit.manifest.min-count-to-merge': '10' }
    expect((await append(9, ten)).days).toHaveLength(9)
    expect((await append(10, ten)).days).toHaveLength(1)
    expect((await append(18, ten)).days).toHaveLength(9)
    const off = { 'commit.manifest.min-count-to-merge': '2', 'commit.manifest-merge.enabled': 'false' }
    expect((await append(12, off)).days).toHaveLength(12)
  })

  it('become manifests of neighbouring days, and one that is large enough is not written again', async () => {
    const properties = {
      'commit.manifest.min-count-to-merge': '50',
      'commit.manifest.target-size-bytes': '40000',
    }
    const { days, entriesWritten } = await append(24, properties, 50)
    expect(days.length).toBeGreaterThan(2)
    expect(days.length).toBeLessThan(12)
    const spans = days.map(some => [Math.min(...some), Math.max(...some)] as const).toSorted(([a], [b]) => a - b)
    for (const [index, [start]] of spans.slice(1).entries()) expect(start).toBeGreaterThan(spans[index]![1])
    expect(days.flat()).toHaveLength(1200)
    expect(entriesWritten).toBeLessThan(4 * 1200)
  })
})
