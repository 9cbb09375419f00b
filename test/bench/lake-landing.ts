/** Landing objects of real-shaped batches, as ingest writes them, and the lakes that are made of them. */
import { randomUUID } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { duckDbMerge } from '../../shared/engine/duckdb-merge.js'
import { s3Catalog } from '../../shared/iceberg/catalogs/s3.js'
import { stageSnapshot } from '../../shared/iceberg/stage-snapshot.js'
import { newSnapshotId } from '../../shared/iceberg/table-changes.js'
import type { CompactDependencies } from '../../shared/lake/compact.js'
import { mergeLimits } from '../../shared/lake/lake-dependencies.js'
import { newLogTable } from '../../shared/lake/log-table.js'
import type { MergedFile } from '../../shared/lake/merge.js'
import { putDataFiles } from '../../shared/lake/put-data-files.js'
import { BufferPool } from '../../shared/parquet/buffer-pool.js'
import { runtimeCodec } from '../../shared/parquet/codec.js'
import { compileGroups } from '../../shared/pipeline/group.js'
import { ingest } from '../../shared/pipeline/ingest.js'
import { memoryStore } from '../../shared/store/memory.js'
import type { ObjectStore } from '../../shared/store/object-store.js'
import { batchKinds, lambdaEvent } from './batches.js'

/**
 * Lands so many batches of so many events, the four kinds in turns.
 * @returns bytes of the payloads as CloudWatch Logs sends them, gzipped
 */
export async function landBatches(store: ObjectStore, count: number, events = 1_000): Promise<number> {
  const deps = {
    store,
    raw: memoryStore(),
    groupOf: compileGroups(() => ({ format: { name: 'auto' as const }, redact: [], sample: 1, retentionDays: 0 })),
    isOwnGroup: () => false,
    codec: runtimeCodec(),
    buffers: new BufferPool(64_000_000),
    region: 'us-east-1',
    maxDecodedBytes: 32 * 1024 * 1024,
    now: () => Date.now(),
    sleep: async () => {},
  }
  let bytesIn = 0
  for (let index = 0; index < count; index++) {
    const event = lambdaEvent(batchKinds[index % batchKinds.length]!, events, Math.floor(index / batchKinds.length))
    const landed = await ingest(event, { attemptId: `bench-${index}` }, deps)
    if (landed.events !== events) throw new Error(`bench: ${landed.events} of ${events} events landed`)
    bytesIn += landed.bytesIn
  }
  return bytesIn
}

export async function copyOf(store: ObjectStore): Promise<ObjectStore> {
  const copy = memoryStore()
  for await (const { key } of store.list('')) await copy.put(key, (await store.get(key)).body)
  return copy
}

/** What commit and compact work with, over a store. */
export async function lakeOver(
  store: ObjectStore,
  folder: string,
  { memoryLimitMb, threads }: { readonly memoryLimitMb: number; readonly threads: number },
): Promise<CompactDependencies> {
  await mkdir(folder, { recursive: true })
  const files = { store, location: 's3://bench/table' }
  return {
    files,
    catalog: s3Catalog(files, { newId: randomUUID, sleep: async () => {} }),
    merge: duckDbMerge({ memoryLimitMb, threads }),
    folder,
    settings: { ...mergeLimits, commitBytes: 0, commitAfterMs: 0, fileBytes: 192 * 1024 * 1024 },
    promote: [],
    retentionOf: () => 0,
    now: Date.now,
    newId: randomUUID,
  }
}

/** A lake whose table has a data file for each of these landing objects, as a commit for each would have made it. */
export async function smallFiles(
  landing: ObjectStore,
  folder: string,
  limits: { readonly memoryLimitMb: number; readonly threads: number },
): Promise<ObjectStore> {
  const store = memoryStore()
  const { merge, files, catalog } = await lakeOver(store, folder, limits)
  const base = await catalog.create(newLogTable(files.location, randomUUID(), new Date()))
  const merged: MergedFile[] = []
  for await (const { key, size } of landing.list('landing/')) {
    const out = join(folder, randomUUID())
    await mkdir(out)
    const path = join(out, 'landing.parquet')
    await writeFile(path, (await landing.get(key)).body)
    const input = {
      path,
      kind: 'landing' as const,
      bytes: size,
      uncompressedBytes: size,
      rows: 1_000,
      isPartial: false,
    }
    const request = { against: [], hasIdless: false, promoted: [], targetBytes: 1e9, folder: out }
    merged.push(...(await merge.merge({ inputs: [input], ...request })).files)
  }
  const added = await putDataFiles(base.metadata, files, merged, { newId: randomUUID })
  const snapshot = { snapshotId: newSnapshotId(randomUUID()), now: new Date(), newId: randomUUID }
  const staged = await stageSnapshot(base.metadata, files, { operation: 'append', added }, snapshot)
  await catalog.commit(base, staged.metadata)
  return store
}
