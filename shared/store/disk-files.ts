import { randomUUID } from 'node:crypto'
import { link, mkdir, open, readdir, rename, rm, rmdir, stat, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isErrno } from './errno.js'

/** Writes a new file and does not return before it is on the disk; `timeMs` becomes its modification time. */
export async function writeDurably(path: string, body: Uint8Array | string, timeSeconds?: number): Promise<void> {
  const file = await open(path, 'wx')
  try {
    await file.writeFile(body)
    if (timeSeconds !== undefined) await file.utimes(timeSeconds, timeSeconds)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Renames over whatever has the new name; the rename is on the disk when this returns. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await inDirectoryOf(to, () => rename(from, to))
}

/** Gives a file a second name unless that is taken; false when it is. link(2) has one winner among all processes. */
export async function linkDurably(from: string, to: string): Promise<boolean> {
  try {
    await inDirectoryOf(to, () => link(from, to))
    return true
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false
    throw error
  }
}

/** Removes a file, and directories above it that are empty then, up to the root; false when it was not there. */
export async function unlinkAndPrune(path: string, root: string): Promise<boolean> {
  try {
    await unlink(path)
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return false
    throw error
  }
  let directory = dirname(path)
  await syncDirectory(directory)
  while (directory !== root) {
    try {
      await rmdir(directory)
    } catch (error) {
      if (isErrno(error, 'ENOTEMPTY', 'EEXIST', 'ENOENT')) break
      throw error
    }
    directory = dirname(directory)
  }
  return true
}

/** A name for a new file in a directory, which is made when it is not there. */
export async function temporaryPath(directory: string): Promise<string> {
  await mkdir(directory, { recursive: true })
  return join(directory, randomUUID())
}

/** Removes files that have lain in a directory for longer than `maxAgeMs`: the leavings of processes that died. */
export async function removeOlderThan(directory: string, maxAgeMs: number): Promise<void> {
  for (const name of await readdir(directory)) {
    const path = join(directory, name)
    const found = await stat(path).catch(() => undefined)
    if (found !== undefined && Date.now() - found.mtimeMs > maxAgeMs) await rm(path, { force: true })
  }
}

/** Runs what makes a name in a directory; makes the directory, again when a concurrent delete has just pruned it. */
export async function inDirectoryOf<T>(path: string, run: () => Promise<T>): Promise<T> {
  const directory = dirname(path)
  for (let attempt = 1; ; attempt++) {
    try {
      await makeDirectory(directory)
      const result = await run()
      await syncDirectory(directory)
      return result
    } catch (error) {
      if (!isErrno(error, 'ENOENT') || attempt === 100) throw error
    }
  }
}

/** Not mkdir's own recursion, which says ENOENT when the disk is full. */
async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory)
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return
    if (!isErrno(error, 'ENOENT')) throw error
    await makeDirectory(dirname(directory))
    return makeDirectory(directory)
  }
  await syncDirectory(dirname(directory))
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r').catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  })
  if (handle === undefined) return
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
