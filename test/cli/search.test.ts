import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { searchCommand } from '../../cli/commands/search.js'
import { markedLine } from '../../cli/output/marked-line.js'
import { parsePattern } from '../../shared/filter-pattern/index.js'
import { diskStore } from '../../shared/store/disk.js'
import { events, noon, payload } from '../helpers/payload.js'
import { land } from './lake-of.js'
import { runCommand } from './run-command.js'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailrace-search-test-'))
  const store = diskStore(folder)
  const orders = events(['{"level":"info","ms":10}', '{"level":"error","ms":30}', 'ERROR\n  at line 1'])
  await land(store, [payload(orders)], 'a')
  await land(store, [payload(orders.slice(1))], 'b')
  const shop = events(['one', 'WARN a\n  and more', 'two', 'three', 'four', 'WARN b'], noon + 3 * 86_400_000)
  const other = events(['not this', 'nor this'], noon + 3 * 86_400_000 + 1)
  const [one, two] = [{ logGroup: '/ecs/shop' }, { logGroup: '/ecs/shop', logStream: 'web/2' }]
  await land(store, [payload(shop, one), payload(other, two)], 'd')
  await land(store, [payload(events(['an ERROR'], noon + 86_400_000), { logGroup: '/ecs/basket' })], 'c')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const tailrace = (...args: readonly string[]) => runCommand(searchCommand, ['--lake', folder, ...args])

describe('tailrace search', () => {
  it('finds each matching event once, the earliest first', async () => {
    const { code, out } = await tailrace('ERROR')
    expect(code).toBe(0)
    const lines = out.split('\n')
    expect(lines).toHaveLength(4)
    expect(lines[0]).toMatch(/^2026-01-15T12:00:\d\d\.\d{3}Z \/ecs\/orders .*ERROR$/)
    expect(lines[1]).toBe('    at line 1')
    expect(lines[2]).toMatch(/^2026-01-16T12:00:00\.000Z \/ecs\/basket .*an ERROR$/)
  })

  it('asks JSON patterns of the engine, and keeps to groups, streams, times and the limit', async () => {
    expect((await tailrace('--raw', '{ $.ms >= 10 && $.level != "info" }')).out).toBe('{"level":"error","ms":30}\n')
    expect((await tailrace('--raw', '--limit', '1', '{ $.ms > 0 }')).out).toBe('{"level":"error","ms":30}\n')
    expect((await tailrace('--raw', '--group', '/ecs/b*', 'ERROR')).out).toBe('an ERROR\n')
    expect((await tailrace('--raw', '--until', '2026-01-15T23:00Z', 'ERROR')).out).toBe('ERROR\n  at line 1\n')
    expect((await tailrace('--raw', '--stream', 'no*', 'ERROR')).code).toBe(1)
    expect((await tailrace('--raw', '--stream', '*', 'an ERROR')).code).toBe(0)
    const [found] = (await tailrace('--json', 'an')).out.split('\n')
    expect(JSON.parse(found!)).toMatchObject({ logGroup: '/ecs/basket', message: 'an ERROR' })
  })

  it('shows neighbours in the same stream, what matches marked, and where events do not follow one another', async () => {
    const lines = async (...args: readonly string[]) => (await tailrace(...args)).out.split('\n')
    const shown = [
      '  2026-01-18T12:00:00.000Z one',
      '> 2026-01-18T12:00:00.001Z WARN a',
      '      and more',
      '  2026-01-18T12:00:00.002Z two',
      '--',
      '  2026-01-18T12:00:00.004Z four',
      '> 2026-01-18T12:00:00.005Z WARN b',
      '',
    ]
    const shop = ['--group', '/ecs/shop', '--stream', 'web/1']
    expect(await lines('--context', '1', ...shop, 'WARN')).toEqual(shown)
    expect(await lines('-B', '1', '-A', '0', ...shop, 'WARN')).toEqual(shown.filter((_, index) => index !== 3))
    expect(await lines('-A', '1', '--limit', '1', '--raw', ...shop, 'WARN')).toEqual(['WARN b', ''])
    const json = (await lines('-C', '1', '--json', ...shop, 'four')).slice(0, -1).map(line => JSON.parse(line))
    expect(json.map(({ message, match }) => [message, match])).toEqual([
      ['three', false],
      ['four', true],
      ['WARN b', false],
    ])
  })

  it('ends with 1 where nothing matches, and with 2 where the pattern or an argument is wrong', async () => {
    expect(await tailrace('nothing')).toMatchObject({ code: 1, out: '' })
    const wrong = await tailrace('{ $.a = }')
    expect(wrong.code).toBe(2)
    expect(wrong.err).toMatch(/pattern:1:\d+/)
    const none = await tailrace('--limit', '0', 'a')
    expect(none).toMatchObject({ code: 2, err: expect.stringContaining('from 1 to 100000, found "0"') })
    const many = await tailrace('--context', '5000', 'a')
    expect(many).toMatchObject({ code: 2, err: expect.stringContaining('neighbours from 0 to 1000, found "5000"') })
    const there = await tailrace('--context', '5', '--function', 'lake-query', 'a')
    expect(there).toMatchObject({ code: 2, err: expect.stringContaining('--context is for searches that run here') })
  })
})

describe('a line with marks', () => {
  it('marks what the pattern asks about, on every line of the message', () => {
    const parsed = parsePattern('ERROR "x\ny"')
    if (!('ast' in parsed)) throw new Error('not a pattern')
    const event = { timestamp: '2026-01-15T12:00:00.000Z', logGroup: '/a', logStream: 's', message: 'ERROR x\ny\x1b\n' }
    const [on, off] = ['\x1b[7m', '\x1b[27m']
    expect(markedLine(event, { groups: true, streams: false }, parsed.ast)).toBe(
      `2026-01-15T12:00:00.000Z /a ${on}ERROR${off} ${on}x${off}\n  ${on}y${off}\\x1b\n`,
    )
  })
})
