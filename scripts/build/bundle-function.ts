import { join } from 'node:path'
import { build, type Metafile, type Plugin } from 'esbuild'
import type { PipelineConfig } from '../../shared/config/pipeline.js'
import { BundleFailed } from './errors.js'

export interface Bundle {
  readonly code: Uint8Array
  /** Kept beside the package, not in it: decodes the positions of a stack trace from the log. */
  readonly sourceMap: Uint8Array
  readonly metafile: Metafile
}

/**
 * One function as one ESM file that needs nothing beside it. The AWS SDK goes in too: the copy in Lambda's runtime
 * changes under a deployed function, and loading it from there is slower than from a bundle that has lost what is not
 * called.
 * @throws BundleFailed with esbuild's own account
 */
export async function bundleFunction(options: {
  readonly root: string
  readonly entry: string
  readonly pipeline: PipelineConfig
}): Promise<Bundle> {
  try {
    const result = await build({
      absWorkingDir: options.root,
      entryPoints: [options.entry],
      outfile: join(options.root, 'index.mjs'),
      write: false,
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node22',
      // The ESM build of a package where it has one: only that can be shaken.
      mainFields: ['module', 'main'],
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
    const code = result.outputFiles.find(file => file.path.endsWith('.mjs'))!.contents
    const sourceMap = result.outputFiles.find(file => file.path.endsWith('.map'))!.contents
    return { code, sourceMap, metafile: result.metafile }
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
