import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { s3Catalog } from '../../shared/iceberg/catalogs/s3.js'
import { CommitConflict } from '../../shared/iceberg/errors.js'
import { setProperties } from '../../shared/iceberg/table-changes.js'
import { memoryStore } from '../../shared/store/memory.js'
import { newLogTable } from './log-table.js'

const location = 's3://bucket/root/table'

it('leaves the table alone when a writer wakes up so late that its version is free again', async () => {
  const store = memoryStore()
  const catalog = s3Catalog({ store, location }, { newId: randomUUID, sleep: async () => undefined })
  const commit = async (base: Awaited<ReturnType<typeof catalog.create>>, hour: number) =>
    await catalog.commit(
      base,
      setProperties(base.metadata, { hour: String(hour) }, new Date(Date.UTC(2026, 6) + hour * 3_600_000)),
    )
  const stale = await catalog.create(newLogTable(location))
  let current = stale
  for (let hour = 1; hour <= 10; hour++) current = await commit(current, hour)
  // The version after it is gone, the one after that is not yet.
  await store.delete(['root/table/metadata/v2.metadata.json'])
  await expect(commit(stale, 99)).rejects.toThrow(CommitConflict)
  expect(await catalog.load()).toEqual(current)
})

it('knows its version when another writer has gone on from there before the hint was written', async () => {
  const store = memoryStore()
  const open = (other: typeof store) =>
    s3Catalog({ store: other, location }, { newId: randomUUID, sleep: async () => undefined })
  const other = open(store)
  const base = await other.create(newLogTable(location))
  const slow = open({
    ...store,
    async put(key, body, options) {
      const answer = await store.put(key, body, options)
      if (key.endsWith('v2.metadata.json')) {
        const next = (await other.load())!
        await other.commit(next, setProperties(next.metadata, { next: 'yes' }, new Date()))
      }
      return answer
    },
  })
  const made = await slow.commit(base, setProperties(base.metadata, { mine: 'yes' }, new Date()))
  expect(made.version).toBe('2')
  expect((await other.load())!.metadata.properties).toMatchObject({ mine: 'yes', next: 'yes' })
  expect((await other.load())!.version).toBe('3')
})
