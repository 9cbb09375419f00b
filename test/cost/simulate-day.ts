import type { PipelineConfig } from '../../shared/config/pipeline.js'
import { openAccount, type Run } from './account.js'
import { add, noRequests, type Requests } from './counting.js'
import { batchData, eventsPerBatch, sendersIn, type Traffic } from './traffic.js'

export type Mode = 'direct' | 'kinesis'
export const functionNames = ['ingest', 'commit', 'compact'] as const
export type FunctionName = (typeof functionNames)[number]

/** What the runs of a function came to. */
export interface Total {
  runs: number
  readonly requests: Requests
  cpuMs: number
  logBytes: number
}

export interface Day {
  readonly functions: Readonly<Record<FunctionName, Total>>
  /** Runs of commit that had something to commit. */
  readonly commits: number
  readonly events: number
  /** Of the other runs of commit. */
  readonly idleCpuMs: number
  /** Rows that compaction wrote again. */
  readonly rewrittenRows: number
  /** Of what is in the bucket when the time is over: what a query needs, and what waits to be deleted. */
  readonly tableBytes: number
  readonly allBytes: number
}

export interface DayOptions {
  readonly mode: Mode
  readonly traffic: Traffic
  readonly hours: number
  /** Only one event in so many of each batch is made, and thresholds in bytes are divided by as much. */
  readonly scale: number
  readonly pipeline: PipelineConfig
  readonly onHour?: (hour: number) => void
}

/** Shards that a new on-demand stream has, each with its own invocations. */
export const shards = 4
/** Of the event source mapping: see infra/kinesis.yml. */
const batchRecords = 500

const start = Date.UTC(2026, 0, 15)

/** Every minute what groups send, then a commit; compaction at the end of every hour. */
export async function simulateDay({ mode, traffic, hours, scale, pipeline, onHour }: DayOptions): Promise<Day> {
  const account = await openAccount(pipeline, start, scale)
  const functions = { ingest: newTotal(), commit: newTotal(), compact: newTotal() }
  const events = Math.max(1, Math.round(eventsPerBatch(traffic) / scale))
  const day = { commits: 0, events: 0, idleCpuMs: 0, rewrittenRows: 0 }
  try {
    for (let minute = 0; minute < hours * 60; minute++) {
      const began = start + minute * 60_000
      const batches = deliveries(mode, sendersIn(minute, traffic))
      for (const [index, groups] of batches.entries()) {
        account.clock = began + Math.floor((index * 55_000) / batches.length)
        const data = groups.map(group => batchData(group, account.clock, events, 1))
        const run = await account.ingest(eventOf(mode, data))
        count(functions.ingest, run)
        day.events += run.report.events
      }
      account.clock = began + 58_000
      const committed = await account.commit()
      count(functions.commit, committed)
      if (committed.report.rounds > 0) day.commits++
      else day.idleCpuMs += committed.cpuMs
      if (minute % 60 !== 59) continue
      account.clock = began + 59_000
      const compacted = await account.compact()
      count(functions.compact, compacted)
      for (const { rows } of compacted.report.rewrites) day.rewrittenRows += rows
      onHour?.((minute + 1) / 60)
    }
    const allBytes = await account.stored('')
    return { functions, ...day, tableBytes: await account.stored('table/data/'), allBytes }
  } finally {
    await account.close()
  }
}

function newTotal(): Total {
  return { runs: 0, requests: noRequests(), cpuMs: 0, logBytes: 0 }
}

function count(total: Total, { requests, cpuMs, logBytes }: Run<unknown>): void {
  total.runs++
  add(total.requests, requests)
  total.cpuMs += cpuMs
  total.logBytes += logBytes
}

/** Groups by invocation. In a minute a shard's records are one batch, or as many as the mapping's limit makes. */
export function deliveries(mode: Mode, senders: readonly number[]): readonly (readonly number[])[] {
  if (mode === 'direct') return senders.map(group => [group])
  const byShard = Array.from({ length: shards }, (_, shard) => senders.filter((__, index) => index % shards === shard))
  return byShard.flatMap(groups => {
    const pieces = Math.ceil(groups.length / batchRecords)
    return Array.from({ length: pieces }, (_, piece) => groups.slice(piece * batchRecords, (piece + 1) * batchRecords))
  })
}

/** As Lambda hands it over. */
export function eventOf(mode: Mode, data: readonly string[]): unknown {
  if (mode === 'direct') return { awslogs: { data: data[0] } }
  return { Records: data.map((each, index) => ({ eventID: `shardId-0:${index}`, kinesis: { data: each } })) }
}
