/** What other engines leave in a table: other names, missing statistics, row-level deletes, other specs. */
import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { readAvro, writeAvro } from '../../shared/iceberg/avro-file.js'
import type { DataFile } from '../../shared/iceberg/data-file.js'
import { DeleteFilesUnsupported, OutsideStore, TableUnreadable } from '../../shared/iceberg/errors.js'
import { decodeManifest, encodeManifest, type ManifestEntry } from '../../shared/iceberg/manifest.js'
import { decodeManifestList, encodeManifestList, type ManifestFile } from '../../shared/iceberg/manifest-list.js'
import { parseMetadata } from '../../shared/iceberg/metadata-json.js'
import { planFiles } from '../../shared/iceberg/plan-files.js'
import { RowDeletes } from '../../shared/iceberg/row-deletes.js'
import type { PartitionSpec } from '../../shared/iceberg/schema.js'
import { keyOf } from '../../shared/iceberg/table-files.js'
import { currentSnapshot, type TableMetadata } from '../../shared/iceberg/table-metadata.js'
import { memoryStore } from '../../shared/store/memory.js'
import { describedFile } from './data-files.js'
import { logSchema, logSpec, newLogTable, stage } from './log-table.js'

const location = 's3://bucket/root/table'
const day = 86_400_000
const file = (name: string, at = 0, groups: readonly [string, string] = ['a', 'b']): DataFile =>
  describedFile({ path: `${location}/data/${name}.parquet`, from: at * day, to: at * day + 10, groups })
const entry = (dataFile: DataFile): ManifestEntry => ({
  status: 'added',
  snapshotId: 2n ** 62n,
  sequenceNumber: 1,
  fileSequenceNumber: 1,
  dataFile,
})

/** A table with a snapshot of another engine on top: a manifest with these entries, of this spec. */
async function withForeign(
  dataFiles: readonly DataFile[],
  { content = 'data' as 'data' | 'deletes', spec = logSpec, partitions = null as ManifestFile['partitions'] } = {},
) {
  const files = { store: memoryStore(), location }
  const created = newLogTable(location)
  const base: TableMetadata = {
    ...created,
    'partition-specs': spec === logSpec ? [logSpec] : [logSpec, spec],
  }
  const { metadata } = await stage(base, files, { operation: 'append', added: [file('ours')] })
  const manifestPath = `${location}/metadata/${randomUUID()}.avro`
  const body = encodeManifest(dataFiles.map(entry), { spec, schemas: [logSchema], currentSchema: logSchema, content })
  await files.store.put(keyOf(files, manifestPath), body)
  const list = decodeManifestList(
    (await files.store.get(keyOf(files, currentSnapshot(metadata)!['manifest-list']))).body,
  )
  const foreign: ManifestFile = {
    ...list[0]!,
    manifestPath,
    manifestLength: body.length,
    partitionSpecId: spec['spec-id'],
    content,
    sequenceNumber: 2,
    addedSnapshotId: 2n ** 62n,
    addedFilesCount: dataFiles.length,
    partitions,
  }
  const listPath = `${location}/metadata/snap-${randomUUID()}.avro`
  const snapshot = { snapshotId: 2n ** 62n, parentId: null, sequenceNumber: 2 }
  await files.store.put(keyOf(files, listPath), encodeManifestList([...list, foreign], snapshot))
  const next: TableMetadata = {
    ...metadata,
    'last-sequence-number': 2,
    'current-snapshot-id': 2n ** 62n,
    snapshots: [
      ...metadata.snapshots!,
      {
        'snapshot-id': 2n ** 62n,
        'sequence-number': 2,
        'timestamp-ms': metadata['last-updated-ms'],
        'manifest-list': listPath,
        summary: { operation: 'append' },
      },
    ],
  }
  return { metadata: next, files, foreign }
}

const names = (files: readonly DataFile[]): string[] => files.map(({ filePath }) => filePath.split('/').at(-1)!).sort()
const atDay = (at: number) => [
  { fieldId: 1, anyOf: [{ min: BigInt(at * day) * 1000n, max: BigInt(at * day + 5) * 1000n }] },
]

