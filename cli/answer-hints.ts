import type { ResultRow } from '../shared/engine/render-row.js'
import type { Query } from '../shared/insights/index.js'
import { printable } from './terminal.js'

/** What may be why an answer has no row, or a column has no value, a sentence each. */
export function answerHints(query: Query, columns: readonly string[], rows: readonly ResultRow[]): readonly string[] {
  return rows.length === 0 ? emptyHints(query) : absentHints(columns, rows)
}

/** Text that means something else in SQL or in a search, and is right all the same. */
function emptyHints({ commands }: Query): readonly string[] {
  return [...new Set(commands.flatMap(hintsIn))]
}

/** A table does not show columns without a value: a name may be misspelt. */
function absentHints(columns: readonly string[], rows: readonly ResultRow[]): readonly string[] {
  const absent = columns.filter(column => column !== '@ptr' && rows.every(row => row[column] === undefined))
  if (absent.length === 0) return []
  return [`no row has ${absent.map(printable).join(', ')}; tailrace fields lists what events have`]
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
