import type { FilterPattern } from '../../shared/filter-pattern/index.js'

/** A syntax tree without the places it was read from. */
export function withoutSpans(ast: FilterPattern): unknown {
  return JSON.parse(JSON.stringify(ast, (key, value) => (key === 'span' ? undefined : value)))
}
