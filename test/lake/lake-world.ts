/** A lake in memory for tests: what happens to it, and what a reader of the table and landing would see. */
import { createHash, randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { duckDbMerge } from '../../shared/engine/duckdb-merge.js'
import { s3Catalog } from '../../shared/iceberg/catalogs/s3.js'
import { planFiles } from '../../shared/iceberg/plan-files.js'
import { keyOf, type TableFiles } from '../../shared/iceberg/table-files.js'
import { type CommitReport, commitLanding } from '../../shared/lake/commit.js'
import { readConsumed } from '../../shared/lake/consumed.js'
import { type LakeDependencies, mergeLimits } from '../../shared/lake/lake-dependencies.js'
import { landingKey, parseLandingKey } from '../../shared/lake/landing-key.js'
import { partitionOf } from '../../shared/lake/plan-compaction.js'
import type { LogRow } from '../../shared/parquet/schema.js'
import { memoryStore } from '../../shared/store/memory.js'
import type { ObjectStore } from '../../shared/store/object-store.js'
import { landingFile } from './landed.js'

const merge = duckDbMerge({ memoryLimitMb: 256, threads: 2 })

export interface LakeWorld {
  readonly store: ObjectStore
  readonly files: TableFiles
  readonly deps: LakeDependencies
  /** ms; tests move it. */
  clock: number
  /** The same lake through another store, such as one that fails. */
  through(store: ObjectStore): LakeDependencies
  /** Makes the objects those of another lake. */
  become(other: LakeWorld): Promise<void>
  /** Lands rows as ingest would; the key depends on the rows alone. */
  land(rows: readonly LogRow[], metadata?: Readonly<Record<string, string>>): Promise<string>
  commit(deps?: LakeDependencies): Promise<CommitReport>
  /** Lands and commits, one after the other. */
  commitEach(...batches: (readonly LogRow[])[]): Promise<void>
  /** The table's data files, each as `<day>/<retention>:<rows>`. */
  partitions(): Promise<readonly string[]>
  /** What a reader sees, each row as `<id or ->:<message>`, sorted. */
  read(): Promise<readonly string[]>
  /** The same of the table alone. */
  readTable(): Promise<readonly string[]>
  close(): Promise<void>
}

export async function lakeWorld(
  overrides: Partial<Pick<LakeDependencies, 'settings' | 'promote'>> = {},
  location = 's3://lake/table',
): Promise<LakeWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-lake-'))
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const world = { clock: Date.UTC(2026, 0, 15, 13) } as { clock: number }
  const store = memoryStore({ now: () => new Date(world.clock) })
  const through = (other: ObjectStore): LakeDependencies => {
    const files = { store: other, location }
    return {
      files,
      catalog: s3Catalog(files, { newId: randomUUID, sleep: async () => undefined }),
      merge,
      folder,
      settings: { ...mergeLimits, commitBytes: 64_000_000, commitAfterMs: 0, fileBytes: 192_000_000 },
      promote: [],
      now: () => world.clock,
      newId: randomUUID,
      ...overrides,
    }
  }
  const deps = through(store)
  const files = deps.files
  const reader = new Reader(store, files, connection, folder)
  return Object.assign(world, {
    store,
    files,
    deps,
    through,
    async become(other: LakeWorld) {
      const keys: string[] = []
      for await (const { key } of store.list('')) keys.push(key)
      await store.delete(keys)
      for await (const { key } of other.store.list('')) await store.put(key, (await other.store.get(key)).body)
    },
    async land(rows: readonly LogRow[], metadata: Readonly<Record<string, string>> = {}) {
      const key = keyFor(rows)
      await store.put(key, landingFile(rows, metadata))
      return key
    },
    commit: (by: LakeDependencies = deps) => commitLanding(by),
    async commitEach(...batches: (readonly LogRow[])[]) {
      for (const rows of batches) {
        await this.land(rows)
        await this.commit()
      }
    },
    async partitions() {
      const { metadata } = (await deps.catalog.load())!
      const held = await planFiles(metadata, files, [])
      return held.files.map(
        file => `${partitionOf(file).timestamp_day}/${partitionOf(file).retention}:${file.recordCount}`,
      )
    },
    read: () => reader.read(),
    readTable: () => reader.readTable(),
    async close() {
      connection.closeSync()
      instance.closeSync()
      await rm(folder, { recursive: true })
    },
  })
}

function keyFor(rows: readonly LogRow[]): string {
  const times = rows.map(({ timestamp }) => timestamp)
  const logEvents = rows.map(row => ({
    id: createHash('sha256')
      .update(`${row.log_group} ${row.log_stream} ${row.id_random} ${row.id_raw} ${row.timestamp} ${row.message}`)
      .digest('hex'),
    timestamp: row.timestamp,
    message: row.message,
  }))
  const payload = { owner: rows[0]!.account_id, logGroup: '', logStream: '', logEvents }
  return landingKey([payload], Math.min(...times), Math.max(...times))
}

