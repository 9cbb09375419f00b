import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { s3Catalog } from '../../shared/iceberg/catalogs/s3.js'
import { FilesGone } from '../../shared/iceberg/errors.js'
import type { ManifestEntry } from '../../shared/iceberg/manifest.js'
import { manifestCache } from '../../shared/iceberg/manifest-cache.js'
import { planFiles } from '../../shared/iceberg/plan-files.js'
import { readManifest, readManifestList } from '../../shared/iceberg/read-manifests.js'
import type { SnapshotChanges } from '../../shared/iceberg/stage-snapshot.js'
import type { TableFiles } from '../../shared/iceberg/table-files.js'
import { currentSnapshot, type TableMetadata } from '../../shared/iceberg/table-metadata.js'
import { memoryStore } from '../../shared/store/memory.js'
import { describedFile } from './data-files.js'
import { logTableOptions, newLogTable, stage } from './log-table.js'

const location = 's3://bucket/table'
const day = 86_400_000

const file = (name: string, at = 0, retention = 30) =>
  describedFile({
    path: `${location}/data/${name}.parquet`,
    from: at * day,
    to: at * day + 10,
    groups: ['a', 'b'],
    retention,
  })

class Table {
  readonly files: TableFiles
  metadata: TableMetadata
  constructor(properties: Record<string, string> = {}, files: TableFiles = { store: memoryStore(), location }) {
    this.files = files
    this.metadata = newLogTable(location, properties)
  }

  async apply(changes: SnapshotChanges): Promise<readonly string[]> {
    const { metadata, written } = await stage(this.metadata, this.files, changes)
    this.metadata = metadata
    return written
  }

  manifests() {
    return readManifestList(this.files, currentSnapshot(this.metadata)!)
  }

  async entries(): Promise<ManifestEntry[]> {
    const manifests = await this.manifests()
    return (await Promise.all(manifests.map(one => readManifest(this.files, this.metadata, one)))).flat()
  }

  async live(): Promise<string[]> {
    const { files } = await planFiles(this.metadata, this.files, [])
    return files.map(({ filePath }) => filePath.slice(`${location}/data/`.length, -'.parquet'.length)).sort()
  }
}

