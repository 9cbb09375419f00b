import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

export interface NodeBinary {
  readonly path: string
  /** `24.21.0` */
  readonly version: string
}

/** The Node that functions run on: Lambda's own major from the optional package `node24` where it is, else this one. */
export async function findNode(root: string): Promise<NodeBinary> {
  const path = join(root, 'node_modules/node24/bin/node')
  try {
    const { stdout } = await promisify(execFile)(path, ['--version'])
    return { path, version: stdout.trim().slice(1) }
  } catch {
    // Not installed, or for another machine.
    return { path: process.execPath, version: process.versions.node }
  }
}
