/**
 * Which catalog holds a lake's table is written in the lake, at `state/catalog.json`, before Glue gets to hold it. So
 * commands that are given nothing but a bucket find the table, and a function that was deployed with another catalog stops
 * instead of beginning a second table beside the first, whose files would then be everybody's orphans.
 */
import type { Catalog, LoadedTable } from '../iceberg/catalog.js'
import { CatalogFailed } from '../iceberg/errors.js'
import { NotFound, PreconditionFailed } from '../store/errors.js'
import type { ObjectStore } from '../store/object-store.js'
import { StateDamaged } from './errors.js'

export interface GlueTable {
  readonly region: string
  readonly database: string
  readonly table: string
  /** URI of the table's folder. */
  readonly location: string
}

interface CatalogRecord extends GlueTable {
  readonly version: 1
  readonly catalog: 'glue'
}

export const catalogRecordKey = 'state/catalog.json'

const remedy = 'put it back: {"version":1,"catalog":"glue","region":…,"database":…,"table":…,"location":"s3://…/table"}'

/**
 * The Glue table that the lake names; null where its table is in no catalog but its own files.
 * @throws StateDamaged
 */
export async function readCatalogRecord(
  store: Pick<ObjectStore, 'get'>,
  signal?: AbortSignal,
): Promise<GlueTable | null> {
  try {
    const { body } = await store.get(catalogRecordKey, signal === undefined ? {} : { signal })
    const record = JSON.parse(new TextDecoder().decode(body)) as CatalogRecord
    if (record.version !== 1 || record.catalog !== 'glue') throw new StateDamaged(catalogRecordKey, remedy)
    return record
  } catch (error) {
    if (error instanceof NotFound) return null
    if (error instanceof SyntaxError) throw new StateDamaged(catalogRecordKey, remedy, { cause: error })
    throw error
  }
}

export interface SettledCatalogOptions {
  readonly store: Pick<ObjectStore, 'get' | 'put'>
  /** Where `catalog` keeps the table; null for its own files. */
  readonly glue: GlueTable | null
  readonly catalog: Catalog
  /** The table as its files tell it, whatever Glue says. */
  readonly published: (signal?: AbortSignal) => Promise<LoadedTable | null>
  /** Readers see the table as its files tell it where Glue does not have it; writers register it again with `create`. */
  readonly isReader: boolean
}

/** A catalog that works only where the lake agrees that it is its catalog: CatalogFailed otherwise. */
export function settledCatalog({ store, glue, catalog, published, isReader }: SettledCatalogOptions): Catalog {
  let isSettled = false
  const check = async (signal: AbortSignal | undefined) => {
    if (isSettled) return
    const record = await readCatalogRecord(store, signal)
    if (record === null) return
    isSettled = glue !== null && record.database === glue.database && record.table === glue.table
    if (isSettled) return
    const wanted = glue === null ? 'the S3 catalog' : `Glue table ${glue.database}.${glue.table}`
    throw new CatalogFailed(
      `lake: its table is Glue table ${record.database}.${record.table}, and this is deployed with ${wanted}; if nothing writes through the old one any more, delete ${catalogRecordKey}`,
    )
  }
  return {
    async load(signal) {
      await check(signal)
      const table = await catalog.load(signal)
      return table === null && isReader && glue !== null ? await published(signal) : table
    },
    async create(metadata, signal) {
      if (glue === null) return await catalog.create(metadata, signal)
      await record(store, glue)
      await check(signal)
      const before = await published(signal)
      return await catalog.create(before?.metadata ?? metadata, signal)
    },
    commit: (base, metadata, signal) => catalog.commit(base, metadata, signal),
  }
}

async function record(store: Pick<ObjectStore, 'put'>, glue: GlueTable): Promise<void> {
  const { region, database, table, location } = glue
  const content: CatalogRecord = { version: 1, catalog: 'glue', region, database, table, location }
  const options = { ifNoneMatch: '*', contentType: 'application/json' } as const
  try {
    await store.put(catalogRecordKey, new TextEncoder().encode(JSON.stringify(content)), options)
  } catch (error) {
    if (!(error instanceof PreconditionFailed)) throw error
  }
}
