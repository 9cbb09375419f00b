import type { Span } from '../shared/diagnostics/diagnostic.js'

/** Text that a terminal shows and does not obey: control characters are written as `\x1b`, tabs stay. */
export function printable(text: string): string {
  return text.replace(
    /[\x00-\x08\x0a-\x1f\x7f-\x9f]/g,
    char => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}

/** The text with its marked parts shown: in reverse on a terminal, between ⟦ and ⟧ elsewhere. */
export function highlight(text: string, spans: readonly Span[], isTerminal: boolean): string {
  const [open, close] = isTerminal ? ['\x1b[7m', '\x1b[27m'] : ['⟦', '⟧']
  let shown = ''
  let from = 0
  for (const { start, end } of spans) {
    shown += `${printable(text.slice(from, start))}${open}${printable(text.slice(start, end))}${close}`
    from = end
  }
  return shown + printable(text.slice(from))
}
