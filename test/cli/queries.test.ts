import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { queriesCommand } from '../../cli/commands/queries.js'
import { diskStore } from '../../shared/store/disk.js'
import { events, payload } from '../helpers/payload.js'
import { land } from './lake-of.js'
import { runCommand } from './run-command.js'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailrace-queries-test-'))
  await land(diskStore(folder), [
    payload(events(['{"ms":10}', '{"ms":30}'])),
    payload(events(['{"ms":99}'], 1_768_478_500_000), { logGroup: '/ecs/basket' }),
  ])
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const queries = (command: string, ...args: readonly string[]) =>
  runCommand(queriesCommand, [command, '--lake', folder, ...args])

describe('tailrace queries', () => {
  it('saves, lists, shows, runs and deletes', async () => {
    const query = 'filter ms >= {{least}} | stats count(*) as n'
    const saved = await queries('save', 'team/slow', query, '--group', '/ecs/orders', '--description', 'slow orders')
    expect(saved).toMatchObject({ code: 0, out: 'saved team/slow\n' })
    const stored = JSON.parse(await readFile(join(folder, 'queries/saved/team/slow.json'), 'utf8'))
    expect(stored).toMatchObject({ query, description: 'slow orders', groups: ['/ecs/orders'] })
    expect((await queries('list')).out).toBe('team/slow  slow orders  {{least}}\n')
    expect((await queries('show', 'team/slow')).out).toBe(`${query}\n`)
    const ran = await queries('run', 'team/slow', '--param', 'least=20', '--json')
    expect(ran.out).toBe('[{"n":"1"}]\n')
    const all = await queries('run', 'team/slow', '--param', 'least=20', '--json', '--group', '*')
    expect(all.out).toBe('[{"n":"2"}]\n')
    expect((await queries('delete', 'team/slow', '--dry-run')).out).toBe('would delete team/slow\n')
    expect((await queries('delete', 'team/slow')).out).toBe('deleted team/slow\n')
    expect((await queries('delete', 'team/slow')).code).toBe(2)
  })

  it('keeps what is saved already, unless it is to be replaced', async () => {
    await queries('save', 'once', 'limit 1')
    const again = await queries('save', 'once', 'limit 2')
    expect(again).toMatchObject({ code: 2, err: 'tailrace: there is a saved query once; --replace replaces it\n' })
    expect((await queries('save', 'once', 'limit 2', '--replace', '--dry-run')).out).toBe('would save once\n')
    expect((await queries('show', 'once')).out).toBe('limit 1\n')
    expect((await queries('save', 'once', 'limit 2', '--replace')).code).toBe(0)
    expect((await queries('show', 'once')).out).toBe('limit 2\n')
    expect((await queries('run', 'onec')).err).toContain('did you mean once?')
  })

  it('refuses wrong queries and names', async () => {
    expect(await queries('save', 'wrong', 'stats count(*) |')).toMatchObject({
      code: 2,
      err: expect.stringContaining('expected a command, found the end of the query'),
    })
    expect((await queries('save', '../up', 'limit 1')).err).toContain('a name has letters')
    expect((await queries('save', 'lambda/cold-starts', 'limit 1')).err).toContain('the name of a sample query')
    expect((await queries('run', 'nothing')).err).toContain('see tailrace queries list')
    expect((await queries('show', 'lambda/cold-start')).err).toContain('did you mean lambda/cold-starts?')
  })

  it('lists samples by source and runs them', async () => {
    const listed = await queries('list', '--source', 'route53')
    expect(
      listed.out
        .trimEnd()
        .split('\n')
        .map(line => line.split(/ {2,}/)[0]),
    ).toEqual(['route53/queries-per-hour-and-type', 'route53/busiest-resolvers', 'route53/names-that-failed'])
    expect((await queries('list', '--source', 'nothing')).err).toContain('sources are common, lambda, vpc-flow')
    const ran = await queries('run', 'common/25-most-recent-events', '--json')
    expect(JSON.parse(ran.out)).toHaveLength(3)
  })
})
