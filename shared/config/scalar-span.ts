import type { Scalar } from 'yaml'
import type { Span } from '../diagnostics/diagnostic.js'

/**
 * Where a part of a scalar's value stands in the YAML text. Undefined where the value is folded, a block or escaped in
 * other ways than by a doubled quote or a backslash before one character that stands for itself.
 */
export function spanInScalar(text: string, scalar: Scalar, part: Span): Span | undefined {
  const { value, range } = scalar
  if (typeof value !== 'string' || !range) return undefined
  const quote = text[range[0]]
  const isQuoted = quote === "'" || quote === '"'
  const written = isQuoted ? text.slice(range[0] + 1, range[1] - 1) : text.slice(range[0], range[1])
  /** Offset of every character of the value, and of its end. */
  const offsets: number[] = []
  let at = 0
  for (const character of value.split('')) {
    offsets.push(at)
    if (isQuoted && isEscaped(written, at, quote, character)) at++
    if (written[at] !== character) return undefined
    at++
  }
  offsets.push(at)
  if (at !== written.length) return undefined
  const base = range[0] + (isQuoted ? 1 : 0)
  return { start: base + offsets[part.start]!, end: base + offsets[part.end]! }
}

function isEscaped(written: string, at: number, quote: string, character: string): boolean {
  const next = written[at + 1]
  if (next !== character) return false
  return quote === "'" ? written[at] === "'" && character === "'" : written[at] === '\\' && /["\\/]/.test(character)
}
