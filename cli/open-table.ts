import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import type { Catalog } from '../shared/iceberg/catalog.js'
import type { TableFiles } from '../shared/iceberg/table-files.js'
import { lakeDependencies } from '../shared/jobs/lake/lake-dependencies.js'
import type { CompactDependencies } from '../shared/lake/compact.js'
import { ownFolder } from '../shared/store/own-folder.js'
import { interruptible } from './interrupt.js'
import { lakeCatalog, openLake } from './lake.js'
import { readPipeline } from './read-pipeline.js'

export interface OpenedTable {
  readonly files: TableFiles
  readonly catalog: Catalog
}

/** The table of a lake, for writing. Its files have the place in their names that the table itself says it is at. */
export async function openTable(place: string | undefined): Promise<OpenedTable> {
  const store = openLake(place)
  const table = await lakeCatalog(store).load()
  const files = { store, location: table?.metadata.location ?? locationOf(place) }
  return { files, catalog: lakeCatalog(store, { isWriter: true, files }) }
}

/** Of a table that is not there yet. The directory of a lake is named like its bucket. */
function locationOf(place = '.'): string {
  if (!place.startsWith('s3://')) return `s3://${basename(resolve(place))}/table`
  return `${place.replace(/\/$/, '')}/table`
}

/** What DuckDB and Node may take on this machine. */
const memoryMb = 2_048

export interface TableOptions {
  readonly lake?: string
  readonly pipeline?: string
}

/**
 * Has commit, compact or erase work here. Their local copies of events lie in a folder that only this user can read, and are gone
 * afterwards, also when Ctrl-C ends the command; if it is killed, when the next one begins.
 */
export async function workOnTable<T>(
  { lake, pipeline }: TableOptions,
  work: (deps: CompactDependencies, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return await interruptible(async signal => {
    const table = await openTable(lake)
    const config = readPipeline(pipeline)
    const own = await ownFolder(tmpdir(), 'work')
    try {
      const folder = join(own, 'work')
      const here = { ...table, folder, memoryMb, threads: 2, now: Date.now, newId: randomUUID }
      return await work(await lakeDependencies(config, here), signal)
    } finally {
      await rm(own, { recursive: true, force: true })
    }
  })
}
