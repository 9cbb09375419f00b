import type { Span } from '../../diagnostics/diagnostic.js'
import { escapeLength } from './unescape.js'

/** A stretch of the text that a marker replaces; `quoted` where the marker becomes a JSON string of its own. */
export interface Piece<Match> extends Span {
  readonly quoted: boolean
  readonly match: Match
}

/**
 * Fits matches, sorted and apart, into a JSON document that begins at `from` and goes on to the end of the text, so that
 * it stays one: inside of a string the stretch is widened to whole escapes, a number or literal is replaced whole by a
 * quoted marker, and what stands between the tokens is left.
 */
export function fitIntoJson<Match extends Span>(text: string, from: number, matches: readonly Match[]): Piece<Match>[] {
  const pieces: Piece<Match>[] = []
  const boundaries = escapeBoundaries(text, from)
  let next = 0
  for (let at = from; at < text.length && next < matches.length; ) {
    const code = text.charCodeAt(at)
    const isString = code === 34
    if (!isString && isBetweenTokens(code)) {
      at++
      continue
    }
    const start = isString ? at + 1 : at
    const end = isString ? stringEnd(text, start) : literalEnd(text, at)
    while (next < matches.length && matches[next]!.end <= start) next++
    for (; next < matches.length && matches[next]!.start < end; next++) {
      const match = matches[next]!
      if (isString) {
        const first = Math.max(boundaries.start(Math.max(match.start, start)), pieces.at(-1)?.end ?? 0)
        const last = boundaries.end(Math.min(endsAtInnerQuote(text, match, start) ? end : match.end, end))
        const open = startBeforeEscape(text, first, Math.max(start, pieces.at(-1)?.end ?? 0))
        if (first < last) pieces.push({ start: open, end: last, quoted: false, match })
      } else if (pieces.at(-1)?.end !== end) {
        pieces.push({ start, end, quoted: true, match })
      }
      // It goes on behind this token.
      if (match.end > end) break
    }
    at = isString ? end + 1 : end
  }
  return pieces
}

/** A pattern that ends with a quote, like `"token":"[^"]*"`, took an escaped quote for the one that closes the string. */
function endsAtInnerQuote(text: string, match: Span, start: number): boolean {
  return match.start < start && match.end > start && text.charCodeAt(match.end - 1) === 34
}

/**
 * A match that begins with the letter of what may be an escape at a deeper level (`\\n` in a string, `\n` in a line that
 * is not JSON) takes the backslashes along: they must not stay behind without their letter. Not before `floor`.
 */
export function startBeforeEscape(text: string, start: number, floor: number): number {
  if (text.charCodeAt(start - 1) !== 92 || !/[bfnrt]/.test(text.charAt(start))) return start
  let at = start
  while (at > floor && text.charCodeAt(at - 1) === 92) at--
  return at
}

interface EscapeBoundaries {
  start(offset: number): number
  end(offset: number): number
}

/** Offsets must be asked for in ascending order, and `from` must stand outside of any escape. */
function escapeBoundaries(text: string, from: number): EscapeBoundaries {
  let backslash = -2
  let unitEnd = from
  const advance = (offset: number): void => {
    if (backslash === -2) backslash = text.indexOf('\\', from)
    while (backslash !== -1 && backslash < offset) {
      unitEnd = backslash + escapeLength(text, backslash)
      if (unitEnd > offset) return
      backslash = text.indexOf('\\', unitEnd)
    }
  }
  return {
    start(offset) {
      advance(offset)
      if (backslash === -1 || backslash >= offset || unitEnd <= offset) return offset
      // The letter of `\n` looked like the first of the match: the match begins behind it.
      return unitEnd - backslash === 2 ? unitEnd : backslash
    },
    end(offset) {
      advance(offset)
      return backslash === -1 || backslash >= offset || unitEnd <= offset ? offset : unitEnd
    },
  }
}

/** Offset of the quote that closes the string whose content begins at `start`. */
function stringEnd(text: string, start: number): number {
  for (let quote = text.indexOf('"', start); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0
    while (text.charCodeAt(quote - 1 - backslashes) === 92) backslashes++
    if (backslashes % 2 === 0) return quote
  }
  return text.length
}

function literalEnd(text: string, start: number): number {
  let at = start
  while (at < text.length && text.charCodeAt(at) !== 34 && !isBetweenTokens(text.charCodeAt(at))) at++
  return at
}

/** White space and `, : [ ] { }`. */
function isBetweenTokens(code: number): boolean {
  return code <= 32 || code === 44 || code === 58 || code === 91 || code === 93 || code === 123 || code === 125
}
