import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { TrinoAbsent } from './errors.js'

/** A Trino server release and the Java that runs it. */
export interface Release {
  readonly version: string
  /** Path of the `java` program. */
  readonly java: string
}

/**
 * Releases from new to old, each with the oldest Java that runs it; what lies between them is not needed. Later ones than
 * 476 are not published to Maven Central.
 *
 * Source: Trino release notes 436 (Java 21), 476 (Java 24).
 */
const releases = [
  { version: '476', java: 24 },
  { version: '435', java: 17 },
] as const

/**
 * The newest release that a Java on this machine runs.
 * @throws TrinoAbsent where there is no such Java
 */
export function chooseRelease(): Release {
  const found = javas()
  for (const { version, java: least } of releases) {
    const fitting = found.find(({ major }) => major >= least)
    if (fitting !== undefined) return { version, java: fitting.java }
  }
  const least = Math.min(...releases.map(({ java }) => java))
  throw new TrinoAbsent(`Trino is not present: it needs Java ${least} or newer, and none was found`)
}

/** Every Java there is, the newest first. */
function javas(): readonly { readonly java: string; readonly major: number }[] {
  const home = process.env.JAVA_HOME
  const candidates = [
    'java',
    ...(home === undefined ? [] : [join(home, 'bin/java')]),
    ...installed('/usr/lib/jvm').map(name => join('/usr/lib/jvm', name, 'bin/java')),
  ]
  return candidates
    .map(java => ({ java, major: majorOf(java) }))
    .filter(({ major }) => major > 0)
    .sort((one, other) => other.major - one.major)
}

function installed(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** 0 where it does not run. */
function majorOf(java: string): number {
  const { stdout, status } = spawnSync(java, ['--version'], { encoding: 'utf8' })
  return status === 0 ? Number(/\b(\d+)(?:\.\d+)*/.exec(stdout)?.[1] ?? 0) : 0
}
