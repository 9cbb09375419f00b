import { createHash, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DuckDb, openDuckDb } from '../../shared/engine/duckdb.js'
import { duckDbMerge } from '../../shared/engine/duckdb-merge.js'
import { s3Catalog } from '../../shared/iceberg/catalogs/s3.js'
import { commitLanding } from '../../shared/lake/commit.js'
import { mergeLimits } from '../../shared/lake/lake-dependencies.js'
import { landingKey } from '../../shared/lake/landing-key.js'
import type { LogRow } from '../../shared/parquet/schema.js'
import { planOf } from '../engine/lake-of-files.js'
import { engineOver, rowsOf } from '../lake/engine-reader.js'
import { event, exported, landingFile, noon } from '../lake/landed.js'
import { randomOf } from '../lake/troubled-store.js'
import { type LakeBucket, type LakeFunction, type LakeRun, type LakeSite, startLakeSite } from './lake-site.js'

/** `LAKE_KILLS=all` kills at every request, before and after it is applied, and often in between. */
const killsAll = process.env.LAKE_KILLS === 'all'
/** `LAKE_KILL_ROUNDS=300 LAKE_SEED=7` kills at so many other times. */
const rounds = Number(process.env.LAKE_KILL_ROUNDS ?? (killsAll ? 58 : 2))
const seed = Number(process.env.LAKE_SEED ?? 20_260_115)

const day = 86_400_000

let site: LakeSite
let duckdb: DuckDb
let folder: string
beforeAll(async () => {
  duckdb = await openDuckDb({ memoryLimitMb: 256, threads: 1 })
  folder = await mkdtemp(join(tmpdir(), 'tailrace-killed-'))
  site = await startLakeSite()
})
afterAll(async () => {
  await site.close()
  duckdb.close()
  await rm(folder, { recursive: true })
})

async function land(bucket: LakeBucket, rows: readonly LogRow[]): Promise<void> {
  const times = rows.map(({ timestamp }) => timestamp)
  const id = createHash('sha256').update(rows.map(({ id_random, message }) => `${id_random} ${message}`).join('\n'))
  const logEvents = [{ id: id.digest('hex'), timestamp: times[0]!, message: '' }]
  const payload = { owner: '123456789012', logGroup: '/a', logStream: 's', logEvents }
  await bucket.store.put(landingKey([payload], Math.min(...times), Math.max(...times)), landingFile(rows))
}

const json = (id: number, change: Partial<LogRow> = {}): LogRow =>
  event(id, { message: `{"status":${id}}`, format: 'json', ...change })

/** Three days in each object, some of it twice, some of it without ids. */
async function landAll(bucket: LakeBucket, round: number): Promise<readonly string[]> {
  const late = (id: number) => json(id, { timestamp: noon + (id % 3) * day })
  const ids = [0, 1, 2, 3, 4, 5].map(id => round * 10 + id)
  await land(bucket, ids.slice(0, 4).map(late))
  await land(bucket, ids.slice(2).map(late))
  await land(bucket, [exported({ message: `round ${round}` }), exported({ message: `round ${round}` })])
  return [...ids.map(id => `{"status":${id}}`), `round ${round}`, `round ${round}`]
}

let readers = 0

async function seen(bucket: LakeBucket): Promise<readonly string[]> {
  const options = { duckdb, location: `s3://${bucket.name}/table`, folder: join(folder, `reader-${++readers}`) }
  const rows = await rowsOf(engineOver(bucket.store, options), planOf('fields @message | limit 10000'))
  return rows.map(row => row['@message']!).sort()
}

async function run(name: LakeFunction, bucket: LakeBucket): Promise<LakeRun> {
  return (await site.start(name, bucket)).ended
}

/**
 * Runs a function in a process that gets a SIGKILL at its n-th moment; what the store has not applied by then it never
 * applies.
 */
async function runUntil(name: LakeFunction, bucket: LakeBucket, last: number): Promise<LakeRun> {
  let moments = 0
  const started = await site.start(name, bucket)
  bucket.onMoment = async () => {
    if (++moments < last) return
    if (moments === last) await started.kill()
    throw new Error('nobody is there any more')
  }
  try {
    return await started.ended
  } finally {
    bucket.onMoment = undefined
  }
}

