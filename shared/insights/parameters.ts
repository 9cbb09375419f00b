import type { Diagnostic, Span } from '../diagnostics/diagnostic.js'
import { nearest } from '../diagnostics/nearest.js'
import { expectationOf } from './complete/expectation.js'
import { isMarkItem, isWord, openFrames } from './complete/frames.js'
import { lexLoosely, type Token } from './lex.js'
import { periodUnitOf } from './period.js'

/**
 * Parameters of saved queries: `{{name}}` stands for a value that is given when the query is run. A value is a literal and
 * never syntax, whatever characters it has: within a text or a regular expression it stands for itself; elsewhere it is a
 * number where it is written as one, a period where only a period can stand, and else a text. In comments nothing is
 * replaced.
 *
 * Source: Amazon CloudWatch Logs User Guide, "Save and re-run CloudWatch Logs Insights queries".
 */
export type Parameterized = { readonly query: string } | { readonly diagnostics: readonly Diagnostic[] }

interface Placeholder {
  readonly name: string
  readonly span: Span
  /** What it stands in; `part`: in a name, or right at one. */
  readonly within: 'text' | 'glob' | 'regex' | 'part' | 'code'
}

/** The names of a query's parameters, each once, in order. */
export function parameterNames(text: string): readonly string[] {
  return [...new Set(placeholdersIn(text).map(({ name }) => name))]
}

/** The query with values in the place of its parameters; what has no value, and values without a place, are errors. */
export function withParameters(text: string, values: ReadonlyMap<string, string>): Parameterized {
  const placeholders = placeholdersIn(text)
  const diagnostics = [
    ...placeholders.flatMap(placeholder => problemOf(placeholder, values.get(placeholder.name))),
    ...unknownParameters(text, values),
  ]
  if (diagnostics.length > 0) return { diagnostics }
  let query = ''
  let from = 0
  for (const { name, span, within } of placeholders) {
    query += text.slice(from, span.start)
    query += written(values.get(name)!, within, query)
    from = span.end
  }
  return { query: query + text.slice(from) }
}

function problemOf({ name, span, within }: Placeholder, value: string | undefined): readonly Diagnostic[] {
  if (within === 'part')
    return [problem('parameter-in-name', span, 'a parameter stands for a whole value', 'names are part of the query')]
  if (value === undefined) {
    const hint = `give it one: ${name}=value`
    return [problem('missing-parameter', span, `the parameter "${name}" has no value`, hint)]
  }
  if (within !== 'glob' || !value.includes('*')) return []
  return [problem('star-in-pattern', span, `the value of "${name}" has a "*", which parse would take for a wildcard`)]
}

function unknownParameters(text: string, values: ReadonlyMap<string, string>): readonly Diagnostic[] {
  const names = parameterNames(text)
  const known = names.length === 0 ? 'it has none' : `it has ${names.join(', ')}`
  return [...values.keys()]
    .filter(name => !names.includes(name))
    .map(name => {
      const similar = nearest(name, names)
      const hint = similar === undefined ? known : `did you mean "${similar}"?`
      return problem('unknown-parameter', { start: 0, end: text.length }, `the query has no parameter "${name}"`, hint)
    })
}

function problem(code: string, span: Span, message: string, hint?: string): Diagnostic {
  const found: Diagnostic = { code: `insights/${code}`, severity: 'error', span, message }
  return hint === undefined ? found : { ...found, hint }
}

function written(value: string, within: Placeholder['within'], before: string): string {
  if (within === 'regex') return escapeRegex(value)
  if (within !== 'code') return escapeText(value)
  const { tokens } = lexLoosely(before)
  if (isMarkItem(tokens.at(-1), '=~')) return `/${escapeRegex(value)}/`
  if (isPeriod(value) && expectationOf(openFrames(tokens)).periods !== undefined) return value
  return isPlainNumber(value) && !isWord(tokens.at(-1), 'like') ? value : `"${escapeText(value)}"`
}

function isPeriod(value: string): boolean {
  const [, unit] = /^\d{1,9} ?([A-Za-z]{1,12})$/.exec(value) ?? []
  return unit !== undefined && periodUnitOf(unit) !== undefined
}

/** One that prints itself as it is written, so that being a number changes nothing about it. */
function isPlainNumber(value: string): boolean {
  return /^\d{1,15}(?:\.\d{1,9})?$/.test(value) && String(Number(value)) === value
}

function escapeText(value: string): string {
  return value.replaceAll(/["'\\]/g, '\\$&')
}

/** A regular expression of the query ends with its line. */
function escapeRegex(value: string): string {
  return value
    .replaceAll(/[\\/^$.|?*+()[\]{}-]/g, '\\$&')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
}

const pattern = /\{\{[ \t]*([A-Za-z_]\w{0,99})[ \t]*\}\}/g

function placeholdersIn(text: string): readonly Placeholder[] {
  const { tokens, problems } = lexLoosely(text)
  const places = [...tokens, ...problems].sort((a, b) => a.span.start - b.span.start)
  const found: Placeholder[] = []
  for (const match of text.matchAll(pattern)) {
    const span = { start: match.index, end: match.index + match[0].length }
    const around = places.findLast(place => place.span.start <= span.start)
    // Between tokens there are blanks and comments; what stands in the code itself begins with a problem at `{{`.
    if (around === undefined || around.span.end <= span.start || isEscaped(text, span.start)) continue
    found.push({ name: match[1]!, span, within: placeOf(around, span, text, tokens) })
  }
  return found
}

/** A backslash before the braces would escape what is put there. */
function isEscaped(text: string, at: number): boolean {
  let from = at
  while (text[from - 1] === '\\') from--
  return (at - from) % 2 === 1
}

function placeOf(
  around: Token | Diagnostic,
  span: Span,
  text: string,
  tokens: readonly Token[],
): Placeholder['within'] {
  if ('kind' in around && around.kind === 'regex') return 'regex'
  if ('kind' in around && around.kind === 'string') return isGlob(around, tokens) ? 'glob' : 'text'
  const isWhole =
    !/[\p{L}\p{N}_@.`]$/u.test(text.slice(0, span.start)) && !/^[\p{L}\p{N}_@.`{]/u.test(text.slice(span.end))
  return around.span.start === span.start && isWhole ? 'code' : 'part'
}

/** The wildcard pattern of a `parse`. */
function isGlob(token: Token, tokens: readonly Token[]): boolean {
  const at = tokens.indexOf(token)
  const pipe = tokens.findLastIndex((one, index) => index < at && isMarkItem(one, '|'))
  return isWord(tokens[pipe + 1], 'parse') && isWord(tokens[at + 1], 'as')
}
