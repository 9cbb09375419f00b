import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { unzipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildFunctions } from '../../scripts/build/build-functions.js'
import { BundleFailed, InvalidPipeline, UnreadablePipeline } from '../../scripts/build/errors.js'

const project = resolve(import.meta.dirname, '../..')
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailrace-build-'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

async function projectWith(name: string, source: string, pipeline = 'version: 1\n'): Promise<string> {
  const root = join(folder, name)
  await mkdir(join(root, 'functions'), { recursive: true })
  await writeFile(join(root, 'functions/echo.ts'), source)
  await writeFile(join(root, 'functions/ambient.d.ts'), 'export {}\n')
  await writeFile(join(root, 'pipeline.yml'), pipeline)
  await symlink(join(project, 'node_modules'), join(root, 'node_modules'))
  return root
}

const digest = async (file: string) =>
  createHash('sha256')
    .update(await readFile(file))
    .digest('hex')

describe('buildFunctions', () => {
  it('bundles each function with the validated configuration', async () => {
    const root = await projectWith(
      'echo',
      "import pipeline from 'virtual:pipeline'\nexport const handler = async () => pipeline.version\n",
    )
    const { functions, warnings } = await buildFunctions({ root })
    const [built, ...others] = functions
    expect({ others, warnings }).toEqual({ others: [], warnings: [] })
    expect(built).toMatchObject({ name: 'echo', zip: join(root, 'dist/echo.zip') })
    const { handler } = await import(pathToFileURL(built!.bundle).href)
    expect(await handler()).toBe(1)
  })

  it('packs the bundle and its chunks and nothing else', async () => {
    const root = await projectWith(
      'packed',
      "export const handler = async () => (await import('./lazy/greeting.js')).greeting\n",
    )
    await mkdir(join(root, 'functions/lazy'))
    await writeFile(join(root, 'functions/lazy/greeting.ts'), "export const greeting = 'hello'\n")
    const [built] = (await buildFunctions({ root })).functions
    const packed = unzipSync(await readFile(built!.zip))
    expect(Object.keys(packed)).toEqual([expect.stringMatching(/^greeting-\w+\.mjs$/), 'index.mjs'])
    const folder = join(root, 'dist/echo')
    for (const [name, code] of Object.entries(packed))
      expect(Buffer.from(code)).toEqual(await readFile(join(folder, name)))
    expect((await readdir(folder)).filter(name => name.endsWith('.map'))).toHaveLength(2)
    expect(built!.zipBytes).toBe((await stat(built!.zip)).size)
    expect((await readdir(join(root, 'dist'))).sort()).toEqual([
      'echo',
      'echo.meta.json',
      'echo.zip',
      'metric-resources.json',
    ])
    const { handler } = await import(pathToFileURL(built!.bundle).href)
    expect(await handler()).toBe('hello')
  })

  it('leaves nothing of an earlier build behind', async () => {
    const root = await projectWith(
      'rebuilt',
      "export const handler = async () => (await import('./lazy/old.js')).old\n",
    )
    await mkdir(join(root, 'functions/lazy'))
    await writeFile(join(root, 'functions/lazy/old.ts'), 'export const old = 1\n')
    await buildFunctions({ root })
    await writeFile(join(root, 'functions/echo.ts'), 'export const handler = async () => 1\n')
    await buildFunctions({ root })
    expect((await readdir(join(root, 'dist/echo'))).filter(name => name.startsWith('old-'))).toEqual([])
  })

  it('draws every problem of the configuration', async () => {
    const root = await projectWith('invalid', 'export const handler = 1\n', 'version: 1\nwrong: 1\nworse: 2\n')
    const failure = await buildFunctions({ root }).catch(error => error)
    expect(failure).toBeInstanceOf(InvalidPipeline)
    expect(failure.message).toContain('pipeline.yml:2:1: error:')
    expect(failure.message).toContain('pipeline.yml:3:1: error:')
  })

  it('tells a configuration that is missing from one that is wrong', async () => {
    const root = await projectWith('missing', 'export const handler = 1\n')
    const failure = await buildFunctions({ root, pipelineFile: join(root, 'other.yml') }).catch(error => error)
    expect(failure).toBeInstanceOf(UnreadablePipeline)
    expect(failure.message).toMatch(/other\.yml cannot be read: ENOENT/)
  })

  it('names the function that cannot be bundled', async () => {
    const root = await projectWith('broken', "import './nowhere.js'\n")
    const failure = await buildFunctions({ root }).catch(error => error)
    expect(failure).toBeInstanceOf(BundleFailed)
    expect(failure.message).toMatch(/functions\/echo\.ts[\s\S]*nowhere/)
  })
})

describe('the packages of this project', () => {
  // The first build after an installation compresses DuckDB's library.
  it('have the same bytes whenever they are built', { timeout: 120_000 }, async () => {
    const [one, two] = [join(folder, 'one'), join(folder, 'two')]
    const { functions: first } = await buildFunctions({ root: project, outDir: one })
    const { functions: second } = await buildFunctions({ root: project, outDir: two })
    expect(first.map(({ name }) => name)).toContain('ingest')
    for (const [at, { zip }] of first.entries()) expect(await digest(second[at]!.zip)).toBe(await digest(zip))
  })

  it('keep ingest within 400 KB, and what a cold start parses within 320 KB', { timeout: 120_000 }, async () => {
    const { functions } = await buildFunctions({ root: project, outDir: join(folder, 'sized') })
    const ingest = functions.find(({ name }) => name === 'ingest')!
    expect(ingest.zipBytes).toBeLessThanOrEqual(400 * 1024)
    expect((await stat(ingest.bundle)).size).toBeLessThanOrEqual(320 * 1024)
  })
})
