import type { Diagnostic } from '../diagnostics/diagnostic.js'
import { nearest } from '../diagnostics/nearest.js'
import type { Command, Query } from './ast.js'
import { commands } from './commands.js'
import { foreignBeginnings, foreignCommands, foreignEndings } from './foreign-words.js'
import { findFunction } from './functions.js'
import { lex } from './lex.js'
import { parseCombining } from './parse-combining.js'
import { parseExtracting } from './parse-extracting.js'
import { parseRowCommand } from './parse-rows.js'
import { parseSelecting } from './parse-selecting.js'
import {
  createTokenReader,
  fail,
  failExpected,
  isMark,
  match,
  peek,
  spanFrom,
  type TokenReader,
} from './token-reader.js'

export type Parsed = { readonly ast: Query } | { readonly diagnostics: readonly Diagnostic[] }

/** StartQuery's limit. */
export const maxQueryLength = 10_000

/**
 * Reads a query of CloudWatch Logs Insights QL. Never throws; a mistake comes back as one diagnostic with its span in
 * `text`. What is grammatical and still senseless is found by `lower`.
 *
 * Source: Amazon CloudWatch Logs User Guide, "CloudWatch Logs Insights language query syntax"; API reference, StartQuery.
 */
export function parseQuery(text: string): Parsed {
  if (text.length > maxQueryLength) {
    const message = `a query can have ${maxQueryLength} characters, this one has ${text.length}`
    const span = { start: maxQueryLength, end: text.length }
    return { diagnostics: [{ code: 'insights/too-long', severity: 'error', span, message }] }
  }
  const lexed = lex(text)
  if ('diagnostics' in lexed) return lexed
  const reader = createTokenReader(text, lexed.tokens)
  const ast = parseCommands(reader)
  if (ast !== null && reader.at < reader.tokens.length) failAfterCommand(reader)
  return reader.problem === null && ast !== null ? { ast } : { diagnostics: [reader.problem!] }
}

/** Commands up to the end or to a closing parenthesis, which is left. */
function parseCommands(reader: TokenReader): Query | null {
  const first = reader.at
  const found: Command[] = []
  do {
    const command = parseCommand(reader)
    if (command === null) return null
    found.push(command)
    const next = peek(reader)
    if (next !== undefined && !isMark(next, '|') && !isMark(next, ')')) return failAfterCommand(reader)
  } while (match(reader, '|'))
  return { kind: 'query', commands: found, span: spanFrom(reader, first) }
}

function parseSubquery(reader: TokenReader): Query | null {
  if (reader.depth >= 20)
    return fail(reader, 'too-deep', spanFrom(reader, reader.at), 'too many queries within queries')
  reader.depth++
  const query = parseCommands(reader)
  reader.depth--
  return query
}

const spellings: Readonly<Record<string, string>> = { count_frequent: 'countfrequent', order: 'sort', head: 'limit' }

function parseCommand(reader: TokenReader): Command | null {
  const token = peek(reader)
  const pipe = 'commands are separated by one "|", and none stands first or last'
  const searched = 'texts are found by filter @message like "text", filter patterns by the command search'
  const isPattern = token?.kind === 'string' || isMark(token, '{') || isMark(token, '[') || isMark(token, '-')
  if (token?.kind !== 'word' || token.isQuoted) return failExpected(reader, 'a command', isPattern ? searched : pipe)
  const first = reader.at
  reader.at++
  const written = token.text.toLowerCase()
  const word = spellings[written] ?? written
  const context = { reader, first, parseQuery: parseSubquery }
  for (const parse of [parseSelecting, parseExtracting, parseCombining, parseRowCommand]) {
    const command = parse(word, context)
    if (command !== undefined) return command
  }
  reader.at = first
  const similar = nearest(token.text, commandNames)
  const listed = similar === undefined ? `commands are ${commandNames.join(', ')}` : `did you mean "${similar}"?`
  const hint = foreignCommands.get(written) ?? functionHint(token.text) ?? listed
  return fail(reader, 'unknown-command', token.span, `"${token.text}" is not a command`, hint)
}

/** How a function is used that stands where a command should. */
function functionHint(name: string): string | undefined {
  const found = findFunction(name)
  return found && `${found.name} is a function: ${found.kind === 'aggregate' ? 'stats' : 'fields'} ${found.signature}`
}

const commandNames = commands.map(({ name }) => name)

/** Something stands after a complete command: mostly a pipe that is missing. */
function failAfterCommand(reader: TokenReader): null {
  const token = peek(reader)
  const isCommand = token?.kind === 'word' && commandNames.some(name => name.toLowerCase() === token.text.toLowerCase())
  const foreign = token?.kind === 'word' ? foreignEndings.get(token.text.toLowerCase()) : undefined
  const hint = isCommand ? 'a command begins after "|"' : (foreign ?? hintAfter(reader))
  return failExpected(reader, '"|" or the end of the query', hint)
}

function hintAfter(reader: TokenReader): string | undefined {
  const token = peek(reader)
  const before = peek(reader, -1)
  if (isMark(token, '[')) return 'a member is named field.name, an element of an array field.0'
  if (before?.kind === 'string' && token?.kind === 'string' && before.span.end === token.span.start)
    return `a quote inside a text is written \\' or \\", or the text stands in the other quotes`
  if (token?.kind !== 'word') return undefined
  if (before?.kind === 'word' && !before.isQuoted) {
    const foreign = foreignBeginnings.get(before.text.toLowerCase())
    const call = findFunction(before.text)
    if (foreign !== undefined) return foreign
    if (call !== undefined) return `a function has its arguments in parentheses: ${call.signature}`
  }
  if (before?.kind === 'regex' && before.span.end === token.span.start)
    return 'no letters follow a regular expression: case is ignored by /(?i)text/'
  const isAfterField = before?.kind === 'word' || isMark(before, ')')
  return isAfterField
    ? 'fields are separated by ",", conditions joined by "and" or "or", and a name follows "as"'
    : undefined
}
