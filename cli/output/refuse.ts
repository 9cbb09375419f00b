import { type Diagnostic, renderDiagnostic } from '../../shared/diagnostics/diagnostic.js'

/** Tells what is wrong with a query and where; gives the exit status. */
export function refuse(query: string, diagnostics: readonly Diagnostic[], isJson: boolean): number {
  if (isJson) process.stdout.write(`${JSON.stringify({ diagnostics })}\n`)
  else
    for (const diagnostic of diagnostics)
      process.stderr.write(`${renderDiagnostic({ name: 'query', text: query }, diagnostic)}\n`)
  return 2
}
