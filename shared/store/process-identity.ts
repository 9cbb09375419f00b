import { createHash } from 'node:crypto'
import { readFile, readlink } from 'node:fs/promises'
import { hostname } from 'node:os'
import { isErrno } from './errno.js'

/** What tells a process from every other one, also from a later one that was given its number. */
export interface ProcessIdentity {
  readonly pid: number
  /** Clock ticks since boot; empty on systems without /proc. */
  readonly started: string
  /** Eight hexadecimal digits that stand for the machine or container, in which processes have numbers of their own. */
  readonly host: string
}

let own: Promise<ProcessIdentity> | undefined

export function thisProcess(): Promise<ProcessIdentity> {
  own ??= identify()
  return own
}

async function identify(): Promise<ProcessIdentity> {
  // Containers may be called as their machine is.
  const numbers = await readlink('/proc/self/ns/pid').catch(() => '')
  const host = createHash('sha256').update(`${hostname()} ${numbers}`).digest('hex').slice(0, 8)
  return { pid: process.pid, started: await startOf(process.pid), host }
}

/** `unknown` of processes elsewhere, and of one on a system without /proc whose number is in use. */
export async function processState({ pid, started, host }: ProcessIdentity): Promise<'runs' | 'gone' | 'unknown'> {
  if (host !== (await thisProcess()).host) return 'unknown'
  if (!isRunning(pid)) return 'gone'
  const current = await startOf(pid)
  if (current !== started) return 'gone'
  return current === '' ? 'unknown' : 'runs'
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return isErrno(error, 'EPERM')
  }
}

/**
 * Start time of a process in clock ticks since boot, the 22nd field of Linux's /proc/<pid>/stat; empty for one that is
 * gone, or dead and only waiting for its parent, and on systems without /proc.
 */
async function startOf(pid: number): Promise<string> {
  try {
    const line = await readFile(`/proc/${pid}/stat`, 'utf8')
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? '' : (fields[19] ?? '')
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ESRCH')) return ''
    throw error
  }
}
