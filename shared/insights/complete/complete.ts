import { maxQueryLength } from '../parse.js'
import { type Candidate, type Completions, rank } from './candidate.js'
import {
  columnCandidates,
  commandCandidates,
  type DiscoveredField,
  fieldCandidates,
  functionCandidates,
  keywordCandidates,
  type LookupTableNames,
  sampleCandidates,
  tableCandidates,
} from './candidates.js'
import { type Expectation, expectationOf } from './expectation.js'
import { commandOf } from './frames.js'
import { namesInScope } from './names-in-scope.js'
import { periodCandidates } from './periods.js'
import { type Place, placeAt } from './place.js'

export interface CompleteOptions {
  /** Fields of the log groups that are queried; those that every event has need not be among them. */
  readonly fields?: readonly DiscoveredField[]
  readonly lookupTables?: readonly LookupTableNames[]
  /** Sample queries of this source only. */
  readonly source?: string
  /** How many are given at most; 200 where left out. */
  readonly limit?: number
}

/**
 * What can stand at the cursor of a query that is being written, best first, and what it replaces. Nothing inside of
 * texts, regular expressions and comments. Mistakes anywhere else in the text do no harm; never throws.
 *
 * @param cursor UTF-16 offset into `text`
 */
export function completeQuery(text: string, cursor: number, options: CompleteOptions = {}): Completions {
  const at = Math.max(0, Math.min(Math.trunc(cursor) || 0, text.length))
  const place = text.length > maxQueryLength ? null : placeAt(text, at)
  if (place === null) return { span: { start: at, end: at }, items: [] }
  const limit = options.limit ?? 200
  if (text.trim() === place.prefix) {
    const everything = { start: 0, end: text.length }
    const samples = rank(sampleCandidates(options.source), place.prefix, limit)
    const first = rank(candidatesOf({ commands: 'first' }, place, text, options), place.prefix, limit)
    // One span for all: what is typed is all that there is.
    return { span: everything, items: [...first, ...samples].slice(0, limit) }
  }
  const candidates = candidatesOf(expectationOf(place.frames), place, text, options)
  return { span: place.span, items: rank(candidates, `${place.number ?? ''}${place.prefix}`, limit) }
}

function candidatesOf(asked: Expectation, place: Place, text: string, options: CompleteOptions): readonly Candidate[] {
  if (asked.periods !== undefined) return periodCandidates(place.number, asked.periods === 'capped')
  // A number is typed where no period can stand: it is the user's own.
  if (place.number !== null) return []
  const query = place.frames.findLast(({ kind }) => kind === 'query')!
  const tables = options.lookupTables ?? []
  const found: Candidate[] = []
  if (asked.commands !== undefined) {
    const previous = query.commands.map(([word]) => (word?.kind === 'word' ? word.text.toLowerCase() : ''))
    found.push(...commandCandidates(asked.commands, previous))
  }
  if (asked.keywords !== undefined) found.push(...keywordCandidates(asked.keywords, commandOf(query)))
  if (asked.fields === true) {
    const scope = namesInScope(query, (from, to) => text.slice(from, to))
    found.push(...fieldCandidates(scope, options.fields ?? []))
  }
  if (asked.functions !== undefined) {
    const isOpen = text.startsWith('(', place.span.end)
    found.push(...functionCandidates(asked.functions, isOpen, asked.favourite))
  }
  if (asked.tables === true) found.push(...tableCandidates(tables))
  if (asked.columnsOf !== undefined) found.push(...columnCandidates(tables, asked.columnsOf))
  return found
}