describe('a table that another engine wrote to', () => {
  it('is planned by partition where a file has no bounds, and by nothing where a manifest has no ranges', async () => {
    const bare = { ...file('bare', 3), lowerBounds: null, upperBounds: null, valueCounts: null, nullValueCounts: null }
    const { metadata, files } = await withForeign([bare, file('other', 4)])
    const planned = await planFiles(metadata, files, [
      ...atDay(3),
      { fieldId: 2, anyOf: [{ prefix: 'zzz' }, { min: 'y', max: 'y' }] },
    ])
    expect(names(planned.files)).toEqual(['bare.parquet'])
    expect(planned).toMatchObject({ manifests: 2, manifestsRead: 1, filesPruned: 1 })
  })

  it('is planned by bounds where the partition says nothing', async () => {
    const spec: PartitionSpec = {
      'spec-id': 1,
      fields: [{ 'source-id': 2, 'field-id': 1002, name: 'group bucket', transform: 'bucket[16]' }],
    }
    const inBucket = (dataFile: DataFile, bucket: number): DataFile => ({
      ...dataFile,
      specId: 1,
      partition: { 'group bucket': bucket },
    })
    const { metadata, files } = await withForeign([inBucket(file('x', 3), 7), inBucket(file('y', 5), 0)], { spec })
    const planned = await planFiles(metadata, files, atDay(3))
    expect(planned.files.map(({ partition }) => partition)).toEqual([{ 'group bucket': 7 }])
    const { metadata: next } = await stage(metadata, files, { operation: 'delete', removed: planned.files })
    const rest = await planFiles(next, files, [])
    expect(names(rest.files)).toEqual(['ours.parquet', 'y.parquet'])
    expect(rest.files.find(({ specId }) => specId === 1)?.partition).toEqual({ 'group bucket': 0 })
  })

  it('is refused where rows of it may be deleted, naming the file, or the deletes are reported', async () => {
    const deletes: DataFile = { ...file('deletes'), content: 'position deletes' }
    const { metadata, files } = await withForeign([deletes], { content: 'deletes' })
    const plan = planFiles(metadata, files, atDay(0))
    await expect(plan).rejects.toThrow(DeleteFilesUnsupported)
    await expect(plan).rejects.toMatchObject({ filePath: deletes.filePath })
    expect((await planFiles(metadata, files, atDay(9))).files).toEqual([])
    const { rowDeletes } = await planFiles(metadata, files, [], { rowDeletes: 'report' })
    expect([...rowDeletes].map(([path, own]) => [path, names(own)])).toEqual([
      [file('ours').filePath, ['deletes.parquet']],
    ])
    const replace = stage(metadata, files, { operation: 'replace', removed: [file('ours')], added: [file('new')] })
    await expect(replace).rejects.toThrow(DeleteFilesUnsupported)
    const without = await stage(metadata, files, { operation: 'delete', removed: [file('ours')] })
    expect((await planFiles(without.metadata, files, [])).files).toEqual([])
    const appended = await stage(metadata, files, { operation: 'append', added: [file('new')] })
    const told = await planFiles(appended.metadata, files, [], { rowDeletes: 'report' })
    expect([...told.rowDeletes.keys()]).toEqual([file('ours').filePath])
  })

  it('has rows deleted by the rules of the specification: partition, sequence number, path', async () => {
    const { metadata } = await withForeign([])
    const data = { sequenceNumber: 5, dataFile: file('data') }
    const applies = (content: DataFile['content'], sequenceNumber: number, change: Partial<DataFile> = {}) => {
      const dataFile = { ...file('deletes'), lowerBounds: null, upperBounds: null, ...change, content }
      return new RowDeletes(metadata, [{ ...entry(dataFile), sequenceNumber }]).of(data).length > 0
    }
    const path = (text: string) => new Map([[2_147_483_546, Buffer.from(text)]])
    expect([4, 5, 6].map(number => applies('position deletes', number))).toEqual([false, true, true])
    expect([4, 5, 6].map(number => applies('equality deletes', number))).toEqual([false, false, true])
    expect(applies('equality deletes', 6, { partition: { timestamp_day: 1, retention: 30 } })).toBe(false)
    const { filePath } = data.dataFile
    expect(applies('position deletes', 6, { lowerBounds: path(filePath), upperBounds: path(filePath) })).toBe(true)
    expect(applies('position deletes', 6, { lowerBounds: path(`${filePath}x`) })).toBe(false)
    expect(applies('position deletes', 6, { upperBounds: path(filePath.slice(0, -1)) })).toBe(false)
    expect(applies('position deletes', 6, { referencedDataFile: filePath })).toBe(true)
    expect(applies('position deletes', 6, { referencedDataFile: `${filePath}x` })).toBe(false)
  })

  it('keeps totals that are not known unknown', async () => {
    const { metadata, files } = await withForeign([file('x')])
    const { snapshot } = await stage(metadata, files, { operation: 'append', added: [file('new')] })
    expect(snapshot.summary).not.toHaveProperty('total-records')
    expect(snapshot['parent-snapshot-id']).toBe(2n ** 62n)
  })

  it('may name and order the fields of a manifest otherwise', async () => {
    const { foreign } = await withForeign([])
    const schema = {
      type: 'record',
      name: 'entry',
      fields: [
        { name: 'STATUS', type: 'int', 'field-id': 0 },
        {
          name: 'file',
          'field-id': 2,
          type: {
            type: 'record',
            name: 'f',
            fields: [
              { name: 'size', type: 'long', 'field-id': 104 },
              { name: 'path', type: 'string', 'field-id': 100 },
              { name: 'kind', type: 'string', 'field-id': 101 },
              { name: 'rows', type: 'long', 'field-id': 103 },
              {
                name: 'part',
                'field-id': 102,
                type: {
                  type: 'record',
                  name: 'p',
                  fields: [
                    { name: 'class', type: ['null', 'int'], 'field-id': 1001 },
                    { name: 'day', type: ['null', { type: 'int', logicalType: 'date' }], 'field-id': 1000 },
                  ],
                },
              },
            ],
          },
        },
      ],
    } as const
    const record = {
      STATUS: 1,
      file: { size: 5, path: 'p', kind: 'PARQUET', rows: 2, part: { class: 30, day: 20_000 } },
    }
    const [decoded] = decodeManifest(writeAvro(schema, [record], {}), foreign, logSpec)
    expect(decoded).toMatchObject({
      status: 'added',
      snapshotId: 2n ** 62n,
      sequenceNumber: 2,
      fileSequenceNumber: 2,
      dataFile: {
        content: 'data',
        partition: { timestamp_day: 20_000, retention: 30 },
        recordCount: 2,
        lowerBounds: null,
      },
    })
  })
})

