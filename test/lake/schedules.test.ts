import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DuckDb, openDuckDb } from '../../shared/engine/duckdb.js'
import { counterExamples } from './counter-examples.js'
import { openLakeHistory, type Tally } from './lake-history.js'
import { type Schedule, schedule } from './schedule.js'

/** More of them: `LAKE_SCHEDULES=2000 LAKE_SEED=7 LAKE_SECONDS=1200 npx vitest run test/lake/schedules.test.ts`. */
const count = Number(process.env.LAKE_SCHEDULES ?? 12)
/** No schedule begins later. */
const seconds = Number(process.env.LAKE_SECONDS ?? 3_000)
const seed = Number(process.env.LAKE_SEED ?? 20_260_115)

/** Schedules that once showed a mistake. */
const kept: readonly [Schedule][] = counterExamples.map(one => [one])

describe('the lake', () => {
  let folder: string
  let duckdb: DuckDb
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tailrace-schedules-'))
    duckdb = await openDuckDb({ memoryLimitMb: 256, threads: 1 })
  })
  afterAll(async () => {
    duckdb.close()
    // What was cut off may be writing to its folder yet.
    await rm(folder, { recursive: true, maxRetries: 10 })
  })

  it('shows each event exactly once at every moment, whatever is repeated, raced, cut off and unanswered', async () => {
    const tally: Tally = {
      schedules: 0,
      steps: 0,
      reads: 0,
      ledgers: 0,
      commits: 0,
      rewrites: 0,
      erasures: 0,
      held: 0,
      foreign: 0,
      replays: 0,
      imports: 0,
      troubles: 0,
      failures: 0,
    }
    const property = fc.asyncProperty(schedule(12), async played => {
      const history = await openLakeHistory(played, { duckdb, folder: join(folder, randomUUID()), tally })
      try {
        await history.play()
        tally.schedules++
      } finally {
        await history.close()
      }
    })
    console.log(`LAKE_SEED=${seed} LAKE_SCHEDULES=${count}`)
    const began = Date.now()
    const limits = { interruptAfterTimeLimit: seconds * 1_000, markInterruptAsFailure: false }
    await fc.assert(property, { seed, numRuns: count, examples: [...kept], ...limits })
    console.log(JSON.stringify({ ...tally, seconds: Math.round((Date.now() - began) / 1_000) }))
    expect(tally.reads).toBeGreaterThan(tally.schedules)
    expect(tally.ledgers).toBeGreaterThan(0)
  }, 3_600_000)
})
