import type { Diagnostic, Span } from '../diagnostics/diagnostic.js'
import { foreignCharacters, foreignOperators } from './foreign-words.js'

/**
 * Cuts a whole query into tokens. One thing depends on context: `/` begins a regular expression after `like`, after
 * `=~`, and in a `parse` command that has not had its pattern yet; everywhere else it divides. It is decided in
 * `regexMayBegin` and nowhere else.
 *
 * A path such as ``items.0.`a b` `` is one token; its steps are cut at the dots outside backticks.
 */
export type Token = Word | Quoted | RegexToken | NumberToken | Mark

export interface Word {
  readonly kind: 'word'
  /** As written, for messages and keywords. */
  readonly text: string
  readonly steps: readonly string[]
  /** Backticks were used: never a keyword. */
  readonly isQuoted: boolean
  readonly span: Span
}

export interface Quoted {
  readonly kind: 'string'
  readonly value: string
  readonly span: Span
}

export interface RegexToken {
  readonly kind: 'regex'
  /** Without the slashes, `\/` read as `/`. */
  readonly source: string
  readonly span: Span
}

export interface NumberToken {
  readonly kind: 'number'
  readonly text: string
  readonly span: Span
}

export interface Mark {
  readonly kind: 'mark'
  readonly text: string
  readonly span: Span
}

export type Lexed = { readonly tokens: readonly Token[] } | { readonly diagnostics: readonly Diagnostic[] }

const marks = ['!=', '<=', '>=', '=~', '|', ',', '(', ')', '[', ']', '{', '}', ':', '.', '=', '<', '>']
const operators = ['+', '-', '*', '/', '%', '^', '!']

const identifier = /[\p{L}\p{N}_@]+/uy
const number = /\d+(?:\.\d+)?/y

export function lex(text: string): Lexed {
  const { tokens, problems } = cut(text, false)
  return problems.length === 0 ? { tokens } : { diagnostics: problems }
}

/** The tokens of a query that is being written: what cannot be read is told and passed over. */
export function lexLoosely(text: string): {
  readonly tokens: readonly Token[]
  readonly problems: readonly Diagnostic[]
} {
  return cut(text, true)
}

function cut(text: string, goesOn: boolean) {
  const tokens: Token[] = []
  const problems: Diagnostic[] = []
  let at = 0
  let place: ParsePlace = { isAwaiting: false, depth: 0 }
  while (at < text.length && (goesOn || problems.length === 0)) {
    const char = text[at]!
    if (isBlank(char)) at++
    else if (char === '#') at = endOfLine(text, at)
    else {
      const last = tokens.at(-1)
      const token = lexOne(text, at, regexMayBegin(last, place))
      at = token.span.end
      if ('code' in token) problems.push(token)
      else {
        place = placeAfter(token, last, place)
        tokens.push(token)
      }
    }
  }
  return { tokens, problems }
}

function isBlank(char: string): boolean {
  return char === ' ' || char === '\t' || char === '\n' || char === '\r' || char === '\u00a0' || char === '\ufeff'
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from)
  return end === -1 ? text.length : end + 1
}

function lexOne(text: string, at: number, isRegexPlace: boolean): Token | Diagnostic {
  const char = text[at]!
  if (char === '"' || char === "'") return lexString(text, at, char)
  if (char === '/' && isRegexPlace) return lexRegex(text, at)
  const digits = matchAt(number, text, at)
  if (digits !== null) return { kind: 'number', text: digits, span: { start: at, end: at + digits.length } }
  if (char === '`' || char === '@' || char === '_' || matchAt(identifier, text, at) !== null) return lexPath(text, at)
  const pair = text.slice(at, at + 2)
  const foreign = foreignOperators.get(pair)
  if (foreign !== undefined)
    return problem('unexpected-operator', { start: at, end: at + 2 }, `"${pair}" is not part of the language`, foreign)
  const mark = marks.find(one => text.startsWith(one, at)) ?? operators.find(one => one === char)
  if (mark !== undefined) return { kind: 'mark', text: mark, span: { start: at, end: at + mark.length } }
  const found = String.fromCodePoint(text.codePointAt(at)!)
  const hint = foreignCharacters.get(found) ?? 'other names need backticks'
  return problem('unexpected-character', { start: at, end: at + found.length }, `unexpected "${found}"`, hint)
}

