import { printSet } from './char-set.js'
import type { RegexItem, RegexTree } from './parse-regex.js'

/** The expression as text, with the given notation for the ends of the text. */
export function printTree(tree: RegexTree, start: string, end: string): string {
  return tree.alternatives.map(items => items.map(item => printItem(item, start, end)).join('')).join('|')
}

function printItem({ atom, min, max }: RegexItem, start: string, end: string): string {
  if (typeof atom === 'string') return atom === 'start' ? start : end
  const set = printSet(atom)
  if (min === 1 && max === 1) return set
  if (min === 0 && max === 1) return `${set}?`
  if (max === Number.POSITIVE_INFINITY) return min === 0 ? `${set}*` : min === 1 ? `${set}+` : `${set}{${min},}`
  return min === max ? `${set}{${min}}` : `${set}{${min},${max}}`
}
