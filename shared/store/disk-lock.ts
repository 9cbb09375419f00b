import { randomBytes } from 'node:crypto'
import { lstat, readlink, symlink, unlink } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { isErrno } from './errno.js'
import { processState, thisProcess } from './process-identity.js'

/**
 * Locks among processes: a symbolic link whose target is no file but names the holder. Making it is taking the lock,
 * and is one step that needs no block on a full disk. The lock of a process that has died is broken: of this machine as
 * soon as it is met, of another machine (a shared directory) when it is a minute old; work under a lock takes
 * milliseconds.
 */
export interface FileLocks {
  with<T>(path: string, run: () => Promise<T>): Promise<T>
}

const abandonedAfterMs = 60_000

export function fileLocks(): FileLocks {
  // Within the process callers queue here, in order, and only the first of them contends for the file.
  const queues = new Map<string, Promise<unknown>>()
  return {
    with(path, run) {
      const turn = (queues.get(path) ?? Promise.resolve()).then(async () => {
        const holder = await acquire(path)
        try {
          return await run()
        } finally {
          await release(path, holder)
        }
      })
      const done = turn.catch(() => undefined)
      queues.set(path, done)
      done.then(() => queues.get(path) === done && queues.delete(path))
      return turn
    },
  }
}

/** Takes the lock and returns what names this holding of it: process, its start, machine, a random number. */
async function acquire(path: string): Promise<string> {
  const { pid, started, host } = await thisProcess()
  const own = [pid, started, host, randomBytes(6).toString('hex')].join(':')
  for (;;) {
    try {
      await symlink(own, path)
      return own
    } catch (error) {
      if (!isErrno(error, 'EEXIST')) throw error
    }
    const current = await holderOf(path)
    if (current === undefined) continue
    if (await isAbandoned(path, current)) await breakLock(path, current)
    else await sleep(1 + Math.random() * 8)
  }
}

/** Only the holder of the breaking lock removes an abandoned lock, and only the very one that was seen abandoned. */
async function breakLock(path: string, abandoned: string): Promise<void> {
  const breaking = `${path}.break`
  const own = await acquire(breaking)
  try {
    await release(path, abandoned)
  } finally {
    await release(breaking, own)
  }
}

async function release(path: string, holder: string): Promise<void> {
  if ((await holderOf(path)) === holder) await unlink(path)
}

async function holderOf(path: string): Promise<string | undefined> {
  try {
    return await readlink(path)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
}

async function isAbandoned(path: string, holder: string): Promise<boolean> {
  const [pid, started = '', host = ''] = holder.split(':')
  const state = await processState({ pid: Number(pid), started, host })
  if (state !== 'unknown') return state === 'gone'
  const age = await lstat(path).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => 0,
  )
  return age > abandonedAfterMs
}
