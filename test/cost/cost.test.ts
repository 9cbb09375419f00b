import { describe, expect, it } from 'vitest'
import { loadPipeline } from '../../shared/config/load.js'
import { openAccount } from './account.js'
import { billOf } from './bill.js'
import { noRequests } from './counting.js'
import { deliveries, eventOf, simulateDay } from './simulate-day.js'
import { batchData, messageBytes } from './traffic.js'

const pipeline = loadPipeline('version: 1\n').config!
const start = Date.UTC(2026, 0, 15)
const minute = 60_000

describe('what runs cost', () => {
  it('is one PUT for an invocation of ingest, whatever it brings, and one line of log', async () => {
    const account = await openAccount(pipeline, start)
    const data = Array.from({ length: 50 }, (_, group) => batchData(group, start + minute, 3))
    const { report, requests, logBytes } = await account.ingest(eventOf('kinesis', data))
    expect(report.events).toBe(150)
    expect(requests).toEqual({ ...noRequests(), put: 1 })
    expect(logBytes).toBeLessThan(2_000)
    await account.close()
  })

  it('does not grow with what a commit brings', async () => {
    const account = await openAccount(pipeline, start)
    const land = async (groups: number) => {
      for (let each = 0; each < 4; each++) {
        const data = Array.from({ length: groups }, (_, group) => batchData(group * 4 + each, account.clock, 2))
        await account.ingest(eventOf('kinesis', data))
      }
      account.clock += 6 * minute
      return await account.commit()
    }
    await land(1)
    const small = await land(2)
    const large = await land(100)
    expect([small.report.rounds, large.report.rounds]).toEqual([1, 1])
    expect(large.requests.put).toBe(small.requests.put)
    expect(small.requests.put).toBeLessThanOrEqual(8)
    // The landing objects that are new, some of the table's files, and metadata.
    expect(large.requests.get).toBeLessThanOrEqual(40)
    await account.close()
  })

  it('is one listing, a few reads and one look at Glue for a commit that has nothing to do', async () => {
    const account = await openAccount(pipeline, start)
    await account.ingest(eventOf('direct', [batchData(1, start, 2)]))
    account.clock += 6 * minute
    await account.commit()
    const { report, requests } = await account.commit()
    expect(report.rounds).toBe(0)
    expect(requests).toMatchObject({ put: 0, list: 1, glue: 1 })
    expect(requests.get).toBeLessThanOrEqual(3)
    await account.close()
  })
})

it('delivers what groups send in a minute as one batch a shard, or each alone', () => {
  const senders = Array.from({ length: 2_500 }, (_, group) => group)
  expect(deliveries('direct', senders)).toHaveLength(2_500)
  expect(deliveries('kinesis', senders).map(groups => groups.length)).toEqual([500, 125, 500, 125, 500, 125, 500, 125])
  expect(batchData(1, start, 1).length).toBeGreaterThan(messageBytes)
})

it('adds a bill up for a whole day and for each raw GB', async () => {
  const traffic = { groups: 20, batchMinutes: 5, batchBytes: 10_000 }
  const day = await simulateDay({ mode: 'direct', traffic, hours: 0.2, scale: 50, pipeline })
  expect(day.functions.ingest).toMatchObject({ runs: 48, requests: { put: 48, list: 0, get: 0 } })
  const full = {
    ingestCpuMs: 2,
    commitCpuMs: 100,
    compactCpuMsPerRow: 0.01,
    recordBytes: 3_000,
    tableBytesPerEvent: 40,
    landingBytesPerEvent: 90,
  }
  const bill = billOf({ mode: 'direct', traffic, day, hours: 0.2, scale: 50, full })
  expect(bill.rawGbPerDay).toBeCloseTo(0.0576)
  const [put] = bill.lines
  expect(put).toMatchObject({ what: 'S3 PUT, ingest', amount: '5,760' })
  expect(put?.dollarsPerDay).toBeCloseTo(0.0288)
  expect(put?.dollarsPerRawGb).toBeCloseTo(0.5)
  expect(bill.sum.dollarsPerDay).toBeCloseTo(bill.lines.reduce((sum, line) => sum + line.dollarsPerDay, 0))
  expect(bill.storagePerRawGbMonth).toBeCloseTo(0.0046)
})
