import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BufferPool } from '../../shared/parquet/buffer-pool.js'
import { gzipCodec } from '../../shared/parquet/codec.js'
import { compileGroups } from '../../shared/pipeline/group.js'
import { ingest } from '../../shared/pipeline/ingest.js'
import { diskStore } from '../../shared/store/disk.js'
import { events, lambdaEvent, noon, payload } from '../helpers/payload.js'

const root = resolve(import.meta.dirname, '../..')
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailrace-query-test-'))
  const store = diskStore(join(folder, '.tailrace/s3/main'))
  const settings = { format: { name: 'auto' }, redact: [], sample: 1, retentionDays: 0 } as const
  const land = (value: unknown, attemptId: string) =>
    ingest(
      lambdaEvent(value),
      { attemptId },
      {
        store,
        raw: store,
        groupOf: compileGroups(() => settings),
        isOwnGroup: () => false,
        codec: gzipCodec(),
        buffers: new BufferPool(1_000_000),
        region: 'eu-west-1',
        maxDecodedBytes: 1_000_000,
        now: () => noon,
        sleep: async () => {},
      },
    )
  const orders = events(['{"level":"info","ms":10}', '{"level":"error","ms":30}', '{"level":"info","ms":20}'])
  await land(payload(orders), 'a')
  // The same events again, cut another way: an object of its own, and no event more.
  await land(payload(orders.slice(1)), 'b')
  await land(payload(events(['{"level":"info","ms":5}'], noon + 86_400_000), { logGroup: '/ecs/basket' }), 'c')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

function tailrace(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const tsx = join(root, 'node_modules/tsx/dist/loader.mjs')
  return new Promise(done => {
    execFile(
      process.execPath,
      ['--import', tsx, join(root, 'cli/bin.ts'), 'query', ...args],
      { cwd: folder },
      (error, out, err) =>
        done({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, out, err }),
    )
  })
}

describe('tailrace query', () => {
  it('counts each event once, as a table', async () => {
    const { code, out } = await tailrace('stats count(*) as events, avg(ms) by level | sort level')
    expect(code).toBe(0)
    expect(out).toBe('level  events  avg(ms)\nerror       1       30\ninfo        3  11.6667\n')
  })

  it('keeps to groups by glob and to times', async () => {
    const byGroup = await tailrace('--json', '--group', '/ecs/b*', '--group', '/none', 'fields ms')
    expect(JSON.parse(byGroup.out)).toEqual([{ ms: '5' }])
    const until = await tailrace('--json', '--until', '2026-01-15T23:59:59Z', 'stats count(*) as n')
    expect(JSON.parse(until.out)).toEqual([{ n: '3' }])
    const since = await tailrace('--json', '--since', '2026-01-16', 'stats count(*) as n')
    expect(JSON.parse(since.out)).toEqual([{ n: '1' }])
  })

  it('explains itself without running', async () => {
    const { code, out } = await tailrace('--explain', 'stats count(*) by level')
    expect(code).toBe(0)
    expect(out).toMatch(/^%1 = SCAN[\s\S]*AGGREGATE[\s\S]*\nWITH /)
  })

  it('tells what is wrong with a query, a group, a time and a lake, and ends with 2', async () => {
    const wrong = await Promise.all([
      tailrace('stats coutn(*)'),
      tailrace('--group', '/nope', 'fields ms'),
      tailrace('--since', 'yesterday', 'fields ms'),
      tailrace('--lake', join(folder, 'none'), 'fields ms'),
    ])
    expect(wrong.map(({ code }) => code)).toEqual([2, 2, 2, 2])
    expect(wrong[0].err).toContain('hint: did you mean "count"?')
    expect(wrong[1].err).toContain('no log group of the lake is named /nope')
    expect(wrong[2].err).toContain('expected a time like')
    expect(wrong[3].err).toContain('there is no directory')
  })
})