interface SeenRow {
  readonly source: number
  readonly content: string
  readonly id: string | null
  readonly text: string
}

/** Reads with the rule of identity written out anew, so that it does not share the mistakes of the merge. */
class Reader {
  readonly #store: ObjectStore
  readonly #files: TableFiles
  readonly #connection: DuckDBConnection
  readonly #folder: string

  constructor(store: ObjectStore, files: TableFiles, connection: DuckDBConnection, folder: string) {
    this.#store = store
    this.#files = files
    this.#connection = connection
    this.#folder = folder
  }

  async read(): Promise<readonly string[]> {
    const landing: string[] = []
    for await (const { key } of this.#store.list('landing/')) if (parseLandingKey(key) !== null) landing.push(key)
    const { table, metadata } = await this.#table()
    const consumed = await readConsumed(metadata, this.#store)
    const unread = landing.filter(key => !consumed.has(key))
    const rows = [...(await this.#rows(table, () => 0)), ...(await this.#rows(unread, index => index + 1))]
    return merged(rows)
  }

  async readTable(): Promise<readonly string[]> {
    const { table } = await this.#table()
    return (await this.#rows(table, () => 0)).map(({ text }) => text).sort()
  }

  async #table() {
    const catalog = s3Catalog(this.#files, { newId: randomUUID, sleep: async () => undefined })
    const loaded = await catalog.load()
    const plan = loaded === null ? null : await planFiles(loaded.metadata, this.#files, [])
    const table = plan?.files.map(({ filePath }) => keyOf(this.#files, filePath)) ?? []
    return { table, metadata: loaded?.metadata ?? null }
  }

  async #rows(keys: readonly string[], sourceOf: (index: number) => number): Promise<SeenRow[]> {
    const found: SeenRow[] = []
    for (const [index, key] of keys.entries()) {
      const path = join(this.#folder, `read-${randomUUID()}.parquet`)
      await writeFile(path, (await this.#store.get(key)).body)
      const result =
        await this.#connection.runAndReadAll(`SELECT account_id, log_group, log_stream, epoch_ms(timestamp),
        message, epoch_ms(arrival), id_random, id_index, id_raw FROM '${path}'`)
      await rm(path)
      for (const [account, group, stream, time, message, ...id] of result.getRows()) {
        const hasId = id[1] !== null || id[3] !== null
        found.push({
          source: sourceOf(index),
          content: [account, group, stream, time, message].join('\u0000'),
          id: hasId ? [account, group, stream, time, ...id].join('\u0000') : null,
          text: `${hasId ? (id[3] ?? id[1]) : '-'}:${message}`,
        })
      }
    }
    return found
  }
}

function merged(rows: readonly SeenRow[]): readonly string[] {
  const byId = new Map(rows.flatMap(row => (row.id === null ? [] : [[row.id, row] as const])))
  const seen = [...byId.values()].map(({ text }) => text)
  for (const content of new Set(rows.filter(({ id }) => id === null).map(row => row.content))) {
    const same = rows.filter(row => row.content === content)
    const ids = new Set(same.flatMap(({ id }) => id ?? []))
    const copies = [...new Set(same.map(({ source }) => source))].map(source => {
      const own = same.filter(row => row.source === source)
      return new Set(own.flatMap(({ id }) => id ?? [])).size + own.filter(({ id }) => id === null).length
    })
    const { text } = same.find(({ id }) => id === null)!
    for (let copy = ids.size; copy < Math.max(...copies); copy++) seen.push(text)
  }
  return seen.sort()
}

/** How a store fails at a call: nothing is done, or it is done and the answer is lost. */
export type Failure = 'refused' | 'answer lost'

export class StoreDown extends Error {
  override name = 'StoreDown'
}

/** A store whose n-th call fails, and every call after it: the process that used it is gone. */
export function dyingStore(store: ObjectStore, at: number, failure: Failure): ObjectStore & { calls: number } {
  const counter = { calls: 0 }
  const step = async <T>(run: () => Promise<T>): Promise<T> => {
    counter.calls++
    if (counter.calls > at) throw new StoreDown()
    if (counter.calls < at) return await run()
    if (failure === 'answer lost') await run()
    throw new StoreDown()
  }
  return Object.assign(counter, {
    get: (...args: Parameters<ObjectStore['get']>) => step(() => store.get(...args)),
    head: (...args: Parameters<ObjectStore['head']>) => step(() => store.head(...args)),
    put: (...args: Parameters<ObjectStore['put']>) => step(() => store.put(...args)),
    delete: (...args: Parameters<ObjectStore['delete']>) => step(() => store.delete(...args)),
    async *list(...args: Parameters<ObjectStore['list']>) {
      await step(async () => undefined)
      yield* store.list(...args)
    },
  })
}
