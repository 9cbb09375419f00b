/** A lake in memory with landing objects and a table, whose requests are counted, and an engine over it. */
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DuckDb, openDuckDb } from '../../shared/engine/duckdb.js'
import { duckDbMerge } from '../../shared/engine/duckdb-merge.js'
import { LocalParts } from '../../shared/engine/local-parts.js'
import { createQueryEngine, type QueryEngine, type QueryStatistics } from '../../shared/engine/query-engine.js'
import type { ResultRow } from '../../shared/engine/render-row.js'
import type { Catalog } from '../../shared/iceberg/catalog.js'
import { s3Catalog } from '../../shared/iceberg/catalogs/s3.js'
import { describeParquet } from '../../shared/iceberg/parquet-metrics.js'
import { stageSnapshot } from '../../shared/iceberg/stage-snapshot.js'
import { newSnapshotId } from '../../shared/iceberg/table-changes.js'
import { currentSchema } from '../../shared/iceberg/table-metadata.js'
import { lowerQuery, parseQuery } from '../../shared/insights/index.js'
import { consumedProperty, readConsumed, writeConsumed } from '../../shared/lake/consumed.js'
import { lakeReader } from '../../shared/lake/lake-reader.js'
import { newLogTable } from '../../shared/lake/log-table.js'
import { type PromotedSetting, withPromoted } from '../../shared/lake/promoted-columns.js'
import type { LogRow } from '../../shared/parquet/schema.js'
import type { Project } from '../../shared/plan/node.js'
import { memoryStore } from '../../shared/store/memory.js'
import type { GetOptions, ObjectStore } from '../../shared/store/object-store.js'
import { landingFile } from '../lake/landed.js'

export const location = 's3://lake/table'

export interface Requested {
  readonly key: string
  readonly bytes: number
}

/** Counts what is read of landing objects and data files. */
export function countingStore(store: ObjectStore): { readonly store: ObjectStore; readonly gets: Requested[] } {
  const gets: Requested[] = []
  const counted: ObjectStore = {
    ...store,
    head: (key, options) => store.head(key, options),
    put: (key, body, options) => store.put(key, body, options),
    list: (prefix, options) => store.list(prefix, options),
    delete: (keys, options) => store.delete(keys, options),
    async get(key: string, options?: GetOptions) {
      const object = await store.get(key, options)
      if (key.endsWith('.parquet')) gets.push({ key, bytes: object.body.length })
      return object
    },
  }
  return { store: counted, gets }
}

function keyOfLanding(rows: readonly LogRow[], name: string): string {
  const times = rows.map(({ timestamp }) => timestamp)
  const [min, max] = [Math.min(...times), Math.max(...times)]
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 24)
  return `landing/${new Date(min).toISOString().slice(0, 10)}/${min}-${max}-${hash}.parquet`
}

/** As ingest lands them, with the footer's summary of groups. */
function landingBody(rows: readonly LogRow[]): Uint8Array {
  const groups: Record<string, { rows: number; min: number; max: number }> = {}
  for (const { log_group, timestamp } of rows) {
    const before = groups[log_group] ?? { rows: 0, min: timestamp, max: timestamp }
    const [min, max] = [Math.min(before.min, timestamp), Math.max(before.max, timestamp)]
    groups[log_group] = { rows: before.rows + 1, min, max }
  }
  return landingFile(rows, { 'tailrace.groups': JSON.stringify(groups) })
}

export interface TestLake {
  readonly store: ObjectStore
  readonly gets: Requested[]
  readonly folder: string
  readonly catalog: Catalog
  readonly duckdb: DuckDb
  land(rows: readonly LogRow[], name: string): Promise<string>
  /** Adds data files of these rows; `consumes` are landing keys that they stand for. */
  append(
    rows: readonly LogRow[],
    options?: {
      promoted?: readonly PromotedSetting[]
      targetBytes?: number
      consumes?: readonly string[]
      /** Of 2,048 rows, the least there can be. */
      hasSmallRowGroups?: boolean
    },
  ): Promise<void>
  engine(options?: {
    wholeBytes?: number
    maxScanBytes?: number
    maxCacheBytes?: number
    store?: ObjectStore
    cache?: string
  }): QueryEngine
  close(): Promise<void>
}

