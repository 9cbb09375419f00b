import { type Diagnostic, renderDiagnostic } from '../../shared/diagnostics/diagnostic.js'

/** What helps on the command line, by code, where the hint is meant for all who ask. */
const hints: Readonly<Record<string, string>> = {
  'insights/no-window': 'name a time range, such as --since 1d',
}

/** Tells what is wrong with a query or pattern and where; gives the exit status. */
export function refuse(text: string, diagnostics: readonly Diagnostic[], isJson: boolean, name = 'query'): number {
  if (isJson) process.stdout.write(`${JSON.stringify({ diagnostics })}\n`)
  else {
    for (const diagnostic of diagnostics) {
      const hint = hints[diagnostic.code]
      const told = hint === undefined ? diagnostic : { ...diagnostic, hint }
      process.stderr.write(`${renderDiagnostic({ name, text }, told)}\n`)
    }
  }
  return 2
}
