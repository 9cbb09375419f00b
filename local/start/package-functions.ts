import { execFile } from 'node:child_process'
import { cp, mkdir, readdir, readFile, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { InvalidPipeline, UnreadablePipeline } from '../../scripts/build/errors.js'
import { readPipeline } from '../../scripts/build/read-pipeline.js'
import { fileLocks } from '../../shared/store/disk-lock.js'
import { ownFolder } from '../../shared/store/own-folder.js'
import type { Template } from '../template/template.js'
import { StartFailed } from './errors.js'

/** The stack as `serverless package` made it. */
export interface PackagedStack {
  /** `tailrace-local` */
  readonly name: string
  readonly template: Template
  /** The folder with the functions' packages. */
  readonly folder: string
  /** False when nothing has changed since the last time. */
  readonly wasBuilt: boolean
}

/** What a package depends on. */
const sources = ['functions', 'infra', 'package.json', 'pipeline.yml', 'scripts', 'serverless.yml', 'shared']

const locks = fileLocks()

/**
 * Packages the stack with Serverless, stage `local`, unless the last package is newer than all its sources. Serverless
 * runs on a copy: it writes to one fixed folder, which may hold a package that somebody is about to deploy.
 * @throws StartFailed with what Serverless says, or every problem of `pipeline.yml`
 */
export async function packageFunctions(root: string, signal: AbortSignal): Promise<PackagedStack> {
  const folder = join(root, 'dist/local')
  await mkdir(join(root, 'dist'), { recursive: true })
  return locks.with(`${folder}.lock`, async () => {
    const isFresh = await isNewer(join(folder, 'stack.json'), root)
    if (!isFresh) await build(root, folder, signal)
    const stack = JSON.parse(await readFile(join(folder, 'stack.json'), 'utf8')) as Pick<
      PackagedStack,
      'name' | 'template'
    >
    return { ...stack, folder, wasBuilt: !isFresh }
  })
}

async function build(root: string, folder: string, signal: AbortSignal): Promise<void> {
  await readPipeline(join(root, 'pipeline.yml')).catch(error => {
    if (!(error instanceof InvalidPipeline || error instanceof UnreadablePipeline)) throw error
    throw new StartFailed(
      `${error.message}\n\nThe functions were not packaged. Correct pipeline.yml and start again.`,
      {
        cause: error,
      },
    )
  })
  const began = new Date()
  const copy = await ownFolder(tmpdir(), 'package')
  try {
    await Promise.all(sources.map(name => cp(join(root, name), join(copy, name), { recursive: true })))
    await symlink(join(root, 'node_modules'), join(copy, 'node_modules'))
    await runServerless(root, copy, signal)
    const { service } = JSON.parse(await readFile(join(copy, '.serverless/serverless-state.json'), 'utf8'))
    const template = JSON.parse(
      await readFile(join(copy, '.serverless/cloudformation-template-update-stack.json'), 'utf8'),
    )
    const made = `${folder}.new`
    await rm(made, { recursive: true, force: true })
    await mkdir(made)
    const packages = (await readdir(join(copy, 'dist'))).filter(name => name.endsWith('.zip'))
    for (const name of packages) await cp(join(copy, 'dist', name), join(made, name))
    await writeFile(join(made, 'stack.json'), JSON.stringify({ name: `${service.service}-${stage}`, template }))
    // What is edited while Serverless runs is newer than the package.
    await utimes(join(made, 'stack.json'), began, began)
    await rm(folder, { recursive: true, force: true })
    await rename(made, folder)
  } finally {
    await rm(copy, { recursive: true, force: true })
  }
}

const stage = 'local'

async function runServerless(root: string, copy: string, signal: AbortSignal): Promise<void> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(AWS_|TAILRACE_|SLS_)/.test(name))
  const architecture = process.arch === 'arm64' ? 'arm64' : 'x86_64'
  const serverless = join(root, 'node_modules/serverless/bin/serverless.js')
  const args = ['package', '--stage', stage, '--param', 'mode=direct', '--param', `arch=${architecture}`]
  try {
    await promisify(execFile)(process.execPath, [serverless, ...args], {
      cwd: copy,
      signal,
      env: { ...Object.fromEntries(inherited), HOME: copy, SLS_NOTIFICATIONS_MODE: 'off' },
    })
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as Error & { stdout?: string; stderr?: string }
    const said = `${stdout}${stderr}`.trim() || message
    throw new StartFailed(
      `The functions could not be packaged. Serverless says:\n\n${said}\n\nAfter a fresh clone, or an update, run \`npm ci\` first.`,
      { cause: error },
    )
  }
}

async function isNewer(file: string, root: string): Promise<boolean> {
  const made = await stat(file).catch(() => undefined)
  if (made === undefined) return false
  const changes = await Promise.all([...sources, 'package-lock.json'].map(name => lastChange(join(root, name))))
  return Math.max(...changes) < made.mtimeMs
}

/** Of a file, or of everything in a folder, and of the folder itself, which shows what was deleted. */
async function lastChange(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) return 0
  if (!found.isDirectory()) return found.mtimeMs
  const changes = await Promise.all((await readdir(path)).map(name => lastChange(join(path, name))))
  return Math.max(found.mtimeMs, ...changes)
}
