import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { loadPipeline } from '../../shared/config/load.js'
import type { PipelineConfig } from '../../shared/config/pipeline.js'
import { type Diagnostic, renderDiagnostic } from '../../shared/diagnostics/diagnostic.js'
import { InvalidPipeline, UnreadablePipeline } from './errors.js'

/**
 * The validated configuration of a `pipeline.yml`, with its warnings, each drawn under its line.
 * @throws UnreadablePipeline, or InvalidPipeline with every problem of the file, drawn alike
 */
export async function readPipeline(
  file: string,
): Promise<{ readonly config: PipelineConfig; readonly warnings: readonly string[] }> {
  const text = await readFile(file, 'utf8').catch(error => {
    throw new UnreadablePipeline(file, error)
  })
  const drawn = (diagnostic: Diagnostic) => renderDiagnostic({ name: basename(file), text }, diagnostic)
  const { config, diagnostics } = loadPipeline(text)
  if (config === undefined) throw new InvalidPipeline(diagnostics.map(drawn).join('\n\n'))
  return { config, warnings: diagnostics.map(drawn) }
}
