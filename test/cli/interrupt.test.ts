import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { diskStore } from '../../shared/store/disk.js'
import { events, payload } from '../helpers/payload.js'
import { land } from './lake-of.js'

const root = resolve(import.meta.dirname, '../..')
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailrace-interrupt-test-'))
  await land(diskStore(folder), [payload(events(['{"ms":10}'], Date.now() - 1000))])
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('Ctrl-C', () => {
  it('ends a command at once with 130', async () => {
    const tsx = join(root, 'node_modules/tsx/dist/loader.mjs')
    const args = ['--import', tsx, join(root, 'cli/bin.ts'), 'tail', '--lake', folder, '--raw', '--every', '60']
    const child = spawn(process.execPath, args, { env: { ...process.env, XDG_CACHE_HOME: join(folder, 'cache') } })
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
