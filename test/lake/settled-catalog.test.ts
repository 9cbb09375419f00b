import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Catalog } from '../../shared/iceberg/catalog.js'
import { glueCatalog } from '../../shared/iceberg/catalogs/glue.js'
import { s3Catalog } from '../../shared/iceberg/catalogs/s3.js'
import { CatalogFailed, TableUnreadable } from '../../shared/iceberg/errors.js'
import { publishedTable } from '../../shared/iceberg/published-table.js'
import { setProperties } from '../../shared/iceberg/table-changes.js'
import { newLogTable } from '../../shared/lake/log-table.js'
import { catalogRecordKey, readCatalogRecord, settledCatalog } from '../../shared/lake/settled-catalog.js'
import { memoryStore } from '../../shared/store/memory.js'
import type { ObjectStore } from '../../shared/store/object-store.js'
import { memoryGlue } from '../iceberg/memory-glue.js'

const location = 's3://lake/logs/table'
const options = { newId: randomUUID, sleep: async () => undefined }
const glueTable = { region: 'us-east-1', database: 'tailrace_dev', table: 'logs', location }
const fresh = () => newLogTable(location, randomUUID(), new Date(0))
const withOwner = (metadata: Parameters<typeof setProperties>[0], owner: string) =>
  setProperties(metadata, { owner }, new Date(1))

let clock = 0
let store: ObjectStore
let glue: ReturnType<typeof memoryGlue>

beforeEach(() => {
  clock = Date.UTC(2026, 0, 15)
  store = memoryStore({ now: () => new Date(clock++) })
  glue = memoryGlue()
})

function inGlue({ isReader = false, table = glueTable } = {}): Catalog {
  const files = { store, location }
  const catalog = glueCatalog(glue, files, { ...table, ...options })
  return settledCatalog({ store, glue: table, catalog, published: () => publishedTable(files), isReader })
}

function inFiles(): Catalog {
  const files = { store, location }
  const published = () => publishedTable(files)
  return settledCatalog({ store, glue: null, catalog: s3Catalog(files, options), published, isReader: true })
}

describe('a lake whose table is in Glue', () => {
  it('says so before Glue holds the table, and is read through Glue', async () => {
    const writer = inGlue()
    expect(await writer.load()).toBe(null)
    expect(await readCatalogRecord(store)).toBe(null)
    const created = await writer.create(fresh())
    expect(await readCatalogRecord(store)).toMatchObject(glueTable)
    await writer.commit(created, withOwner(created.metadata, 'a'))
    expect((await inGlue({ isReader: true }).load())?.metadata.properties?.owner).toBe('a')
  })

  it('leaves the name of the newest metadata file for readers by path', async () => {
    const created = await inGlue().create(fresh())
    const { metadataLocation } = await inGlue().commit(created, withOwner(created.metadata, 'a'))
    const hint = Buffer.from((await store.get('table/metadata/version-hint.text')).body).toString()
    expect(metadataLocation).toBe(`${location}/metadata/${hint}.metadata.json`)
  })

  it('is not touched by what is deployed with another catalog', async () => {
    await inGlue().create(fresh())
    await expect(inFiles().load()).rejects.toThrow(
      new CatalogFailed(
        'lake: its table is Glue table tailrace_dev.logs, and this is deployed with the S3 catalog; if nothing writes through the old one any more, delete state/catalog.json',
      ),
    )
    const other = inGlue({ table: { ...glueTable, database: 'tailrace_prod' } })
    await expect(other.load()).rejects.toThrow(CatalogFailed)
    await expect(other.create(fresh())).rejects.toThrow(CatalogFailed)
    expect([...glue.tables.keys()]).toEqual(['tailrace_dev.logs'])
  })

  it('is read as its files tell it, and registered again by the next commit, when Glue has lost the table', async () => {
    const created = await inGlue().create(fresh())
    await inGlue().commit(created, withOwner(created.metadata, 'a'))
    glue.tables.clear()
    expect((await inGlue({ isReader: true }).load())?.metadata.properties?.owner).toBe('a')
    expect(await inGlue().load()).toBe(null)
    const again = await inGlue().create(fresh())
    expect(again.metadata['table-uuid']).toBe(created.metadata['table-uuid'])
    expect((await inGlue().load())?.metadata.properties?.owner).toBe('a')
  })

  it('is not guessed at when a metadata file is younger than the newest that is known to be committed', async () => {
    await inGlue().create(fresh())
    await store.put('table/metadata/00001-x.metadata.json', new Uint8Array())
    glue.tables.clear()
    await expect(inGlue({ isReader: true }).load()).rejects.toThrow(TableUnreadable)
    await expect(inGlue().create(fresh())).rejects.toThrow(/00001-x.metadata.json is younger/)
    expect(glue.tables.size).toBe(0)
  })
})

describe('a lake whose table was in its own files', () => {
  it('goes on in Glue with the same table', async () => {
    const created = await inFiles().create(fresh())
    await inFiles().commit(created, withOwner(created.metadata, 'a'))
    expect(await readCatalogRecord(store)).toBe(null)
    expect((await inGlue({ isReader: true }).load())?.metadata.properties?.owner).toBe('a')
    const { metadata } = await inGlue().create(fresh())
    expect(metadata).toMatchObject({ 'table-uuid': created.metadata['table-uuid'], properties: { owner: 'a' } })
    await expect(inFiles().load()).rejects.toThrow(CatalogFailed)
  })

  it('does not go back to them: they are older than what Glue had', async () => {
    await inFiles().create(fresh())
    await inGlue().create(fresh())
    await store.delete([catalogRecordKey])
    await expect(inFiles().load()).rejects.toThrow(/last commit was through another catalog/)
    await expect(inFiles().create(fresh())).rejects.toThrow(CatalogFailed)
  })

  it('moves to another database when the record is deleted', async () => {
    const created = await inGlue().create(fresh())
    await store.delete([catalogRecordKey])
    const { metadata } = await inGlue({ table: { ...glueTable, database: 'other' } }).create(fresh())
    expect(metadata['table-uuid']).toBe(created.metadata['table-uuid'])
  })
})