function matchAt(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? null
}

function lexPath(text: string, start: number): Token | Diagnostic {
  const steps: string[] = []
  let isQuoted = false
  let at = start
  for (;;) {
    const name = matchAt(identifier, text, at) ?? ''
    at += name.length
    let step = name
    // @`aws.tag.key` is one name: the sign belongs to what is quoted.
    if (text[at] === '`' && (name === '' || name === '@')) {
      const end = text.indexOf('`', at + 1)
      if (end === -1) return unclosed(text, at, 'backtick')
      if (end === at + 1) return problem('empty-name', { start: at, end: end + 1 }, 'expected a name between backticks')
      step += text.slice(at + 1, end)
      at = end + 1
      isQuoted = true
    }
    steps.push(step)
    const next = text[at + 1] ?? ''
    if (text[at] !== '.' || !(next === '`' || matchAt(identifier, text, at + 1) !== null)) break
    at++
  }
  return { kind: 'word', text: text.slice(start, at), steps, isQuoted, span: { start, end: at } }
}

function lexString(text: string, start: number, quote: string): Token | Diagnostic {
  const parts: string[] = []
  let from = start + 1
  for (let at = from; at < text.length; at++) {
    const char = text[at]!
    if (char === quote) {
      parts.push(text.slice(from, at))
      return { kind: 'string', value: parts.join(''), span: { start, end: at + 1 } }
    }
    const escaped = char === '\\' ? text[at + 1] : undefined
    if (escaped === '"' || escaped === "'" || escaped === '\\') {
      parts.push(text.slice(from, at))
      from = at + 1
      at++
    }
  }
  return unclosed(text, start, 'quote')
}

/**
 * In a `parse` command the pattern comes first or after one operand, so any `/` outside parentheses before the first
 * string or regular expression outside them begins one.
 */
function regexMayBegin(last: Token | undefined, place: ParsePlace): boolean {
  if (place.isAwaiting && place.depth === 0) return true
  if (last?.kind === 'mark' && last.text === '=~') return true
  return last?.kind === 'word' && last.text.toLowerCase() === 'like'
}

/** Whether a `parse` command is open that has not had its pattern, and how many parentheses are open in it. */
interface ParsePlace {
  readonly isAwaiting: boolean
  readonly depth: number
}

function placeAfter(token: Token, previous: Token | undefined, { isAwaiting, depth }: ParsePlace): ParsePlace {
  const isFirst = previous === undefined || (previous.kind === 'mark' && previous.text === '|')
  if (isFirst) return { isAwaiting: token.kind === 'word' && token.text.toLowerCase() === 'parse', depth: 0 }
  if (token.kind === 'mark')
    return { isAwaiting, depth: depth + (token.text === '(' ? 1 : token.text === ')' ? -1 : 0) }
  return { isAwaiting: isAwaiting && (depth > 0 || token.kind === 'word' || token.kind === 'number'), depth }
}

function lexRegex(text: string, start: number): Token | Diagnostic {
  for (let at = start + 1; at < text.length && text[at] !== '\n'; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '/') {
      const source = text.slice(start + 1, at).replaceAll('\\/', '/')
      return { kind: 'regex', source, span: { start, end: at + 1 } }
    }
  }
  return unclosed(text, start, 'slash')
}

function unclosed(text: string, start: number, what: 'quote' | 'slash' | 'backtick'): Diagnostic {
  const end = what === 'slash' ? endOfLine(text, start) : text.length
  const hint =
    what === 'slash' ? 'a slash inside a regular expression is written \\/' : 'a quote inside a text is written \\"'
  const message = `expected a closing ${what}, found the end of the ${what === 'slash' ? 'line' : 'query'}`
  return problem(`unclosed-${what}`, { start, end }, message, what === 'backtick' ? undefined : hint)
}

function problem(code: string, span: Span, message: string, hint?: string): Diagnostic {
  const found: Diagnostic = { code: `insights/${code}`, severity: 'error', span, message }
  return hint === undefined ? found : { ...found, hint }
}
