import { join, relative } from 'node:path'
import { build, type Metafile, type Plugin } from 'esbuild'
import type { PipelineConfig } from '../../shared/config/pipeline.js'
import { duckDbBindings } from './duckdb-library.js'
import { BundleFailed } from './errors.js'

export interface Bundle {
  /** `index.mjs`, and the chunks that it loads when they are wanted. */
  readonly code: Readonly<Record<string, Uint8Array>>
  /** Kept beside the package, not in it: they decode the positions of a stack trace from the log. */
  readonly sourceMaps: Readonly<Record<string, Uint8Array>>
  readonly metafile: Metafile
}

/**
 * One function as ESM that needs nothing beside it. The AWS SDK goes in too: the copy in Lambda's runtime changes under
 * a deployed function, and loading it from there is slower than from a bundle that has lost what is not called.
 * @throws BundleFailed with esbuild's own account
 */
export async function bundleFunction(options: {
  readonly root: string
  readonly entry: string
  readonly pipeline: PipelineConfig
}): Promise<Bundle> {
  const outdir = join(options.root, 'dist')
  try {
    const result = await build({
      absWorkingDir: options.root,
      entryPoints: { index: options.entry },
      outdir,
      outExtension: { '.js': '.mjs' },
      write: false,
      bundle: true,
      // What is imported dynamically (credential providers, the engine for rare patterns) is not parsed at a cold start.
      splitting: true,
      format: 'esm',
      platform: 'node',
      target: 'node22',
      // The ESM build of a package where it has one: only that can be shaken.
      mainFields: ['module', 'main'],
      // Loads the native library beside it.
      external: [duckDbBindings],
      // Packages that are still CommonJS call `require` for Node's own modules.
      banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
      minify: true,
      legalComments: 'none',
      sourcemap: 'external',
      sourcesContent: false,
      metafile: true,
      logLevel: 'silent',
      plugins: [pipelineModule(options.pipeline)],
    })
    const named = (extension: string) =>
      Object.fromEntries(
        result.outputFiles
          .filter(({ path }) => path.endsWith(extension))
          .map(({ path, contents }) => [relative(outdir, path), contents]),
      )
    return { code: named('.mjs'), sourceMaps: named('.map'), metafile: result.metafile }
  } catch (error) {
    throw new BundleFailed(options.entry, error)
  }
}

/** Answers `import pipeline from 'virtual:pipeline'` with the configuration as it was when the package was built. */
function pipelineModule(pipeline: PipelineConfig): Plugin {
  return {
    name: 'pipeline',
    setup(esbuild) {
      esbuild.onResolve({ filter: /^virtual:pipeline$/ }, ({ path }) => ({ path, namespace: 'pipeline' }))
      esbuild.onLoad({ filter: /.*/, namespace: 'pipeline' }, () => ({
        contents: JSON.stringify(pipeline),
        loader: 'json',
      }))
    },
  }
}
