import { type CharSet, otherCharacters } from './char-set.js'
import type { RegexItem, RegexTree } from './parse-regex.js'
import { printTree } from './print-tree.js'

/** How often a search may look at one character of a text; an expression that might more often is not run natively. */
const maxVisits = 24

/**
 * Whether a backtracking engine searches in linear time with this (trimmed) expression, whatever the text.
 *
 * Two things make such an engine slow. One is giving back: after `X*` it tries a shorter run. If nothing that can
 * follow begins with a character of X, every such try ends at once; otherwise a bounded repetition multiplies the work
 * by its range and an unbounded one is refused. The other is starting over inside a run that an earlier start has read
 * already: not possible where the first character of the expression is in no unbounded X. Then the starts that can
 * reach one character all lie in the bounded part of one attempt, and their number is at most its length.
 */
export function isSafeToBacktrack(tree: RegexTree): boolean {
  let visits = 0
  for (const items of tree.alternatives) visits += visitsOf(items)
  return visits <= maxVisits
}

function visitsOf(items: readonly RegexItem[]): number {
  const [first] = items
  if (first === undefined) return 1
  let bounded = 1
  let ways = 1
  for (const [index, { atom, min, max }] of items.entries()) {
    if (typeof atom === 'string') continue
    const isUnbounded = max === Number.POSITIVE_INFINITY
    bounded += isUnbounded ? min : max
    if (isUnbounded && typeof first.atom !== 'string' && overlap(first.atom, atom)) return Number.POSITIVE_INFINITY
    if (min !== max && !endsAtOnce(atom, items.slice(index + 1))) ways *= max - min + 1
  }
  return ways * (first.atom === 'start' ? 1 : bounded)
}

/** Whether what follows a run of `set` can never begin inside that run. */
function endsAtOnce(set: CharSet, following: readonly RegexItem[]): boolean {
  for (const { atom, min } of following) {
    if (typeof atom === 'string') return true
    if (overlap(set, atom)) return false
    if (min > 0) return true
  }
  return true
}

function overlap(left: CharSet, right: CharSet): boolean {
  return left.some((has, code) => has && right[code]!)
}

/** The expression for the platform's engine; code points are told apart only where the expression can tell them. */
export function nativeRegex(tree: RegexTree): RegExp {
  const beyond = tree.alternatives.flat().some(({ atom }) => typeof atom !== 'string' && atom[otherCharacters]!)
  return new RegExp(printTree(tree, '^', '$'), beyond ? 'u' : '')
}
