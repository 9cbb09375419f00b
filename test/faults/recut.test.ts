import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isOwnGroup } from '../../shared/cloudwatch/own-groups.js'
import { type DuckDb, openDuckDb } from '../../shared/engine/duckdb.js'
import { BufferPool } from '../../shared/parquet/buffer-pool.js'
import { runtimeCodec } from '../../shared/parquet/codec.js'
import { compileGroups } from '../../shared/pipeline/group.js'
import { type IngestDependencies, ingest } from '../../shared/pipeline/ingest.js'
import { ObjectStoreError, Throttled } from '../../shared/store/errors.js'
import { memoryStore } from '../../shared/store/memory.js'
import type { ObjectWriter } from '../../shared/store/object-store.js'
import { noon } from '../helpers/payload.js'
import { expectAccounted } from './account.js'
import { killedAt } from './kill.js'
import { type Reader, readerOf } from './reader.js'
import { type Site, startSite } from './site.js'
import { Arrived, type Cut, deliveryOf, type Scenario, scenario } from './stream.js'

/** More of them: `FAULT_RUNS=50 npx vitest run test/faults/recut.test.ts`. */
const factor = Number(process.env.FAULT_RUNS ?? 1)
const seed = 20_260_115

let folder: string
let duckdb: DuckDb
let site: Site
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailrace-recut-'))
  duckdb = await openDuckDb({ memoryLimitMb: 512, threads: 1 })
  site = await startSite()
})
afterAll(async () => {
  duckdb.close()
  await rm(folder, { recursive: true })
  await site.close()
})

const deps: Omit<IngestDependencies, 'store' | 'raw'> = {
  groupOf: compileGroups(() => ({ format: { name: 'auto' }, redact: [], sample: 1, retentionDays: 0 })),
  isOwnGroup: logGroup => isOwnGroup('tailrace-test', logGroup),
  codec: runtimeCodec(),
  buffers: new BufferPool(2 ** 26),
  region: 'us-east-1',
  maxDecodedBytes: 2 ** 20,
  now: () => noon,
  sleep: async () => {},
}

/** A store that loses PUTs, or their answers, and lets others in between. */
function failing(store: ObjectWriter, fate: Cut['main']): ObjectWriter {
  return {
    async head(key, options) {
      await turn()
      return store.head(key, options)
    },
    async put(key, body, options) {
      await turn()
      if (fate === 'lost') throw new Throttled('put: 503 SlowDown', key)
      const answer = store.put(key, body, options)
      if (fate === 'stored') return answer
      await answer.catch(() => undefined)
      throw new ObjectStoreError('put: ECONNRESET', key)
    },
  }
}

/**
 * Runs scenarios of different accounts beside each other in this process; what a query finds is looked at after every step.
 * @returns the number of steps
 */
async function play(scenarios: readonly Scenario[]): Promise<number> {
  const [store, raw] = [memoryStore(), memoryStore()]
  const reader = readerOf(duckdb, store, '', await mkdtemp(join(folder, 'run-')))
  const arrived = new Arrived()
  const created = new Set<string>()
  let attempts = 0
  const last = Math.max(...scenarios.map(({ steps }) => steps.length))
  for (let step = 0; step < last; step++) {
    const cuts = scenarios.flatMap(played =>
      (played.steps[step] ?? []).map(cut => ({ cut, ...deliveryOf(played, cut) })),
    )
    const settled = await Promise.allSettled(
      cuts.map(({ cut, event }) => {
        const stores = { store: failing(store, cut.main), raw: failing(raw, cut.raw) }
        return ingest(event, { attemptId: `attempt-${++attempts}` }, { ...deps, ...stores })
      }),
    )
    for (const [index, { cut, items }] of cuts.entries()) {
      arrived.add(items, cut)
      const isStored = (kind: string, fate: string) => fate === 'stored' || items.every(item => item.kind !== kind)
      const isAcknowledged = isStored('events', cut.main) && isStored('undecodable', cut.raw)
      const outcome = settled[index]!
      expect(outcome.status).toBe(isAcknowledged ? 'fulfilled' : 'rejected')
      if (outcome.status === 'rejected' || !outcome.value.created) continue
      expect(created).not.toContain(outcome.value.key)
      created.add(outcome.value.key!)
    }
    expect(await identitiesIn(reader)).toEqual(arrived.identities())
    expect(await bodies(raw)).toEqual([...arrived.undecodable].sort())
  }
  return scenarios.reduce((sum, { steps }) => sum + steps.length, 0)
}

async function identitiesIn(reader: Reader): Promise<string[]> {
  return (await reader.events()).map(({ identity }) => identity).sort()
}

async function bodies(store: ReturnType<typeof memoryStore>): Promise<string[]> {
  const found: string[] = []
  for await (const { key } of store.list('quarantine/')) {
    found.push(Buffer.from((await store.get(key)).body).toString('utf8'))
  }
  return found.sort()
}

describe('a stream of records', () => {
  it('faults 16, 21, 22: cut anew, repeated and raced at random, is seen exactly as far as it has arrived', async () => {
    const scenarios = Array.from({ length: 10 }, (_, account) => scenario(`account ${account}`, 16, 3))
    let steps = 0
    const property = fc.asyncProperty(fc.tuple(...scenarios), async played => {
      steps += await play(played)
    })
    await fc.assert(property, { seed, numRuns: 10 * factor })
    expect(steps).toBeGreaterThan(1_000 * factor)
  }, 600_000)

  it('faults 21, 22, 23: goes through the built function, killed at random, and is exact after every step', async () => {
    const property = fc.asyncProperty(scenario('123456789012', 12, 1), async played => {
      const world = await site.newWorld()
      const arrived = new Arrived()
      for (const [cut] of played.steps as readonly (readonly [Cut])[]) {
        const delivery = deliveryOf(played, cut)
        const when = cut.main === 'lost' ? 'before' : 'after'
        const isWanted = (moment: { when: string; place: string }) => moment.when === when && moment.place === 'landing'
        const isKilled = cut.main !== 'stored' && delivery.items.some(({ kind }) => kind === 'events')
        const attempt = await (isKilled ? killedAt(world, delivery, isWanted) : world.deliver(delivery))
        expect(attempt.outcome).toBe(isKilled ? 'killed' : 'acknowledged')
        arrived.add(delivery.items, cut)
        expect(await identitiesIn(world.reader)).toEqual(arrived.identities())
        await expectAccounted(world)
      }
    })
    await fc.assert(property, { seed, numRuns: 2 * factor })
  }, 600_000)
})
