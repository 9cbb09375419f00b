import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DuckDb, openDuckDb } from '../../shared/engine/duckdb.js'
import { openLakeHistory, type Tally } from './lake-history.js'
import { type Schedule, schedule } from './schedule.js'

/** More of them: `LAKE_SCHEDULES=2000 LAKE_SEED=7 npx vitest run test/lake/schedules.test.ts`. */
const count = Number(process.env.LAKE_SCHEDULES ?? 25)
const seed = Number(process.env.LAKE_SEED ?? 20_260_115)

/** Schedules that once showed a mistake. */
const kept: readonly [Schedule][] = []

describe('the lake', () => {
  let folder: string
  let duckdb: DuckDb
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tailrace-schedules-'))
    duckdb = await openDuckDb({ memoryLimitMb: 256, threads: 1 })
  })
  afterAll(async () => {
    duckdb.close()
    await rm(folder, { recursive: true })
  })

  it('shows each event exactly once at every moment, whatever is repeated, raced, cut off and unanswered', async () => {
    const tally: Tally = { steps: 0, reads: 0, commits: 0, rewrites: 0, troubles: 0, failures: 0 }
    const property = fc.asyncProperty(schedule(12), async played => {
      const history = await openLakeHistory(played, { duckdb, folder: join(folder, randomUUID()), tally })
      try {
        await history.play()
      } finally {
        await history.close()
      }
    })
    const began = Date.now()
    await fc.assert(property, { seed, numRuns: count, examples: kept.map(([one]) => [one] as [Schedule]) })
    if (process.env.LAKE_SCHEDULES !== undefined) {
      console.log(JSON.stringify({ seed, schedules: count, ...tally, seconds: (Date.now() - began) / 1000 }))
    }
    expect(tally.reads).toBeGreaterThan(count)
  }, 3_600_000)
})
