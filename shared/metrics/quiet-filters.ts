import type { CompiledFilter } from './metric-filter.js'

/**
 * Filters whose text no event of a group has had yet: one search over many events tells that none of them matches now
 * either, where a search for each would cost as much as reading the events. JSON patterns are not among them, since an
 * escape can spell any text.
 */
export class QuietFilters {
  readonly #quiet: Set<CompiledFilter>
  #anyText: RegExp

  constructor(filters: readonly CompiledFilter[]) {
    this.#quiet = new Set(filters.filter(({ needed, needsDocument }) => !needsDocument && needed.length > 0))
    this.#anyText = this.#search()
  }

  /** Whether the text may be news for one of them. */
  stirs(text: string): boolean {
    return this.#quiet.size > 0 && this.#anyText.test(text)
  }

  has(compiled: CompiledFilter): boolean {
    return this.#quiet.has(compiled)
  }

  /** A text of this filter has come: it is looked for by itself from now on. */
  wake(compiled: CompiledFilter): void {
    if (this.#quiet.delete(compiled)) this.#anyText = this.#search()
  }

  /** An event that matches has some text of each group, so the first group is enough. */
  #search(): RegExp {
    const texts = new Set([...this.#quiet].flatMap(({ needed }) => needed[0]!))
    return new RegExp([...texts].map(text => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|'))
  }
}
