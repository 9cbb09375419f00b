/** Plays a schedule on a lake in memory, with the use cases themselves, and looks at it after every step. */
import { randomUUID } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { DuckDb } from '../../shared/engine/duckdb.js'
import { duckDbMerge } from '../../shared/engine/duckdb-merge.js'
import { s3Catalog } from '../../shared/iceberg/catalogs/s3.js'
import { planOfErasure } from '../../shared/jobs/lake/plan-erasure.js'
import { commitLanding } from '../../shared/lake/commit.js'
import { type CompactDependencies, compact } from '../../shared/lake/compact.js'
import { eraseEvents } from '../../shared/lake/erase.js'
import { BufferPool } from '../../shared/parquet/buffer-pool.js'
import { runtimeCodec } from '../../shared/parquet/codec.js'
import { compileGroups } from '../../shared/pipeline/group.js'
import { ingest } from '../../shared/pipeline/ingest.js'
import { memoryStore } from '../../shared/store/memory.js'
import type { ObjectStore, ObjectWriter } from '../../shared/store/object-store.js'
import { planOf } from '../engine/lake-of-files.js'
import { compressed } from '../helpers/payload.js'
import { Arrived, contentOf, differences } from './arrived.js'
import { engineOver, rowsOf } from './engine-reader.js'
import { noon } from './landed.js'
import { type Action, day, type Fate, groupNames, type Schedule, type SentEvent, type Trouble } from './schedule.js'
import { randomOf, troubledStore } from './troubled-store.js'

/** What was done in all. */
export interface Tally {
  /** Played to their end. */
  schedules: number
  steps: number
  reads: number
  /** Snapshots that commits made. */
  commits: number
  rewrites: number
  erasures: number
  troubles: number
  /** Actions that failed, all of them after trouble. */
  failures: number
}

export interface HistoryOptions {
  readonly duckdb: DuckDb
  readonly folder: string
  readonly tally: Tally
}

const location = 's3://lake/table'
const merge = duckDbMerge({
  memoryLimitMb: 128,
  threads: 1,
  planErasure: (erasure, which) => planOfErasure(erasure, [], which),
})
const codec = runtimeCodec()
const buffers = new BufferPool(2 ** 24)
const query = planOf('fields @timestamp, @log, @message, status | limit 10000')

/** Small, so that what is cut into pieces elsewhere is so here. */
const settings = {
  commitBytes: 1,
  commitAfterMs: 0,
  fileBytes: 5_000,
  maxMergeBytes: 20_000,
  maxMergeObjects: 4,
}

