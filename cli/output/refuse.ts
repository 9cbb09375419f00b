import { type Diagnostic, renderDiagnostic } from '../../shared/diagnostics/diagnostic.js'

/** What helps on the command line, by code; a diagnostic's own hint is for all who ask. */
const hints: Readonly<Record<string, (at: string) => string>> = {
  'insights/no-window': () => 'name a time range, such as --since 1d',
  'insights/missing-parameter': at => `give it with --param ${at.slice(2, -2).trim()}=value`,
  'insights/unknown-table': name => `give it with --lookup ${name}=file.csv, or put lookups/${name}.csv into the lake`,
}

/** Tells what is wrong with a query or pattern and where; gives the exit status. */
export function refuse(text: string, diagnostics: readonly Diagnostic[], isJson: boolean, name = 'query'): number {
  if (isJson) process.stdout.write(`${JSON.stringify({ diagnostics })}\n`)
  else {
    for (const diagnostic of diagnostics) {
      const { start, end } = diagnostic.span
      const hint = hints[diagnostic.code]?.(text.slice(start, end))
      const told = hint === undefined ? diagnostic : { ...diagnostic, hint }
      process.stderr.write(`${renderDiagnostic({ name, text }, told)}\n`)
    }
  }
  return 2
}
