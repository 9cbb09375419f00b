import type { Span } from '../../diagnostics/diagnostic.js'
import { commands } from '../commands.js'
import { findFunction } from '../functions.js'
import { lexLoosely, type Token } from '../lex.js'
import { maxQueryLength } from '../parse.js'
import { commandPage, type DocsPage, fieldsPage, functionPage } from './docs-page.js'
import { isMarkItem, openFrames } from './frames.js'
import { functionExamples } from './function-examples.js'
import { knownFields } from './known-fields.js'

export interface HoverHelp {
  readonly kind: 'command' | 'function' | 'field'
  readonly span: Span
  readonly title: string
  /** Syntax of a command, signature of a function; null for fields. */
  readonly signature: string | null
  readonly description: string
  readonly example: string | null
  readonly docs: DocsPage
}

/** What the word at this place of a query is: a command, a function or a field that is known everywhere. Never throws. */
export function hoverHelp(text: string, position: number): HoverHelp | null {
  if (text.length > maxQueryLength) return null
  const { tokens } = lexLoosely(text)
  const index = tokens.findIndex(({ span }) => span.start <= position && position < span.end)
  const token = tokens[index]
  if (token?.kind !== 'word') return null
  if (isCommandPlace(tokens, index)) return commandHelp(token.text, token.span)
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
  return { kind: 'command', span, title, signature, description, example, docs: commandPage(title) }
}

/** Help on a function by name or alias, in any spelling. */
export function functionHelp(word: string, span: Span): HoverHelp | null {
  const entry = findFunction(word)
  if (entry === undefined) return null
  const { name: title, signature, description } = entry
  const example = functionExamples[title] ?? null
  return { kind: 'function', span, title, signature, description, example, docs: functionPage(entry) }
}

function fieldHelp({ steps, span }: Token & { kind: 'word' }): HoverHelp | null {
  const name = steps.join('.')
  const pattern = name.startsWith('@aws.tag.') ? '@aws.tag.<key>' : name
  const found = knownFields.filter(one => one.name === pattern)
  if (found.length === 0) return null
  // A name such as "protocol" stands in several kinds of log, each with a meaning of its own.
  const description = found
    .map(({ scope, description }) => (scope === 'all' ? description : `${scope}: ${description}`))
    .join(' ')
  return { kind: 'field', span, title: name, signature: null, description, example: null, docs: fieldsPage }
}
