/** What every catalog promises, whichever way an answer is lost. */
import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Catalog } from '../../shared/iceberg/catalog.js'
import { glueCatalog } from '../../shared/iceberg/catalogs/glue.js'
import type { GlueTables } from '../../shared/iceberg/catalogs/glue-tables.js'
import { s3Catalog } from '../../shared/iceberg/catalogs/s3.js'
import { CatalogFailed, CommitConflict, CommitStateUnknown } from '../../shared/iceberg/errors.js'
import { setProperties } from '../../shared/iceberg/table-changes.js'
import type { TableMetadata } from '../../shared/iceberg/table-metadata.js'
import { memoryStore } from '../../shared/store/memory.js'
import type { ObjectStore } from '../../shared/store/object-store.js'
import { logTableOptions, newLogTable } from './log-table.js'
import { glueError, memoryGlue } from './memory-glue.js'

const location = 's3://bucket/root/table'
const now = new Date('2026-02-01T00:00:00Z')
const named = (metadata: TableMetadata, owner: string): TableMetadata => setProperties(metadata, { owner }, now)

/** What the step that publishes does instead of itself, one call after another; then itself. */
type Fault = (step: () => Promise<unknown>) => Promise<unknown>
const lostAnswer: Fault = async step => {
  await step()
  throw new Error('socket hang up')
}
const lostRequest: Fault = async () => {
  throw new Error('connect ETIMEDOUT')
}

interface Setting {
  readonly catalog: Catalog
  /** Another writer of the same table, without faults. */
  readonly other: Catalog
  readonly faults: Fault[]
}

function s3Setting(): Setting {
  const store = memoryStore()
  const faults: Fault[] = []
  const faulty: ObjectStore = {
    ...store,
    put: (key, body, options) => {
      const step = () => store.put(key, body, options)
      const fault = key.endsWith('.metadata.json') ? faults.shift() : undefined
      return (fault === undefined ? step() : fault(step)) as ReturnType<ObjectStore['put']>
    },
  }
  return {
    catalog: s3Catalog({ store: faulty, location }, logTableOptions),
    other: s3Catalog({ store, location }, logTableOptions),
    faults,
  }
}

function glueSetting(): Setting {
  const files = { store: memoryStore(), location }
  const glue = memoryGlue()
  const faults: Fault[] = []
  const meet = (step: () => Promise<unknown>): Promise<unknown> => (faults.shift() ?? (call => call()))(step)
  const faulty: GlueTables = {
    ...glue,
    createTable: input => meet(() => glue.createTable(input)),
    updateTable: input => meet(() => glue.updateTable(input)),
  }
  const options = { database: 'tailrace', table: 'logs', ...logTableOptions }
  return { catalog: glueCatalog(faulty, files, options), other: glueCatalog(glue, files, options), faults }
}

