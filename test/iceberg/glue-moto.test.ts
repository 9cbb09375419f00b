/**
 * The Glue catalog through the real SDK, on moto where it is installed; PyIceberg finds the table there by its Glue
 * catalog. moto does not look at VersionId, so races are tested on a Glue in memory (`catalog.test.ts`).
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateDatabaseCommand, GlueClient } from '@aws-sdk/client-glue'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { glueCatalog } from '../../shared/iceberg/catalogs/glue.js'
import { glueTables } from '../../shared/iceberg/catalogs/glue-tables.js'
import { CatalogFailed, CommitConflict } from '../../shared/iceberg/errors.js'
import { setProperties } from '../../shared/iceberg/table-changes.js'
import { diskStore } from '../../shared/store/disk.js'
import { hasPythonModule, runPython } from '../helpers/python.js'
import { hasMoto, type Moto, startMoto } from '../store/moto.js'
import { logTableOptions, newLogTable, stage, writeDataFile } from './log-table.js'

if (!hasMoto) console.log('moto_server is not installed: the Glue catalog is not tested on moto')
const hasGlueReader =
  hasMoto &&
  hasPythonModule('pyiceberg', 'PyIceberg does not read through Glue') &&
  hasPythonModule('boto3', 'PyIceberg does not read through Glue')

const readScript = `
import json, sys
from pyiceberg.catalog.glue import GlueCatalog
catalog = GlueCatalog('glue', **{
    'glue.endpoint': sys.argv[1], 'glue.region': 'us-east-1', 'glue.access-key-id': 'test', 'glue.secret-access-key': 'test'
})
table = catalog.load_table('lake.logs')
print(json.dumps({'owner': table.properties['owner'], 'messages': table.scan().to_arrow()['message'].to_pylist()}))
`

describe.runIf(hasMoto)('the Glue catalog on moto', () => {
  const root = mkdtempSync(join(tmpdir(), 'tailrace-glue-'))
  const files = { store: diskStore(root), location: `file://${root}/table` }
  const now = new Date('2026-02-01T00:00:00Z')
  let moto: Moto
  let client: GlueClient

  beforeAll(async () => {
    moto = await startMoto()
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
    client = new GlueClient({ endpoint: moto.url, region: 'us-east-1', credentials })
    await client.send(new CreateDatabaseCommand({ DatabaseInput: { Name: 'lake' } }))
  })
  afterAll(async () => {
    client.destroy()
    await moto.close()
    rmSync(root, { recursive: true })
  })

  const catalogOf = (database: string, table: string) =>
    glueCatalog(glueTables(client), files, { database, table, ...logTableOptions })

  it('creates, loads and commits', async () => {
    const catalog = catalogOf('lake', 'logs')
    expect(await catalog.load()).toBe(null)
    const created = await catalog.create(newLogTable(files.location))
    await expect(catalog.create(newLogTable(files.location))).rejects.toThrow(CommitConflict)
    const file = await writeDataFile({ files, table: created }, [
      { timestamp: now.getTime(), group: 'g', message: 'm' },
    ])
    const { metadata } = await stage(created.metadata, files, { operation: 'append', added: [file] })
    const second = await catalog.commit(created, setProperties(metadata, { owner: 'a' }, now))
    await expect(catalog.commit(created, metadata)).rejects.toThrow(CommitConflict)
    expect(await catalog.load()).toEqual(second)
    if (hasGlueReader) expect(runPython(readScript, [moto.url])).toEqual({ owner: 'a', messages: ['m'] })
  })

  it('says that there is no such database', async () => {
    await expect(catalogOf('missing', 'logs').create(newLogTable(files.location))).rejects.toThrow(CatalogFailed)
  })
})
