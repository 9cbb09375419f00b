/** Plays a schedule on a lake in memory, with the use cases themselves, and looks at it after every step. */
import { randomUUID } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { DuckDb } from '../../shared/engine/duckdb.js'
import { duckDbMerge } from '../../shared/engine/duckdb-merge.js'
import { s3Catalog } from '../../shared/iceberg/catalogs/s3.js'
import { erasurePlanner } from '../../shared/jobs/lake/plan-erasure.js'
import { commitLanding } from '../../shared/lake/commit.js'
import { type CompactDependencies, compact } from '../../shared/lake/compact.js'
import { eraseEvents } from '../../shared/lake/erase.js'
import {
  type ErasureCondition,
  type ErasureRecord,
  findBegun,
  type LegalHold,
  newErasureId,
  readErasures,
} from '../../shared/lake/erasures.js'
import { EventsHeld, MergeFailed } from '../../shared/lake/errors.js'
import type { LakeDependencies } from '../../shared/lake/lake-dependencies.js'
import { readCatalogue } from '../../shared/lake/ledger.js'
import type { Merge } from '../../shared/lake/merge.js'
import { readSetAside } from '../../shared/lake/set-aside.js'
import { BufferPool } from '../../shared/parquet/buffer-pool.js'
import { runtimeCodec } from '../../shared/parquet/codec.js'
import { compileGroups } from '../../shared/pipeline/group.js'
import { ingest } from '../../shared/pipeline/ingest.js'
import { memoryStore } from '../../shared/store/memory.js'
import type { ObjectStore, ObjectWriter } from '../../shared/store/object-store.js'
import { planOf } from '../engine/lake-of-files.js'
import { kinesisEvent } from '../helpers/payload.js'
import { differences } from './arrived.js'
import { engineOver, rowsOf } from './engine-reader.js'
import { Expected } from './expected.js'
import { noon } from './landed.js'
import { type LateLake, lateEvents } from './late-events.js'
import { changeAsOther } from './other-engine.js'
import {
  type Action,
  day,
  type FailingMerges,
  type Fate,
  groupNames,
  type Hold,
  type Promotion,
  type Schedule,
  type SentEvent,
  type Trouble,
  type Which,
} from './schedule.js'
import { randomOf, troubledStore } from './troubled-store.js'

