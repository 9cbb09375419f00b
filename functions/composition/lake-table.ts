/** The lake's table for functions, in the catalog that the stack has chosen. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { GlueClient } from '@aws-sdk/client-glue'
import { type FunctionEnvironment, readCatalogSetting } from '../../shared/config/environment.js'
import type { Catalog } from '../../shared/iceberg/catalog.js'
import { glueCatalog } from '../../shared/iceberg/catalogs/glue.js'
import { type GlueTables, glueTables, readOnlyGlueTables } from '../../shared/iceberg/catalogs/glue-tables.js'
import { s3Catalog } from '../../shared/iceberg/catalogs/s3.js'
import { publishedTable } from '../../shared/iceberg/published-table.js'
import type { TableFiles } from '../../shared/iceberg/table-files.js'
import { settledCatalog } from '../../shared/lake/settled-catalog.js'
import type { ObjectStore } from '../../shared/store/object-store.js'

export interface LakeTable {
  readonly files: TableFiles
  readonly catalog: Catalog
}

type Place = Pick<FunctionEnvironment, 'bucket' | 'prefix' | 'region'>

/** For functions that change the table. @throws EnvironmentInvalid */
export function writtenTable(place: Place, store: ObjectStore): LakeTable {
  return openTable(place, store, glueTables, false)
}

/** For functions that only read it, whose role allows no more. @throws EnvironmentInvalid */
export function readTable(place: Place, store: ObjectStore): LakeTable {
  return openTable(place, store, readOnlyGlueTables, true)
}

function openTable(
  { bucket, prefix, region }: Place,
  store: ObjectStore,
  tablesOf: (client: GlueClient) => GlueTables,
  isReader: boolean,
): LakeTable {
  const files = { store, location: `s3://${bucket}/${prefix}table` }
  const options = { newId: randomUUID, sleep: (ms: number) => sleep(ms) }
  const setting = readCatalogSetting(process.env)
  const catalog =
    setting === null
      ? s3Catalog(files, options)
      : glueCatalog(tablesOf(new GlueClient({ region })), files, { ...setting, ...options })
  const glue = setting === null ? null : { region, ...setting, location: files.location }
  const published = (signal?: AbortSignal) => publishedTable(files, signal)
  return { files, catalog: settledCatalog({ store, glue, catalog, published, isReader }) }
}
