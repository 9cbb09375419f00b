import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import {
  foldLedger,
  type LandedMetrics,
  ledgerKeys,
  ledgerProperty,
  readCatalogue,
  readHourCounts,
  readLedger,
  readLedgerMetrics,
  writeLedger,
} from '../../shared/lake/ledger.js'
import { newLogTable } from '../../shared/lake/log-table.js'
import type { Tally } from '../../shared/lake/merge.js'
import { memoryStore } from '../../shared/store/memory.js'

const tally = (group: string, hour: number, rows: number): Tally => ({
  accountId: '123456789012',
  logGroup: group,
  logStream: 's',
  hour,
  rows,
  bytes: rows * 10,
  first: hour * 3_600_000,
  last: hour * 3_600_000 + 1,
})

function numbered() {
  let ids = 0
  return { newId: () => String(++ids) }
}

async function metricsIn(...range: Parameters<typeof readLedgerMetrics>) {
  const found: LandedMetrics[] = []
  for await (const each of readLedgerMetrics(...range)) found.push(each)
  return found
}

/** A table whose ledger is this object. */
const tableOf = (key: string | null) => ({
  ...newLogTable('s3://lake/table', 'u', new Date(0)),
  properties: key === null ? {} : { [ledgerProperty]: key },
})

describe('the ledger', () => {
  it('says the same after its parts were added up', async () => {
    const store = memoryStore()
    const options = numbered()
    let key: string | null = null
    const table = () => tableOf(key)
    for (let batch = 0; batch < 32; batch++) {
      const tallies = Array.from({ length: 700 }, (_, index) => tally(`/g/${index}`, batch * 100 + (index % 7), 1))
      const metrics = [{ text: `m${batch}`, min: batch * 1_000, max: batch * 1_000 + 5 }]
      key = await writeLedger(store, await readLedger(table(), store), tallies, metrics, options)
    }
    const now = 40 * 86_400_000
    const before = await readCatalogue(table(), store)
    const hoursBefore = await readHourCounts(table(), store, 0, 9_999)
    expect(before).toHaveLength(700)
    expect(before[0]).toMatchObject({ name: '/g/0', rows: 32, bytes: 320, first: 0, last: 3_100 * 3_600_000 + 1 })
    const hoursOf = (counts: typeof hoursBefore) => counts.map(each => JSON.stringify(each)).sort()
    expect(hoursBefore).toHaveLength(700 * 32)
    const long = await readLedger(table(), store)
    const wanted = await metricsIn(store, long, 3_005, 4_000)
    expect(wanted.map(({ text }) => text)).toEqual(['m3', 'm4'])
    expect(ledgerKeys(table(), long).length).toBeGreaterThan(35)
    key = await foldLedger(store, long, now, options)
    const short = await readLedger(table(), store)
    expect(ledgerKeys(table(), short).length).toBeLessThan(12)
    expect(short.metrics).toHaveLength(1)
    expect(await readCatalogue(table(), store)).toEqual(before)
    expect(hoursOf(await readHourCounts(table(), store, 0, 9_999))).toEqual(hoursOf(hoursBefore))
    expect(await readHourCounts(table(), store, 1_001, 1_001)).toHaveLength(100)
    expect(await metricsIn(store, short, 3_005, 4_000)).toEqual(wanted)
    expect(await foldLedger(store, short, now, options)).toBeNull()
  })

  it('keeps the hours of a day together and those of long ago not at all, however often it is added up', async () => {
    const store = memoryStore()
    const options = numbered()
    let key: string | null = null
    for (let day = 0; day <= 500; day += 100) {
      for (let part = 0; part < 9; part++) {
        const tallies = Array.from({ length: 2_600 }, (_, index) => tally(`/g/${index}`, (day + (part % 4)) * 24, 1))
        key = await writeLedger(store, await readLedger(tableOf(key), store), tallies, [], options)
      }
      key = await foldLedger(store, await readLedger(tableOf(key), store), (day + 4) * 86_400_000, options)
    }
    const { parts } = await readLedger(tableOf(key), store)
    const kept = [100, 200, 300, 400, 500].flatMap(day => [0, 1, 2, 3].map(at => day + at))
    expect(parts.map(({ day }) => day)).toEqual([null, ...kept])
    const [group] = await readCatalogue(tableOf(key), store)
    expect(group).toMatchObject({ name: '/g/0', first: 0, rows: 54 })
    const hours = await readHourCounts(tableOf(key), store, 0, 13_000)
    const own = hours.filter(({ logGroup }) => logGroup === '/g/0').map(({ hour, rows }) => `${hour / 24}: ${rows}`)
    expect(own).toEqual(kept.map(day => `${day}: ${day % 100 === 0 ? 3 : 2}`))
  })

  it('counts the oldest of very many streams together', async () => {
    const store = memoryStore()
    const options = numbered()
    let key: string | null = null
    for (let batch = 0; batch < 9; batch++) {
      const own = (index: number) => ({ ...tally('/g', batch, 2), logStream: `${batch}/${index}` })
      const tallies = Array.from({ length: 5_100 }, (_, index) => own(index))
      key = await writeLedger(store, await readLedger(tableOf(key), store), tallies, [], options)
    }
    for (const again of [1, 2]) {
      key = (await foldLedger(store, await readLedger(tableOf(key), store), 86_400_000, options)) ?? key
      const [group] = await readCatalogue(tableOf(key), store)
      expect(group, `folded ${again} times`).toMatchObject({ rows: 91_800, bytes: 918_000, first: 0 })
      expect(group!.streams).toHaveLength(10_000)
      expect(group!.streams[0]!.name).toMatch(/^7\//)
    }
  })

  it('takes little memory for very many streams, and keeps the latest of each group', async () => {
    const script = join(import.meta.dirname, 'fold-many-streams.ts')
    const [streams, ofAll] = [300_000, 50_000]
    const args = ['--max-old-space-size=120', '--import', 'tsx', script, String(streams), String(ofAll)]
    const { stdout } = await promisify(execFile)(process.execPath, args)
    expect(JSON.parse(stdout)).toEqual({
      names: 1_000,
      kept: [50, 50],
      rows: 1_000 * (150 * 301 + 9 * 1_000_000),
      // 9 of the 50 are of the latest commits.
      oldest: 300 - 41 + 1,
    })
  })

  it('keeps streams apart in small groups, and of large groups as many as there is room for', async () => {
    const store = memoryStore()
    const options = numbered()
    let key: string | null = null
    for (let batch = 0; batch < 9; batch++) {
      const own = (group: string, index: number) => ({ ...tally(group, batch, 1), logStream: `${batch}/[${index}"],` })
      const groups = [...Array.from({ length: 5_000 }, () => '/large'), '/small']
      const tallies = groups.map((group, index) => own(group, index))
      key = await writeLedger(store, await readLedger(tableOf(key), store), tallies, [], options)
    }
    const limits = { ofGroup: 10_000, ofAll: 1_000 }
    key = await foldLedger(store, await readLedger(tableOf(key), store), 86_400_000, { ...options, limits })
    const [large, small] = await readCatalogue(tableOf(key), store)
    expect(small).toMatchObject({ name: '/small', rows: 9 })
    expect(small!.streams.map(({ name }) => name)).toEqual(Array.from({ length: 9 }, (_, at) => `${at}/[5000"],`))
    expect(large).toMatchObject({ name: '/large', rows: 45_000 })
    expect(large!.streams).toHaveLength(1_000 - 9)
    expect(large!.streams.every(({ name }) => name.startsWith('8/'))).toBe(true)
  })

  it('lets metric counts and hours go when they are as old as those of CloudWatch would be', async () => {
    const store = memoryStore()
    const options = numbered()
    const at = (day: number) => [{ text: `day ${day}`, min: day * 86_400_000, max: day * 86_400_000 + 5 }]
    let key = await writeLedger(store, await readLedger(null, store), [], at(10), options)
    key = await writeLedger(store, await readLedger(tableOf(key), store), [], at(11), options)
    const ledger = await readLedger(tableOf(key), store)
    const hours = [10, 11].map(day => ({ key: `hours-${day}`, day }))
    expect(await foldLedger(store, ledger, (10 + 455) * 86_400_000, options)).toBeNull()
    key = (await foldLedger(store, { ...ledger, parts: hours }, (11 + 455) * 86_400_000, options))!
    const left = await readLedger(tableOf(key), store)
    expect(left.parts).toEqual([{ key: 'hours-11', day: 11 }])
    expect((await metricsIn(store, left, 0, 1e12)).map(({ text }) => text)).toEqual(['day 11'])
  })

  it('puts no more metric counts together than memory holds', async () => {
    const store = memoryStore()
    const options = numbered()
    let key: string | null = null
    const text = 'x'.repeat(9_000_000)
    for (let part = 0; part < 5; part++) {
      key = await writeLedger(store, await readLedger(tableOf(key), store), [], [{ text, min: 0, max: part }], options)
    }
    key = await foldLedger(store, await readLedger(tableOf(key), store), 10 * 86_400_000, options)
    const { metrics } = await readLedger(tableOf(key), store)
    expect(metrics.map(({ size }) => size)).toEqual([27_000_000, 18_000_000])
    expect(await foldLedger(store, await readLedger(tableOf(key), store), 10 * 86_400_000, options)).toBeNull()
  })

  it.each(['not gzip', gzipSync('{"version":1,"streams":[["a"'), gzipSync('{"version":2,"streams":[],"hours":[]}')])(
    'fails rather than guesses when a part is damaged (%#)',
    async body => {
      const store = memoryStore()
      await store.put('ledger/part', Buffer.from(body))
      const ledger = { version: 1, recent: { streams: [], hours: [] }, parts: [{ key: 'ledger/part' }], metrics: [] }
      await store.put('ledger/x', Buffer.from(JSON.stringify(ledger)))
      await expect(readCatalogue(tableOf('ledger/x'), store)).rejects.toMatchObject({
        name: 'LakeStateUnreadable',
        key: 'ledger/part',
      })
    },
  )

  it('adds up the metric counts of a day of very many objects', async () => {
    const store = memoryStore()
    let ids = 0
    const options = { newId: () => String(++ids) }
    const many = Array.from({ length: 50_000 }, (_, index) => ({ text: '', min: index, max: index + 5 }))
    let ledger = await readLedger(null, store)
    const reread = async (key: string | null) => {
      const properties = { [ledgerProperty]: key! }
      ledger = await readLedger({ ...newLogTable('s3://lake/table', 'u', new Date(0)), properties }, store)
    }
    for (let part = 0; part < 5; part++) await reread(await writeLedger(store, ledger, [], many, options))
    await reread(await foldLedger(store, ledger, 10 * 86_400_000, options))
    expect(ledger.metrics).toMatchObject([{ min: 0, max: 50_004 }])
    expect(await metricsIn(store, ledger, 1, 1)).toHaveLength(5 * 2)
  })

  it('fails rather than guesses when an object that the table names is gone', async () => {
    const table = { ...newLogTable('s3://lake/table', 'u', new Date(0)), properties: { [ledgerProperty]: 'ledger/x' } }
    await expect(readCatalogue(table, memoryStore())).rejects.toMatchObject({ name: 'LakeStateUnreadable' })
  })
})