describe.each([
  ['s3', s3Setting],
  ['glue', glueSetting],
])('the %s catalog', (_, makeSetting) => {
  it('has no table before one is created, and then that one', async () => {
    const { catalog } = makeSetting()
    expect(await catalog.load()).toBe(null)
    const created = await catalog.create(newLogTable(location))
    expect(await catalog.load()).toEqual(created)
    await expect(catalog.create(newLogTable(location))).rejects.toThrow(CommitConflict)
  })

  it('goes from one metadata to the next and keeps a log of them', async () => {
    const { catalog } = makeSetting()
    const first = await catalog.create(newLogTable(location))
    const second = await catalog.commit(first, named(first.metadata, 'a'))
    const third = await catalog.commit(second, named(second.metadata, 'b'))
    const loaded = await catalog.load()
    expect(loaded).toEqual(third)
    expect(loaded?.metadata.properties).toEqual({ owner: 'b' })
    expect(loaded?.metadata['metadata-log']).toEqual([
      { 'metadata-file': first.metadataLocation, 'timestamp-ms': first.metadata['last-updated-ms'] },
      { 'metadata-file': second.metadataLocation, 'timestamp-ms': now.getTime() },
    ])
  })

  it('lets one of many commits on the same base win', async () => {
    const { catalog } = makeSetting()
    const base = await catalog.create(newLogTable(location))
    const racers = Array.from({ length: 8 }, (_, index) => catalog.commit(base, named(base.metadata, `${index}`)))
    const results = await Promise.allSettled(racers)
    const winners = results.flatMap((result, index) => (result.status === 'fulfilled' ? [index] : []))
    expect(winners).toHaveLength(1)
    for (const result of results) if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(CommitConflict)
    expect((await catalog.load())?.metadata.properties?.owner).toBe(`${winners[0]}`)
  })

  it.each([
    ['answer', lostAnswer],
    ['request', lostRequest],
  ])('commits once although an %s was lost', async (_, fault) => {
    const { catalog, faults } = makeSetting()
    faults.push(fault)
    const first = await catalog.create(newLogTable(location))
    faults.push(fault, fault)
    const second = await catalog.commit(first, named(first.metadata, 'a'))
    expect(await catalog.load()).toEqual(second)
    expect(second.metadata['metadata-log']).toHaveLength(1)
  })

  it('tells a conflict from its own lost answer', async () => {
    const { catalog, other, faults } = makeSetting()
    const base = await catalog.create(newLogTable(location))
    faults.push(async () => {
      await other.commit(base, named(base.metadata, 'other'))
      throw new Error('socket hang up')
    })
    await expect(catalog.commit(base, named(base.metadata, 'ours'))).rejects.toThrow(CommitConflict)
    expect((await catalog.load())?.metadata.properties?.owner).toBe('other')
  })

  it('finds its commit although another one followed before it asked', async () => {
    const { catalog, other, faults } = makeSetting()
    const base = await catalog.create(newLogTable(location))
    faults.push(async step => {
      await step()
      const ours = (await other.load())!
      await other.commit(ours, named(ours.metadata, 'next'))
      throw new Error('socket hang up')
    })
    const committed = await catalog.commit(base, named(base.metadata, 'ours'))
    expect(committed.metadata.properties?.owner).toBe('ours')
    const loaded = await catalog.load()
    expect(loaded?.metadata.properties?.owner).toBe('next')
    expect(loaded?.metadata['metadata-log']).toHaveLength(2)
  })

  it('says that it does not know when no answer comes', async () => {
    const { catalog, faults } = makeSetting()
    const base = await catalog.create(newLogTable(location))
    for (let index = 0; index < 10; index++) faults.push(lostRequest)
    await expect(catalog.commit(base, named(base.metadata, 'a'))).rejects.toThrow(CommitStateUnknown)
  })

  it('does not ask again when it is refused', async () => {
    const { catalog, faults } = makeSetting()
    const base = await catalog.create(newLogTable(location))
    const refusal = glueError('AccessDeniedException', 403)
    faults.push(() => Promise.reject(new Error('put: AccessDenied', { cause: refusal })))
    await expect(catalog.commit(base, named(base.metadata, 'a'))).rejects.toThrow(CatalogFailed)
    expect(await catalog.load()).toEqual(base)
  })

  it('says that it does not know when it is aborted on the way', async () => {
    const { catalog, faults } = makeSetting()
    const base = await catalog.create(newLogTable(location))
    const controller = new AbortController()
    faults.push(async () => {
      controller.abort()
      throw controller.signal.reason
    })
    const commit = catalog.commit(base, named(base.metadata, 'a'), controller.signal)
    await expect(commit).rejects.toThrow(CommitStateUnknown)
    expect(faults).toEqual([])
  })

  it('keeps members that it does not know, and snapshot ids of 63 bits', async () => {
    const { catalog } = makeSetting()
    const strange = {
      ...newLogTable(location),
      'x-future': { nested: [1.5, 2n ** 62n + 1n, 'long:12345678901234567890'] },
      'current-snapshot-id': 9_007_199_254_740_993n,
    }
    const created = await catalog.create(strange)
    await catalog.commit(created, named((await catalog.load())!.metadata, 'a'))
    expect((await catalog.load())?.metadata).toMatchObject({
      ...strange,
      properties: { owner: 'a' },
      'last-updated-ms': now.getTime(),
      'metadata-log': [{}],
    })
  })
})