describe('what cannot be read', () => {
  it('is metadata of another version, cut off, or without what it must have', () => {
    const parse = (text: string) => () => parseMetadata(Buffer.from(text), 'v1.metadata.json')
    expect(parse('{"format-version": 3}')).toThrow(TableUnreadable)
    expect(parse('{"format-version": 2, "loc')).toThrow('v1.metadata.json is not JSON')
    expect(parse('{"format-version": 2}')).toThrow('has no table-uuid')
    expect(parse('null')).toThrow(TableUnreadable)
  })

  it('is a manifest list that is no Avro file, naming it', async () => {
    const { metadata, files } = await withForeign([])
    const path = currentSnapshot(metadata)!['manifest-list']
    await files.store.put(keyOf(files, path), Buffer.from('nothing'))
    await expect(planFiles(metadata, files, [])).rejects.toThrow(`${path} cannot be read`)
  })

  it('is a file outside of the store', () => {
    expect(() => keyOf({ location }, 's3://other/root/table/x')).toThrow(OutsideStore)
    expect(() => keyOf({ location }, 's3://bucket/rooted/x')).toThrow(OutsideStore)
    expect(keyOf({ location }, 's3a://bucket/root/table/a b%20ü')).toBe('table/a b%20ü')
  })

  it('is not hidden by names that Avro does not take', () => {
    const spec: PartitionSpec = {
      'spec-id': 0,
      fields: [{ 'source-id': 2, 'field-id': 1000, name: '1 grüße', transform: 'identity' }],
    }
    const group = `/${'ü😀 %'.repeat(100)}`
    const described = { ...file('x'), partition: { '1 grüße': group } }
    const bytes = encodeManifest([entry(described)], {
      spec,
      schemas: [logSchema],
      currentSchema: logSchema,
      content: 'data',
    })
    expect(readAvro(bytes, schema => schema).metadata.get('partition-spec')).toContain('1 grüße')
    const list = { sequenceNumber: 3, addedSnapshotId: 4n } as ManifestFile
    expect(decodeManifest(bytes, list, spec)[0]?.dataFile.partition).toEqual({ '1 grüße': group })
  })
})
