import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { LocalParts } from '../shared/engine/local-parts.js'
import type { Catalog } from '../shared/iceberg/catalog.js'
import { glueCatalog } from '../shared/iceberg/catalogs/glue.js'
import { s3Catalog } from '../shared/iceberg/catalogs/s3.js'
import { publishedTable } from '../shared/iceberg/published-table.js'
import { type LakeReader, lakeReader } from '../shared/lake/lake-reader.js'
import { readCatalogRecord, settledCatalog } from '../shared/lake/settled-catalog.js'
import { diskStore } from '../shared/store/disk.js'
import type { ObjectStore } from '../shared/store/object-store.js'
import { lazyGlueTables } from './lazy-glue-tables.js'
import { lazyS3Store } from './lazy-s3-store.js'
import { s3Name } from './s3-name.js'

export { readTime } from './times.js'

/** What each lake is called where it was opened. */
const places = new WeakMap<ObjectStore, string>()

/** The lake of that name; without one that of the one-machine system. Throws when there is none. */
export function openLake(place: string | undefined): ObjectStore {
  const s3 = s3Name(place)
  if (s3 !== undefined) return named(lazyS3Store(place!), `s3://${s3.bucket}/${s3.prefix}`)
  const directory = place === undefined ? localLake('.tailrace') : existing(place)
  return named(diskStore(directory), resolve(directory))
}

function named(store: ObjectStore, place: string): ObjectStore {
  places.set(store, place)
  return store
}

export interface OpenedReader {
  readonly reader: LakeReader
  readonly parts: LocalParts
}

/** Of the cache of files that queries have fetched. */
const maxCacheBytes = 5_000_000_000

const noTable: Catalog = {
  load: async () => null,
  create: () => Promise.reject(new Error('a reader creates no table')),
  commit: () => Promise.reject(new Error('a reader commits nothing')),
}

/**
 * What reads a lake. Parts of its files are kept in the user's cache folder, `$XDG_CACHE_HOME/tailrace`.
 * @param options.isLandingOnly to look at what lands and not at the table
 */
export function openReader(
  store: ObjectStore,
  { isLandingOnly, onFetch }: { readonly isLandingOnly: boolean; readonly onFetch: (bytes: number) => void },
): OpenedReader {
  const place = places.get(store) ?? ''
  const catalog = isLandingOnly ? noTable : lakeCatalog(store)
  const folder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'tailrace')
  return {
    reader: lakeReader({ store, catalog, table: tableOf(store) }),
    parts: new LocalParts({ store, place, folder, maxBytes: maxCacheBytes, onFetch }),
  }
}

function tableOf(store: ObjectStore) {
  return { store, location: 's3://lake/table' }
}

/**
 * The lake's table in the catalog that the lake says it is in.
 * @param files of a table that is in no catalog but its own files
 */
export function lakeCatalog(store: ObjectStore, { isWriter = false, files = tableOf(store) } = {}): Catalog {
  const options = { newId: randomUUID, sleep: (ms: number) => sleep(ms) }
  let opened: Promise<Catalog> | undefined
  const open = async () => {
    const glue = await readCatalogRecord(store)
    if (glue === null) return s3Catalog(files, options)
    const place = { store, location: glue.location }
    const catalog = glueCatalog(lazyGlueTables(glue.region), place, { ...glue, ...options })
    const published = (signal?: AbortSignal) => publishedTable(place, signal)
    return settledCatalog({ store, glue, catalog, published, isReader: !isWriter })
  }
  const catalog = () => {
    opened ??= open()
    return opened
  }
  return {
    load: async signal => (await catalog()).load(signal),
    create: async (metadata, signal) => (await catalog()).create(metadata, signal),
    commit: async (base, metadata, signal) => (await catalog()).commit(base, metadata, signal),
  }
}

function existing(directory: string): string {
  if (directory.startsWith('s3:')) throw new Error(`expected s3://bucket/prefix, found ${directory}`)
  if (!existsSync(directory)) throw new Error(`there is no directory ${directory}`)
  if (!statSync(directory).isDirectory()) throw new Error(`${directory} is no directory`)
  return directory
}

/** The one-machine system has run here. */
export function hasLocalLake(): boolean {
  return existsSync(join('.tailrace', 's3'))
}

/** The main bucket of the one-machine system: the one that has events. */
function localLake(data: string): string {
  const buckets = join(data, 's3')
  const found = existsSync(buckets)
    ? readdirSync(buckets).filter(name => ['landing', 'table'].some(folder => existsSync(join(buckets, name, folder))))
    : []
  if (found.length === 1) return join(buckets, found[0]!)
  const problem = found.length === 0 ? 'holds no landing objects' : `holds several lakes: ${found.join(', ')}`
  throw new Error(`${buckets} ${problem}; name the lake with --lake`)
}

/** Event times in ms, both inclusive; null for no bound. */
export interface Times {
  readonly from: number | null
  readonly to: number | null
}
