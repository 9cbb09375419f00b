import { lstat, mkdtemp, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { processState, thisProcess } from './process-identity.js'

/**
 * A new folder that only this user can read, such as `tailrace-work-4711-8806-9f86d081-Xy12ab`, for this process to delete
 * when it is done. One that is killed cannot: what such processes have left in `parent` is deleted first.
 * @param purpose small letters
 */
export async function ownFolder(parent: string, purpose: string): Promise<string> {
  await deleteLeftOvers(parent)
  const { pid, started, host } = await thisProcess()
  return mkdtemp(join(parent, `tailrace-${purpose}-${pid}-${started}-${host}-`))
}

const named = /^tailrace-[a-z]+-(\d{1,10})-(\d{0,20})-([0-9a-f]{8})-\w{6}$/

/** Deletes nothing of a process that may still run. What cannot be deleted stays. */
async function deleteLeftOvers(parent: string): Promise<void> {
  for (const name of await readdir(parent).catch(() => [])) {
    const [, pid, started = '', host = ''] = named.exec(name) ?? []
    if (pid === undefined || (await processState({ pid: Number(pid), started, host })) !== 'gone') continue
    const path = join(parent, name)
    // In a folder that all may write to, a name proves nothing.
    const isOurs = await lstat(path).then(
      found => found.isDirectory() && found.uid === (process.getuid?.() ?? found.uid),
      () => false,
    )
    if (isOurs) await rm(path, { recursive: true, force: true }).catch(() => undefined)
  }
}
