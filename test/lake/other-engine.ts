/**
 * What another engine does to the lake's table, through `shared/iceberg`: with file names, column order and statistics of its
 * own, and without what only we write (our footer keys, sort order, snapshot summary).
 */
import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDb } from '../../shared/engine/duckdb.js'
import type { Catalog } from '../../shared/iceberg/catalog.js'
import type { DataFile } from '../../shared/iceberg/data-file.js'
import { CommitConflict, CommitStateUnknown, FilesGone } from '../../shared/iceberg/errors.js'
import { expireSnapshots, unreachableFiles } from '../../shared/iceberg/expire-snapshots.js'
import { describeParquet } from '../../shared/iceberg/parquet-metrics.js'
import { planFiles } from '../../shared/iceberg/plan-files.js'
import { type SnapshotChanges, stageSnapshot } from '../../shared/iceberg/stage-snapshot.js'
import { addColumns, newSnapshotId, setProperties } from '../../shared/iceberg/table-changes.js'
import { keyOf, type TableFiles } from '../../shared/iceberg/table-files.js'
import { currentSchema, type TableMetadata } from '../../shared/iceberg/table-metadata.js'
import { consumedProperty } from '../../shared/lake/consumed.js'
import { ledgerProperty } from '../../shared/lake/ledger.js'
import { NotFound } from '../../shared/store/errors.js'
import type { ForeignChange } from './schedule.js'

export interface OtherEngineOptions {
  readonly files: TableFiles
  readonly catalog: Catalog
  readonly duckdb: DuckDb
  /** A folder for local copies. */
  readonly folder: string
  readonly now: () => number
}

export interface ForeignRequest {
  readonly change: ForeignChange
  /** What is appended, as a landing object. */
  readonly landed: Uint8Array | null
  /** Deleted, days since 1970. */
  readonly day: number
  readonly isBare: boolean
}

const msPerDay = 86_400_000

/** @returns whether the table was changed: not when it is not there, and not when another writer was first */
export async function changeAsOther(options: OtherEngineOptions, request: ForeignRequest): Promise<boolean> {
  const folder = join(options.folder, randomUUID())
  await mkdir(folder)
  try {
    return await new OtherEngine({ ...options, folder }, request).change()
  } catch (error) {
    const isLate = error instanceof CommitConflict || error instanceof CommitStateUnknown || error instanceof FilesGone
    // The table has changed since it was loaded.
    if (!isLate && !(error instanceof NotFound)) throw error
    return false
  } finally {
    await rm(folder, { recursive: true })
  }
}

class OtherEngine {
  readonly #options: OtherEngineOptions
  readonly #request: ForeignRequest

  constructor(options: OtherEngineOptions, request: ForeignRequest) {
    this.#options = options
    this.#request = request
  }

