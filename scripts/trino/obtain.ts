import { execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { TrinoAbsent, TrinoUnusable } from './errors.js'
import { chooseRelease, type Release } from './release.js'

/** A Trino on this machine: its program files, and the Java to run them with. */
export interface Trino extends Release {
  readonly folder: string
}

/** The Trino that an earlier run obtained, or why there is none. */
export function presentTrino(): Trino | TrinoAbsent {
  try {
    const release = chooseRelease()
    const folder = folderOf(release)
    if (existsSync(folder)) return { ...release, folder }
    return new TrinoAbsent(`Trino is not present: npx tsx scripts/trino.ts obtains release ${release.version}`)
  } catch (error) {
    if (error instanceof TrinoAbsent) return error
    throw error
  }
}

/**
 * The Trino of this machine's cache, put there from Maven Central the first time: 0.8 GB come over, and of some 900 MB
 * the server and one connector are kept (200 MB). Two at once do not harm each other.
 * @throws TrinoAbsent where Java or Maven are missing
 * @throws TrinoUnusable where Maven does not give it
 */
export async function obtainTrino(say: (text: string) => void): Promise<Trino> {
  const release = chooseRelease()
  const folder = folderOf(release)
  if (existsSync(folder)) return { ...release, folder }
  if (spawnSync('mvn', ['--version'], { stdio: 'ignore' }).status !== 0)
    throw new TrinoAbsent('Trino is not present: it comes from Maven Central, and there is no mvn')
  await mkdir(cache(), { recursive: true })
  const staging = await mkdtemp(join(cache(), 'obtaining-'))
  try {
    say(`obtaining Trino ${release.version} from Maven Central (0.8 GB)`)
    const archive = await download(release.version, staging)
    const unpacked = join(staging, `trino-server-${release.version}`)
    // Whole: the archive has files of one connector as links to those of another.
    await run('tar', ['xzf', archive, '-C', staging])
    const kept = join(staging, 'kept')
    await mkdir(join(kept, 'plugin'), { recursive: true })
    for (const part of ['lib', 'plugin/iceberg']) await rename(join(unpacked, part), join(kept, part))
    await rename(kept, folder).catch(error => {
      if (!existsSync(folder)) throw error
    })
    return { ...release, folder }
  } finally {
    await rm(staging, { recursive: true })
  }
}

function folderOf({ version }: Release): string {
  return join(cache(), `trino-${version}`)
}

function cache(): string {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'tailrace')
}

/** The archive's path. It stays out of the user's own repository, where it would lie for ever. */
async function download(version: string, folder: string): Promise<string> {
  const repository = join(folder, 'repository')
  await run('mvn', [
    '--quiet',
    '--batch-mode',
    `-Dmaven.repo.local=${repository}`,
    'dependency:get',
    `-Dartifact=io.trino:trino-server:${version}:tar.gz`,
    '-Dtransitive=false',
  ])
  return join(repository, 'io/trino/trino-server', version, `trino-server-${version}.tar.gz`)
}

async function run(command: string, args: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)(command, [...args], { maxBuffer: 64 * 1024 * 1024 })
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    const last = `${stdout}${stderr}`.trimEnd().split('\n').slice(-10).join('\n')
    throw new TrinoUnusable(`${command} ${args[0]} failed: ${last}`, { cause: error })
  }
}
