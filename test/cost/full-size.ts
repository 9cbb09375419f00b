import type { PipelineConfig } from '../../shared/config/pipeline.js'
import { openAccount } from './account.js'
import { deliveries, eventOf, type Mode } from './simulate-day.js'
import { batchData, eventsPerBatch, sendersIn, type Traffic } from './traffic.js'

/** What takes a processor's time and what takes room, measured with batches of their full size. */
export interface FullSize {
  readonly ingestCpuMs: number
  readonly commitCpuMs: number
  readonly compactCpuMsPerRow: number
  /** Of a delivered record, gzipped. */
  readonly recordBytes: number
  /** Of data files after compaction, for each event; and of landing objects. */
  readonly tableBytesPerEvent: number
  readonly landingBytesPerEvent: number
}

const start = Date.UTC(2026, 0, 15)
const dayMs = 86_400_000
const commits = 3

/** The first commits of a day, and the compaction of what they made once the day is over. */
export async function measureFullSize(mode: Mode, traffic: Traffic, pipeline: PipelineConfig): Promise<FullSize> {
  const account = await openAccount(pipeline, start)
  const events = eventsPerBatch(traffic)
  const ingestCpu: number[] = []
  const commitCpu: number[] = []
  let landed = 0
  let minute = 0
  const records: number[] = []
  try {
    while (commitCpu.length < commits) {
      for (const groups of deliveries(mode, sendersIn(minute, traffic))) {
        account.clock = start + minute * 60_000
        const data = groups.map(group => batchData(group, account.clock, events))
        records.push(...data.map(each => Buffer.byteLength(each, 'base64')))
        const { cpuMs, report } = await account.ingest(eventOf(mode, data))
        ingestCpu.push(cpuMs)
        landed += report.events
      }
      minute++
      if (minute % 5 !== 0) continue
      account.clock += 6 * 60_000
      const { cpuMs, report } = await account.commit()
      if (report.rows > 0) commitCpu.push(cpuMs)
    }
    const landingBytes = await account.stored('landing/')
    account.clock += 2 * dayMs
    const { cpuMs, report } = await account.compact()
    const sum = (value: 'rows' | 'addedBytes') => report.rewrites.reduce((total, each) => total + each[value], 0)
    if (sum('rows') === 0) throw new Error('cost: nothing was compacted')
    return {
      ingestCpuMs: median(ingestCpu),
      commitCpuMs: median(commitCpu),
      compactCpuMsPerRow: cpuMs / sum('rows'),
      recordBytes: median(records),
      tableBytesPerEvent: sum('addedBytes') / sum('rows'),
      landingBytesPerEvent: landingBytes / landed,
    }
  } finally {
    await account.close()
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}