  async change(): Promise<boolean> {
    const { files, catalog, now } = this.#options
    const loaded = await catalog.load()
    if (loaded === null) return false
    const { metadata } = loaded
    const date = new Date(now())
    const commit = async (next: TableMetadata) => {
      await catalog.commit(loaded, next)
      return true
    }
    const stage = async (changes: SnapshotChanges) => {
      const snapshotId = newSnapshotId(randomUUID())
      return (await stageSnapshot(metadata, files, changes, { snapshotId, now: date, newId: randomUUID })).metadata
    }
    switch (this.#request.change) {
      case 'append': {
        const added = await this.#appended(metadata)
        return added.length > 0 && commit(await stage({ operation: 'append', added }))
      }
      case 'rewrite': {
        const removed = (await planFiles(metadata, files, [])).files
        const added = await this.#rewritten(metadata, removed)
        return removed.length > 0 && commit(await stage({ operation: 'replace', added, removed }))
      }
      case 'delete': {
        const all = (await planFiles(metadata, files, [])).files
        const removed = all.filter(({ partition }) => partition.timestamp_day === this.#request.day)
        return removed.length > 0 && commit(await stage({ operation: 'delete', removed }))
      }
      case 'expire': {
        const expiry = expireSnapshots(metadata, { now: date, minSnapshots: 1, maxAgeMs: -1 })
        if (expiry.expired.length === 0) return false
        const gone = await unreachableFiles(expiry.metadata, files, expiry.expired)
        await commit(expiry.metadata)
        await files.store.delete([...gone.dataFiles, ...gone.manifests, ...gone.manifestLists])
        return true
      }
      case 'describe': {
        const wider = addColumns(metadata, [{ name: 'theirs', type: 'string' }], date)
        return commit(setProperties(wider, { owner: 'them' }, date))
      }
      case 'forget':
        return commit(setProperties(metadata, { [consumedProperty]: null, [ledgerProperty]: null }, date))
    }
  }

  /** Under the retention that is for ever: nobody moves what another engine appended. */
  async #appended(metadata: TableMetadata): Promise<readonly DataFile[]> {
    const { duckdb, folder } = this.#options
    const path = join(folder, `${randomUUID()}.parquet`)
    await writeFile(path, this.#request.landed!)
    const rows = `SELECT * REPLACE (0::INTEGER AS retention) FROM '${path}'`
    const { rows: days } = await duckdb.query(`SELECT DISTINCT epoch_ms(timestamp) // ${msPerDay} FROM '${path}'`)
    const added: DataFile[] = []
    for (const [day] of days) {
      const ofDay = `${rows} WHERE epoch_ms(timestamp) // ${msPerDay} = ${day}`
      added.push(await this.#write(metadata, ofDay, { timestamp_day: Number(day), retention: 0 }))
    }
    return added
  }

  /** One file for each partition. */
  async #rewritten(metadata: TableMetadata, removed: readonly DataFile[]): Promise<readonly DataFile[]> {
    const { files, folder } = this.#options
    const partitions = new Map<string, { partition: DataFile['partition']; paths: string[] }>()
    for (const { partition, filePath } of removed) {
      const path = join(folder, `${randomUUID()}.parquet`)
      await writeFile(path, (await files.store.get(keyOf(files, filePath))).body)
      const key = JSON.stringify(partition)
      const known = partitions.get(key) ?? { partition, paths: [] }
      partitions.set(key, known)
      known.paths.push(path)
    }
    const added: DataFile[] = []
    for (const { partition, paths } of partitions.values()) {
      const rows = `SELECT * FROM read_parquet([${paths.map(path => `'${path}'`).join(', ')}], union_by_name = true)`
      added.push(await this.#write(metadata, rows, partition))
    }
    return added
  }

  /** Rows as a data file with all columns of the table, in an order that is not ours. */
  async #write(metadata: TableMetadata, rows: string, partition: DataFile['partition']): Promise<DataFile> {
    const { files, duckdb, folder } = this.#options
    const path = join(folder, `${randomUUID()}.parquet`)
    const there = new Set((await duckdb.query(`DESCRIBE ${rows}`)).rows.map(([name]) => name))
    const fields = [...currentSchema(metadata).fields].reverse()
    const columns = fields.map(({ name, type }) =>
      there.has(name) ? name : `NULL::${type === 'long' ? 'BIGINT' : 'VARCHAR'} AS ${name}`,
    )
    const ids = fields.map(({ id, name, type }) => {
      const isMap = typeof type === 'object' && 'key-id' in type
      return isMap
        ? `${name}: {__duckdb_field_id: ${id}, key: ${type['key-id']}, value: ${type['value-id']}}`
        : `${name}: ${id}`
    })
    await duckdb.query(`COPY (SELECT ${columns.join(', ')} FROM (${rows}) ORDER BY timestamp DESC)
TO '${path}' (FORMAT parquet, COMPRESSION snappy, FIELD_IDS {${ids.join(', ')}})`)
    const body = await readFile(path)
    const filePath = `${files.location}/data/other-engine/${randomUUID()}.parquet`
    await files.store.put(keyOf(files, filePath), body)
    const { properties = {} } = metadata
    const schema = currentSchema(metadata)
    const table = { schema, properties, specId: 0, sortOrderId: null, partition }
    const whole = describeParquet({ ...table, filePath, fileSizeInBytes: body.length, tail: body })
    return this.#request.isBare ? { ...whole, ...nothingSaid } : whole
  }
}

const nothingSaid = {
  columnSizes: null,
  valueCounts: null,
  nullValueCounts: null,
  lowerBounds: null,
  upperBounds: null,
  splitOffsets: null,
} as const
