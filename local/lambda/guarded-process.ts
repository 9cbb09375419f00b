import { type ChildProcess, spawn } from 'node:child_process'

export interface GuardedProcess {
  readonly pid: number
  /** How it ended: `exit status 1`, `signal: killed`. Never rejects. */
  readonly ended: Promise<string>
  /** Ends it and what it has started, at once. */
  kill(): void
}

export interface GuardedOptions {
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** File descriptor that standard output and standard error go to. */
  readonly output: number
}

/**
 * A process that cannot outlive this one. It has a process group of its own, so that Ctrl-C in the terminal is for us to
 * handle, and a guard: a shell that waits on a pipe from us and, when we are gone however that came about, kills the
 * group.
 * @throws the error of spawn, when the program cannot be started
 */
export async function spawnGuarded(
  program: string,
  args: readonly string[],
  { cwd, env, output }: GuardedOptions,
): Promise<GuardedProcess> {
  const child = spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', output, output] })
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', reject)
  })
  const pid = child.pid!
  const guard = spawn('/bin/sh', ['-c', `read -r line; kill -9 -${pid}`], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  // A guard that is gone before its pipe is closed is not worth an error.
  guard.stdin.on('error', () => undefined)
  guard.on('error', () => undefined)
  let isOver = false
  const ended = endOf(child).then(how => {
    isOver = true
    guard.kill('SIGKILL')
    killGroup(pid)
    return how
  })
  return {
    pid,
    ended,
    kill() {
      if (!isOver) killGroup(pid)
    },
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // Nothing of it is left.
  }
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise(resolve => {
    child.once('exit', (code, signal) => {
      resolve(signal === null ? `exit status ${code}` : `signal: ${signalWords[signal] ?? signal}`)
    })
  })
}

/** As Lambda, whose supervisor is written in Go, words them. */
const signalWords: Partial<Record<NodeJS.Signals, string>> = {
  SIGKILL: 'killed',
  SIGTERM: 'terminated',
  SIGABRT: 'aborted',
  SIGSEGV: 'segmentation fault',
  SIGTRAP: 'trace/breakpoint trap',
}
