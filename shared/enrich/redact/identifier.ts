import type { Span } from '../../diagnostics/diagnostic.js'

/**
 * Something a redactor looks for. `find` takes time linear in the text, whatever the text holds, and allocates nothing
 * when there is no match: most messages have none. Spans may overlap; whatever they cover is redacted.
 */
export interface Identifier {
  /** Stands in the marker and in the counts. */
  readonly name: string
  readonly find: (text: string) => readonly Span[]
  /**
   * Whether an escape like `\n` right before a match, or `\/` in it, can keep it from being found. Where not, only codes
   * like `\u0040` can hide one, and a text without any need not be unescaped.
   */
  readonly mindsEscapes: boolean
}

export const noSpans: readonly Span[] = []

/** `found` with one more span, started when there is none yet. */
export function withSpan(found: readonly Span[], start: number, end: number): readonly Span[] {
  if (found.length === 0) return [{ start, end }]
  ;(found as Span[]).push({ start, end })
  return found
}
