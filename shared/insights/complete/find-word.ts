import type { Span } from '../../diagnostics/diagnostic.js'
import type { Token } from '../lex.js'
import { endsOperand } from './expectation.js'
import { commandOf, type Frame, isMarkItem, isWord, openFrames } from './frames.js'
import { type LanguageWord, languageWords } from './language-words.js'

export interface FoundWord {
  readonly word: LanguageWord
  /** Of all tokens that it is written with: `not like`, `type=`. */
  readonly span: Span
}

/**
 * What the token at this index of a query means where it is neither command nor function nor field: a keyword, an option
 * or a sign. Null for names and texts of the user's own, also for a field that is called like a keyword.
 */
export function findWord(tokens: readonly Token[], index: number): FoundWord | null {
  const token = tokens[index]!
  const frames = openFrames(tokens.slice(0, index))
  const command = commandOf(frames.findLast(({ kind }) => kind === 'query')!)
  for (const [from, to] of [
    [index - 1, index],
    [index, index + 1],
  ]) {
    const word = wordOf(joined(tokens[from!], tokens[to!]), command)
    if (word !== null) return { word, span: { start: tokens[from!]!.span.start, end: tokens[to!]!.span.end } }
  }
  const name = spellingOf(tokens, index, command)
  const word = name === null || isOwnName(token, frames.at(-1)!) ? null : wordOf(name, command)
  return word === null ? null : { word, span: token.span }
}

/** The entry of a keyword, an option or a sign, in any case, as this command means it. */
export function wordOf(name: string, command: string): LanguageWord | null {
  const lower = name.toLowerCase()
  const isMeant = ({ name, commands }: LanguageWord) =>
    name.toLowerCase() === lower && (commands === undefined || commands.includes(command))
  // Entries of a command stand before those of all commands.
  return languageWords.find(isMeant) ?? null
}

/** Two tokens that are one word of the language: `not like`, `type` `=`. */
function joined(first: Token | undefined, second: Token | undefined): string {
  if (first?.kind !== 'word' || first.isQuoted) return ''
  if (second?.kind === 'mark') return `${first.text}${second.text}`
  return second?.kind === 'word' && !second.isQuoted ? `${first.text} ${second.text}` : ''
}

function spellingOf(tokens: readonly Token[], index: number, command: string): string | null {
  const token = tokens[index]!
  if (token.kind === 'word') return token.isQuoted ? null : token.text
  if (token.kind === 'regex') return '/…/'
  if (token.kind !== 'mark') return null
  if (token.text === '*' && command === 'filldown') return '<name>*'
  const isAll = isMarkItem(tokens[index - 1], '(') && isMarkItem(tokens[index + 1], ')')
  if (token.text === '*' && isAll) return 'count(*)'
  if (token.text === '-' && command === 'autoregress') return 'p='
  return opening[token.text] ?? token.text
}

/** What a closing mark ends is told with the opening one. */
const opening: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' }

const infix = [
  'as',
  'asc',
  'desc',
  'and',
  'or',
  'like',
  'in',
  'offset',
  'into',
  'multi',
  'output',
  'outputnew',
  'maxspan',
]

/** A field that is called like a word of the language: what joins two operands needs one before it. */
function isOwnName(token: Token, { kind, items }: Frame): boolean {
  if (token.kind !== 'word' || !infix.includes(token.text.toLowerCase())) return false
  const before = kind === 'query' ? items.slice(1) : items
  return isWord(before.at(-1), 'as') || !endsOperand(before)
}