export async function openLakeHistory(schedule: Schedule, { duckdb, folder, tally }: HistoryOptions) {
  await mkdir(folder)
  const arrived = new Arrived(schedule)
  const random = randomOf(schedule.mixing)
  let clock = noon
  let retention = 3
  let attempts = 0
  const now = () => clock
  const store = memoryStore({ now: () => new Date(clock) })
  const retentionOf = (logGroup: string) => (logGroup === groupNames[1] ? retention : 0)

  const catalogOf = (other: ObjectStore) =>
    s3Catalog({ store: other, location }, { newId: randomUUID, sleep: async () => undefined })

  const depsOf = (other: ObjectStore, promotes: boolean): CompactDependencies => ({
    files: { store: other, location },
    catalog: catalogOf(other),
    merge,
    folder,
    settings,
    promote: promotes ? [{ field: 'status', column: 'status', type: 'long' }] : [],
    retentionOf,
    now,
    newId: randomUUID,
  })

  async function deliver(events: readonly SentEvent[], hasIds: boolean, fate: Fate): Promise<void> {
    const payloads = [...groupBy(events, ({ group }) => group)].map(([group, sent]) => ({
      messageType: 'DATA_MESSAGE',
      owner: '123456789012',
      logGroup: groupNames[group as 0 | 1],
      logStream: 'web/1',
      subscriptionFilters: ['tailrace'],
      logEvents: sent.map(({ id, timestamp, message }) => ({ ...(hasIds && id && { id }), timestamp, message })),
    }))
    const records = payloads.map(payload => ({ kinesis: { data: compressed(payload).toString('base64') } }))
    const Records = records.map((record, at) => ({ eventSource: 'aws:kinesis', eventID: `shard:${at}`, ...record }))
    await ingest(
      { Records },
      { attemptId: `attempt-${++attempts}` },
      {
        store: fatedStore(store, fate),
        raw: store,
        groupOf: compileGroups(group => ({
          format: { name: 'auto' },
          redact: [],
          sample: 1,
          retentionDays: retentionOf(group),
        })),
        isOwnGroup: () => false,
        codec,
        buffers,
        region: 'us-east-1',
        maxDecodedBytes: 2 ** 20,
        now,
        sleep: async () => undefined,
      },
    )
  }

  async function read(from: ObjectStore): Promise<readonly string[]> {
    const rows = await rowsOf(engineOver(from, { duckdb, location, folder: join(folder, 'parts') }), query)
    tally.reads++
    return rows.map(row => {
      const time = `${row['@timestamp']!.replace(' ', 'T')}Z`
      const log = row['@log']!.replace(/^\d+:/, '')
      return [log, time, row['@message'], row.status ?? ''].join(' ')
    })
  }

  const eventsOf = (action: Action): readonly SentEvent[] => {
    const { records } = schedule
    if (action.do === 'deliver') {
      const start = action.from % records.length
      return records.slice(start, start + 1 + (action.length % (records.length - start))).flat()
    }
    if (action.do !== 'backfill' && action.do !== 'erase') return []
    const first = Math.floor(noon / day) + action.fromDay
    const days = action.do === 'erase' ? 1 : action.days
    const isWithin = (at: number) => at >= first && at < first + days
    return records
      .flat()
      .filter(({ group, timestamp }) => group === action.group && isWithin(Math.floor(timestamp / day)))
  }

  /** Whether it is to be expected that it fails. */
  async function perform(action: Action): Promise<{ readonly mayFail: boolean; readonly error: unknown }> {
    const trouble: Trouble = 'trouble' in action ? action.trouble : null
    const own = troubledStore(store, trouble, random)
    let error: unknown = null
    try {
      if (action.do === 'deliver' || action.do === 'backfill') {
        const events = eventsOf(action)
        if (events.length > 0) await deliver(events, action.do === 'deliver', action.fate)
      } else if (action.do === 'commit') {
        tally.commits += (await commitLanding(depsOf(own, action.promotes))).rounds
      } else if (action.do === 'compact') {
        tally.rewrites += (await compact(depsOf(own, action.promotes))).rewrites.length
      } else if (action.do === 'erase') {
        const from = (Math.floor(noon / day) + action.fromDay) * day
        const scope = { groups: [groupNames[action.group as 0 | 1]], from, to: from + day - 1 }
        const asked = { id: randomUUID(), condition: null, requestedBy: 'test', reason: null }
        await eraseEvents(depsOf(own, false), { ...scope, ...asked })
        tally.erasures++
      } else {
        const before = arrived.seen()
        expect(differences(await read(own), before, during)).toEqual([])
      }
    } catch (thrown) {
      error = thrown ?? new Error('nothing was thrown')
    }
    if (own.isTroubled()) tally.troubles++
    const isFated = 'fate' in action && action.fate !== 'stored'
    return { mayFail: own.isTroubled() || isFated, error }
  }

  /** What readers may see at most while a step is under way. */
  let during = arrived.seen()

  return {
    async play(): Promise<void> {
      for (const [index, { wait, retention: changed, actions }] of schedule.steps.entries()) {
        tally.steps++
        clock += wait
        retention = changed ?? retention
        arrived.expire(clock, retention)
        for (const action of actions) {
          if ('fate' in action) arrived.deliver(eventsOf(action), action.fate, false)
          if (action.do === 'erase') arrived.erase(eventsOf(action))
        }
        during = arrived.seen()
        const ended = await Promise.all(actions.map(perform))
        for (const { mayFail, error } of ended) {
          if (error !== null && !mayFail) throw error
          if (error !== null) tally.failures++
        }
        for (const action of actions) if ('fate' in action) arrived.deliver(eventsOf(action), action.fate, true)
        const wanted = arrived.seen()
        const seen = await read(store)
        expect(differences(seen, wanted, wanted), `after step ${index}`).toEqual([])
        const [only] = actions
        if (actions.length === 1 && only!.do === 'erase' && ended[0]!.error === null) {
          const gone = new Set(eventsOf(only!).map(contentOf))
          expect(
            seen.filter(content => gone.has(content)),
            `erased in step ${index}`,
          ).toEqual([])
        }
      }
    },
    close: () => rm(folder, { recursive: true, force: true }),
  }
}

/** A store that loses PUTs, or their answers. */
function fatedStore(store: ObjectStore, fate: Fate): ObjectWriter {
  return {
    head: (key, options) => store.head(key, options),
    async put(key, body, options) {
      if (fate === 'lost') throw new Error('put: 503')
      const answer = await store.put(key, body, options)
      if (fate === 'stored') return answer
      throw new Error('put: connection reset')
    },
  }
}

function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): ReadonlyMap<K, readonly T[]> {
  const found = new Map<K, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    found.set(key, [...(found.get(key) ?? []), item])
  }
  return found
}
