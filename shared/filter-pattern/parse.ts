import type { Diagnostic, Span } from '../diagnostics/diagnostic.js'
import type { FilterPattern, Selector, Term } from './ast.js'
import { checkLimits, maxPatternLength } from './check-limits.js'
import { blanks, lex, type PatternKind, type Token } from './lex.js'
import { lexSelector } from './lex-selector.js'
import { parseFields } from './parse-fields.js'
import { parseJson } from './parse-json.js'
import { createTokenReader, fail, failExpected, match, peek, type TokenReader } from './token-reader.js'

export type Parsed = { readonly ast: FilterPattern } | { readonly diagnostics: readonly Diagnostic[] }

/**
 * Reads a CloudWatch Logs filter pattern: a term pattern, a JSON pattern in braces or a space-delimited pattern in
 * brackets. Never throws; what CloudWatch would refuse comes back as diagnostics with spans into `text`.
 *
 * Source: Amazon CloudWatch Logs User Guide, "Filter pattern syntax"; API reference, PutMetricFilter.
 */
export function parsePattern(text: string): Parsed {
  if (text.length > maxPatternLength) return { diagnostics: [tooLong(text)] }
  const span = trimmedSpan(text)
  if (span.start === span.end) return { ast: { kind: 'all', span } }
  const first = text[span.start]
  const kind: PatternKind = first === '{' ? 'json' : first === '[' ? 'fields' : 'terms'
  const closing = kind === 'json' ? '}' : ']'
  if (kind !== 'terms' && text[span.end - 1] !== closing) return { diagnostics: [unclosed(first!, closing, span)] }
  const lexed = lex(text, kind)
  if ('diagnostics' in lexed) return lexed
  const reader = createTokenReader(lexed.tokens)
  const ast = kind === 'json' ? parseJson(reader) : kind === 'fields' ? parseFields(reader) : parseTerms(reader)
  if (reader.problem !== null || ast === null) return { diagnostics: [reader.problem!] }
  const diagnostics = checkLimits(ast)
  return diagnostics.length > 0 ? { diagnostics } : { ast }
}

/** Reads one selector, as a metric value or dimension names it: `$.latency`. */
export function parseSelector(
  text: string,
): { readonly selector: Selector } | { readonly diagnostics: readonly Diagnostic[] } {
  const read: Selector | Diagnostic = text.startsWith('$')
    ? lexSelector(text, 0)
    : problem('bad-selector', { start: 0, end: text.length }, 'expected a selector that begins with "$."')
  if ('code' in read) return { diagnostics: [read] }
  if (read.span.end === text.length) return { selector: read }
  const rest = { start: read.span.end, end: text.length }
  return { diagnostics: [problem('bad-selector', rest, 'expected the end of the selector')] }
}

function parseTerms(reader: TokenReader): FilterPattern | null {
  const { tokens } = reader
  const span = { start: tokens[0]!.span.start, end: reader.end }
  const [first, second] = tokens
  // The guide shows both forms as patterns that match every event.
  if (first?.kind === 'phrase' && second === undefined && (first.value === '' || first.value === ' '))
    return { kind: 'all', span }
  const terms: Term[] = []
  while (peek(reader) !== undefined) {
    const term = parseTerm(reader)
    if (term === null) return null
    terms.push(term)
  }
  return { kind: 'terms', terms, span }
}

function parseTerm(reader: TokenReader): Term | null {
  const first = peek(reader)!
  // A hyphen needs no space before it: ORDER-ITEM is read as ORDER -ITEM, which finds nothing that holds both.
  const role = match(reader, '-') ? 'exclude' : match(reader, '?') ? 'optional' : 'include'
  if (!first.isSpaced && role !== 'exclude')
    return fail(reader, 'expected', first.span, 'expected white space between two terms', quoteHint)
  const token = peek(reader)
  if (token !== undefined && role === 'optional' && token.isSpaced)
    return fail(reader, 'expected', token.span, 'expected a term directly after "?"')
  const value = termValue(token)
  if (value === null) return failExpected(reader, 'a word, a quoted phrase or a regular expression', quoteHint)
  reader.at++
  return { role, value, span: { start: first.span.start, end: value.span.end } }
}

const quoteHint = 'text with other characters than ASCII letters, digits and underscores is written in double quotes'

function termValue(token: Token | undefined): Term['value'] | null {
  if (token?.kind === 'word') return { kind: 'text', value: token.text, span: token.span }
  if (token?.kind === 'phrase') return { kind: 'text', value: token.value, span: token.span }
  return token?.kind === 'regex' ? { kind: 'regex', source: token.source, span: token.span } : null
}

function trimmedSpan(text: string): Span {
  let start = 0
  let end = text.length
  while (start < end && blanks.includes(text[start]!)) start++
  while (end > start && blanks.includes(text[end - 1]!)) end--
  return { start, end }
}

function tooLong(text: string): Diagnostic {
  const message = `a filter pattern can have ${maxPatternLength} characters, this one has ${text.length}`
  return problem('too-long', { start: maxPatternLength, end: text.length }, message)
}

function unclosed(opening: string, closing: string, span: Span): Diagnostic {
  const message = `a filter pattern that starts with "${opening}" must end with "${closing}"`
  const hint = 'a term that begins with a bracket or brace is written in double quotes'
  return { ...problem('unclosed', { start: span.end - 1, end: span.end }, message), hint }
}

function problem(code: string, span: Span, message: string): Diagnostic {
  return { code: `filter-pattern/${code}`, severity: 'error', span, message }
}