/** Kills runs of the function at moments from the first to the last, and looks at the lake after each. */
async function killEverywhere(name: LakeFunction, prepare: () => Promise<[LakeBucket, readonly string[]]>) {
  const [whole] = await prepare()
  let moments = 0
  whole.onMoment = async () => {
    moments++
  }
  expect((await run(name, whole)).outcome).toBe('done')
  const all = Array.from({ length: moments }, (_, index) => index + 1)
  const chosen = killsAll ? all : [0.3, 0.75, 0.95].map(share => Math.ceil(moments * share))
  for (const last of chosen) {
    const [bucket, wanted] = await prepare()
    expect((await runUntil(name, bucket, last)).outcome).toBe('killed')
    expect(await seen(bucket), `${name} at moment ${last}`).toEqual(wanted)
    expect((await run(name, bucket)).outcome, `${name} after it died at moment ${last}`).toBe('done')
    expect(await seen(bucket), `${name} after it died at moment ${last}`).toEqual(wanted)
  }
  if (killsAll) console.log(JSON.stringify({ function: name, kills: chosen.length }))
  return chosen.length
}

/** A lake of so many commits, made in this process. */
async function committed(rounds: number): Promise<[LakeBucket, string[]]> {
  const bucket = await site.newBucket()
  const files = { store: bucket.store, location: `s3://${bucket.name}/table` }
  const wanted: string[] = []
  for (let round = 1; round <= rounds; round++) {
    wanted.push(...(await landAll(bucket, round)))
    const report = await commitLanding({
      files,
      catalog: s3Catalog(files, { newId: randomUUID, sleep: async () => undefined }),
      merge: duckDbMerge({ memoryLimitMb: 256, threads: 1 }),
      folder,
      settings: { ...mergeLimits, commitBytes: 1, commitAfterMs: 0, fileBytes: 1_000_000 },
      promote: [],
      retentionOf: () => 0,
      now: Date.now,
      newId: randomUUID,
    })
    expect(report).toMatchObject({ objects: 3, rows: 8 })
  }
  return [bucket, wanted.sort()]
}

describe('the lake, when processes are killed', () => {
  it('faults 16, 23, 39: commits and compactions get a SIGKILL at their requests, and the next run carries on', async () => {
    const committing = await killEverywhere('commit', async () => {
      const bucket = await site.newBucket()
      return [bucket, [...(await landAll(bucket, 1))].sort()]
    })
    const compacting = await killEverywhere('compact', () => committed(2))
    expect(Math.min(committing, compacting)).toBeGreaterThan(killsAll ? 40 : 2)
  }, 3_600_000)

  it('faults 23, 39: processes die at any time at all, some of them two at once', async () => {
    const random = randomOf(seed)
    const [bucket, wanted] = await committed(1)
    let killed = 0
    /** How long a whole run takes, ms. */
    let lasts = 1_700
    for (let round = 2; round < rounds + 2; round++) {
      wanted.push(...(await landAll(bucket, round)))
      wanted.sort()
      const names: LakeFunction[] = random() < 0.5 ? ['commit', 'compact'] : ['commit', 'commit']
      const began = performance.now()
      const started = await Promise.all(names.map(name => site.start(name, bucket)))
      // The first while it starts, so that there is a kill however fast the machine is.
      const killer = sleep(round === 2 ? 100 : (0.1 + 0.9 * random()) * lasts).then(() =>
        started[Math.floor(random() * 2)]!.kill(),
      )
      const ended = await Promise.all(started.map(one => one.ended))
      lasts = Math.max(lasts * 0.9, performance.now() - began)
      await killer
      for (const one of ended) {
        if (one.outcome === 'killed') killed++
        else expect(one.outcome).toBe('done')
      }
      expect(await seen(bucket), `round ${round} of seed ${seed}`).toEqual(wanted)
    }
    expect((await run('commit', bucket)).outcome).toBe('done')
    expect((await run('compact', bucket)).outcome).toBe('done')
    expect(await seen(bucket)).toEqual(wanted)
    if (rounds > 2) console.log(JSON.stringify({ seed, rounds, kills: killed, at: 'any time' }))
    expect(killed).toBeGreaterThan(Math.floor(rounds / 6))
  }, 3_600_000)

  it('faults 40, 42: two commits and two compactions run while queries read, which answer alike and never fail', async () => {
    const [bucket, wanted] = await committed(3)
    let isDone = false
    let answers = 0
    const reading = (async () => {
      while (!isDone) {
        expect(await seen(bucket)).toEqual(wanted)
        answers++
      }
    })()
    const compactions = await Promise.all([run('compact', bucket), run('compact', bucket), run('commit', bucket)])
    isDone = true
    await reading
    expect(compactions.map(({ outcome }) => outcome)).toEqual(['done', 'done', 'done'])
    expect(answers).toBeGreaterThan(0)
    wanted.push(...(await landAll(bucket, 9)))
    const commits = await Promise.all([run('commit', bucket), run('commit', bucket)])
    expect(commits.map(({ outcome }) => outcome)).toEqual(['done', 'done'])
    const objects = commits.map(one => (one.outcome === 'done' ? Number(one.report.objects) : 0))
    expect(objects[0]! + objects[1]!).toBe(3)
    expect(await seen(bucket)).toEqual(wanted.sort())
  }, 300_000)
})
