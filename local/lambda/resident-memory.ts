import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { platform } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { GuardedProcess } from './guarded-process.js'

export interface MemoryWatch {
  /** The most that was seen, at most the limit. */
  maxBytes(): number
  /** When the process has ended and nothing looks at it any more. */
  readonly stopped: Promise<void>
}

/** How often asking is worth it: reading a file is nearly free, running `ps` is not. ms. */
const sampleEveryMs = platform() === 'linux' ? 25 : 250

/** Kills the process when it holds more than its limit, as Lambda does. */
export function watchMemory(child: GuardedProcess, limitBytes: number): MemoryWatch {
  let max = 0
  let isOver = false
  child.ended.then(() => {
    isOver = true
  })
  const watch = async () => {
    while (!isOver) {
      max = Math.max(max, await residentBytes(child.pid))
      if (max > limitBytes) child.kill()
      await sleep(sampleEveryMs)
    }
  }
  return { maxBytes: () => Math.min(max, limitBytes), stopped: watch() }
}

/** 0 when the process is gone. */
async function residentBytes(pid: number): Promise<number> {
  try {
    if (platform() === 'linux') {
      // In KB, whatever the page size.
      return Number(/^VmRSS:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0) * 1024
    }
    const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)])
    return Number(stdout) * 1024
  } catch {
    return 0
  }
}
