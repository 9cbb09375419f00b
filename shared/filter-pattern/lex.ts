import type { Diagnostic, Span } from '../diagnostics/diagnostic.js'
import type { Selector } from './ast.js'
import { lexSelector } from './lex-selector.js'

/**
 * Cuts a whole pattern into tokens. The kind of pattern, which its first character decides, says what a character can
 * begin: `-` and `?` are prefixes among terms and part of a bare value elsewhere, `$` begins a selector only between
 * braces. White space is a token's property (`isSpaced`), since only terms need it.
 */
export type Token =
  | { readonly kind: 'phrase'; readonly value: string; readonly isSpaced: boolean; readonly span: Span }
  | { readonly kind: 'regex'; readonly source: string; readonly isSpaced: boolean; readonly span: Span }
  /** A word of a term pattern; a bare value, keyword, field name or `...` elsewhere. */
  | { readonly kind: 'word'; readonly text: string; readonly isSpaced: boolean; readonly span: Span }
  | { readonly kind: 'selector'; readonly selector: Selector; readonly isSpaced: boolean; readonly span: Span }
  | { readonly kind: 'mark'; readonly text: string; readonly isSpaced: boolean; readonly span: Span }

export type PatternKind = 'terms' | 'json' | 'fields'

/** What white space is in a pattern. */
export const blanks = ' \t\r\n'

export type Lexed = { readonly tokens: readonly Token[] } | { readonly diagnostics: readonly Diagnostic[] }

const marks: Readonly<Record<PatternKind, readonly string[]>> = {
  terms: ['-', '?'],
  json: ['&&', '||', '!=', '<=', '>=', '=', '<', '>', '(', ')', '{', '}'],
  fields: ['&&', '||', '!=', '<=', '>=', '=', '<', '>', '(', ')', '[', ']', ','],
}

const words: Readonly<Record<PatternKind, RegExp>> = {
  terms: /[A-Za-z0-9_]+/y,
  json: /[A-Za-z0-9_.*\-:/+]+/y,
  fields: /[A-Za-z0-9_.*\-:/+]+/y,
}

export function lex(text: string, kind: PatternKind): Lexed {
  const tokens: Token[] = []
  let at = 0
  let isSpaced = true
  while (at < text.length) {
    if (blanks.includes(text[at]!)) {
      at++
      isSpaced = true
      continue
    }
    const token = lexOne(text, at, kind, isSpaced)
    if ('code' in token) return { diagnostics: [token] }
    tokens.push(token)
    at = token.span.end
    isSpaced = false
  }
  return { tokens }
}

function lexOne(text: string, at: number, kind: PatternKind, isSpaced: boolean): Token | Diagnostic {
  const char = text[at]!
  if (char === '"') return lexPhrase(text, at, isSpaced)
  if (char === '%') return lexRegex(text, at, isSpaced)
  if (char === '$' && kind === 'json') {
    const selector = lexSelector(text, at)
    return 'code' in selector ? selector : { kind: 'selector', selector, isSpaced, span: selector.span }
  }
  const mark = marks[kind].find(candidate => text.startsWith(candidate, at))
  if (mark !== undefined) return { kind: 'mark', text: mark, isSpaced, span: { start: at, end: at + mark.length } }
  const pattern = words[kind]
  pattern.lastIndex = at
  const word = pattern.exec(text)?.[0]
  if (word !== undefined) return { kind: 'word', text: word, isSpaced, span: { start: at, end: at + word.length } }
  return unexpectedCharacter(text, at, kind)
}

function lexPhrase(text: string, start: number, isSpaced: boolean): Token | Diagnostic {
  let value = ''
  for (let at = start + 1; at < text.length; at++) {
    const char = text[at]!
    if (char === '"') return { kind: 'phrase', value, isSpaced, span: { start, end: at + 1 } }
    const escaped = char === '\\' ? text[at + 1] : undefined
    if (escaped === '"' || escaped === '\\') at++
    value += text[at]!
  }
  return {
    code: 'filter-pattern/unclosed-quote',
    severity: 'error',
    span: { start, end: text.length },
    message: 'expected a closing quote, found the end of the pattern',
    hint: 'a quote inside a phrase is written \\"',
  }
}

function lexRegex(text: string, start: number, isSpaced: boolean): Token | Diagnostic {
  const end = text.indexOf('%', start + 1)
  if (end !== -1) return { kind: 'regex', source: text.slice(start + 1, end), isSpaced, span: { start, end: end + 1 } }
  return {
    code: 'filter-pattern/unclosed-regex',
    severity: 'error',
    span: { start, end: text.length },
    message: 'expected "%" to close the regular expression, found the end of the pattern',
    hint: 'text that contains a percent sign is written in double quotes',
  }
}

function unexpectedCharacter(text: string, at: number, kind: PatternKind): Diagnostic {
  const char = String.fromCodePoint(text.codePointAt(at)!)
  return {
    code: 'filter-pattern/unexpected-character',
    severity: 'error',
    span: { start: at, end: at + char.length },
    message: `"${char}" cannot stand outside quotes`,
    hint: hintFor(char, kind),
  }
}

function hintFor(char: string, kind: PatternKind): string {
  if (kind === 'terms') return 'only ASCII letters, digits and underscores need no double quotes'
  if (char === "'") return 'strings are written in double quotes'
  if (char === '!') return 'there is no negation; "!=", "NOT EXISTS" and "IS FALSE" are comparisons'
  if (char === '&' || char === '|') return `conditions are joined by "${char}${char}"`
  return 'a value with other characters than letters, digits and _ . * - : / is written in double quotes'
}
