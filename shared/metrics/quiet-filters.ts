import type { CompiledFilter } from './metric-filter.js'
import { shortestText, TextSet } from './text-set.js'

/**
 * Filters whose text no event of a group has had yet: one search over many events tells that none of them matches now
 * either, where a search for each would cost as much as reading the events. An escape in a JSON document can spell any
 * text, so that one is news for JSON patterns.
 */
export class QuietFilters {
  readonly #quiet: Set<CompiledFilter>
  #mindsEscapes = false
  /** Null while nothing was looked for since a filter woke. */
  #texts: TextSet | null = null

  constructor(filters: readonly CompiledFilter[]) {
    this.#quiet = new Set(filters.filter(({ needed }) => needed[0]?.every(isSearchable)))
    this.#change()
  }

  /** Whether the text may be news for one of them. */
  stirs(text: string): boolean {
    if (this.#quiet.size === 0) return false
    if (this.#mindsEscapes && text.includes('\\u')) return true
    this.#texts ??= new TextSet(this.#wanted(), text)
    return this.#texts.occursIn(text)
  }

  has(compiled: CompiledFilter): boolean {
    return this.#quiet.has(compiled)
  }

  /** A text of this filter has come: it is looked for by itself from now on. */
  wake(compiled: CompiledFilter): void {
    if (this.#quiet.delete(compiled)) this.#change()
  }

  #change(): void {
    this.#mindsEscapes = [...this.#quiet].some(({ needsDocument }) => needsDocument)
    this.#texts = null
  }

  /** An event that matches has some text of each group, so the first group is enough. */
  #wanted(): readonly string[] {
    return [...new Set([...this.#quiet].flatMap(({ needed }) => needed[0]!))]
  }
}

function isSearchable(text: string): boolean {
  return text.length >= shortestText && text.isWellFormed()
}
