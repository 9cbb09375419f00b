import { onlyCharacter } from './char-set.js'
import { isSafeToBacktrack, nativeRegex } from './native-regex.js'
import type { RegexItem, RegexTree } from './parse-regex.js'
import { printTree } from './print-tree.js'
import { compileProgram, trimTree } from './program.js'
import { createSearch } from './search.js'

/**
 * Whether the expression occurs in a text, in time linear in the text whatever the expression. `.` is any character
 * but a newline, `^` and `$` are the ends of the text. An expression that is only text is looked for as text; the
 * platform's engine is used where its backtracking is proved to be bounded; elsewhere an automaton, after a look for
 * text that every occurrence contains.
 */
export function compileRegex(tree: RegexTree): (text: string) => boolean {
  const trimmed = trimTree(tree)
  const literal = literalOf(trimmed)
  if (literal !== null) return literal
  if (isSafeToBacktrack(trimmed)) {
    const native = nativeRegex(trimmed)
    return text => native.test(text)
  }
  const search = createSearch(compileProgram(trimmed))
  const needed = neededRegexText(trimmed)
  return needed === '' ? search : text => text.includes(needed) && search(text)
}

function literalOf(tree: RegexTree): ((text: string) => boolean) | null {
  const [items, another] = tree.alternatives
  if (items === undefined || another !== undefined) return null
  const atStart = items[0]?.atom === 'start'
  const atEnd = items.at(-1)?.atom === 'end'
  const inner = items.slice(atStart ? 1 : 0, atEnd ? -1 : undefined)
  if (!inner.every(isCharacter)) return null
  const text = inner.map(characters).join('')
  if (atStart && atEnd) return message => message === text
  if (atStart) return message => message.startsWith(text)
  return atEnd ? message => message.endsWith(text) : message => message.includes(text)
}

/** The longest text that is part of every occurrence of a trimmed expression, or ''. */
export function neededRegexText(tree: RegexTree): string {
  const [items, another] = tree.alternatives
  if (items === undefined || another !== undefined || items[0]?.atom === 'start') return ''
  let longest = ''
  let run = ''
  for (const item of items) {
    run = isCharacter(item) ? run + characters(item) : ''
    if (run.length > longest.length) longest = run
  }
  return longest.length < 2 ? '' : longest
}

function isCharacter(item: RegexItem): boolean {
  return typeof item.atom !== 'string' && item.min === item.max && onlyCharacter(item.atom) !== null
}

function characters(item: RegexItem): string {
  return typeof item.atom === 'string' ? '' : onlyCharacter(item.atom)!.repeat(item.min)
}

/** The same expression in the notation that RE2 and Java share, for engines that search with those. */
export function printRegex(tree: RegexTree): string {
  return printTree(tree, '\\A', '\\z')
}
