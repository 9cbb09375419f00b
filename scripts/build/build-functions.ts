import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type Bundle, bundleFunction } from './bundle-function.js'
import { type Architecture, duckDbBindings, zipDuckDb } from './duckdb-library.js'
import { joinZips } from './join-zips.js'
import { metricResources } from './metric-resources.js'
import { readPipeline } from './read-pipeline.js'
import { zipFiles } from './zip-files.js'

export interface BuildOptions {
  /** The project's folder: `functions/`, `pipeline.yml` and `node_modules/` are looked for here. */
  readonly root: string
  /** Where the packages go, `dist` below `root` when not given. */
  readonly outDir?: string
  /** The configuration to bundle, `pipeline.yml` below `root` when not given. */
  readonly pipelineFile?: string
  /** Of the machines that the functions run on, arm64 when not given. */
  readonly architecture?: Architecture
}

export interface Build {
  /** In the order of their names. */
  readonly functions: readonly BuiltFunction[]
  /** What the configuration probably does not mean, each drawn under its line. */
  readonly warnings: readonly string[]
}

export interface BuiltFunction {
  readonly name: string
  /** The bundle, `<outDir>/<name>/index.mjs`, with its chunks and source maps beside it. */
  readonly bundle: string
  /** The package that Lambda gets, `<outDir>/<name>.zip`: the same bytes whenever the sources are the same. */
  readonly zip: string
  readonly zipBytes: number
  /** esbuild's account of what went into the bundle, `<outDir>/<name>.meta.json`. */
  readonly metafile: string
}

/**
 * Bundles every `functions/*.ts` with the validated configuration and packs each into a zip, those that query or
 * merge with DuckDB's library; beside them, `metric-resources.json` is what the configuration adds to the template. Files are replaced in one
 * step each, so that a build beside a running one never shows anybody half a package.
 * @throws UnreadablePipeline or InvalidPipeline for the configuration; BundleFailed when a function cannot be bundled;
 *   LibraryMissing when DuckDB's library for the architecture is not on this machine
 */
export async function buildFunctions(options: BuildOptions): Promise<Build> {
  const { root, outDir = join(root, 'dist'), architecture = 'arm64' } = options
  const { config, warnings } = await readPipeline(options.pipelineFile ?? join(root, 'pipeline.yml'))
  const names = await functionNames(join(root, 'functions'))
  await mkdir(outDir, { recursive: true })
  await replaceFile(join(outDir, 'metric-resources.json'), JSON.stringify(metricResources(config)))
  let zipped: Promise<Uint8Array> | undefined
  const functions = await Promise.all(
    names.map(async name => {
      const bundled = await bundleFunction({ root, entry: join('functions', `${name}.ts`), pipeline: config })
      const built = {
        name,
        bundle: join(outDir, name, 'index.mjs'),
        zip: join(outDir, `${name}.zip`),
        metafile: join(outDir, `${name}.meta.json`),
      }
      const code = zipFiles(bundled.code)
      if (needsDuckDb(bundled)) zipped ??= zipDuckDb(root, architecture)
      const library = needsDuckDb(bundled) ? await zipped : undefined
      const zip = library === undefined ? code : joinZips(code, library)
      await replaceFolder(join(outDir, name), { ...bundled.code, ...bundled.sourceMaps })
      await replaceFile(built.metafile, JSON.stringify(bundled.metafile))
      await replaceFile(built.zip, zip)
      return { ...built, zipBytes: zip.length }
    }),
  )
  return { functions, warnings }
}

function needsDuckDb({ metafile }: Bundle): boolean {
  return Object.values(metafile.outputs).some(({ imports }) => imports.some(({ path }) => path === duckDbBindings))
}

async function functionNames(folder: string): Promise<readonly string[]> {
  const files = await readdir(folder)
  return files
    .filter(file => file.endsWith('.ts') && !file.endsWith('.d.ts'))
    .map(file => basename(file, '.ts'))
    .sort()
}

/** `index.mjs` last, and what is left of another build after it: whoever loads it finds its chunks. */
async function replaceFolder(folder: string, files: Readonly<Record<string, Uint8Array>>): Promise<void> {
  await mkdir(folder, { recursive: true })
  const names = Object.keys(files)
  const last = (name: string) => Number(name === 'index.mjs')
  for (const name of names.toSorted((a, b) => last(a) - last(b))) await replaceFile(join(folder, name), files[name]!)
  for (const name of await readdir(folder)) {
    if (/\.mjs(\.map)?$/.test(name) && !names.includes(name)) await rm(join(folder, name), { force: true })
  }
}

async function replaceFile(path: string, content: Uint8Array | string): Promise<void> {
  const current = await readFile(path).catch(() => undefined)
  if (current?.equals(Buffer.from(content))) return
  const temporary = `${path}.${process.pid}.tmp`
  try {
    await writeFile(temporary, content)
    await rename(temporary, path)
  } finally {
    await rm(temporary, { force: true })
  }
}
