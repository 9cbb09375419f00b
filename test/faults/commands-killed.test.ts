/**
 * Commands as processes of their own on a lake in a directory, which get a SIGKILL at any time, some of them beside others;
 * a reader looks after each round. More rounds: `LAKE_KILL_ROUNDS=300 LAKE_SEED=7 npx vitest run test/faults/commands-killed.test.ts`.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DuckDb, openDuckDb } from '../../shared/engine/duckdb.js'
import { landingKey } from '../../shared/lake/landing-key.js'
import type { LogRow } from '../../shared/parquet/schema.js'
import { diskStore } from '../../shared/store/disk.js'
import type { ObjectStore } from '../../shared/store/object-store.js'
import { planOf } from '../engine/lake-of-files.js'
import { putExport } from '../helpers/export-files.js'
import { engineOver, rowsOf } from '../lake/engine-reader.js'
import { event, exported, landingFile, noon } from '../lake/landed.js'
import { randomOf } from '../lake/troubled-store.js'

const rounds = Number(process.env.LAKE_KILL_ROUNDS ?? 5)
const seed = Number(process.env.LAKE_SEED ?? 20_260_115)

const root = resolve(import.meta.dirname, '../..')
/** Beside the installed packages and below the project, as the command that users run. */
const command = join(root, 'dist', `tailrace-kills-${process.pid}.js`)

const account = '123456789012'
const group = '/ecs/orders'
const expiring = '/app/expiring'
const day = 86_400_000

const pipeline = `version: 1
defaults: { redact: [] }
groups: [{ match: ${expiring}, retention: 30d }]
lake: { commitSize: 1KB, fileSize: 1MB }
promote: [{ field: status, type: long }]
`

let folder: string
let duckdb: DuckDb
let lake: ObjectStore
beforeAll(async () => {
  const options = { bundle: true, platform: 'node', format: 'esm', target: 'node20', packages: 'external' } as const
  await build({ ...options, absWorkingDir: root, entryPoints: ['cli/bin.ts'], outfile: command })
  duckdb = await openDuckDb({ memoryLimitMb: 256, threads: 1 })
  folder = await mkdtemp(join(tmpdir(), 'tailrace-kills-'))
  for (const name of ['lake', 'raw', 'exports']) await mkdir(join(folder, name))
  await writeFile(join(folder, 'pipeline.yml'), pipeline)
  lake = diskStore(join(folder, 'lake'))
})
afterAll(async () => {
  duckdb.close()
  await rm(command)
  await rm(folder, { recursive: true })
})

async function land(rows: readonly LogRow[]): Promise<void> {
  const times = rows.map(({ timestamp }) => timestamp)
  const id = createHash('sha256').update(rows.map(({ id_random, message }) => `${id_random} ${message}`).join('\n'))
  const logEvents = [{ id: id.digest('hex'), timestamp: times[0]!, message: '' }]
  const payload = { owner: account, logGroup: group, logStream: 'web', logEvents }
  await lake.put(landingKey([payload], Math.min(...times), Math.max(...times)), landingFile(rows))
}

/** What a round is about: an event of each fate. */
const fates = ['delivered', 'cut anew', 'without id', 'exported', 'erased', 'expired'] as const
const message = (round: number, fate: (typeof fates)[number], copy = 0) =>
  JSON.stringify({ status: round, is: fate, name: `r${round}`, copy })

function rowsOfRound(round: number) {
  const at = (id: number): Partial<LogRow> => ({
    log_stream: 'web',
    timestamp: noon + (round % 3) * day + round * 10 + id,
  })
  const row = (id: number, fate: (typeof fates)[number], change: Partial<LogRow> = {}) =>
    event(round * 10 + id, { ...at(id), message: message(round, fate), format: 'json', ...change })
  return {
    delivered: row(0, 'delivered'),
    cut: [row(1, 'cut anew'), row(2, 'cut anew', { message: message(round, 'cut anew', 1) })],
    idless: exported({ ...at(3), message: message(round, 'without id'), format: 'json' }),
    imported: { timestamp: at(4).timestamp!, message: message(round, 'exported') },
    erased: row(5, 'erased'),
    expired: row(6, 'expired', { log_group: expiring, retention: 30 }),
  }
}

async function landRound(round: number): Promise<void> {
  const { delivered, cut, idless, imported, erased, expired } = rowsOfRound(round)
  await land([delivered, ...cut, erased])
  await land([cut[1]!, idless, idless])
  await land([expired, cut[0]!])
  const lines = [delivered, ...cut, idless, idless, imported].sort((a, b) => a.timestamp - b.timestamp)
  await putExport(diskStore(join(folder, 'exports')), `r${round}/`, { web: [lines] })
}

type Job = 'commit' | 'compact' | 'import' | 'erase'

function argumentsOf(job: Job, round: number): readonly string[] {
  const here = ['--lake', join(folder, 'lake'), '--pipeline', join(folder, 'pipeline.yml')]
  if (job === 'import') {
    const place = join(folder, 'exports', `r${round}`)
    return [
      'import',
      place,
      '--group',
      group,
      '--account',
      account,
      '--offline',
      '--apply',
      ...here,
      '--raw',
      join(folder, 'raw'),
    ]
  }
  if (job === 'erase') {
    const which = ['--group', '/ecs/*', '--until', '2026-02-01', '--filter', `name = "r${round}" and is = "erased"`]
    return ['erase', ...which, '--apply', ...here]
  }
  return ['lake', job, ...here]
}

