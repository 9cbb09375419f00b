import { spawn } from 'node:child_process'
import { open, readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type TrinoClient, trinoClient } from './client.js'
import { configure, type TrinoStorage } from './configure.js'
import { TrinoUnusable } from './errors.js'
import type { Trino } from './obtain.js'

export interface RunningTrino extends TrinoClient {
  readonly url: string
  /** What Trino says of itself. */
  readonly version: string
  stop(): Promise<void>
}

/** How long a start may take; 20 s are usual on two cores. */
const startMs = 240_000

/** Runs `java` until it ends or nobody holds the other end of standard input, so that no server outlives its starter. */
const guard = `exec 3<&0; "$@" </dev/null 3<&- & server=$!
(cat <&3 >/dev/null; kill -KILL $server) 2>/dev/null & watch=$!
exec 3<&-; wait $server; status=$?; kill $watch 2>/dev/null; exit $status`

/**
 * Starts a Trino over an S3, with the catalogue `lake` (Iceberg), and waits until it answers.
 * @param folder new and of this server alone: settings and its log
 * @throws TrinoUnusable with the end of its log where it does not come up
 */
export async function startTrino(trino: Trino, storage: TrinoStorage, folder: string): Promise<RunningTrino> {
  const port = await freePort()
  const args = await configure(trino, storage, folder, port)
  const logPath = join(folder, 'server.log')
  const log = await open(logPath, 'w')
  const child = spawn('sh', ['-c', guard, 'trino', trino.java, ...args], {
    cwd: folder,
    stdio: ['pipe', log.fd, log.fd],
  })
  await log.close()
  let ended = false
  const end = new Promise<void>(resolve => {
    child.once('exit', () => {
      ended = true
      resolve()
    })
  })
  const stop = async () => {
    child.stdin?.destroy()
    await end
  }
  const url = `http://127.0.0.1:${port}`
  const client = trinoClient(url, { catalog: 'lake', schema: 'tailrace' })
  for (const deadline = Date.now() + startMs; ; ) {
    const version = await versionOf(url, client)
    if (version !== null) return { ...client, url, version, stop }
    if (ended || Date.now() > deadline) {
      await stop()
      const lines = (await readFile(logPath, 'utf8')).trimEnd().split('\n')
      throw new TrinoUnusable(
        `Trino ${trino.version} did not start; its log ends with:\n${lines.slice(-20).join('\n')}`,
      )
    }
    await sleep(250)
  }
}

/** Null while it is starting. */
async function versionOf(url: string, client: TrinoClient): Promise<string | null> {
  try {
    const answer = await fetch(`${url}/v1/info`)
    const { starting } = (await answer.json()) as { starting: boolean }
    if (starting) return null
  } catch {
    return null
  }
  const { rows } = await client.query('SELECT version()')
  return String(rows[0]?.[0])
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(address !== null && typeof address === 'object' ? address.port : 0))
    })
  })
}
