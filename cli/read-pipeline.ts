import { existsSync, readFileSync } from 'node:fs'
import { loadPipeline } from '../shared/config/load.js'
import type { PipelineConfig } from '../shared/config/pipeline.js'
import { renderDiagnostic } from '../shared/diagnostics/diagnostic.js'

/** The configuration in a file, `pipeline.yml` without one. Throws every problem of it, each under its line. */
export function readPipeline(path = 'pipeline.yml'): PipelineConfig {
  if (!existsSync(path)) throw new Error(`there is no ${path} here; name the configuration with --pipeline`)
  const text = readFileSync(path, 'utf8')
  const { config, diagnostics } = loadPipeline(text)
  if (config !== undefined) return config
  throw new Error(`\n${diagnostics.map(problem => renderDiagnostic({ name: path, text }, problem)).join('\n')}`)
}
