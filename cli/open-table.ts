import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import type { PipelineConfig } from '../shared/config/pipeline.js'
import type { Catalog } from '../shared/iceberg/catalog.js'
import type { TableFiles } from '../shared/iceberg/table-files.js'
import { lakeDependencies } from '../shared/jobs/lake/lake-dependencies.js'
import type { CompactDependencies } from '../shared/lake/compact.js'
import { lakeCatalog, openLake } from './lake.js'

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

/** What commit, compact and erase work with here; their local copies go to the system's folder for such files. */
export async function lakeHere(table: OpenedTable, pipeline: PipelineConfig): Promise<CompactDependencies> {
  const folder = join(tmpdir(), `tailrace-${process.pid}`)
  return await lakeDependencies(pipeline, { ...table, folder, memoryMb, threads: 2, now: Date.now, newId: randomUUID })
}
