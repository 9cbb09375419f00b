import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { metricsCommand } from '../../cli/commands/metrics.js'
import { diskStore } from '../../shared/store/disk.js'
import { events, kinesisEvent, noon, payload } from '../helpers/payload.js'
import { countingWorld, metricFilter } from '../metrics/counting-world.js'

const root = resolve(import.meta.dirname, '../..')

let folder: string
let lake: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailrace-metrics-'))
  lake = join(folder, '.tailrace/s3/main')
  const { run, store } = countingWorld([
    metricFilter({ name: 'time', metric: 'Time', pattern: '{ $.t = * }', value: '$.t', dimensions: { By: '$.by' } }),
    metricFilter({ name: 'errors', metric: 'Errors', pattern: 'ERROR', unit: 'Count', defaultValue: 0 }),
  ])
  const lines = (...times: number[]) => times.map(t => `{"t":${t},"by":"x"}`)
  await run(kinesisEvent([payload(events(lines(1, 2))), payload(events(lines(4), noon + 60_000), { logGroup: '/b' })]))
  await run(kinesisEvent([payload(events(['ERROR'], noon + 60_000))]))
  const disk = diskStore(lake)
  for await (const { key } of store.list('')) await disk.put(key, (await store.get(key)).body)
})

afterAll(() => rm(folder, { recursive: true, force: true }))

interface Run {
  readonly code: number
  readonly out: string
  readonly err: string
}

function tailrace(...args: readonly string[]): Promise<Run> {
  const tsx = join(root, 'node_modules/tsx/dist/loader.mjs')
  const command = ['--import', tsx, join(root, 'cli/bin.ts'), 'metrics', 'recompute', ...args]
  return new Promise(done => {
    execFile(process.execPath, command, { cwd: folder }, (error, out, err) =>
      done({ code: error === null ? 0 : Number(error.code), out, err }),
    )
  })
}

/** The command in this process, which is started much sooner. */
async function recompute(...args: readonly string[]): Promise<Omit<Run, 'err'>> {
  const written: string[] = []
  const write = vi.spyOn(process.stdout, 'write').mockImplementation(text => written.push(String(text)) > 0)
  let code = -1
  try {
    await metricsCommand({ setExitCode: value => (code = value) }).parseAsync(['recompute', ...args], { from: 'user' })
  } finally {
    write.mockRestore()
  }
  return { code, out: written.join('') }
}

it('prints every minute of a range from the one-machine lake', async () => {
  expect(await tailrace('--since', '2026-01-15T12:00Z', '--until', '2026-01-15T12:02Z')).toEqual({
    code: 0,
    err: '',
    out: `time               metric              count  sum  min  max  p50  p90  p99
2026-01-15T12:00Z  N Errors (default)      1    0    0    0    0    0    0
2026-01-15T12:00Z  N Time{By=x}            2    3    1    2    1    2    2
2026-01-15T12:01Z  N Errors                1    1    1    1    1    1    1
2026-01-15T12:01Z  N Time{By=x}            1    4    4    4    4    4    4
4 minutes of metrics from 2 objects
`,
  })
})

it('prints one JSON document of any lake, and the end of a range is not part of it', async () => {
  const { code, out } = await recompute(
    '--since',
    '2026-01-15',
    '--until',
    '2026-01-15T12:01Z',
    '--lake',
    lake,
    '--json',
  )
  expect(code).toBe(0)
  expect(JSON.parse(out)).toEqual({
    since: '2026-01-15T00:00:00.000Z',
    until: '2026-01-15T12:01:00.000Z',
    objects: 2,
    unreadable: [],
    omitted: 0,
    minutes: [
      expect.objectContaining({ metric: 'Errors', isDefault: true }),
      expect.objectContaining({ metric: 'Time', sum: 3 }),
    ],
  })
})

it('names objects that cannot be read, and goes on', async () => {
  const broken = join(folder, 'broken')
  const name = `${noon}-${noon}-${'0'.repeat(24)}.parquet`
  await mkdir(join(broken, 'landing/2026-01-15'), { recursive: true })
  await writeFile(join(broken, 'landing/2026-01-15', name), 'not parquet')
  const { code, out } = await recompute('--since', '2026-01-15', '--until', '2026-01-16', '--lake', broken)
  expect([code, out]).toEqual([1, `0 minutes of metrics from 0 objects\ncannot be read: landing/2026-01-15/${name}\n`])
})

it.each([
  [['--since', 'yesterday'], 'expected a time like 2026-01-15T10:30Z or 6h, found "yesterday"'],
  [['--since', '1d', '--lake', '/nowhere'], 'there is no directory /nowhere'],
])('refuses %j', async (args, message) => {
  await expect(recompute(...args)).rejects.toThrow(message)
})

it('ends with status 2 when an argument is missing', async () => {
  const { code, err } = await tailrace()
  expect([code, err]).toEqual([2, "error: required option '--since <time>' not specified\n"])
})
