import { execFileSync } from 'node:child_process'
import { lutimes, mkdtemp, readdir, readlink, rm, symlink, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FileLocks, fileLocks } from '../../shared/store/disk-lock.js'

let directory: string
let path: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tailrace-lock-'))
  path = join(directory, 'lock')
})
afterEach(() => rm(directory, { recursive: true }))

/** What names this process as a holder, as a lock that it takes says. */
async function ownName(): Promise<string> {
  return fileLocks().with(path, () => readlink(path))
}

/** Runs many holders, each under another instance, and returns the most that ran at one time. */
async function mostAtOnce(instances: readonly FileLocks[]): Promise<number> {
  let running = 0
  let most = 0
  const work = async () => {
    most = Math.max(most, ++running)
    await sleep(2)
    running--
  }
  await Promise.all(instances.map(locks => locks.with(path, work)))
  return most
}

describe('a lock among processes', () => {
  it('lets one work at a time, and is gone afterwards', async () => {
    const one = fileLocks()
    expect(await mostAtOnce([one, one, fileLocks(), fileLocks(), one, fileLocks()])).toBe(1)
    expect(await readdir(directory)).toEqual([])
  })

  it('is given back when the work fails', async () => {
    const locks = fileLocks()
    const bug = new Error('bug')
    await expect(locks.with(path, () => Promise.reject(bug))).rejects.toBe(bug)
    expect(await locks.with(path, async () => 'works')).toBe('works')
  })

  it('is broken by exactly one of many when its holder has died', async () => {
    const dead = execFileSync(process.execPath, ['-p', 'process.pid']).toString().trim()
    const [, , machine] = (await ownName()).split(':')
    await symlink(`${dead}:12345:${machine}:token`, path)
    expect(await mostAtOnce(Array.from({ length: 8 }, () => fileLocks()))).toBe(1)
    expect(await readdir(directory)).toEqual([])
  })

  it('is broken although the one who wanted to break it has died as well', async () => {
    const dead = execFileSync(process.execPath, ['-p', 'process.pid']).toString().trim()
    const [, , machine] = (await ownName()).split(':')
    for (const name of [path, `${path}.break`]) await symlink(`${dead}:12345:${machine}:${name}`, name)
    expect(await mostAtOnce([fileLocks(), fileLocks(), fileLocks()])).toBe(1)
    expect(await readdir(directory)).toEqual([])
  })

  it('is not broken while its holder lives', async () => {
    const [pid, started, machine] = (await ownName()).split(':')
    await symlink([pid, started, machine, 'other'].join(':'), path)
    let isDone = false
    const waiting = fileLocks()
      .with(path, async () => 'worked')
      .finally(() => {
        isDone = true
      })
    await sleep(100)
    expect(isDone).toBe(false)
    await unlink(path)
    expect(await waiting).toBe('worked')
  })

  it('of another machine is broken when it is a minute old', async () => {
    const minuteAgo = Date.now() / 1000 - 61
    await symlink(`${process.pid}:1:another0:token`, path)
    await lutimes(path, minuteAgo, minuteAgo)
    expect(await fileLocks().with(path, async () => 'worked')).toBe('worked')
  })
})
