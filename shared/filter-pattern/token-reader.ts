import type { Diagnostic, Span } from '../diagnostics/diagnostic.js'
import type { Token } from './lex.js'

/** Walks over the tokens of a pattern; the first thing that does not fit is kept as `problem`. */
export interface TokenReader {
  readonly tokens: readonly Token[]
  /** Where the pattern ends without its trailing white space. */
  readonly end: number
  at: number
  problem: Diagnostic | null
}

export function createTokenReader(tokens: readonly Token[]): TokenReader {
  return { tokens, end: tokens.at(-1)?.span.end ?? 0, at: 0, problem: null }
}

export function peek(reader: TokenReader): Token | undefined {
  return reader.tokens[reader.at]
}

/** Consumes the mark if it is the next token. */
export function match(reader: TokenReader, mark: string): boolean {
  if (!isMark(peek(reader), mark)) return false
  reader.at++
  return true
}

/** Consumes the mark or reports what stands there instead. */
export function expect(reader: TokenReader, mark: string, hint?: string): boolean {
  return match(reader, mark) || failExpected(reader, `"${mark}"`, hint) !== null
}

export function isMark(token: Token | undefined, mark: string): boolean {
  return token?.kind === 'mark' && token.text === mark
}

/** Where the last consumed token ended. */
export function lastEnd(reader: TokenReader): number {
  return reader.tokens[reader.at - 1]?.span.end ?? 0
}

export function failExpected(reader: TokenReader, expected: string, hint?: string): null {
  const token = peek(reader)
  const span = token?.span ?? { start: reader.end, end: reader.end }
  const found = token === undefined ? 'the end of the pattern' : describe(token)
  return fail(reader, 'expected', span, `expected ${expected}, found ${found}`, hint)
}

/** Reports a problem; only the first one of a pattern is kept, the rest would follow from it. */
export function fail(reader: TokenReader, code: string, span: Span, message: string, hint?: string): null {
  const problem: Diagnostic = { code: `filter-pattern/${code}`, severity: 'error', span, message }
  reader.problem ??= hint === undefined ? problem : { ...problem, hint }
  return null
}

function describe(token: Token): string {
  if (token.kind === 'phrase') return 'a quoted phrase'
  if (token.kind === 'regex') return 'a regular expression'
  return token.kind === 'selector' ? 'a selector' : `"${token.text}"`
}