interface Running {
  readonly process: ChildProcess
  readonly ended: Promise<{ readonly how: number | string; readonly out: string }>
}

function start(job: Job, round: number): Running {
  const child = spawn(process.execPath, [command, ...argumentsOf(job, round)], {
    env: { ...process.env, AWS_REGION: 'us-east-1', XDG_CACHE_HOME: join(folder, 'cache'), NODE_NO_WARNINGS: '1' },
  })
  let out = ''
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', text => (out += text))
  return { process: child, ended: once(child, 'close').then(([code, signal]) => ({ how: signal ?? code, out })) }
}

/** How long a whole run takes: the longest so far of each. ms */
const lasts: Record<Job, number> = { commit: 1_000, compact: 1_000, import: 1_000, erase: 1_500 }

/** @returns whether it ended by itself, which has to be well */
async function runMaybeKilled(job: Job, round: number, random: () => number): Promise<boolean> {
  const began = performance.now()
  const { process: child, ended } = start(job, round)
  const isKilled = random() < 0.75
  const killer = new AbortController()
  if (isKilled) {
    // Before a third of it nothing but the program is read.
    const wait = sleep((0.3 + random() * 0.7) * lasts[job], undefined, { signal: killer.signal })
    wait.then(
      () => child.kill('SIGKILL'),
      () => undefined,
    )
  }
  const { how, out } = await ended
  killer.abort()
  if (how === 'SIGKILL') return false
  expect(how, `${job} in round ${round} of seed ${seed}: ${out}`).toBe(0)
  lasts[job] = Math.max(lasts[job] * 0.9, performance.now() - began)
  return true
}

async function seen(): Promise<readonly string[]> {
  const options = { duckdb, location: 's3://lake/table', folder: join(folder, 'parts') }
  const rows = await rowsOf(engineOver(lake, options), planOf('fields @message, status | limit 10000'))
  for (const row of rows) expect(JSON.parse(row['@message']!).status).toBe(Number(row.status))
  return rows.map(row => row['@message']!)
}

/** By round and fate, how often an event is to be seen. */
class Expected {
  readonly #least = new Map<string, number>()
  readonly #most = new Map<string, number>()

  set(text: string, least: number, most: number): void {
    this.#least.set(text, least)
    this.#most.set(text, most)
  }

  faultsIn(found: readonly string[]): readonly string[] {
    const counts = new Map<string, number>()
    for (const text of found) counts.set(text, (counts.get(text) ?? 0) + 1)
    return [...new Set([...counts.keys(), ...this.#least.keys()])].flatMap(text => {
      const [count, least, most] = [counts, this.#least, this.#most].map(map => map.get(text) ?? 0)
      return count! < least! || count! > most! ? [`${text}: ${count} times, not ${least} to ${most}`] : []
    })
  }
}

describe('the lake, when commands are killed', () => {
  it('faults 16, 23, 39: commit, compact, import and erase die at any time on a lake on disk, and events are seen once', async () => {
    const random = randomOf(seed)
    const expected = new Expected()
    const tally: Record<Job, { ended: number; killed: number }> = {
      commit: { ended: 0, killed: 0 },
      compact: { ended: 0, killed: 0 },
      import: { ended: 0, killed: 0 },
      erase: { ended: 0, killed: 0 },
    }
    const pick = (): Job => (['commit', 'commit', 'compact', 'import', 'erase'] as const)[Math.floor(random() * 5)]!
    const check = async (when: string) => expect(expected.faultsIn(await seen()), when).toEqual([])
    for (let round = 1; round <= rounds; round++) {
      await landRound(round)
      expected.set(message(round, 'delivered'), 1, 1)
      expected.set(message(round, 'cut anew'), 1, 1)
      expected.set(message(round, 'cut anew', 1), 1, 1)
      expected.set(message(round, 'without id'), 2, 2)
      expected.set(message(round, 'expired'), 0, 1)
      expected.set(message(round, 'exported'), 0, 1)
      expected.set(message(round, 'erased'), 0, 1)
      const jobs = [...new Set(Array.from({ length: 1 + Math.floor(random() * 3) }, pick))]
      const ends = await Promise.all(jobs.map(job => runMaybeKilled(job, round, random)))
      for (const [index, job] of jobs.entries()) {
        tally[job][ends[index]! ? 'ended' : 'killed']++
        if (ends[index] && job === 'import') expected.set(message(round, 'exported'), 1, 1)
        if (ends[index] && job === 'erase') expected.set(message(round, 'erased'), 0, 0)
      }
      if (!jobs.includes('erase')) expected.set(message(round, 'erased'), 1, 1)
      await check(`after round ${round} of seed ${seed}`)
    }
    for (const job of ['commit', 'compact', 'import', 'erase'] as const) {
      const { how, out } = await start(job, rounds).ended
      expect(how, `${job} at the end: ${out}`).toBe(0)
    }
    expected.set(message(rounds, 'exported'), 1, 1)
    expected.set(message(rounds, 'erased'), 0, 0)
    await check(`at the end of seed ${seed}`)
    console.log(JSON.stringify({ seed, rounds, ...tally }))
    expect(Object.values(tally).reduce((sum, { killed }) => sum + killed, 0)).toBeGreaterThan(0)
  }, 7_200_000)
})
