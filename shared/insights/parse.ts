import type { Diagnostic } from '../diagnostics/diagnostic.js'
import { nearest } from '../diagnostics/nearest.js'
import type { Command, Query } from './ast.js'
import { type CommandEntry, commands } from './commands.js'
import {
  backtickHint,
  foreignBeginnings,
  foreignCommands,
  foreignEndings,
  foreignNegation,
  foreignOption,
} from './foreign-words.js'
import { findFunction } from './functions.js'
import { lex, type Token } from './lex.js'
import { parseCombining } from './parse-combining.js'
import { parseExtracting } from './parse-extracting.js'
import { parseRowCommand } from './parse-rows.js'
import { parseSelecting } from './parse-selecting.js'
import {
  createTokenReader,
  fail,
  failExpected,
  isKeyword,
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
  if (ast !== null && reader.at < reader.tokens.length) failAfterCommand(reader, undefined)
  return reader.problem === null && ast !== null ? { ast } : { diagnostics: [reader.problem!] }
}

/** Commands up to the end or to a closing parenthesis, which is left. */
function parseCommands(reader: TokenReader): Query | null {
  const first = reader.at
  const found: Command[] = []
  do {
    const word = peek(reader)
    const command = parseCommand(reader)
    if (command === null) return null
    found.push(command)
    const next = peek(reader)
    if (next !== undefined && !isMark(next, '|') && !isMark(next, ')')) return failAfterCommand(reader, entryOf(word))
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
  if (token?.kind !== 'word' || token.isQuoted) {
    const hint = isForeignComment(reader) ? 'a comment begins with "#"' : isPattern ? searched : pipe
    return failExpected(reader, 'a command', hint)
  }
  const first = reader.at
  reader.at++
  const written = token.text.toLowerCase()
  const word = spellings[written] ?? written
  const context = { reader, first, parseQuery: parseSubquery }
  for (const parse of [parseSelecting, parseExtracting, parseCombining, parseRowCommand]) {
    const command = parse(word, context)
    if (command === null) addSyntax(reader, entryOf(token), first)
    if (command !== undefined) return command
  }
  reader.at = first
  const similar = nearest(token.text, commandNames)
  const listed = similar === undefined ? `commands are ${commandNames.join(', ')}` : `did you mean "${similar}"?`
  const option = isMark(peek(reader, 1), '=') ? foreignOption : undefined
  const hint = foreignCommands.get(written) ?? option ?? functionHint(token.text) ?? listed
  return fail(reader, 'unknown-command', token.span, `"${token.text}" is not a command`, hint)
}

/** `//`, `--` or `/*`. */
function isForeignComment(reader: TokenReader): boolean {
  const [one, next] = [peek(reader), peek(reader, 1)]
  const isDouble =
    (isMark(one, '/') && (isMark(next, '/') || isMark(next, '*'))) || (isMark(one, '-') && isMark(next, '-'))
  return isDouble && one?.span.end === next?.span.start
}

/** A problem that says only what was expected gets the syntax of the command around it, where that says more. */
function addSyntax(reader: TokenReader, entry: CommandEntry | undefined, first: number): void {
  const { problem } = reader
  if (problem === null || problem.hint !== undefined || problem.code !== 'insights/expected') return
  if (entry === undefined || (listing.has(entry.name) && reader.at > first + 1)) return
  reader.problem = { ...problem, hint: entry.syntax }
}

/** How a function is used that stands where a command should. */
function functionHint(name: string): string | undefined {
  const found = findFunction(name)
  return found && `${found.name} is a function: ${found.kind === 'aggregate' ? 'stats' : 'fields'} ${found.signature}`
}

const commandNames = commands.map(({ name }) => name)

const entries: ReadonlyMap<string, CommandEntry> = new Map(commands.map(entry => [entry.name.toLowerCase(), entry]))

function entryOf(token: Token | undefined): CommandEntry | undefined {
  if (token?.kind !== 'word') return undefined
  const written = token.text.toLowerCase()
  return entries.get(spellings[written] ?? written)
}

/** Commands that go on with fields or conditions; of the others their syntax says more. */
const listing = new Set(['fields', 'display', 'filter', 'where', 'stats', 'sort', 'dedup', 'countFrequent', 'parse'])

/** Something stands after a complete command: mostly a pipe that is missing. */
function failAfterCommand(reader: TokenReader, command: CommandEntry | undefined): null {
  const token = peek(reader)
  const isCommand = token?.kind === 'word' && entries.has(token.text.toLowerCase())
  const foreign = token?.kind === 'word' ? foreignEndings.get(token.text.toLowerCase()) : undefined
  const hint = isCommand ? 'a command begins after "|"' : (foreign ?? hintAfter(reader, command))
  return failExpected(reader, '"|" or the end of the query', hint)
}

function hintAfter(reader: TokenReader, command: CommandEntry | undefined): string | undefined {
  const token = peek(reader)
  const before = peek(reader, -1)
  const syntax = command === undefined || listing.has(command.name) ? undefined : command.syntax
  if (isMark(before, ')') && (isMark(token, '.') || isMark(token, '[')))
    return 'members of what a function gives need a name for it: fields jsonParse(@message) as j | display j.user.roles[0]'
  if (isMark(token, '[')) return 'a member is named field.name, an element of an array field.0'
  if (before?.kind === 'string' && token?.kind === 'string' && before.span.end === token.span.start)
    return `a quote inside a text is written \\' or \\", or the text stands in the other quotes`
  if (isMark(token, '!')) return foreignNegation
  const isDashed = isMark(token, '-') && before?.span.end === token?.span.start
  if (isDashed && isKeyword(peek(reader, -2), 'as')) return backtickHint(wholeWord(reader))
  if (token?.kind !== 'word') return syntax
  if (before?.kind === 'word' && !before.isQuoted) {
    const foreign = foreignBeginnings.get(before.text.toLowerCase())
    const call = findFunction(before.text)
    if (foreign !== undefined) return foreign
    if (call !== undefined) return `a function has its arguments in parentheses: ${call.signature}`
  }
  if (before?.kind === 'regex' && before.span.end === token.span.start)
    return 'no letters follow a regular expression: case is ignored by /(?i)text/'
  const isAfterField = before?.kind === 'word' || isMark(before, ')')
  const separated = 'fields are separated by ",", conditions joined by "and" or "or", and a name follows "as"'
  return syntax ?? (isAfterField ? separated : undefined)
}

/** The word before this place and what follows it without a blank. */
function wholeWord(reader: TokenReader): string {
  const start = peek(reader, -1)!.span.start
  const end = reader.text.slice(start).search(/[\s,|]/)
  return end === -1 ? reader.text.slice(start) : reader.text.slice(start, start + end)
}
