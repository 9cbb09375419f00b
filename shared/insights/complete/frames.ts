import { findFunction } from '../functions.js'
import type { Token } from '../lex.js'

/**
 * What stands open at the end of a text that is still being written: the query, and in it the parentheses, lists and
 * queries that have not been closed. Never fails: a closing mark that fits nothing is passed over, and `|` ends whatever
 * is open in its query.
 */
export interface Frame {
  readonly kind: 'query' | 'call' | 'group' | 'list'
  /** Of a call: the word before the parenthesis. */
  readonly name: (Token & { kind: 'word' }) | null
  /** Of the current command, or since the mark that opened the frame; what was closed in it is one `nested`. */
  items: Item[]
  /** Of a query: the commands before the current one. */
  readonly commands: (readonly Item[])[]
  /** Of a call: how many commas there were. */
  argument: number
}

export type Item = Token | Nested

export interface Nested {
  readonly kind: 'nested'
  /** Offset behind the closing mark. */
  readonly end: number
}

/** Deeper than this nothing can be parsed, so nothing is tracked. */
const maxFrames = 200

/** The frames that are open after these tokens, from the query inwards. */
export function openFrames(tokens: readonly Token[]): readonly Frame[] {
  const frames: Frame[] = [frame('query')]
  for (const token of tokens) {
    const inner = frames.at(-1)!
    const mark = token.kind === 'mark' ? token.text : ''
    if (mark === '|') {
      while (frames.at(-1)!.kind !== 'query') close(frames, token.span.start)
      const query = frames.at(-1)!
      query.commands.push(query.items)
      query.items = []
    } else if ((mark === '(' || mark === '[' || mark === '{') && frames.length < maxFrames) {
      frames.push(mark === '(' ? parenthesis(inner) : frame('list'))
    } else if (mark === ')' || mark === ']' || mark === '}') {
      if (frames.length > 1) close(frames, token.span.end)
    } else {
      if (mark === ',') inner.argument++
      inner.items.push(token)
    }
  }
  return frames
}

function frame(kind: Frame['kind'], name: Frame['name'] = null): Frame {
  return { kind, name, items: [], commands: [], argument: 0 }
}

function close(frames: Frame[], end: number): void {
  frames.pop()
  frames.at(-1)!.items.push({ kind: 'nested', end })
}

/** A query after `in`, `join … where …` and `appendcols …`; the arguments of a call after a name; else a group. */
function parenthesis({ kind, items }: Frame): Frame {
  const before = items.at(-1)
  if (isWord(before, 'in')) return frame('query')
  if (kind === 'query' && (isWord(items[0], 'join') || isWord(items[0], 'appendcols'))) {
    const isCall = before?.kind === 'word' && findFunction(before.text) !== undefined
    if (!isCall) return frame('query')
  }
  const isName = before?.kind === 'word' && items.length > (kind === 'query' ? 1 : 0) && !isOperatorWord(before)
  return isName ? frame('call', before) : frame('group')
}

/** The command that stands open in the frame of a query, in lower case; empty before its word. */
export function commandOf({ items: [first] }: Frame): string {
  return first?.kind === 'word' ? first.text.toLowerCase() : ''
}

export function isWord(item: Item | undefined, word: string): boolean {
  return item?.kind === 'word' && !item.isQuoted && item.text.toLowerCase() === word.toLowerCase()
}

export function isMarkItem(item: Item | undefined, mark: string): boolean {
  return item?.kind === 'mark' && item.text === mark
}

const operatorWords = ['and', 'or', 'not', 'by', 'where', 'like', 'as', 'with', 'for']

export function isOperatorWord(item: Item | undefined): boolean {
  return operatorWords.some(word => isWord(item, word))
}
