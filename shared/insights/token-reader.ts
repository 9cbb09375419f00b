import type { Diagnostic, Span } from '../diagnostics/diagnostic.js'
import type { Name } from './ast.js'
import { backtickHint } from './foreign-words.js'
import type { Token, Word } from './lex.js'

/** Walks over the tokens of a query; the first thing that does not fit is kept as `problem`. */
export interface TokenReader {
  readonly text: string
  readonly tokens: readonly Token[]
  at: number
  /** How many expressions and queries stand around this one. */
  depth: number
  problem: Diagnostic | null
}

export function createTokenReader(text: string, tokens: readonly Token[]): TokenReader {
  return { text, tokens, at: 0, depth: 0, problem: null }
}

export function peek(reader: TokenReader, ahead = 0): Token | undefined {
  return reader.tokens[reader.at + ahead]
}

export function isMark(token: Token | undefined, mark: string): boolean {
  return token?.kind === 'mark' && token.text === mark
}

/** An unquoted word of one step in this spelling; case does not matter. */
export function isKeyword(token: Token | undefined, keyword: string): token is Word {
  return token?.kind === 'word' && !token.isQuoted && token.text.toLowerCase() === keyword.toLowerCase()
}

/** Consumes the mark if it is next. */
export function match(reader: TokenReader, mark: string): boolean {
  if (!isMark(peek(reader), mark)) return false
  reader.at++
  return true
}

/** Consumes the keyword if it is next. */
export function matchKeyword(reader: TokenReader, keyword: string): boolean {
  if (!isKeyword(peek(reader), keyword)) return false
  reader.at++
  return true
}

export function expect(reader: TokenReader, mark: string, hint?: string): boolean {
  return match(reader, mark) || failExpected(reader, `"${mark}"`, hint) !== null
}

export function expectKeyword(reader: TokenReader, keyword: string, hint?: string): boolean {
  return matchKeyword(reader, keyword) || failExpected(reader, `"${keyword}"`, hint) !== null
}

/** From the start of the token at `first` to the end of the last one consumed. */
export function spanFrom(reader: TokenReader, first: number): Span {
  const start = reader.tokens[first]?.span.start ?? reader.text.length
  return { start, end: Math.max(start, reader.tokens[reader.at - 1]?.span.end ?? start) }
}

export function expectName(reader: TokenReader, what: string): Name | null {
  const token = peek(reader)
  if (token?.kind !== 'word') {
    const hint = token?.kind === 'string' ? backtickHint(token.value) : undefined
    return failExpected(reader, what, hint)
  }
  reader.at++
  return { kind: 'name', name: token.steps.join('.'), span: token.span }
}

/** One or more, with commas between them. */
export function readList<T>(reader: TokenReader, readOne: () => T | null): readonly T[] | null {
  const found: T[] = []
  do {
    const one = readOne()
    if (one === null) return null
    found.push(one)
  } while (match(reader, ','))
  return found
}

export function failExpected(reader: TokenReader, expected: string, hint?: string): null {
  const token = peek(reader)
  const span = token?.span ?? { start: reader.text.length, end: reader.text.length }
  const found = token === undefined ? 'the end of the query' : describe(token)
  return fail(reader, 'expected', span, `expected ${expected}, found ${found}`, hint)
}

/** Reports a problem; only the first one of a query is kept, the rest would follow from it. */
export function fail(reader: TokenReader, code: string, span: Span, message: string, hint?: string): null {
  const problem: Diagnostic = { code: `insights/${code}`, severity: 'error', span, message }
  reader.problem ??= hint === undefined ? problem : { ...problem, hint }
  return null
}

function describe(token: Token): string {
  if (token.kind === 'string') return 'a text'
  return token.kind === 'regex' ? 'a regular expression' : `"${token.text}"`
}