/** What was done in all. */
export interface Tally {
  /** Played to their end. */
  schedules: number
  steps: number
  reads: number
  /** Looks at the ledger. */
  ledgers: number
  /** Snapshots that commits made. */
  commits: number
  rewrites: number
  erasures: number
  /** Erasures that a legal hold stopped. */
  held: number
  /** Changes that another engine made. */
  foreign: number
  replays: number
  imports: number
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
const account = '123456789012'
const logStream = 'web/1'
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

const conditions: Readonly<Record<Which, ErasureCondition | null>> = {
  all: null,
  tick: { kind: 'pattern', text: 'tick' },
  status: { kind: 'filter', text: 'status = 200' },
}

function holdOf({ group, fromDay }: Hold): LegalHold {
  const from = (Math.floor(noon / day) + fromDay) * day
  return { groups: [groupNames[group as 0 | 1]], from, to: from + day - 1, reason: 'test' }
}

const status = { field: 'status', column: 'status', type: 'long' } as const
const promotions: Readonly<Record<Promotion, LakeDependencies['promote']>> = {
  nothing: [],
  status: [status],
  two: [{ field: 'user', column: 'user', type: 'string' }, status],
  text: [{ ...status, type: 'string' }],
  other: [{ ...status, field: 'code' }],
}

export async function openLakeHistory(schedule: Schedule, { duckdb, folder, tally }: HistoryOptions) {
  await mkdir(folder)
  const expected = new Expected(schedule)
  const random = randomOf(schedule.mixing)
  let clock = noon
  let retention = 3
  let holds: readonly LegalHold[] = []
  let attempts = 0
  /** Erasures, as their records were then. */
  const erasures = new Map<string, ErasureRecord>()
  const now = () => clock
  const store = memoryStore({ now: () => new Date(clock) })
  const raw = memoryStore({ now: () => new Date(clock) })
  const late = lateEvents({ raw, account, logStream, now })
  const retentionOf = (logGroup: string) => (logGroup === groupNames[1] ? retention : 0)

  const catalogOf = (other: ObjectStore) =>
    s3Catalog({ store: other, location }, { newId: randomUUID, sleep: async () => undefined })

  const engineOf = (other: ObjectStore) => engineOver(other, { duckdb, location, folder: join(folder, 'parts') })

  const depsOf = (other: ObjectStore, promotes: Promotion): CompactDependencies => ({
    files: { store: other, location },
    catalog: catalogOf(other),
    merge: duckDbMerge({ memoryLimitMb: 128, threads: 1, planErasures: erasurePlanner(holds) }),
    holds,
    folder,
    settings,
    promote: promotions[promotes],
    retentionOf,
    now,
    newId: randomUUID,
  })

  function batchOf(events: readonly SentEvent[], hasIds: boolean): unknown {
    const payloads = [...groupBy(events, ({ group }) => group)].map(([group, sent]) => ({
      messageType: 'DATA_MESSAGE',
      owner: account,
      logGroup: groupNames[group as 0 | 1],
      logStream,
      subscriptionFilters: ['tailrace'],
      logEvents: sent.map(({ id, timestamp, message }) => ({ ...(hasIds && id && { id }), timestamp, message })),
    }))
    return kinesisEvent(payloads)
  }

  async function deliver(batch: unknown, to: ObjectWriter): Promise<void> {
    const attempt = { attemptId: `attempt-${++attempts}` }
    await ingest(batch, attempt, {
      store: to,
      raw,
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
    })
  }

  async function read(from: ObjectStore): Promise<readonly string[]> {
    const rows = await rowsOf(engineOf(from), query)
    tally.reads++
    return rows.map(row => {
      const time = `${row['@timestamp']!.replace(' ', 'T')}Z`
      const log = row['@log']!.replace(/^\d+:/, '')
      return [log, time, row['@message'], row.status ?? ''].join(' ')
    })
  }

  async function changeForeign(action: Action & { do: 'foreign' }, own: ObjectStore): Promise<void> {
    let landed: Uint8Array | null = null
    if (action.change === 'append') {
      const scratch = memoryStore()
      await deliver(batchOf(expected.eventsOf(action), true), scratch)
      for await (const { key } of scratch.list('')) landed = (await scratch.get(key)).body
    }
    const other = { files: { store: own, location }, catalog: catalogOf(own), duckdb, folder, now }
    const { change, isBare } = action
    const isDone = await changeAsOther(other, { change, isBare, landed, day: Math.floor(noon / day) + (action.at % 3) })
    if (isDone) tally.foreign++
    else if (change === 'append') throw new NotChanged()
  }

  async function erase({ group, fromDay, which }: Action & { do: 'erase' }, own: ObjectStore): Promise<void> {
    const from = (Math.floor(noon / day) + fromDay) * day
    const scope = { groups: [groupNames[group as 0 | 1]], condition: conditions[which] }
    const words = { ...scope, asked: { since: `${fromDay}`, until: null }, requestedBy: 'test', reason: null }
    const fresh = { ...words, id: newErasureId(clock, randomUUID()), from, to: from + day - 1 }
    const request = (await findBegun(own, words)) ?? fresh
    const { record } = await eraseEvents(depsOf(own, 'nothing'), request)
    erasures.set(record.id, erasures.get(record.id) ?? record)
    tally.erasures++
  }

  async function doAction(action: Action, own: ObjectStore): Promise<void> {
    const lake = (): LateLake => {
      const written = `version: 1\ngroups: [{ match: ${groupNames[1]}, retention: ${retention === 0 ? 'forever' : `${retention}d`} }]\n`
      return { store: own, catalog: catalogOf(own), engine: engineOf(own), written, folder }
    }
    switch (action.do) {
      case 'deliver':
      case 'backfill': {
        const isLive = action.do === 'deliver'
        const events = expected.eventsOf(action)
        if (events.length === 0) return
        const batch = batchOf(events, isLive)
        if (isLive && action.fate !== 'stored') await late.keepFailed(batch)
        await deliver(batch, fatedStore(own, action.fate))
        return
      }
      case 'import': {
        const from = (Math.floor(noon / day) + action.fromDay) * day
        const range = { from, to: from + action.days * day - 1 }
        await late.import(lake(), {
          logGroup: groupNames[action.group as 0 | 1],
          range,
          lines: expected.eventsOf(action),
        })
        tally.imports++
        return
      }
      case 'replay':
        await late.replay(lake())
        tally.replays++
        return
      case 'commit':
        tally.commits += (await commitLanding(failing(action.merges, depsOf(own, action.promotes)))).rounds
        return
      case 'compact':
        tally.rewrites += (await compact(failing(action.merges, depsOf(own, action.promotes)))).rewrites.length
        return
      case 'erase':
        await erase(action, own)
        return
      case 'foreign':
        await changeForeign(action, own)
        return
      case 'read': {
        const before = expected.seen()
        expect(differences(await read(own), before, during)).toEqual([])
      }
    }
  }

  /**
   * The ledger counts what the table holds: of a group that is kept for ever, until somebody erases or another engine changes
   * rows.
   */
  async function checkLedger(index: number): Promise<void> {
    const actions = schedule.steps.slice(0, index + 1).flatMap(step => step.actions)
    if (actions.some(action => action.do === 'erase' || action.do === 'foreign')) return
    const loaded = await catalogOf(store).load()
    const [name] = groupNames
    const counted = (await readCatalogue(loaded?.metadata ?? null, store)).find(group => group.name === name)
    const list: ObjectStore['list'] = (prefix, options) => store.list(prefix === 'landing/' ? 'none/' : prefix, options)
    const found = (await rowsOf(engineOf({ ...store, list }), query)).filter(
      row => row['@log'] === `${account}:${name}`,
    )
    const times = found.map(row => Date.parse(`${row['@timestamp']!.replace(' ', 'T')}Z`))
    const bytes = found.reduce((sum, row) => sum + Buffer.byteLength(row['@message']!), 0)
    const held = { rows: found.length, bytes, first: Math.min(...times), last: Math.max(...times) }
    expect(counted ?? { rows: 0 }, `after step ${index}`).toMatchObject(found.length === 0 ? { rows: 0 } : held)
    tally.ledgers++
  }

  /** Whether it is to be expected that it fails. */
  async function perform(action: Action): Promise<{ readonly mayFail: boolean; readonly error: unknown }> {
    const trouble: Trouble = 'trouble' in action ? action.trouble : null
    const own = troubledStore(store, trouble, random)
    const held = action.do === 'erase' ? expected.heldBy(action) : null
    let error: unknown = null
    try {
      await doAction(action, own)
    } catch (thrown) {
      error = thrown ?? new Error('nothing was thrown')
    }
    if (own.isTroubled()) tally.troubles++
    if (error instanceof EventsHeld) {
      tally.held++
      return { mayFail: held?.may === true, error }
    }
    expect(error === null && held?.must === true, 'erased what is held').toBe(false)
    const isFated = 'fate' in action && action.fate !== 'stored'
    const isOfMerges = error instanceof MergeFailed && 'merges' in action && action.merges !== null
    return { mayFail: own.isTroubled() || isFated || isOfMerges || error instanceof NotChanged, error }
  }

  /** What readers may see at most while a step is under way. */
  let during = expected.seen()

  return {
    async play(): Promise<void> {
      for (const [index, { wait, retention: changed, hold, actions }] of schedule.steps.entries()) {
        tally.steps++
        clock += wait
        retention = changed ?? retention
        if (hold !== null) expected.hold(hold === 'none' ? null : hold)
        if (hold !== null) holds = hold === 'none' ? [] : [holdOf(hold)]
        expected.expire(clock, retention)
        const begun = expected.begin(actions)
        during = expected.seen()
        const ended = await Promise.all(begun.map(perform))
        for (const { mayFail, error } of ended) {
          if (error !== null && !mayFail) throw error
          if (error !== null) tally.failures++
        }
        expected.end(
          begun,
          ended.map(({ error }) => error !== null),
        )
        const wanted = expected.seen()
        expect(differences(await read(store), wanted, wanted), `after step ${index}`).toEqual([])
        expect((await readSetAside(store)).entries, `after step ${index}`).toEqual([])
        await checkLedger(index)
        const records = new Map((await readErasures(store)).map(record => [record.id, record]))
        for (const [id, record] of erasures) expect(records.get(id), `after step ${index}`).toEqual(record)
      }
    },
    close: () => rm(folder, { recursive: true, force: true }),
  }
}

function failing<T extends LakeDependencies>(merges: FailingMerges, deps: T): T {
  if (merges === null) return deps
  const { from, many } = merges
  let count = 0
  const merge: Merge['merge'] = async request => {
    count++
    if (count >= from && count < from + many) throw new MergeFailed('SELECT', new Error('not now'))
    return await deps.merge.merge(request)
  }
  return { ...deps, merge: { ...deps.merge, merge } }
}

/** Another writer was first, and the other engine gave up. */
class NotChanged extends Error {}

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