export async function openLake(): Promise<TestLake> {
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-lake-'))
  const { store, gets } = countingStore(memoryStore())
  const table = { store, location }
  const catalog = s3Catalog(table, { newId: randomUUID, sleep: async () => {} })
  const duckdb = await openDuckDb({ memoryLimitMb: 256, threads: 1 })
  const merge = duckDbMerge({ memoryLimitMb: 256, threads: 1 })
  let count = 0
  return {
    store,
    gets,
    folder,
    catalog,
    duckdb,
    async land(rows, name) {
      const key = keyOfLanding(rows, name)
      await store.put(key, landingBody(rows))
      return key
    },
    async append(rows, { promoted = [], targetBytes = 1e9, consumes = [], hasSmallRowGroups = false } = {}) {
      const now = new Date()
      const path = join(folder, `input-${count++}.parquet`)
      const body = landingBody(rows)
      await writeFile(path, body)
      const out = join(folder, `merged-${count}`)
      await mkdir(out)
      const base = (await catalog.load()) ?? (await catalog.create(newLogTable(location, randomUUID(), now)))
      const { metadata, promoted: columns } = withPromoted(base.metadata, promoted, now)
      const { files } = await merge.merge({
        inputs: [
          {
            path,
            kind: 'landing',
            bytes: body.length,
            uncompressedBytes: hasSmallRowGroups ? 1e12 : body.length,
            rows: rows.length,
            isPartial: false,
          },
        ],
        against: [],
        hasIdless: true,
        promoted: columns,
        targetBytes,
        folder: out,
      })
      const added = await Promise.all(
        files.map(async (file, index) => {
          // In the order of their events: sums of floating-point numbers depend on the order in which files are read.
          const key = `table/data/${String(count).padStart(4, '0')}-${String(index).padStart(4, '0')}.parquet`
          const bytes = await readFile(file.path)
          await store.put(key, bytes)
          const schema = currentSchema(metadata)
          const partition = { timestamp_day: file.day, retention: file.retention }
          const place = { specId: 0, partition, sortOrderId: 1 }
          return describeParquet({
            filePath: `s3://lake/${key}`,
            fileSizeInBytes: bytes.length,
            tail: bytes,
            schema,
            ...place,
          })
        }),
      )
      const consumed = await readConsumed(base.metadata, store)
      const list = await writeConsumed(store, consumed.list, consumes, { at: Date.now(), newId: randomUUID })
      const staged = await stageSnapshot(
        metadata,
        table,
        { operation: 'append', added, properties: { [consumedProperty]: list } },
        { snapshotId: newSnapshotId(randomUUID()), now, newId: randomUUID },
      )
      await catalog.commit(base, staged.metadata)
    },
    engine({ wholeBytes = 4096, maxScanBytes, maxCacheBytes = 1e9, store: other = store, cache = 'cache' } = {}) {
      const parts = new LocalParts({
        store: other,
        place: 'memory',
        folder: join(folder, cache),
        maxBytes: maxCacheBytes,
        wholeBytes,
      })
      const reader = lakeReader({ store: other, catalog, table: { store: other, location } })
      return createQueryEngine({ duckdb, reader, parts, maxScanBytes: maxScanBytes ?? null })
    },
    async close() {
      duckdb.close()
      await rm(folder, { recursive: true })
    },
  }
}

export function planOf(
  query: string,
  options: { from?: number; to?: number; groups?: readonly string[] } = {},
): Project {
  const parsed = parseQuery(query)
  if (!('ast' in parsed)) throw new Error(JSON.stringify(parsed.diagnostics))
  const lowered = lowerQuery(parsed.ast, query, {
    from: options.from ?? null,
    to: options.to ?? null,
    now: null,
    lookupTables: new Map(),
    ...(options.groups === undefined ? {} : { logGroups: options.groups }),
  })
  if (!('plan' in lowered)) throw new Error(JSON.stringify(lowered.diagnostics))
  return lowered.plan
}

export async function answer(
  engine: QueryEngine,
  plan: Project,
  signal?: AbortSignal,
): Promise<{ readonly rows: readonly ResultRow[]; readonly statistics: QueryStatistics }> {
  const run = await engine.run(plan, signal)
  const rows: ResultRow[] = []
  for await (const batch of run.batches) for (const { '@ptr': _, ...row } of batch) rows.push(row)
  return { rows, statistics: run.statistics() }
}
