import { type Diagnostic, renderDiagnostic } from '../../shared/diagnostics/diagnostic.js'

/** Tells what is wrong with a query or pattern and where; gives the exit status. */
export function refuse(text: string, diagnostics: readonly Diagnostic[], isJson: boolean, name = 'query'): number {
  if (isJson) process.stdout.write(`${JSON.stringify({ diagnostics })}\n`)
  else for (const diagnostic of diagnostics) process.stderr.write(`${renderDiagnostic({ name, text }, diagnostic)}\n`)
  return 2
}
