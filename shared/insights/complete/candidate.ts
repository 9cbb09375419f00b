import type { Span } from '../../diagnostics/diagnostic.js'

export type CompletionKind = 'command' | 'function' | 'keyword' | 'field' | 'period' | 'sample' | 'table' | 'column'

export interface Completion {
  readonly kind: CompletionKind
  /** What a list shows. */
  readonly label: string
  /** What takes the place of the span. */
  readonly insert: string
  /** Where the cursor goes, counted from the start of `insert`: between the parentheses of a function. */
  readonly caret: number
  /** One line: the syntax of a command, the signature of a function, type and share of a field. */
  readonly detail?: string
  readonly help?: string
}

export interface Completions {
  readonly span: Span
  /** Best first. */
  readonly items: readonly Completion[]
}

/** What can be completed, before it is compared with what is typed. */
export interface Candidate extends Omit<Completion, 'caret'> {
  readonly caret?: number
  /** Other spellings that are offered only when they are typed. */
  readonly aliases?: readonly string[]
  /** Among those that fit equally well, the higher first; of equal weight the order stays. */
  readonly weight: number
}

/** Fewer letters of the query in the candidate's way come first: a whole start, a start within, any place. */
const misses = 3

/** The candidates that what is typed fits, best first; case does not matter. */
export function rank(candidates: readonly Candidate[], prefix: string, limit: number): readonly Completion[] {
  const typed = prefix.toLowerCase()
  return candidates
    .map(candidate => best(candidate, typed))
    .filter(({ place }) => place < misses)
    .sort((a, b) => a.place - b.place || b.candidate.weight - a.candidate.weight)
    .slice(0, limit)
    .map(({ candidate }) => completionOf(candidate))
}

function completionOf({ aliases: _, weight: __, ...rest }: Candidate): Completion {
  return { ...rest, caret: rest.caret ?? rest.insert.length }
}

function best(candidate: Candidate, typed: string): { readonly candidate: Candidate; readonly place: number } {
  const place = placeOf(candidate.label, typed)
  if (place === 0) return { candidate, place }
  const alias = candidate.aliases?.find(one => placeOf(one, typed) === 0)
  if (alias === undefined) return { candidate, place }
  const insert = candidate.insert.replace(candidate.label, () => alias)
  const caret = (candidate.caret ?? candidate.insert.length) + insert.length - candidate.insert.length
  return { candidate: { ...candidate, label: alias, insert, caret, weight: 0 }, place: 0 }
}

/** 0 where the label begins so, 1 where a word in it does, 2 where it stands anywhere, 3 nowhere. */
function placeOf(label: string, typed: string): number {
  const lower = label.toLowerCase()
  const at = lower.indexOf(typed)
  if (at <= 0) return at === 0 ? 0 : misses
  for (let found = at; found !== -1; found = lower.indexOf(typed, found + 1)) {
    const isStart = !/[\p{L}\p{N}]/u.test(label[found - 1]!) || /\p{Lu}/u.test(label[found]!)
    if (isStart) return 1
  }
  return 2
}
