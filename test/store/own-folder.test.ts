import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ownFolder } from '../../shared/store/own-folder.js'
import { thisProcess } from '../../shared/store/process-identity.js'

const loader = resolve(import.meta.dirname, '../../node_modules/tsx/dist/loader.mjs')
const holder = resolve(import.meta.dirname, 'folder-holder.ts')
let parent: string

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'tailrace-own-folder-test-'))
})
afterEach(() => rm(parent, { recursive: true, force: true }))

/** Another process that makes a folder and keeps it. */
async function hold() {
  const child = spawn(process.execPath, ['--import', loader, holder, parent], { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdout.setEncoding('utf8')
  const [folder] = (await once(child.stdout, 'data')) as [string]
  return { child, folder: folder.trim() }
}

describe('a folder of one process', () => {
  it.skipIf(process.platform === 'win32')('is for this user alone', async () => {
    const folder = await ownFolder(parent, 'work')
    expect((await stat(folder)).mode & 0o77).toBe(0)
    expect(basename(folder)).toMatch(/^tailrace-work-\d+-\d*-[0-9a-f]{8}-\w{6}$/)
  })

  it('is deleted by the next one when the process was killed, and never while it runs', async () => {
    const held = await Promise.all([hold(), hold(), hold()])
    const [killed, ...others] = held
    await writeFile(join(killed!.folder, 'part'), 'events')
    const ended = once(killed!.child, 'exit')
    killed!.child.kill('SIGKILL')
    await ended
    const folders = await Promise.all([ownFolder(parent, 'work'), ownFolder(parent, 'work')])
    const left = [...folders, ...others.map(({ folder }) => folder)].map(path => basename(path))
    expect((await readdir(parent)).sort()).toEqual(left.sort())
    for (const { child } of others) child.kill('SIGKILL')
    await Promise.all(others.map(({ child }) => once(child, 'exit')))
  })

  it('is told from one of a process that had the same number, and of one on another machine', async () => {
    const { pid, started, host } = await thisProcess()
    const isTold = started !== ''
    const earlier = `tailrace-work-${pid}-${Number(started) + 1}-${host}-aaaaaa`
    const elsewhere = `tailrace-work-4194304-1-${host === '00000000' ? '11111111' : '00000000'}-aaaaaa`
    const foreign = ['tailrace-work', 'tailrace-Xy12ab', `other-${pid}-1-${host}-aaaaaa`]
    for (const name of [earlier, elsewhere, ...foreign]) await mkdir(join(parent, name))
    const file = `tailrace-work-${pid}-${Number(started) + 2}-${host}-bbbbbb`
    await writeFile(join(parent, file), 'no folder of ours')
    await rm(await ownFolder(parent, 'work'), { recursive: true })
    const left = [...foreign, elsewhere, file, ...(isTold ? [] : [earlier])]
    expect((await readdir(parent)).sort()).toEqual(left.sort())
  })
})
