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
 * The last release that is on Maven Central, and the oldest Java that runs it. The last one for Java 17 to 21 is years
 * older and has neither the S3 client nor the procedure that registers a table.
 *
 * Source: Trino release notes, 476.
 */
const version = '476'
const leastJava = 24

/**
 * The release, and the newest Java of this machine.
 * @throws TrinoAbsent where there is none that runs it
 */
export function chooseRelease(): Release {
  const [newest] = javas()
  if (newest !== undefined && newest.major >= leastJava) return { version, java: newest.java }
  const there = newest === undefined ? 'there is none' : `the newest here is ${newest.major}`
  throw new TrinoAbsent(`Trino is not present: release ${version} needs Java ${leastJava}, and ${there}`)
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