describe('a staged snapshot', () => {
  it('is the current one of its metadata, in every log, with what it changed', async () => {
    const table = new Table()
    await table.apply({ operation: 'append', added: [file('a'), file('b', 1)], summary: { 'tailrace.commit': 'x' } })
    await table.apply({
      operation: 'overwrite',
      added: [file('c')],
      removed: [file('a')],
      properties: { consumed: 'k' },
    })
    const { metadata } = table
    const [first, second] = metadata.snapshots!
    expect(metadata).toMatchObject({
      'last-sequence-number': 2,
      'current-snapshot-id': second!['snapshot-id'],
      refs: { main: { 'snapshot-id': second!['snapshot-id'], type: 'branch' } },
      properties: { consumed: 'k' },
    })
    expect(metadata['snapshot-log']).toEqual(
      [first!, second!].map(snapshot => ({
        'snapshot-id': snapshot['snapshot-id'],
        'timestamp-ms': snapshot['timestamp-ms'],
      })),
    )
    expect(second).toMatchObject({ 'parent-snapshot-id': first!['snapshot-id'], 'sequence-number': 2, 'schema-id': 0 })
    expect(first!.summary).toEqual({
      operation: 'append',
      'added-data-files': '2',
      'added-records': '20',
      'added-files-size': '2000',
      'changed-partition-count': '2',
      'total-data-files': '2',
      'total-records': '20',
      'total-files-size': '2000',
      'total-delete-files': '0',
      'total-position-deletes': '0',
      'total-equality-deletes': '0',
      'tailrace.commit': 'x',
    })
    expect(second!.summary).toMatchObject({
      operation: 'overwrite',
      'added-data-files': '1',
      'deleted-data-files': '1',
      'removed-files-size': '1000',
      'changed-partition-count': '1',
      'total-data-files': '2',
    })
  })

  it('gives entries their own sequence numbers through every rewrite', async () => {
    const table = new Table({ 'commit.manifest.min-count-to-merge': '3' })
    await table.apply({ operation: 'append', added: [file('a'), file('b')] })
    await table.apply({ operation: 'delete', removed: [file('a')] })
    await table.apply({ operation: 'append', added: [file('c')] })
    await table.apply({ operation: 'append', added: [file('d')] })
    const ids = table.metadata.snapshots!.map(snapshot => snapshot['snapshot-id'])
    const seen = (await table.entries()).map(entry => [
      entry.dataFile.filePath.at(-9),
      entry.status,
      entry.sequenceNumber,
      entry.fileSequenceNumber,
      ids.indexOf(entry.snapshotId) + 1,
    ])
    expect(seen.toSorted()).toEqual([
      ['b', 'existing', 1, 1, 1],
      ['c', 'existing', 3, 3, 3],
      ['d', 'added', 4, 4, 4],
    ])
    const [manifest] = await table.manifests()
    expect(manifest).toMatchObject({
      sequenceNumber: 4,
      minSequenceNumber: 1,
      addedFilesCount: 1,
      existingFilesCount: 2,
    })
  })

  it('tells of a deletion once, and opens only manifests that can list the file', async () => {
    const table = new Table()
    for (let at = 0; at < 5; at++) await table.apply({ operation: 'append', added: [file(`f${at}`, at)] })
    const before = await table.manifests()
    const written = await table.apply({ operation: 'delete', removed: [file('f3', 3)] })
    expect(written).toHaveLength(2)
    const after = await table.manifests()
    expect(after.filter(one => before.some(other => other.manifestPath === one.manifestPath))).toHaveLength(4)
    expect(after.find(one => one.deletedFilesCount === 1)).toMatchObject({ addedFilesCount: 0, existingFilesCount: 0 })
    await table.apply({ operation: 'append', added: [file('f9')] })
    expect(await table.manifests()).toHaveLength(5)
    expect(await table.live()).toEqual(['f0', 'f1', 'f2', 'f4', 'f9'])
  })

  it('is refused when a file to remove is gone, naming it', async () => {
    const table = new Table()
    await table.apply({ operation: 'append', added: [file('a'), file('b')] })
    await table.apply({ operation: 'delete', removed: [file('a')] })
    const again = table.apply({ operation: 'replace', added: [file('c')], removed: [file('a'), file('b')] })
    await expect(again).rejects.toThrow(FilesGone)
    await expect(again).rejects.toMatchObject({ filePaths: [file('a').filePath] })
  })

  it('is prepared again by the one who was second, and nothing is lost or there twice', async () => {
    const store = memoryStore()
    const files = { store, location }
    const catalog = s3Catalog(files, logTableOptions)
    const base = await catalog.create(newLogTable(location))
    const attempts = await Promise.allSettled(
      ['a', 'b', 'c'].map(async name => {
        const { metadata } = await stage(base.metadata, files, { operation: 'append', added: [file(name)] })
        return { name, table: await catalog.commit(base, metadata) }
      }),
    )
    const lost = ['a', 'b', 'c'].filter((_, index) => attempts[index]!.status === 'rejected')
    expect(lost).toHaveLength(2)
    for (const name of lost) {
      const loaded = (await catalog.load())!
      const { metadata } = await stage(loaded.metadata, files, { operation: 'append', added: [file(name)] })
      await catalog.commit(loaded, metadata)
    }
    const { metadata } = (await catalog.load())!
    const { files: planned } = await planFiles(metadata, files, [])
    expect(planned.map(({ filePath }) => filePath).toSorted()).toEqual(['a', 'b', 'c'].map(name => file(name).filePath))
    expect(metadata['last-sequence-number']).toBe(3)
  })

  it('refuses a file without a value for a partition field', async () => {
    const table = new Table()
    const wrong = { ...file('a'), partition: { timestamp_day: 1 } }
    await expect(table.apply({ operation: 'append', added: [wrong] })).rejects.toThrow('partition field retention')
  })

  it('gives back all that it was told about a file', async () => {
    const table = new Table()
    const told = { ...file('a'), keyMetadata: Buffer.from('key'), splitOffsets: [4, 2 ** 40], sortOrderId: null }
    await table.apply({ operation: 'append', added: [told] })
    const [read] = (await planFiles(table.metadata, table.files, [])).files
    expect(read).toEqual(told)
  })

  it('needs no more than a few seconds with 5,000 files, and opens what a query needs', async () => {
    const cache = manifestCache(20_000)
    const table = new Table({}, { store: memoryStore(), location, manifestCache: cache })
    const started = performance.now()
    for (let at = 0; at < 50; at++) {
      await table.apply({
        operation: 'append',
        added: Array.from({ length: 100 }, (_, index) =>
          describedFile({
            path: `${location}/data/${randomUUID()}.parquet`,
            from: at * day + index,
            to: at * day + index + 10,
            groups: [`/g/${index}`, `/g/${index}`],
          }),
        ),
      })
    }
    const cold: TableFiles = { store: table.files.store, location }
    const at = 7n * BigInt(day) * 1000n
    const filters = [
      { fieldId: 1, anyOf: [{ min: at, max: at + 3_600_000_000n }] },
      { fieldId: 2, anyOf: [{ min: '/g/5', max: '/g/5' }] },
    ]
    const planned = await planFiles(table.metadata, cold, filters)
    expect(planned).toMatchObject({ manifests: 50, manifestsRead: 1, filesPruned: 99 })
    expect(planned.files).toHaveLength(1)
    const all = await planFiles(table.metadata, cold, [])
    expect(all.files).toHaveLength(5000)
    await table.apply({ operation: 'delete', removed: all.files.filter((_, index) => index % 2 === 0) })
    expect(await table.live()).toHaveLength(2500)
    expect(performance.now() - started).toBeLessThan(15_000)
  })
})
