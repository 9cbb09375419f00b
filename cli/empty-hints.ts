import type { Query } from '../shared/insights/index.js'

/**
 * What may be why an answer has no row, a sentence each: text that means something else in SQL or in a search, and is right
 * all the same.
 */
export function emptyHints({ commands }: Query): readonly string[] {
  return [...new Set(commands.flatMap(hintsIn))]
}

/** Of a part of the query's tree, whatever its kind. */
function hintsIn(part: unknown): readonly string[] {
  if (typeof part !== 'object' || part === null) return []
  return [...hintsOf(part), ...Object.values(part).flatMap(hintsIn)]
}

interface Node {
  readonly kind?: unknown
  readonly operator?: unknown
  readonly pattern?: Node
  readonly right?: Node
  readonly value?: unknown
  readonly steps?: readonly unknown[]
}

function hintsOf({ kind, operator, pattern, right }: Node): readonly string[] {
  if (kind === 'like' && pattern?.kind === 'text') {
    const text = String(pattern.value)
    const bare = text.replace(/^[%*]+/, '').replace(/[%*]+$/, '')
    return bare === text || bare === ''
      ? []
      : [`"%" and "*" stand for themselves after like: like ${JSON.stringify(bare)}`]
  }
  if (kind !== 'comparison' || operator !== '=' || right?.kind !== 'path' || right.steps?.length !== 1) return []
  const name = String(right.steps[0])
  return [`${name} is a field here; a text stands in quotes: = ${JSON.stringify(name)}`]
}
