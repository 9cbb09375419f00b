import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, open, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { diskStore } from '../../shared/store/disk.js'
import { events, payload } from '../helpers/payload.js'
import { land } from './lake-of.js'

const root = resolve(import.meta.dirname, '../..')
const command = ['--import', join(root, 'node_modules/tsx/dist/loader.mjs'), join(root, 'cli/bin.ts')]
let folder: string
let env: NodeJS.ProcessEnv

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailrace-interrupt-test-'))
  env = { ...process.env, XDG_CACHE_HOME: join(folder, 'cache') }
  await land(diskStore(folder), [payload(events(['{"ms":10}'], Date.now() - 1000))])
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('Ctrl-C', () => {
  it('ends a command at once with 130', async () => {
    const args = [...command, 'tail', '--lake', folder, '--raw', '--every', '60']
    const child = spawn(process.execPath, args, { env })
    child.stdout.setEncoding('utf8')
    const [shown] = await once(child.stdout, 'data')
    expect(shown).toBe('{"ms":10}\n')
    const pressed = Date.now()
    child.kill('SIGINT')
    const [code] = await once(child, 'exit')
    expect(code).toBe(130)
    expect(Date.now() - pressed).toBeLessThan(2000)
  })
})

describe('tailrace tail', () => {
  it('says when it waits for a log group that there is not', async () => {
    const args = [...command, 'tail', '--lake', folder, '--group', '/no/such', '--every', '60']
    const child = spawn(process.execPath, args, { env })
    child.stderr.setEncoding('utf8')
    const [said] = await once(child.stderr, 'data')
    child.kill('SIGINT')
    await once(child, 'exit')
    const hint = 'tailrace groups lists them. Waiting for its first event.'
    expect(said).toBe(`no log group of the lake is named /no/such; ${hint}\n`)
  })

  it('says which of several log groups there are not, and shows the events of the others', async () => {
    const groups = ['/ecs/order', '/ecs/orders', '/no/*'].flatMap(name => ['--group', name])
    const args = [...command, 'tail', '--lake', folder, ...groups, '--raw', '--every', '60']
    const child = spawn(process.execPath, args, { env })
    child.stderr.setEncoding('utf8')
    let said = ''
    child.stderr.on('data', part => {
      said += part
    })
    await vi.waitUntil(() => said.split('\n').length > 2, { timeout: 20_000 })
    child.kill('SIGINT')
    const [shown] = await Promise.all([text(child.stdout), once(child, 'exit')])
    const rest = 'Waiting for its first event.'
    expect(said.split('\n')).toEqual([
      `no log group of the lake is named /ecs/order; did you mean /ecs/orders? ${rest}`,
      `no log group of the lake matches /no/*; tailrace groups lists them. ${rest}`,
      '',
    ])
    expect(shown).toBe('{"ms":10}\n')
  })
})

/** A lake with much to commit, and a folder of temporary files with what of it is ours: the loader of these tests has one, too. */
async function longWork(name: string, message: string) {
  const [lake, temporary] = [join(folder, name), join(folder, `temporary-${name}`)]
  await mkdir(temporary)
  const store = diskStore(lake)
  for (let minute = 0; minute < 150; minute++)
    await land(store, [payload(events([message], Date.now() - minute * 60_000))], `${minute}`)
  const own = async () => (await readdir(temporary)).filter(one => one.startsWith('tailrace-'))
  return { lake, temporary, own }
}

describe('Ctrl-C while a command works on the table', () => {
  it.skipIf(process.platform === 'win32')('leaves no copies of events, which nobody else could read', async () => {
    const { lake, temporary, own } = await longWork('interrupted', 'to be gone')
    const hasCopies = async () => {
      // A folder may go while its files are listed.
      const names = await readdir(temporary, { recursive: true }).catch(() => [])
      return names.some(name => name.endsWith('.parquet'))
    }
    for (const args of [
      ['lake', 'commit'],
      ['erase', '--group', '*', '--pattern', 'gone', '--apply'],
    ]) {
      const env = { ...process.env, TMPDIR: temporary }
      const child = spawn(process.execPath, [...command, ...args, '--lake', lake], { env })
      const ended = once(child, 'exit')
      while (!(await hasCopies()) && child.exitCode === null) await setTimeout(2)
      const [folder] = await own()
      const { mode } = await stat(join(temporary, folder!))
      child.kill('SIGINT')
      expect(await ended).toEqual([130, null])
      expect(mode & 0o77).toBe(0)
      expect(await own()).toEqual([])
    }
  })
})

describe('a command that is killed while it works on the table', () => {
  it.skipIf(process.platform === 'win32')('has its copies of events deleted by the next one', async () => {
    const { lake, temporary, own } = await longWork('killed', 'kept')
    const args = [...command, 'lake', 'commit', '--lake', lake]
    const start = () => spawn(process.execPath, args, { env: { ...process.env, TMPDIR: temporary } })
    const killed = start()
    const ended = once(killed, 'exit')
    while ((await own()).length === 0 && killed.exitCode === null) await setTimeout(2)
    killed.kill('SIGKILL')
    expect(await ended).toEqual([null, 'SIGKILL'])
    expect(await own()).toHaveLength(1)
    expect(await once(start(), 'exit')).toEqual([0, null])
    expect(await own()).toEqual([])
  })
})

describe('an output that cannot be written', () => {
  it.skipIf(process.platform !== 'linux')('is said to be one, and ends the command with 2', async () => {
    const full = await open('/dev/full', 'w')
    const args = [...command, 'groups', '--lake', folder]
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', full.fd, 'pipe'] })
    const [[code], said] = await Promise.all([once(child, 'exit'), text(child.stderr!)])
    await full.close()
    expect([code, said]).toEqual([2, expect.stringMatching(/^tailrace: the output cannot be written: ENOSPC[^\n]*\n$/)])
  })
})
