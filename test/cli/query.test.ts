import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { explainCommand } from '../../cli/commands/explain.js'
import { fieldsCommand } from '../../cli/commands/fields.js'
import { groupsCommand } from '../../cli/commands/groups.js'
import { queryCommand } from '../../cli/commands/query.js'
import { searchCommand } from '../../cli/commands/search.js'
import { streamsCommand } from '../../cli/commands/streams.js'
import { diskStore } from '../../shared/store/disk.js'
import { events, noon, payload } from '../helpers/payload.js'
import { land } from './lake-of.js'
import { runCommand } from './run-command.js'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailrace-query-test-'))
  const store = diskStore(folder)
  const orders = events(['{"level":"info","ms":10}', '{"level":"error","ms":30}', '{"level":"info","ms":20}'])
  await land(store, [payload(orders)], 'a')
  // The same events again, cut another way: an object of its own, and no event more.
  await land(store, [payload(orders.slice(1))], 'b')
  await land(store, [payload(events(['{"level":"info","ms":5}'], noon + 86_400_000), { logGroup: '/ecs/basket' })], 'c')
  await store.put('lookups/colours.csv', Buffer.from('name,colour\ninfo,green\nerror,red\n'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const tailrace = (...args: readonly string[]) => runCommand(queryCommand, ['--lake', folder, ...args])

/** The output is caught for the whole process, so commands run one after the other. */
async function inTurn(calls: readonly (readonly string[])[]) {
  const done: Awaited<ReturnType<typeof tailrace>>[] = []
  for (const args of calls) done.push(await tailrace(...args))
  return done
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

  it('tells which of several groups there are not, and answers about the others', async () => {
    const told = 'tailrace: no log group of the lake'
    const named = ['--group', '/ecs/orders', '--group', '/ecs/order']
    const count = 'stats count(*) as n'
    const [plain, globs, both, early] = await inTurn([
      ['--json', ...named, count],
      ['--json', '--group', '/ecs/o*', '--group', '/none*', count],
      ['--json', '--group', '/ecs/orders', '--group', '/ecs/basket', count],
      // There are both; neither has an event of that time.
      ['--json', '--group', '/ecs/orders', '--group', '/ecs/basket', '--until', '2020-01-01', count],
    ])
    const hint = 'did you mean /ecs/orders?'
    expect(plain).toEqual({ code: 0, out: '[{"n":"3"}]\n', err: `${told} is named /ecs/order; ${hint}\n` })
    expect(globs).toMatchObject({ code: 0, err: `${told} matches /none*; tailrace groups lists them\n` })
    expect(both).toEqual({ code: 0, out: '[{"n":"4"}]\n', err: '' })
    expect(early).toMatchObject({ code: 0, err: '' })
    const search = await runCommand(searchCommand, ['--lake', folder, ...named, '--raw', 'error'])
    expect(search).toEqual({ code: 0, out: '{"level":"error","ms":30}\n', err: plain!.err })
    for (const create of [streamsCommand, fieldsCommand, groupsCommand]) {
      const listed = await runCommand(create, ['--lake', folder, '/ecs/orders', '/ecs/order'])
      expect(listed).toMatchObject({ code: 0, err: plain!.err })
      expect(await runCommand(create, ['--lake', folder, '/ecs/orders'])).toMatchObject({ code: 0, err: '' })
    }
  })

  it('prints CSV, messages, and charts where they are asked for', async () => {
    const csv = await tailrace('--csv', 'stats count(*) as n by level, concat(level, ",") as text | sort level')
    expect(csv.out).toBe('level,text,n\r\nerror,"error,",1\r\ninfo,"info,",3\r\n')
    const raw = await tailrace('--raw', 'filter ms > 10 | fields ms, @message | sort ms')
    expect(raw.out).toBe('{"level":"info","ms":20}\n{"level":"error","ms":30}\n')
    const chart = await tailrace('--chart', 'stats count(*) as n by level | sort level')
    expect(chart.out).toBe(`level  n\nerror  1  ${'█'.repeat(10)}\ninfo   3  ${'█'.repeat(30)}\n`)
    const lines = await tailrace('--chart', 'stats count(*) as n by bin(1d), ms % 10 as digit')
    expect(lines.out).toMatch(/\n\n0 {2}\S+ {2}/)
  })

  it('fills in parameters as literals', async () => {
    const found = await tailrace('--json', '--param', 'level=info" or 1 = 1', 'filter level = {{level}}')
    expect(JSON.parse(found.out)).toEqual([])
    const least = await tailrace('--json', '--param', 'least=20', 'filter ms >= {{least}} | stats count(*) as n')
    expect(JSON.parse(least.out)).toEqual([{ n: '2' }])
  })

  it('finds lookup tables in files and in the lake', async () => {
    await writeFile(join(folder, 'names.csv'), 'name,german\ninfo,Hinweis\n')
    const lookups = 'lookup colours name as level OUTPUT colour | lookup words name as level OUTPUT german'
    const { out } = await tailrace(
      '--json',
      '--lookup',
      `words=${join(folder, 'names.csv')}`,
      `${lookups} | stats count(*) as n by colour, german | sort n`,
    )
    expect(JSON.parse(out)).toEqual([
      { colour: 'red', n: '1' },
      { colour: 'green', german: 'Hinweis', n: '3' },
    ])
  })

  it('estimates, and stops at a scan cap with 3 before it reads anything', async () => {
    const estimated = await tailrace('--json', 'filter ms > 10 | stats count(*) by level | estimate')
    expect(JSON.parse(estimated.out)).toEqual([
      { estimatedBytesScanned: expect.stringMatching(/^[1-9]\d*$/), estimatedRecordsScanned: '6' },
    ])
    const stopped = await tailrace('--max-scan', '0.1KB', 'fields @message')
    expect(stopped).toMatchObject({
      code: 3,
      out: '',
      err: expect.stringContaining('may read 100 bytes\nhint: a shorter'),
    })
    expect((await tailrace('--max-scan', '1GB', '--raw', 'limit 1')).out).toBe('{"level":"info","ms":5}\n')
    expect((await tailrace('--max-scan', 'much', 'limit 1')).err).toContain('expected a size like 500MB or 2GB')
  })

  it('explains itself without running', async () => {
    const { code, out } = await tailrace('--explain', 'stats count(*) by level|limit 5')
    expect(code).toBe(0)
    expect(out).toMatch(/^-- query --\nstats count\(\*\) by level\n\| limit 5\n\n-- plan --\n%1 = SCAN/)
    expect(out).toMatch(/-- sql --\nWITH /)
    const json = await runCommand(explainCommand, ['--lake', folder, '--json', '--group', '/ecs/*', 'limit 5'])
    expect(JSON.parse(json.out)).toMatchObject({
      query: 'limit 5',
      plan: expect.any(Array),
      rules: expect.any(Array),
      sql: expect.any(String),
      estimate: { files: 3, records: 6, asOf: { snapshotId: null, landingObjects: 3 } },
    })
    expect(out).toContain('-- estimate --\nreads ')
  })

  it('tells what is wrong with a query, a group, a time and a lake, and ends with 2', async () => {
    const wrong = await inTurn([
      ['stats coutn(*)'],
      ['--group', '/nope', 'fields ms'],
      ['--since', 'yesterday', 'fields ms'],
      ['--lake', join(folder, 'none'), 'fields ms'],
      ['--since', '2026-01-16', '--until', '2026-01-15', 'fields ms'],
      ['--csv', '--json', 'fields ms'],
      ['--raw', 'stats count(*)'],
      ['filter ms > {{least}}'],
      ['lookup nothing name OUTPUT colour'],
      ['--lake', import.meta.filename, 'fields ms'],
      ['--lake', 's3:/bucket', 'fields ms'],
      ['--raw', 'fields ms | estimate'],
      ['--group', '/nope/*', 'fields ms'],
    ])
    expect(wrong.map(({ code }) => code)).toEqual(wrong.map(() => 2))
    expect(wrong[0]?.err).toContain('hint: did you mean "count"?')
    expect(wrong[1]?.err).toContain('no log group of the lake is named /nope')
    expect(wrong[2]?.err).toContain('expected a time like')
    expect(wrong[3]?.err).toContain('there is no directory')
    expect(wrong[4]?.err).toContain('the range has no time in it')
    expect(wrong[5]?.err).toContain('--json and --csv do not go together')
    expect(wrong[6]?.err).toContain('add fields @message')
    expect(wrong[7]?.err).toContain('hint: give it with --param least=value')
    expect(wrong[8]?.err).toContain('"nothing"')
    expect(wrong[9]?.err).toContain('query.test.ts is no directory')
    expect(wrong[10]?.err).toContain('expected s3://bucket/prefix, found s3:/bucket')
    expect(wrong[11]?.err).toContain('an estimate has none')
    expect(wrong[12]?.err).toContain('no log group of the lake matches /nope/*')
  })
})
