import { describe, expect, it } from 'vitest'
import { expireSnapshots, snapshotsByRef, unreachableFiles } from '../../shared/iceberg/expire-snapshots.js'
import { findOrphans } from '../../shared/iceberg/find-orphans.js'
import { planFiles } from '../../shared/iceberg/plan-files.js'
import { hasSnapshot, type Snapshot, type TableMetadata } from '../../shared/iceberg/table-metadata.js'
import { memoryStore } from '../../shared/store/memory.js'
import { createLogTable, type LogTable, newLogTable, writeDataFile } from './log-table.js'

const hour = 3_600_000
const now = new Date('2026-03-01T00:00:00Z')

/** A chain of snapshots, one an hour, the newest an hour old; 1n is the oldest. */
function chain(count: number, more: Partial<TableMetadata> = {}): TableMetadata {
  const snapshots = Array.from(
    { length: count },
    (_, index): Snapshot => ({
      'snapshot-id': BigInt(index + 1),
      ...(index === 0 ? {} : { 'parent-snapshot-id': BigInt(index) }),
      'sequence-number': index + 1,
      'timestamp-ms': now.getTime() - (count - index) * hour,
      'manifest-list': `${index}`,
      summary: { operation: 'append' },
    }),
  )
  return {
    ...newLogTable('s3://bucket/table'),
    'current-snapshot-id': BigInt(count),
    snapshots,
    'snapshot-log': snapshots.map(one => ({ 'snapshot-id': one['snapshot-id'], 'timestamp-ms': one['timestamp-ms'] })),
    refs: { main: { 'snapshot-id': BigInt(count), type: 'branch' } },
    ...more,
  }
}

const ids = (snapshots: readonly { 'snapshot-id': bigint }[] | undefined) =>
  snapshots?.map(one => Number(one['snapshot-id']))

describe('snapshot expiry', () => {
  it('lets old snapshots go, but for the newest few', () => {
    const byAge = expireSnapshots(chain(6), { now, minSnapshots: 1, maxAgeMs: 2.5 * hour })
    // The fourth is older, but was the table until the fifth came.
    expect(ids(byAge.metadata.snapshots)).toEqual([4, 5, 6])
    expect(ids(byAge.metadata['snapshot-log'])).toEqual([4, 5, 6])
    expect(ids(byAge.expired)).toEqual([1, 2, 3])
    const byCount = expireSnapshots(chain(6), { now, minSnapshots: 4, maxAgeMs: 0 })
    expect(ids(byCount.metadata.snapshots)).toEqual([3, 4, 5, 6])
    const none = expireSnapshots(chain(6), { now, minSnapshots: 0, maxAgeMs: -1 })
    expect(ids(none.metadata.snapshots)).toEqual([6])
  })

  it('gives the same metadata when nothing expires', () => {
    const metadata = chain(3)
    expect(expireSnapshots(metadata, { now, minSnapshots: 1, maxAgeMs: 9 * hour })).toEqual({ metadata, expired: [] })
    expect(expireSnapshots(metadata, { now, minSnapshots: 3, maxAgeMs: 0 }).metadata).toBe(metadata)
  })

  it('lets nothing go from a table whose files others need', () => {
    const metadata = chain(6, { properties: { 'gc.enabled': 'false' } })
    const options = { now, minSnapshots: 1, maxAgeMs: 0 }
    expect(expireSnapshots(metadata, options)).toEqual({ metadata, expired: [] })
    expect(expireSnapshots(chain(6, { properties: { 'gc.enabled': 'true' } }), options).expired).toHaveLength(5)
  })

  it('keeps what a tag names, and what a branch asks for', () => {
    const metadata = chain(6, {
      refs: {
        main: { 'snapshot-id': 6n, type: 'branch', 'min-snapshots-to-keep': 2 },
        audit: { 'snapshot-id': 2n, type: 'tag' },
        brief: { 'snapshot-id': 3n, type: 'tag', 'max-ref-age-ms': hour },
      },
    })
    const { metadata: next } = expireSnapshots(metadata, { now, minSnapshots: 1, maxAgeMs: 0 })
    expect(ids(next.snapshots)).toEqual([2, 5, 6])
    expect(ids(next['snapshot-log'])).toEqual([5, 6])
    expect(Object.keys(next.refs ?? {})).toEqual(['main', 'audit'])
  })

  it('overrules what main asks for, but no other branch, where nothing of main may stay', () => {
    const own = { type: 'branch', 'min-snapshots-to-keep': 2, 'max-snapshot-age-ms': 9 * hour } as const
    const metadata = chain(6, {
      refs: { main: { 'snapshot-id': 6n, ...own }, theirs: { ...own, 'snapshot-id': 3n, 'max-snapshot-age-ms': 0 } },
    })
    const options = { now, minSnapshots: 1, maxAgeMs: 0, overrulesMain: true }
    const { metadata: next } = expireSnapshots(metadata, options)
    expect(ids(next.snapshots)).toEqual([2, 3, 6])
    expect(next.refs).toEqual(metadata.refs)
    const kept = [...snapshotsByRef(metadata, options)].map(([name, own]) => [name, ids(own)])
    expect(kept).toEqual([
      ['main', [6]],
      ['theirs', [3, 2]],
    ])
  })

  it('keeps a young snapshot that no branch reaches yet', () => {
    const metadata = chain(4, { 'current-snapshot-id': 3n, refs: { main: { 'snapshot-id': 3n, type: 'branch' } } })
    expect(ids(expireSnapshots(metadata, { now, minSnapshots: 1, maxAgeMs: 1.5 * hour }).metadata.snapshots)).toEqual([
      3, 4,
    ])
    expect(ids(expireSnapshots(metadata, { now, minSnapshots: 1, maxAgeMs: 0 }).metadata.snapshots)).toEqual([3])
  })

  it('keeps young snapshots of a history that main has left and a tag names the end of', () => {
    const refs = { main: { 'snapshot-id': 1n, type: 'branch' }, before: { 'snapshot-id': 4n, type: 'tag' } } as const
    const metadata = chain(4, { 'current-snapshot-id': 1n, refs })
    const left = (maxAgeMs: number) =>
      ids(expireSnapshots(metadata, { now, minSnapshots: 1, maxAgeMs }).metadata.snapshots)
    expect(left(2.5 * hour)).toEqual([1, 3, 4])
    expect(left(0)).toEqual([1, 4])
  })

  it('keeps the current snapshot of a table without refs', () => {
    const { refs: _, ...metadata } = chain(3)
    expect(ids(expireSnapshots(metadata, { now, minSnapshots: 1, maxAgeMs: 0 }).metadata.snapshots)).toEqual([3])
  })
})

