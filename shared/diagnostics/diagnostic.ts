/** Half-open range of UTF-16 offsets into the text that was parsed. */
export interface Span {
  readonly start: number
  readonly end: number
}

/**
 * One finding about something a user wrote: configuration, filter pattern or query.
 * `message` says what was expected and what was found, without addressing anybody; `hint` says how to mend it.
 */
export interface Diagnostic {
  /** Stable, kebab-case, for tests and documentation: `config/unknown-key`. */
  readonly code: string
  readonly severity: 'error' | 'warning'
  readonly span: Span
  readonly message: string
  readonly hint?: string
}

/** 1-based line and column (in UTF-16 units) of an offset. */
export function positionAt(text: string, offset: number): { readonly line: number; readonly column: number } {
  const clamped = Math.max(0, Math.min(offset, text.length))
  const lineStart = text.lastIndexOf('\n', clamped - 1) + 1
  let line = 1
  for (let at = text.indexOf('\n'); at !== -1 && at < clamped; at = text.indexOf('\n', at + 1)) line++
  return { line, column: clamped - lineStart + 1 }
}

/**
 * Draws a diagnostic under the line it points at:
 *
 *     pipeline.yml:4:5: error: unknown key "retain" (config/unknown-key)
 *       4 |     retain: 30d
 *         |     ^^^^^^
 *     hint: did you mean "retention"?
 *
 * Of a line that is long only the part around the place is drawn.
 */
export function renderDiagnostic(
  source: { readonly name: string; readonly text: string },
  diagnostic: Diagnostic,
): string {
  const { line, column } = positionAt(source.text, diagnostic.span.start)
  const whole = source.text.split('\n')[line - 1] ?? ''
  const { lineText, before } = excerpt(whole, column - 1)
  const width = Math.max(1, Math.min(diagnostic.span.end - diagnostic.span.start, lineText.length - before))
  const gutter = String(line)
  const lead = lineText.slice(0, before).replace(/[^\t]/g, ' ')
  const head = `${source.name}:${line}:${column}: ${diagnostic.severity}: ${diagnostic.message} (${diagnostic.code})`
  const drawn = `${head}\n  ${gutter} | ${lineText}\n  ${' '.repeat(gutter.length)} | ${lead}${'^'.repeat(width)}`
  return diagnostic.hint === undefined ? drawn : `${drawn}\nhint: ${diagnostic.hint}`
}

/** Longer lines are cut, to so many characters before the place and after it. */
const longestLine = 240
const around = 80

/** The line, or its part around an offset, with the offset within it. */
function excerpt(line: string, at: number): { readonly lineText: string; readonly before: number } {
  if (line.length <= longestLine) return { lineText: line, before: at }
  const start = at <= around ? 0 : at - around
  const end = Math.min(line.length, at + around)
  const lead = start === 0 ? '' : '…'
  const lineText = `${lead}${line.slice(start, end)}${end === line.length ? '' : '…'}`
  return { lineText, before: at - start + lead.length }
}
