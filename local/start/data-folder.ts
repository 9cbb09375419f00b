import { lstat, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isErrno } from '../../shared/store/errno.js'
import { StartFailed } from './errors.js'

/** A file of this name makes a folder ours: only such a one is ever cleared. */
const marker = '.tailrace-data'

const markerText = 'Kept by `npm start` of Tailrace; `npm start -- --reset` deletes everything beside this file.\n'

/**
 * Makes the folder, or takes the one that an earlier start has made.
 * @throws StartFailed when there is something else, or it cannot be written
 */
export async function openDataFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true })
    const names = await readdir(path)
    if (names.length > 0 && !names.includes(marker)) {
      throw new StartFailed(
        `${path} holds files that are not Tailrace's, so nothing was written there. Name an empty or new folder with --data.`,
      )
    }
    await writeFile(join(path, marker), markerText)
  } catch (error) {
    if (error instanceof StartFailed) throw error
    if (isErrno(error, 'EEXIST', 'ENOTDIR')) {
      throw new StartFailed(`${path} is a file, not a folder. Name another one with --data.`, { cause: error })
    }
    if (isErrno(error, 'ENOSPC', 'EDQUOT')) throw diskFull(path, error)
    const why = error instanceof Error ? error.message : String(error)
    throw new StartFailed(`${path} cannot be used for the data: ${why}. Name another folder with --data.`, {
      cause: error,
    })
  }
}

/**
 * Deletes what a folder of ours holds. Links in it are deleted, not followed.
 * @throws StartFailed when the folder itself is a link, is not ours, or another process uses it
 */
export async function clearDataFolder(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined)
  if (found === undefined) return
  if (found.isSymbolicLink()) {
    throw new StartFailed(
      `${path} is a symbolic link, so --reset deleted nothing. Delete what it points to yourself, or name the folder with --data.`,
    )
  }
  if ((await stat(join(path, marker)).catch(() => undefined)) === undefined) {
    throw new StartFailed(`${path} was not made by Tailrace, so --reset deleted nothing.`)
  }
  const names = await readdir(path)
  const running = names.map(name => Number(runningFile.exec(name)?.[1])).find(isAlive)
  if (running !== undefined) {
    throw new StartFailed(
      `${path} is in use by another \`npm start\` (process ${running}), so --reset deleted nothing. Stop it first, or name another folder with --data.`,
    )
  }
  for (const name of names) if (name !== marker) await rm(join(path, name), { recursive: true, force: true })
}

/** Says that this process uses the folder, until what is returned is called. */
export async function claimDataFolder(path: string): Promise<() => Promise<void>> {
  const claim = join(path, `.running-${process.pid}`)
  await writeFile(claim, '')
  return () => rm(claim, { force: true })
}

const runningFile = /^\.running-(\d+)$/

/** A process that died without clearing up leaves its file, but is not there to be asked. */
function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return !isErrno(error, 'ESRCH')
  }
}

export function diskFull(path: string, cause: unknown): StartFailed {
  return new StartFailed(
    `The disk that holds ${path} is full, so the logs could not be stored. Make room there and start again: what has landed stays, and what is sent again lands once. Or keep the data elsewhere with --data.`,
    { cause },
  )
}