describe('files that nothing refers to', () => {
  const day = Date.UTC(2026, 0, 10)

  async function compacted(clock: () => Date): Promise<{ log: LogTable; small: readonly string[] }> {
    const log = await createLogTable(memoryStore({ now: clock }), 's3://bucket/root/table')
    const write = (message: string) => writeDataFile(log, [{ timestamp: day, group: 'g', message }])
    const small = [await write('a'), await write('b')]
    await log.commit({ operation: 'append', added: small })
    await log.commit({ operation: 'append', added: [await write('c')] })
    await log.commit({ operation: 'replace', added: [await write('ab')], removed: small })
    return { log, small: small.map(({ filePath }) => filePath.slice('s3://bucket/root/'.length)) }
  }

  it('are those of the expired snapshots alone', async () => {
    const { log, small } = await compacted(() => now)
    const { metadata, expired } = expireSnapshots(log.table.metadata, {
      now: new Date(),
      minSnapshots: 1,
      maxAgeMs: -1,
    })
    const unreachable = await unreachableFiles(metadata, log.files, expired)
    expect(unreachable.dataFiles.toSorted()).toEqual(small.toSorted())
    expect(unreachable.manifestLists).toHaveLength(2)
    expect(unreachable.manifests).toHaveLength(1)
    log.table = await log.catalog.commit(log.table, metadata)
    await log.files.store.delete(Object.values(unreachable).flat())
    expect((await planFiles(log.table.metadata, log.files, [])).files).toHaveLength(2)
    expect(expired.every(one => !hasSnapshot(log.table.metadata, one['snapshot-id']))).toBe(true)
  })

  it('are orphans when they are old: never published, or expired; metadata stays a day', async () => {
    let clock = now
    const { log, small } = await compacted(() => clock)
    const lost = await writeDataFile(log, [{ timestamp: day, group: 'g', message: 'never committed' }])
    const { metadata } = expireSnapshots(log.table.metadata, { now: new Date(), minSnapshots: 1, maxAgeMs: -1 })
    const short = { ...metadata, properties: { 'write.metadata.previous-versions-max': '2' } }
    log.table = await log.catalog.commit(log.table, short)
    clock = new Date(now.getTime() + 2 * hour)
    const young = await writeDataFile(log, [{ timestamp: day, group: 'g', message: 'under way' }])
    const orphans = async (at: number): Promise<string[]> => {
      const keys: string[] = []
      const options = { now: new Date(now.getTime() + at), delayMs: hour }
      for await (const { key } of findOrphans(log.table, log.files, options)) keys.push(key)
      return keys
    }
    const keyOf = (path: string) => path.slice('s3://bucket/root/'.length)
    expect(await orphans(hour)).toEqual([])
    const found = await orphans(2.5 * hour)
    expect(found.filter(key => key.startsWith('table/data/'))).toEqual([...small, keyOf(lost.filePath)].toSorted())
    expect(found.filter(key => key.endsWith('.avro'))).toHaveLength(3)
    expect(found.filter(key => key.endsWith('.json'))).toEqual([])
    const later = await orphans(25 * hour)
    expect(later).toContain(keyOf(young.filePath))
    expect(later.filter(key => key.endsWith('.json'))).toEqual([
      'table/metadata/v1.metadata.json',
      'table/metadata/v2.metadata.json',
    ])
    await log.files.store.delete(later)
    expect(await log.catalog.load()).toEqual(log.table)
    expect((await planFiles(log.table.metadata, log.files, [])).files).toHaveLength(2)
  })
})
