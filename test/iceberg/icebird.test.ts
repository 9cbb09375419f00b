/** Tables that we write, read by icebird, which shares no code with the writer. */
import { icebergManifests, icebergMetadata, icebergRead } from 'icebird'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addColumns } from '../../shared/iceberg/table-changes.js'
import { memoryStore } from '../../shared/store/memory.js'
import { createLogTable, type Event, type LogTable, oddGroups, writeDataFile } from './log-table.js'
import { serveStore } from './serve-store.js'

const day = Date.UTC(2026, 0, 10)
const event = (message: string, at = 0, group = 'g'): Event => ({ timestamp: day + at, group, message })

describe('a table read by icebird', () => {
  const store = memoryStore()
  let server: Awaited<ReturnType<typeof serveStore>>
  let tables = 0

  beforeAll(async () => {
    server = await serveStore(store)
  })
  afterAll(() => server.close())

  const newLog = (properties = {}): Promise<LogTable> =>
    createLogTable(store, `${server.url}/table${++tables}`, properties)

  async function messages(log: LogTable): Promise<string[]> {
    const rows = await icebergRead({ tableUrl: log.files.location })
    return rows.map(row => String(row.message)).sort()
  }

  it('has the rows of every append, partitioned by day and retention', async () => {
    const log = await newLog()
    await log.commit({ operation: 'append', added: [await writeDataFile(log, [event('a', 5), event('b')])] })
    await log.commit({ operation: 'append', added: [await writeDataFile(log, [event('c', 86_400_000)], 0)] })
    expect(await messages(log)).toEqual(['a', 'b', 'c'])
    const rows = await icebergRead({ tableUrl: log.files.location })
    expect(rows.find(row => row.message === 'a')).toMatchObject({
      timestamp: new Date(day + 5),
      log_group: 'g',
      arrival: null,
      id_random: 2n ** 60n + 1n,
      retention: 30,
    })
    const manifests = await icebergManifests(await icebergMetadata({ tableUrl: log.files.location }))
    const files = manifests.flatMap(({ entries }) => entries)
    expect(files.map(entry => [entry.sequence_number, entry.data_file.partition])).toEqual([
      [1n, { timestamp_day: new Date(day), retention: 30 }],
      [2n, { timestamp_day: new Date(day + 86_400_000), retention: 0 }],
    ])
  })

  it('has the rows once after small files were replaced by one', async () => {
    const log = await newLog()
    const small = [await writeDataFile(log, [event('a')]), await writeDataFile(log, [event('b')])]
    await log.commit({ operation: 'append', added: small })
    await log.commit({ operation: 'append', added: [await writeDataFile(log, [event('c')])] })
    const merged = await writeDataFile(log, [event('a'), event('b')])
    await log.commit({ operation: 'replace', added: [merged], removed: small })
    expect(await messages(log)).toEqual(['a', 'b', 'c'])
  })

  it('has no rows of files that were deleted, also when a merged manifest listed them', async () => {
    const log = await newLog({ 'commit.manifest.min-count-to-merge': '2' })
    const files = []
    for (const message of ['a', 'b', 'c', 'd']) {
      const file = await writeDataFile(log, [event(message)])
      files.push(file)
      await log.commit({ operation: 'append', added: [file] })
    }
    await log.commit({ operation: 'delete', removed: [files[1]!, files[3]!] })
    expect(await messages(log)).toEqual(['a', 'c'])
    await log.commit({ operation: 'append', added: [await writeDataFile(log, [event('e')])] })
    expect(await messages(log)).toEqual(['a', 'c', 'e'])
  })

  it('has a column that was added, null in older files', async () => {
    const log = await newLog()
    await log.commit({ operation: 'append', added: [await writeDataFile(log, [event('a')])] })
    const evolved = addColumns(log.table.metadata, [{ name: 'duration', type: 'double' }], new Date())
    log.table = await log.catalog.commit(log.table, evolved)
    const rows = await icebergRead({ tableUrl: log.files.location })
    expect(rows.map(row => [row.message, row.duration])).toEqual([['a', undefined]])
  })

  it('has log groups of any name', async () => {
    const log = await newLog()
    const events = oddGroups.map(group => event('m', 0, group))
    await log.commit({ operation: 'append', added: [await writeDataFile(log, events)] })
    const rows = await icebergRead({ tableUrl: log.files.location })
    expect(rows.map(row => row.log_group)).toEqual(oddGroups)
  })
})