describe('the s3 catalog', () => {
  const makeCatalog = () => {
    const store = memoryStore()
    return { store, catalog: s3Catalog({ store, location }, logTableOptions) }
  }

  it.each(['1', '2', '7', 'no number', null])('finds the newest version with the hint %s', async hint => {
    const { store, catalog } = makeCatalog()
    let table = await catalog.create(newLogTable(location))
    for (let index = 0; index < 11; index++) table = await catalog.commit(table, named(table.metadata, `${index}`))
    const key = 'table/metadata/version-hint.text'
    if (hint === null) await store.delete([key])
    else await store.put(key, Buffer.from(hint))
    if (hint === '7') await store.delete(['table/metadata/v7.metadata.json'])
    expect(await catalog.load()).toEqual(table)
    expect(table.version).toBe('12')
  })

  it('commits although the hint cannot be written', async () => {
    const store = memoryStore()
    const failing: ObjectStore = {
      ...store,
      put: async (key, body, options) => {
        if (key.endsWith('.text')) throw new Error('AccessDenied')
        return store.put(key, body, options)
      },
    }
    const catalog = s3Catalog({ store: failing, location }, logTableOptions)
    const base = await catalog.create(newLogTable(location))
    expect((await catalog.commit(base, named(base.metadata, 'a'))).version).toBe('2')
    expect((await catalog.load())?.version).toBe('2')
  })
})

describe('the glue catalog', () => {
  const options = { database: 'tailrace', table: 'logs', newId: randomUUID, sleep: async () => undefined }

  it('leaves no archived version of the table with each commit, of which Glue takes so many only', async () => {
    const glue = memoryGlue()
    const catalog = glueCatalog(glue, { store: memoryStore(), location }, options)
    let table = await catalog.create(newLogTable(location))
    for (const owner of ['a', 'b', 'c']) table = await catalog.commit(table, named(table.metadata, owner))
    expect(glue.tables.get('tailrace.logs')?.VersionId).toBe('3')
    expect(glue.archived).toEqual([])
  })

  it('shows Glue an Iceberg table with its columns, and hands back what others put there', async () => {
    const glue = memoryGlue()
    const catalog = glueCatalog(glue, { store: memoryStore(), location }, options)
    const created = await catalog.create(newLogTable(location))
    expect(created.metadataLocation).toMatch(
      /^s3:\/\/bucket\/root\/table\/metadata\/00000-[0-9a-f-]{36}\.metadata\.json$/,
    )
    const table = glue.tables.get('tailrace.logs')!
    glue.tables.set('tailrace.logs', {
      ...table,
      Owner: 'data',
      Description: 'all logs',
      Parameters: { ...table.Parameters, tag: 'x' },
    })
    const second = await catalog.commit(created, named(created.metadata, 'a'))
    expect(second.metadataLocation).toMatch(/\/00001-/)
    expect(glue.tables.get('tailrace.logs')).toMatchObject({
      Name: 'logs',
      TableType: 'EXTERNAL_TABLE',
      Owner: 'data',
      Description: 'all logs',
      VersionId: '1',
      Parameters: {
        table_type: 'ICEBERG',
        metadata_location: second.metadataLocation,
        previous_metadata_location: created.metadataLocation,
        tag: 'x',
      },
      StorageDescriptor: { Location: location },
    })
    const columns = glue.tables.get('tailrace.logs')?.StorageDescriptor?.Columns
    expect(columns?.map(column => [column.Name, column.Type]).slice(0, 6)).toEqual([
      ['timestamp', 'timestamp'],
      ['log_group', 'string'],
      ['log_stream', 'string'],
      ['message', 'string'],
      ['arrival', 'timestamp'],
      ['id_random', 'bigint'],
    ])
    expect(columns?.find(column => column.Name === 'fields')?.Type).toBe('map<string,string>')
  })
})
