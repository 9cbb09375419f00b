import type { Span } from '../../diagnostics/diagnostic.js'
import { lexLoosely, type Token } from '../lex.js'
import { type Frame, openFrames } from './frames.js'

/** Where a cursor stands in a query. */
export interface Place {
  /** What is typed of the word at the cursor. */
  readonly prefix: string
  /** What a completion replaces: the word at the cursor, or nothing between two. */
  readonly span: Span
  /** A number that stands right before the prefix, as in `5m`; it is part of the span. */
  readonly number: string | null
  readonly frames: readonly Frame[]
}

/** Null inside of a text, a regular expression or a comment: what stands there is the user's own. */
export function placeAt(text: string, cursor: number): Place | null {
  const before = text.slice(0, cursor)
  const { tokens, problems } = lexLoosely(before)
  const open = problems.find(({ code, span }) => span.end === cursor && code.startsWith('insights/unclosed-'))
  if (open?.code === 'insights/unclosed-backtick') return quotedPlace(text, cursor, open.span, tokens)
  // A regular expression ends with its line, closed or not.
  if (open !== undefined && !(open.code === 'insights/unclosed-slash' && before.endsWith('\n'))) return null
  const end = Math.max(tokens.at(-1)?.span.end ?? 0, problems.at(-1)?.span.end ?? 0)
  if (isInComment(before.slice(end))) return null
  const typed = typedTokens(tokens, cursor)
  const rest = tokens.slice(0, tokens.length - typed.length)
  const [first] = typed
  const number = first?.kind === 'number' ? first.text : null
  const start = first?.span.start ?? cursor
  return {
    prefix: before.slice(start + (number?.length ?? 0)),
    span: { start, end: first === undefined ? cursor : wordEnd(text, cursor) },
    number,
    frames: openFrames(rest),
  }
}

/** @param gap what stands between a token and a place behind it, before the next token */
export function isInComment(gap: string): boolean {
  const hash = gap.lastIndexOf('#')
  return hash !== -1 && !gap.includes('\n', hash)
}

/** The tokens that make up the word which ends at the cursor: `5` `m`, or `items` `.` before the next step is typed. */
function typedTokens(tokens: readonly Token[], cursor: number): readonly Token[] {
  const last = tokens.at(-1)
  const previous = tokens.at(-2)
  if (last === undefined || last.span.end !== cursor) return []
  const touches = previous?.span.end === last.span.start
  if (last.kind === 'word') return previous?.kind === 'number' && touches ? [previous, last] : [last]
  if (last.kind === 'number') return [last]
  return last.kind === 'mark' && last.text === '.' && previous?.kind === 'word' && touches ? [previous, last] : []
}

const restOfWord = /(?:[\p{L}\p{N}_@]|\.(?=[\p{L}\p{N}_@`]))*/uy

function wordEnd(text: string, cursor: number): number {
  restOfWord.lastIndex = cursor
  return cursor + (restOfWord.exec(text)?.[0].length ?? 0)
}

/** A name in backticks that is not closed yet. */
function quotedPlace(text: string, cursor: number, { start }: Span, tokens: readonly Token[]): Place | null {
  if (text[start - 1] === '@' || text[start - 1] === '.') return null
  const line = text.indexOf('\n', cursor)
  const closing = text.indexOf('`', cursor)
  const isClosed = closing !== -1 && (line === -1 || closing < line) && !/[|,()\s]/.test(text.slice(cursor, closing))
  return {
    prefix: text.slice(start + 1, cursor),
    span: { start, end: isClosed ? closing + 1 : cursor },
    number: null,
    frames: openFrames(tokens),
  }
}
