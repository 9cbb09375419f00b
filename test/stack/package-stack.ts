import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

const root = resolve(import.meta.dirname, '../..')

export interface Resource {
  readonly Type: string
  readonly Condition?: string
  readonly DeletionPolicy?: string
  readonly UpdateReplacePolicy?: string
  // biome-ignore lint/suspicious/noExplicitAny: a template is JSON of any shape
  readonly Properties: any
}

export interface Template {
  readonly Parameters: Readonly<Record<string, { readonly Default: string }>>
  readonly Conditions: Readonly<Record<string, unknown>>
  readonly Resources: Readonly<Record<string, Resource>>
  readonly Outputs: Readonly<Record<string, { readonly Value: unknown }>>
}

export interface PackagedStack {
  readonly template: Template
  readonly templateFile: string
  /** What esbuild put into the function's bundle. */
  readonly metafile: (functionName: string) => string
  readonly remove: () => Promise<void>
}

const sources = ['functions', 'infra', 'package.json', 'pipeline.yml', 'scripts', 'serverless.yml', 'shared']

/**
 * A bare `serverless package` as on a fresh machine: no build before it, no credentials, no AWS configuration, and no
 * network. It runs in a copy, because Serverless writes all its files to one folder and so does not run twice at once.
 */
export async function packageStack(...args: readonly string[]): Promise<PackagedStack> {
  return packagePipeline(null, ...args)
}

/** The same with another `pipeline.yml`. */
export async function packagePipeline(pipeline: string | null, ...args: readonly string[]): Promise<PackagedStack> {
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-stack-'))
  await Promise.all(sources.map(name => cp(join(root, name), join(folder, name), { recursive: true })))
  if (pipeline !== null) await writeFile(join(folder, 'pipeline.yml'), pipeline)
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  const environment = Object.entries(process.env).filter(([name]) => !/^(AWS_|TAILRACE_|SLS_|VITEST)/.test(name))
  const serverless = join(root, 'node_modules/serverless/bin/serverless.js')
  const packaging = promisify(execFile)(process.execPath, [serverless, 'package', ...args], {
    cwd: folder,
    env: {
      ...Object.fromEntries(environment),
      HOME: folder,
      NODE_OPTIONS: `--require ${join(import.meta.dirname, 'no-network.cjs')}`,
    },
  })
  await packaging.catch(failure => {
    throw new Error(`serverless package ${args.join(' ')}\n${failure.stdout}\n${failure.stderr}`, { cause: failure })
  })
  const templateFile = join(folder, '.serverless/cloudformation-template-update-stack.json')
  return {
    template: JSON.parse(await readFile(templateFile, 'utf8')),
    templateFile,
    metafile: functionName => join(folder, 'dist', `${functionName}.meta.json`),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
