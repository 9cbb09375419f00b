import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join, resolve } from 'node:path'

export const root = resolve(import.meta.dirname, '../../..')

export interface Run {
  readonly child: ChildProcess
  /** What it has written so far. */
  readonly output: { stdout: string; stderr: string }
  /** When standard output has the text, or the process has ended. */
  saw(text: string): Promise<void>
  readonly ended: Promise<{ readonly status: number | null; readonly stdout: string; readonly stderr: string }>
}

const running = new Set<ChildProcess>()

/** Ends what a failed test has left. */
export async function stopAll(): Promise<void> {
  await Promise.all(
    [...running].map(child => {
      child.kill()
      return once(child, 'exit')
    }),
  )
}

/** `npm start -- …` without npm, which prints lines of its own. */
export function runStart(args: readonly string[], env: Readonly<Record<string, string>> = {}): Run {
  const child = spawn(process.execPath, ['--import', 'tsx', join(root, 'local/main.ts'), ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      output[name] += text
    })
  }
  running.add(child)
  child.once('exit', () => running.delete(child))
  const ended = once(child, 'close').then(([status]) => ({ status: status as number | null, ...output }))
  return {
    child,
    output,
    ended,
    async saw(text) {
      while (!output.stdout.includes(text) && child.exitCode === null) {
        await Promise.race([once(child.stdout!, 'data'), ended])
      }
    },
  }
}
