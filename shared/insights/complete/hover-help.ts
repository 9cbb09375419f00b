import type { Span } from '../../diagnostics/diagnostic.js'
import { commands } from '../commands.js'
import { findFunction } from '../functions.js'
import { lexLoosely, type Token } from '../lex.js'
import { maxQueryLength } from '../parse.js'
import { commandPage, type DocsPage, fieldsPage, functionPage, operatorsPage } from './docs-page.js'
import { findWord, wordOf } from './find-word.js'
import { isMarkItem, openFrames } from './frames.js'
import { functionExamples } from './function-examples.js'
import { type FieldType, knownFields } from './known-fields.js'
import type { LanguageWord } from './language-words.js'
import { describePeriod } from './periods.js'
import { isInComment } from './place.js'

export interface HoverHelp {
  readonly kind: 'command' | 'function' | 'field' | 'keyword' | 'operator' | 'period'
  readonly span: Span
  readonly title: string
  /** Syntax of a command, a keyword or an operator, signature of a function; null for fields. */
  readonly signature: string | null
  readonly description: string
  /** Of a field; null for everything else, and where the name has several types. */
  readonly type: FieldType | null
  readonly example: string | null
  readonly docs: DocsPage
}

/**
 * What the word or sign at this place of a query is: a command, a function, a keyword, an operator, a period, or a field
 * that is known everywhere. Null in texts, comments and names of the user's own. Never throws.
 */
export function hoverHelp(text: string, position: number): HoverHelp | null {
  if (text.length > maxQueryLength) return null
  const { tokens, problems } = lexLoosely(text)
  const isHere = ({ span }: { readonly span: Span }) => span.start <= position && position < span.end
  const index = tokens.findIndex(isHere)
  const token = tokens[index]
  if (token === undefined) return problems.some(isHere) ? null : commentHelp(text, tokens, position)
  if (token.kind === 'word' && isCommandPlace(tokens, index)) return commandHelp(token.text, token.span)
  const period = periodHelp(tokens, index)
  if (period !== null) return period
  const found = findWord(tokens, index)
  if (found !== null) return helpOn(found.word, found.span)
  if (token.kind !== 'word') return null
  const called = isMarkItem(tokens[index + 1], '(') ? functionHelp(token.text, token.span) : null
  return called ?? fieldHelp(token)
}

function isCommandPlace(tokens: readonly Token[], index: number): boolean {
  const inner = openFrames(tokens.slice(0, index)).at(-1)!
  return inner.kind === 'query' && inner.items.length === 0
}

const otherSpellings: Readonly<Record<string, string>> = {
  order: 'sort',
  head: 'limit',
  count_frequent: 'countfrequent',
}

/** Help on a command by name, in any spelling. */
export function commandHelp(word: string, span: Span): HoverHelp | null {
  const written = word.toLowerCase()
  const name = otherSpellings[written] ?? written
  const entry = commands.find(one => one.name.toLowerCase() === name)
  if (entry === undefined) return null
  const { name: title, syntax: signature, description, example } = entry
  return { kind: 'command', span, title, signature, description, type: null, example, docs: commandPage(title) }
}

/** Help on a function by name or alias, in any spelling. */
export function functionHelp(word: string, span: Span): HoverHelp | null {
  const entry = findFunction(word)
  if (entry === undefined) return null
  const { name: title, signature, description } = entry
  const example = functionExamples[title] ?? null
  return { kind: 'function', span, title, signature, description, type: null, example, docs: functionPage(entry) }
}

/** The sign that begins a comment is no token. */
function commentHelp(text: string, tokens: readonly Token[], position: number): HoverHelp | null {
  const before = tokens.findLast(({ span }) => span.end <= position)?.span.end ?? 0
  if (text[position] !== '#' || isInComment(text.slice(before, position))) return null
  return helpOn(wordOf('#', '')!, { start: position, end: position + 1 })
}

function helpOn({ kind, name: title, commands, syntax, description, example }: LanguageWord, span: Span): HoverHelp {
  const docs = commands === undefined ? operatorsPage : commandPage(commands[0]!)
  return { kind, span, title, signature: syntax, description, type: null, example, docs }
}

/** A number and the unit behind it, such as `5m` or `5 minutes`. */
function periodHelp(tokens: readonly Token[], index: number): HoverHelp | null {
  const at = tokens[index]!.kind === 'number' ? index : index - 1
  const number = tokens[at]
  const unit = tokens[at + 1]
  if (number?.kind !== 'number' || unit?.kind !== 'word' || unit.isQuoted) return null
  const description = describePeriod(number.text, unit.text)
  if (description === null) return null
  const title = `${number.text}${unit.text}`
  const span = { start: number.span.start, end: unit.span.end }
  const docs = functionPage({ name: 'bin', kind: 'scalar' })
  return { kind: 'period', span, title, signature: null, description, type: null, example: functionExamples.bin!, docs }
}

function fieldHelp({ steps, span }: Token & { kind: 'word' }): HoverHelp | null {
  const name = steps.join('.')
  const family = families.find(one => name.startsWith(one.start))
  const found = knownFields.filter(one => one.name === (family?.name ?? name))
  if (found.length === 0) return null
  // A name such as "protocol" stands in several kinds of log, each with a meaning of its own.
  const description = found
    .map(({ scope, description }) => (scope === 'all' ? description : `${scope}: ${description}`))
    .join(' ')
  const types = new Set(found.map(one => one.type))
  const type = types.size === 1 ? found[0]!.type : null
  return { kind: 'field', span, title: name, signature: null, description, type, example: null, docs: fieldsPage }
}

/** Names that go on with one of the user's own. */
const families = [
  { start: '@aws.tag.', name: '@aws.tag.<key>' },
  { start: '@entity.', name: '@entity' },
]
